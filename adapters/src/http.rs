//! The ledger on HTTP: Stripe's webhooks in, health out; the API, both ways.
//!
//! | what | path | file |
//! |---|---|---|
//! | webhooks of the platform's own account | `POST /webhook/stripe/` | `http/webhook.rs` |
//! | webhooks of connected accounts | `POST /webhook/stripe-connect/` | `http/webhook.rs` |
//! | whether the process is up, and can work | `GET /healthz`, `/readyz` | `http/health.rs` |
//! | its metrics, for Prometheus | `GET /metrics` | `http/metrics.rs` |
//! | reads and commands | `/v1/…` | `http/api.rs` |
//! | what happens, as it happens | `GET /v1/live` | `http/live.rs` |
//! | their description | `GET /openapi.json` | `http/openapi.rs` |
//! | the dashboard | `GET /`, `/assets/…` | `http/page.rs` |
//!
//! Anybody may knock. Until a caller has shown a signature or a token that is right, it
//! costs little time, a bounded amount of memory, and no other caller's turn.

mod limits;
mod listener;

mod access;
mod api;
mod body;
mod dress;
mod health;
mod live;
mod metrics;
mod openapi;
mod page;
mod problem;
mod rejected;
mod webhook;

mod restraint;
mod seats;
mod server;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, Uri, header::CONTENT_ENCODING},
    middleware,
    routing::{get, post},
};
use domain::{id::Tenant, stripe::Mode};
use store::{Clock, Ledger};
use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    config::{self, Secret},
    machine::Machine,
    nats::DeadLetters,
};

pub use self::{
    access::{Access, AccessError, Role, Tokens},
    limits::Limits,
    listener::{HttpError, Listener},
};

use self::{
    api::Api, health::Health, live::Live, problem::Problem, restraint::Restraint, webhook::Endpoint,
};

/// What the HTTP side needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whose books the webhooks go into, and callers of the API of no tenant of their own see.
    pub tenant: Tenant,
    /// Who may ask the API.
    pub access: Access,
    /// Which of Stripe's events belong into these books.
    pub mode: Mode,
    /// Secrets of the endpoint for the platform's own account; without one it is shut.
    pub webhook_secrets: Vec<Secret>,
    /// Secrets of the endpoint for connected accounts; without one it is shut.
    pub connect_webhook_secrets: Vec<Secret>,
    /// How old a signature is, is told by this clock.
    pub clock: Arc<dyn Clock>,
    /// What a caller may use up.
    pub limits: Limits,
    /// What the service reads off itself, where it does.
    pub machine: Option<Machine>,
}

impl Settings {
    /// What the service's settings say; who may ask is settled with the address.
    #[must_use]
    pub fn new(settings: &config::Settings, access: Access) -> Self {
        Self {
            tenant: settings.tenant.clone(),
            access,
            mode: settings.mode,
            webhook_secrets: settings.stripe.webhook_secrets.clone(),
            connect_webhook_secrets: settings.stripe.connect_webhook_secrets.clone(),
            clock: Arc::clone(&settings.store.clock),
            limits: Limits::default(),
            machine: None,
        }
    }
}

/// What requests are answered with.
struct App {
    settings: Settings,
    ledger: Ledger,
    dead_letters: DeadLetters,
    health: Health,
    api: Api,
    live: Live,
    shutdown: CancellationToken,
    refusals: Restraint,
    /// Webhooks that were taken are seen to their end, also when the caller has gone.
    taking: TaskTracker,
}

/// Serves HTTP until the shutdown; then takes nothing more, answers what was taken,
/// and ends within [`Limits::drain`]. Closing the ledger is the caller's.
#[must_use]
pub fn start(
    listener: Listener,
    settings: Settings,
    (ledger, dead_letters): (Ledger, DeadLetters),
    shutdown: CancellationToken,
) -> JoinHandle<()> {
    let limits = settings.limits.clone();
    let health = Health::new(ledger.database().clone(), dead_letters.client().cloned());
    let taking = TaskTracker::new();
    let machine = settings.machine.clone();
    let watching = (limits.watchers, shutdown.clone());
    let live = Live::new(ledger.database().clone(), machine, watching);
    live.start(ledger.committed());
    let app = Arc::new(App {
        settings,
        ledger,
        dead_letters,
        health,
        api: Api::default(),
        live,
        shutdown: shutdown.clone(),
        refusals: Restraint::default(),
        taking: taking.clone(),
    });
    let server = server::Server {
        router: router(app),
        limits,
        taking,
        shutdown,
    };
    tokio::spawn(server.run(listener))
}

fn router(app: Arc<App>) -> Router {
    let platform = post(|State(app): State<Arc<App>>, request: Request| async move {
        webhook::receive(&app, Endpoint::Platform, request).await
    });
    let connect = post(|State(app): State<Arc<App>>, request: Request| async move {
        webhook::receive(&app, Endpoint::Connect, request).await
    });
    Router::new()
        .route("/webhook/stripe", platform.clone())
        .route("/webhook/stripe/", platform)
        .route("/webhook/stripe-connect", connect.clone())
        .route("/webhook/stripe-connect/", connect)
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route(metrics::METRICS, get(metrics::expose))
        .merge(api::routes())
        .merge(page::routes())
        .fallback(unknown)
        .method_not_allowed_fallback(not_allowed)
        .layer(middleware::from_fn_with_state(
            Arc::clone(&app),
            dress::dress,
        ))
        .with_state(app)
}

/// Whether a body would have to be unpacked before it can be read.
fn is_encoded(headers: &HeaderMap) -> bool {
    let encodings = headers.get_all(CONTENT_ENCODING).into_iter();
    encodings
        .map(|value| value.as_bytes().trim_ascii())
        .any(|value| !value.eq_ignore_ascii_case(b"identity"))
}

/// The description of the API, an OpenAPI document.
#[must_use]
pub fn openapi() -> serde_json::Value {
    openapi::document()
}

async fn unknown(uri: Uri) -> Problem {
    let detail = format!("there is nothing at {}", uri.path());
    Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", detail)
}

async fn not_allowed(method: Method, uri: Uri) -> Problem {
    let detail = format!("{} does not take {method}", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", detail)
}
