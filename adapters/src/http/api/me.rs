//! Who asks: what a page must know before it shows what its reader may do.

use std::sync::Arc;

use axum::{
    Json as Body,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::stripe::Mode;
use serde_json::json;

use super::{App, admit};

/// Where it is.
pub(in crate::http) const ME: &str = "/v1/me";

/// Tells a caller who it is.
pub(super) async fn receive(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    match admit(&app, &headers) {
        Ok(caller) => Body(json!({
            "tenant": caller.tenant,
            "role": caller.role.as_str(),
            "livemode": app.settings.mode == Mode::Live,
            "version": env!("CARGO_PKG_VERSION"),
        }))
        .into_response(),
        Err(problem) => problem.into_response(),
    }
}
