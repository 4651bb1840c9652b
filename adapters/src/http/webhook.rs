//! Stripe's webhooks: believed if they are signed, and answered with 200 once they
//! are durable. Everything else is Stripe's to send again, which it does for days.

use std::{sync::Arc, time::Instant};

use axum::{
    Json,
    extract::Request,
    http::header::HeaderName,
    response::{IntoResponse, Response},
};
use domain::Refusal;
use serde_json::json;
use store::{Delivery, Ingested, Pending};
use tracing::{Instrument, debug, warn};

use super::{App, body, is_encoded, rejected::Rejected, seats::Seat};
use crate::{
    config::Secret,
    stripe::signature::{self, RawWebhook, SignatureHeader, VerifiedWebhook},
    telemetry::spans,
};

const SIGNATURE: HeaderName = HeaderName::from_static(signature::HEADER);

/// Which of Stripe's endpoints: each has its own secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// Events of the platform's own account.
    Platform,
    /// Events of connected accounts.
    Connect,
}

impl Endpoint {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "stripe",
            Self::Connect => "stripe-connect",
        }
    }

    fn secrets(self, app: &App) -> &[Secret] {
        match self {
            Self::Platform => &app.settings.webhook_secrets,
            Self::Connect => &app.settings.connect_webhook_secrets,
        }
    }
}

/// Answers a webhook.
pub(super) async fn receive(app: &Arc<App>, endpoint: Endpoint, request: Request) -> Response {
    let started = Instant::now();
    let taken = take(app, endpoint, request).await;
    let (name, result) = (endpoint.as_str(), taken.as_ref().map(Ingested::as_str));
    let result = result.unwrap_or_else(|rejected| rejected.as_str());
    metrics::counter!("payoutd_webhooks_total", "endpoint" => name, "result" => result)
        .increment(1);
    spans::ended(result);
    metrics::histogram!("payoutd_webhook_duration_seconds", "endpoint" => name)
        .record(started.elapsed());
    match taken {
        Ok(ingested) => {
            debug!(endpoint = name, outcome = result, "took a webhook");
            accepted(&ingested)
        }
        Err(rejected) => {
            if let Some(untold) = app.refusals.tell(app.settings.clock.now()) {
                warn!(endpoint = name, reason = result, detail = %rejected, untold,
                    "a webhook was not taken");
            }
            rejected.into_problem().into_response()
        }
    }
}

fn accepted(ingested: &Ingested) -> Response {
    let mut body = json!({ "outcome": ingested.as_str() });
    if let (Some(reason), Some(members)) = (ingested.reason(), body.as_object_mut()) {
        members.insert("reason".to_owned(), json!(reason));
    }
    Json(body).into_response()
}

async fn take(app: &Arc<App>, endpoint: Endpoint, request: Request) -> Result<Ingested, Rejected> {
    let secrets = endpoint.secrets(app);
    if secrets.is_empty() {
        return Err(Rejected::NoSecret);
    }
    let (head, body) = request.into_parts();
    if is_encoded(&head.headers) {
        return Err(Rejected::Encoded);
    }
    let values = head.headers.get_all(SIGNATURE).into_iter();
    let header = SignatureHeader::read(values.map(|value| value.as_bytes()))?;
    let body = body::read(body, &app.settings.limits).await?;
    let webhook = RawWebhook::new(header, body).verify(secrets, app.settings.clock.now())?;
    let at_work = head.extensions.get::<Arc<Seat>>().map(Seat::at_work);
    let outcome = deliver(app, webhook).await;
    drop(at_work);
    outcome
}

/// Puts a webhook into the ledger. Once it is in the queue it is seen to its end in a
/// task of its own, also when the caller is not there any more to hear of it.
async fn deliver(app: &Arc<App>, webhook: VerifiedWebhook) -> Result<Ingested, Rejected> {
    let limits = &app.settings.limits;
    let body = webhook.into_body();
    let delivery = Delivery {
        tenant: app.settings.tenant.clone(),
        body: body.clone(),
        mode: app.settings.mode,
    };
    let pending = tokio::time::timeout(limits.queue, app.ledger.submit(delivery)).await;
    let pending = pending.map_err(|_| Rejected::Busy)?;
    debug!("a webhook was believed, and waits for the ledger");
    let concluding = conclude(Arc::clone(app), body, pending).in_current_span();
    let concluding = app.taking.spawn(concluding);
    match tokio::time::timeout(limits.answer, concluding).await {
        Ok(Ok(outcome)) => outcome.map_err(Rejected::Refused),
        Ok(Err(_)) | Err(_) => Err(Rejected::Unanswered),
    }
}

/// Waits for the outcome, and tells operators of a dead letter.
async fn conclude(
    app: Arc<App>,
    body: Vec<u8>,
    pending: Pending<Ingested>,
) -> Result<Ingested, Refusal> {
    let outcome = pending.await;
    if let Ok(Ingested::Dead(reason)) = &outcome {
        let event = (&body[..], app.settings.mode);
        app.dead_letters
            .announce(&app.settings.tenant, event, reason)
            .await;
    }
    outcome
}
