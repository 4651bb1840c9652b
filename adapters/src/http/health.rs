//! Whether the process is up, and whether it can work.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use async_nats::{Client, connection::State as Connected};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use store::Database;
use tokio::sync::Mutex;

use super::App;

/// How long the database may take to answer.
const WITHIN: Duration = Duration::from_secs(2);
/// For so long an answer of the database counts: many who ask do not ask it more often.
const FRESH: Duration = Duration::from_millis(500);

/// What is looked at.
pub(super) struct Health {
    database: Database,
    nats: Option<Client>,
    /// When the database was asked last, and whether it answered.
    asked: Mutex<Option<(Instant, bool)>>,
}

impl Health {
    pub(super) fn new(database: Database, nats: Option<Client>) -> Self {
        Self {
            database,
            nats,
            asked: Mutex::default(),
        }
    }

    async fn database_answers(&self) -> bool {
        let mut asked = self.asked.lock().await;
        if let Some((at, answered)) = *asked
            && at.elapsed() < FRESH
        {
            return answered;
        }
        let answer = tokio::time::timeout(WITHIN, self.database.answers()).await;
        let answered = matches!(answer, Ok(Ok(())));
        *asked = Some((Instant::now(), answered));
        answered
    }

    /// None if there is no NATS to be connected to.
    fn nats_connected(&self) -> Option<bool> {
        let client = self.nats.as_ref()?;
        Some(client.connection_state() == Connected::Connected)
    }
}

/// The process is up: it answers.
pub(super) async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// All that work needs is there.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Response {
    let database = app.health.database_answers().await;
    let nats = app.health.nats_connected();
    let ready = database && nats.unwrap_or(true);
    let word = |up| if up { "ok" } else { "unavailable" };
    let body = json!({
        "status": word(ready),
        "checks": {
            "database": word(database),
            "nats": nats.map_or("not_configured", word),
        },
    });
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(body)).into_response()
}
