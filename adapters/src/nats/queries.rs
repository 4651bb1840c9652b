//! Queries: a filter in, rows out. The tenant is the subject's and nobody else's.

use std::sync::Arc;

use async_nats::{Client, Message, service::endpoint::Endpoint};
use domain::{Code, Refusal};
use serde_json::{Map, Value as Json};
use store::Database;
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

use super::{
    endpoint::{self, Requests},
    subject,
};
use crate::{
    queries::{self, Query},
    telemetry::spans,
};

/// Serves queries until the shutdown, then answers those that were taken.
pub(super) async fn serve(
    client: Client,
    endpoint: Endpoint,
    database: Database,
    shutdown: CancellationToken,
) {
    let mut requests = Requests::new(endpoint, shutdown);
    let answers = TaskTracker::new();
    let turns = Arc::new(Semaphore::new(queries::AT_ONCE));
    while let Some(request) = requests.next().await {
        // The semaphore is never closed.
        let Ok(turn) = Arc::clone(&turns).acquire_owned().await else {
            break;
        };
        let (client, database) = (client.clone(), database.clone());
        answers.spawn(async move {
            let answer = run(&database, &request.message).await;
            endpoint::answer(&client, request, answer).await;
            drop(turn);
        });
    }
    answers.close();
    answers.wait().await;
}

async fn run(database: &Database, message: &Message) -> Result<Json, Refusal> {
    let (tenant, name) = subject::address(&message.subject)?;
    let query = Query::parse(name)?;
    let span = spans::message((subject::QUERIES, query.name()), &tenant, &message.headers);
    let answering = queries::answer(database, query, &tenant, fields(&message.payload)?);
    let answer = answering.instrument(span).await?;
    metrics::counter!("payoutd_nats_queries_total", "query" => query.name()).increment(1);
    Ok(answer)
}

/// An empty body has no fields.
fn fields(body: &[u8]) -> Result<Map<String, Json>, Refusal> {
    let fields: Map<String, Json> = match body {
        [] => Map::new(),
        body => serde_json::from_slice(body)
            .map_err(|error| Refusal::new(Code::InvalidCommand, error.to_string()))?,
    };
    if fields.contains_key("tenant") {
        let detail = "unknown field `tenant`: the subject names the tenant";
        return Err(Refusal::new(Code::InvalidCommand, detail));
    }
    Ok(fields)
}
