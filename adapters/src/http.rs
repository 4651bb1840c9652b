//! The ledger on HTTP: Stripe's webhooks in, health out.
//!
//! | what | path | file |
//! |---|---|---|
//! | webhooks of the platform's own account | `POST /webhook/stripe/` | `http/webhook.rs` |
//! | webhooks of connected accounts | `POST /webhook/stripe-connect/` | `http/webhook.rs` |
//! | whether the process is up, and can work | `GET /healthz`, `/readyz` | `http/health.rs` |
//!
//! Anybody may knock. Until a caller has shown a signature that is right, it costs
//! little time, a bounded amount of memory, and no other caller's turn.

mod limits;
mod listener;

mod body;
mod health;
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
    http::{Method, StatusCode, Uri},
    routing::{get, post},
};
use domain::{id::Tenant, stripe::Mode};
use store::{Clock, Ledger};
use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    config::{self, Secret},
    nats::DeadLetters,
};

pub use self::{
    limits::Limits,
    listener::{HttpError, Listener},
};

use self::{health::Health, problem::Problem, restraint::Restraint, webhook::Endpoint};

/// What the HTTP side needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whose books the webhooks go into.
    pub tenant: Tenant,
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
}

impl From<&config::Settings> for Settings {
    fn from(settings: &config::Settings) -> Self {
        Self {
            tenant: settings.tenant.clone(),
            mode: settings.mode,
            webhook_secrets: settings.stripe.webhook_secrets.clone(),
            connect_webhook_secrets: settings.stripe.connect_webhook_secrets.clone(),
            clock: Arc::clone(&settings.store.clock),
            limits: Limits::default(),
        }
    }
}

/// What requests are answered with.
struct App {
    settings: Settings,
    ledger: Ledger,
    dead_letters: DeadLetters,
    health: Health,
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
    let app = Arc::new(App {
        settings,
        ledger,
        dead_letters,
        health,
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
        .fallback(unknown)
        .method_not_allowed_fallback(not_allowed)
        .with_state(app)
}

async fn unknown(uri: Uri) -> Problem {
    let detail = format!("there is nothing at {}", uri.path());
    Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", detail)
}

async fn not_allowed(method: Method, uri: Uri) -> Problem {
    let detail = format!("{} does not take {method}", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", detail)
}
