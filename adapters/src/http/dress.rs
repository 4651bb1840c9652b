//! What every answer has, whoever gave it: a name to find it in the logs by, and headers
//! that keep browsers and proxies from doing what they think best. Here they are counted.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{
        HeaderName, HeaderValue,
        header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS},
    },
    middleware::Next,
    response::Response,
};
use tracing::Instrument;

use super::App;
use crate::telemetry::spans;

/// Names a request.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// A longer name is not taken from a caller.
const LONGEST_ID: usize = 64;

/// Has a request answered, and dresses the answer.
pub(super) async fn dress(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = given(&request).unwrap_or_else(|| fresh(&app));
    // Routes are few; paths are as many as somebody likes.
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map(|route| route.as_str().to_owned());
    let span = spans::http(
        (request.method(), route.as_deref()),
        id.to_str().unwrap_or_default(),
        request.headers(),
    );
    let mut response = next.run(request).instrument(span.clone()).await;
    spans::answered(&span, response.status());
    let route = route.unwrap_or_else(|| "none".to_owned());
    let status = response.status().as_str().to_owned();
    metrics::counter!("payoutd_http_requests_total", "route" => route.clone(), "status" => status)
        .increment(1);
    metrics::histogram!("payoutd_http_request_duration_seconds", "route" => route)
        .record(started.elapsed());
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    // What is not about anybody may be kept, and says so itself.
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The caller's own name for the request, if it is one that does no harm in a log.
fn given(request: &Request) -> Option<HeaderValue> {
    let id = request.headers().get(REQUEST_ID)?;
    let plain = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let bytes = id.as_bytes();
    ((1..=LONGEST_ID).contains(&bytes.len()) && bytes.iter().all(plain)).then(|| id.clone())
}

fn fresh(app: &App) -> HeaderValue {
    let id = app.settings.clock.fresh_id().to_string();
    // Hexadecimal digits and hyphens always fit.
    HeaderValue::from_str(&id).unwrap_or_else(|_| HeaderValue::from_static("none"))
}
