//! Stripe's webhooks: believed if they are signed, and answered with 200 once they
//! are durable. Everything else is Stripe's to send again, which it does for days.

use std::{sync::Arc, time::Instant};

use axum::{
    Json,
    extract::Request,
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_ENCODING, HeaderName},
    },
    response::{IntoResponse, Response},
};
use domain::{Code, Refusal};
use serde_json::json;
use store::{Delivery, Ingested, PendingIngest};
use tracing::{debug, warn};

use super::{App, body, problem::Problem, seats::Seat};
use crate::{
    config::Secret,
    stripe::signature::{self, RawWebhook, SignatureError, SignatureHeader, VerifiedWebhook},
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

/// Why a webhook is not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum Rejected {
    #[error("no secret is set for this endpoint, so nothing can be believed")]
    NoSecret,
    #[error("the body must come as it was signed, without a Content-Encoding")]
    Encoded,
    #[error("the body is larger than any event of Stripe's")]
    TooLarge,
    #[error("the body did not come in time")]
    TooSlow,
    #[error("the body did not come to its end")]
    Broken,
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error("too much is waiting for the ledger; try again")]
    Busy,
    #[error("the ledger has not answered in time; send the event again to learn the outcome")]
    Unanswered,
    #[error("{0}")]
    Refused(Refusal),
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
    metrics::histogram!("payoutd_webhook_seconds", "endpoint" => name).record(started.elapsed());
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

fn is_encoded(headers: &HeaderMap) -> bool {
    let encodings = headers.get_all(CONTENT_ENCODING).into_iter();
    encodings
        .map(|value| value.as_bytes().trim_ascii())
        .any(|value| !value.eq_ignore_ascii_case(b"identity"))
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
    let concluding = app.taking.spawn(conclude(Arc::clone(app), body, pending));
    match tokio::time::timeout(limits.answer, concluding).await {
        Ok(Ok(outcome)) => outcome.map_err(Rejected::Refused),
        Ok(Err(_)) | Err(_) => Err(Rejected::Unanswered),
    }
}

/// Waits for the outcome, and tells operators of a dead letter.
async fn conclude(
    app: Arc<App>,
    body: Vec<u8>,
    pending: PendingIngest,
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

impl Rejected {
    /// One of a few words, for programs, logs and metrics.
    const fn as_str(&self) -> &'static str {
        match self {
            Self::NoSecret => "no_secret",
            Self::Encoded => "encoded",
            Self::TooLarge => "too_large",
            Self::TooSlow => "too_slow",
            Self::Broken => "broken",
            Self::Signature(error) => error.as_str(),
            Self::Busy => "busy",
            Self::Unanswered => "unanswered",
            Self::Refused(_) => "refused",
        }
    }

    fn into_problem(self) -> Problem {
        let (word, detail) = (self.as_str(), self.to_string());
        let problem = match self {
            Self::NoSecret => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "WEBHOOK_SECRET_MISSING",
                detail,
            ),
            Self::Encoded => Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_ENCODING",
                detail,
            ),
            Self::TooLarge => {
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", detail).last()
            }
            Self::TooSlow => {
                Problem::new(StatusCode::REQUEST_TIMEOUT, "BODY_TOO_SLOW", detail).last()
            }
            Self::Broken => Problem::new(StatusCode::BAD_REQUEST, "BODY_BROKEN", detail).last(),
            Self::Signature(_) => {
                Problem::new(StatusCode::BAD_REQUEST, "INVALID_SIGNATURE", detail)
            }
            Self::Busy | Self::Unanswered => {
                Problem::unavailable((&Refusal::new(Code::Unavailable, detail)).into())
            }
            Self::Refused(refusal) => Problem::unavailable((&refusal).into()),
        };
        problem.because(word)
    }
}
