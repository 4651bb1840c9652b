//! Commands: one object of JSON, one reply, the same as over NATS.

use std::sync::Arc;

use axum::{
    Json as Body, RequestPartsExt,
    extract::{Path, Request},
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_TYPE, HeaderName},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use domain::{Code, Command, Refusal, id::IdempotencyKey};
use serde_json::Value as Json;
use store::Reply;
use tracing::debug;

use super::{App, admit, turn::within};
use crate::{
    http::{body, is_encoded, problem::Problem, rejected::Rejected, seats::Seat},
    telemetry::spans,
};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Carries out a command.
pub(super) async fn receive(app: &App, request: Request) -> Response {
    match carry_out(app, request).await {
        Ok(reply) => Body(reply).into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn carry_out(app: &App, request: Request) -> Result<Json, Problem> {
    let (mut head, body) = request.into_parts();
    let caller = admit(app, &head.headers).map_err(Problem::last)?;
    caller.may_command().map_err(Problem::from)?;
    let _at_work = head.extensions.get::<Arc<Seat>>().map(Seat::at_work);
    check_type(&head.headers)?;
    let key = key(&head.headers)?;
    let name = name(&mut head).await?;
    let body = body::read(body, &app.settings.limits).await;
    let command = Command::parse(&name, &body.map_err(Rejected::into_problem)?)?;
    let named = command.name();
    spans::concerns(&caller.tenant, named);
    let request = store::Request {
        tenant: caller.tenant.clone(),
        command,
        key,
    };
    // The ledger goes on, also when nobody waits any more.
    let late = "the outcome is not known yet: send the same command under the same key to learn it";
    let reply = within(app, app.ledger.execute(request), late).await;
    debug!(tenant = %caller.tenant, token = caller.token, command = named, "a command");
    spans::ended(reply.as_ref().map_or("unknown", Reply::outcome));
    match reply? {
        Reply::Refused(refusal) => Err(refusal.into()),
        accepted @ Reply::Accepted(_) => Ok(accepted.to_json()),
    }
}

/// A page in a browser cannot send JSON elsewhere without asking first, and is not let.
pub(super) fn check_type(headers: &HeaderMap) -> Result<(), Problem> {
    if is_encoded(headers) {
        return Err(Rejected::Encoded.into_problem());
    }
    let kinds: Vec<_> = headers.get_all(CONTENT_TYPE).into_iter().collect();
    let kind = match kinds[..] {
        [kind] => kind.to_str().unwrap_or_default(),
        _ => "",
    };
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "UNSUPPORTED_MEDIA_TYPE",
        "this is sent with Content-Type: application/json",
    ))
}

fn key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, Refusal> {
    let invalid = |detail: String| Refusal::new(Code::InvalidCommand, detail);
    let mut values = headers.get_all(KEY).into_iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(value), None) => value,
        (Some(_), Some(_)) => return Err(invalid("Idempotency-Key is there twice".to_owned())),
    };
    let text = value
        .to_str()
        .map_err(|_| invalid("Idempotency-Key must be visible ASCII".to_owned()))?;
    let key = IdempotencyKey::new(text);
    key.map(Some).map_err(|error| invalid(error.to_string()))
}

async fn name(head: &mut Parts) -> Result<String, Refusal> {
    let named = head.extract::<Path<String>>().await;
    let Path(name) =
        named.map_err(|error| Refusal::new(Code::UnknownCommand, error.body_text()))?;
    Ok(name)
}
