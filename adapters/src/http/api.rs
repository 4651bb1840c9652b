//! The API: reads and commands, for whoever may ask ([`Access`](super::access::Access)).
//!
//! | what | path | file |
//! |---|---|---|
//! | rows of a read table | `GET /v1/<table>` | `api/reads.rs` |
//! | one payout | `GET /v1/payouts/{payout_id}`, `…/history`, `…/explain` | `api/reads.rs` |
//! | sums, statements | `GET /v1/trial-balance`, `/v1/sellers/{seller_id}/statement` | the same |
//! | lists as a whole, as CSV or JSON | `GET /v1/<table>?format=…` | `api/copies.rs` |
//! | commands | `POST /v1/commands/{name}` | `api/commands.rs` |
//! | dead letters | `/v1/dead-letters…` | `api/letters.rs` |
//! | who asks | `GET /v1/me` | `api/me.rs` |
//! | the service's readings of itself | `GET /v1/machine/readings` | `api/machine.rs` |
//! | its transactions that run now | `GET /v1/machine/transactions` | the same |
//! | alerts, and the service's score | `GET /v1/alerts`, `/v1/machine/health` | `api/alerts.rs` |
//! | what all this looks like | `GET /openapi.json` | `openapi.rs` |
//!
//! The tenant is the caller's: nothing in a request can name another.

mod alerts;
mod commands;
mod copies;
mod letters;
mod machine;
mod me;
mod params;
mod question;
mod reads;
mod turn;

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::{Code, Refusal};
use futures::{FutureExt, future::BoxFuture};
use tokio::sync::Semaphore;
use tracing::warn;

use super::{
    App,
    access::Principal,
    live::{self, LIVE},
    openapi,
    problem::Problem,
    restraint::Restraint,
};
use crate::queries;
use letters::Act;

pub(super) use alerts::{ALERTS, HEALTH};
pub(super) use copies::{FORMAT, Form};
pub(super) use letters::{DROP, LETTER, LETTERS, MAX_LIMIT as MAX_LETTERS, OUTCOMES, RETRY};
pub(super) use machine::{READINGS, TRANSACTIONS};
pub(super) use me::ME;
pub(super) use question::{AS_OF, ORDER, Question};

/// The path of commands.
pub(super) const COMMANDS: &str = "/v1/commands/{name}";
/// Where the description of the API is.
pub(super) const OPENAPI: &str = "/openapi.json";

/// How many copies are made at once: each holds a connection for reading for as long as it lasts.
const COPIES_AT_ONCE: usize = 4;

/// What the API keeps between requests.
pub(super) struct Api {
    turns: Semaphore,
    copies: Arc<Semaphore>,
    denials: Restraint,
    openapi: Bytes,
}

impl Default for Api {
    fn default() -> Self {
        Self {
            turns: Semaphore::new(queries::AT_ONCE),
            copies: Arc::new(Semaphore::new(COPIES_AT_ONCE)),
            denials: Restraint::default(),
            openapi: Bytes::from(openapi::document().to_string()),
        }
    }
}

/// The routes of the API.
pub(super) fn routes() -> Router<Arc<App>> {
    let mut routes = Router::new().route(OPENAPI, get(description)).route(
        COMMANDS,
        post(|State(app): State<Arc<App>>, request: Request| async move {
            commands::receive(&app, request).await
        }),
    );
    routes = routes
        .route(ME, get(me::receive))
        .route(LIVE, get(live_events))
        .route(LETTERS, get(letter(Act::List)))
        .route(LETTER, get(letter(Act::Show)))
        .route(RETRY, post(letter(Act::Retry)))
        .route(DROP, post(letter(Act::Drop)));
    for question in Question::all() {
        let answer = move |State(app): State<Arc<App>>, request: Request| async move {
            reads::receive(&app, question, request).await
        };
        routes = routes.route(&question.path(), get(answer));
    }
    routes
        .route(machine::READINGS, get(machine::readings))
        .route(machine::TRANSACTIONS, get(machine::transactions))
        .route(alerts::ALERTS, get(alerts::list))
        .route(alerts::HEALTH, get(alerts::health))
}

async fn live_events(State(app): State<Arc<App>>, request: Request) -> Response {
    live::receive(&app, request).await
}

/// What is done with letters, as a route does it.
fn letter(act: Act) -> impl Fn(State<Arc<App>>, Request) -> BoxFuture<'static, Response> + Clone {
    move |State(app): State<Arc<App>>, request: Request| {
        async move { letters::receive(&app, act, request).await }.boxed()
    }
}

async fn description(State(app): State<Arc<App>>) -> impl IntoResponse {
    let json = [(CONTENT_TYPE, "application/json")];
    (json, app.api.openapi.clone())
}

/// Finds out who asks.
pub(super) fn admit(app: &App, headers: &HeaderMap) -> Result<Principal, Problem> {
    let admitted = app.settings.access.admit(headers, &app.settings.tenant);
    admitted.map_err(|denied| {
        if let Some(untold) = app.api.denials.tell(app.settings.clock.now()) {
            warn!(reason = %denied, untold, "a caller of the API was not let in");
        }
        denied.into()
    })
}

/// Trouble of the moment.
pub(super) fn busy(detail: &str) -> Problem {
    Refusal::new(Code::Unavailable, detail).into()
}
