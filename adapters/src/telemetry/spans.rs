//! The spans of the service's work, with the attributes of OpenTelemetry's semantic conventions
//! (<https://opentelemetry.io/docs/specs/semconv/>) where there are any, and `payoutd.` before
//! what is ours.
//!
//! All are made here, so that what leaves the house can be read in one place: patterns of paths
//! and subjects, names of commands, outcomes, tenants. No idempotency keys, no bodies, no ids of
//! sellers, no tokens. Those that have senders go on with the senders' traces.
//!
//! Numbers are signed: the layer that exports them writes others as text.
//!
//! Where nobody exports and nobody logs at `debug`, no span is made: asking costs next to nothing.

use axum::http::{HeaderMap, Method, StatusCode};
use domain::id::Tenant;
use tracing::{Span, debug_span, field::Empty, trace_span};

use super::{Headers, export};

/// Paths that are asked all the time, by machines.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// A request over HTTP. `route` is a pattern; of what there is nothing at, there is none.
pub(crate) fn http(
    (method, route): (&Method, Option<&str>),
    request_id: &str,
    headers: &HeaderMap,
) -> Span {
    if route.is_some_and(|route| PROBES.contains(&route)) {
        return trace_span!("http", request_id, http.route = route);
    }
    let method = known(method);
    let span = debug_span!(
        "http",
        otel.kind = "server",
        otel.name = Empty,
        otel.status_code = Empty,
        request_id,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        error.type = Empty,
        payoutd.tenant = Empty,
        payoutd.command = Empty,
        payoutd.outcome = Empty,
    );
    if !span.is_disabled() {
        match route {
            Some(route) => span.record("otel.name", format!("{method} {route}")),
            None => span.record("otel.name", method),
        };
        export::follow(&span, headers);
    }
    span
}

/// Its answer.
pub(crate) fn answered(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        span.record("error.type", status.as_str());
        span.record("otel.status_code", "error");
    }
}

/// The answer that the current span is about.
pub(crate) fn status(status: StatusCode) {
    Span::current().record("http.response.status_code", i64::from(status.as_u16()));
}

/// Methods are as many as somebody likes, too.
fn known(method: &Method) -> &str {
    match method.as_str() {
        known @ ("GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS") => known,
        _ => "_OTHER",
    }
}

/// What a span of HTTP is about, once that is known.
pub(crate) fn concerns(tenant: &Tenant, command: &'static str) {
    let span = Span::current();
    span.record("payoutd.tenant", tenant.as_str());
    span.record("payoutd.command", command);
}

/// What became of what the current span is about.
pub(crate) fn ended(outcome: &'static str) {
    Span::current().record("payoutd.outcome", outcome);
}

/// A command over NATS.
pub(crate) fn command(
    (subject, name): (&'static str, &'static str),
    tenant: &Tenant,
    headers: &impl Headers,
) -> Span {
    let span = message((subject, name), tenant, headers);
    span.record("payoutd.command", name);
    span
}

/// A message over NATS that is worked on, by what it is: a query, an event of Stripe's. `subject`
/// is a pattern.
pub(crate) fn message(
    (subject, name): (&'static str, &'static str),
    tenant: &Tenant,
    headers: &impl Headers,
) -> Span {
    let span = debug_span!(
        "message",
        otel.kind = "consumer",
        otel.name = Empty,
        otel.status_code = Empty,
        messaging.system = "nats",
        messaging.operation.name = "process",
        messaging.operation.type = "process",
        messaging.destination.template = subject,
        payoutd.tenant = tenant.as_str(),
        payoutd.command = Empty,
        payoutd.outcome = Empty,
    );
    if !span.is_disabled() {
        span.record("otel.name", format!("process {name}"));
        export::follow(&span, headers);
    }
    span
}

/// Events of the ledger that are published together.
pub(crate) fn publishing(subject: &'static str, events: usize) -> Span {
    debug_span!(
        parent: None,
        "publish",
        otel.kind = "producer",
        otel.name = "send ledger events",
        messaging.system = "nats",
        messaging.operation.name = "send",
        messaging.operation.type = "send",
        messaging.destination.template = subject,
        messaging.batch.message_count = i64::try_from(events).unwrap_or(i64::MAX),
    )
}

/// A run of a background job.
pub(crate) fn job(job: &'static str, tenant: &Tenant) -> Span {
    let span = debug_span!(
        parent: None,
        "job",
        otel.name = Empty,
        otel.status_code = Empty,
        payoutd.tenant = tenant.as_str(),
        payoutd.job = job,
        payoutd.outcome = Empty,
    );
    if !span.is_disabled() {
        span.record("otel.name", format!("job {job}"));
    }
    span
}

/// Work on one payout at Stripe.
pub(crate) fn submission(tenant: &Tenant) -> Span {
    debug_span!(
        parent: None,
        "submission",
        otel.name = "payout at Stripe",
        payoutd.tenant = tenant.as_str(),
    )
}

/// A call to Stripe. `path` has ids in it, which are left out.
pub(crate) fn stripe_call(method: &str, path: &str, resend: u32) -> Span {
    let span = debug_span!(
        "stripe",
        otel.kind = "client",
        otel.name = Empty,
        otel.status_code = Empty,
        http.request.method = method,
        http.request.resend_count = Empty,
        http.response.status_code = Empty,
        url.template = Empty,
        error.type = Empty,
    );
    if !span.is_disabled() {
        let template = template(path);
        span.record("otel.name", format!("{method} {template}"));
        span.record("url.template", template);
        if resend > 0 {
            span.record("http.request.resend_count", i64::from(resend));
        }
    }
    span
}

/// `/v1/payouts/{id}/cancel`: of Stripe's paths, the third part is an id.
fn template(path: &str) -> String {
    let part = |(number, part)| if number == 3 { "{id}" } else { part };
    let parts: Vec<_> = path.split('/').enumerate().map(part).collect();
    parts.join("/")
}

/// That what the current span is about failed, and in which way.
pub(crate) fn failed(how: &'static str) {
    let span = Span::current();
    span.record("error.type", how);
    span.record("otel.status_code", "error");
}

/// Has whoever is called go on with the current span's trace.
pub(crate) fn pass_on(headers: &mut impl Headers) {
    export::pass_on(headers);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_no_part_of_a_paths_pattern() {
        assert_eq!(
            template("/v1/payouts/po_1/cancel"),
            "/v1/payouts/{id}/cancel"
        );
        assert_eq!(
            template("/v1/balance_transactions"),
            "/v1/balance_transactions"
        );
    }

    #[test]
    fn made_up_methods_are_all_the_same() {
        let made_up = Method::from_bytes(b"BREW").unwrap();
        assert_eq!((known(&Method::POST), known(&made_up)), ("POST", "_OTHER"));
    }
}
