//! `GET /metrics`: for whoever may ask the API, for it tells how much is done and what waits.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use domain::{Code, Refusal};

use super::{App, api, problem::Problem};
use crate::machine;

/// Where metrics are.
pub(super) const METRICS: &str = "/metrics";

/// All metrics of the process, as Prometheus reads them.
pub(super) async fn expose(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    match text(&app, &headers) {
        Ok(text) => ([(CONTENT_TYPE, machine::CONTENT_TYPE)], text).into_response(),
        Err(problem) => problem.into_response(),
    }
}

fn text(app: &App, headers: &HeaderMap) -> Result<String, Problem> {
    api::admit(app, headers)?;
    let machine = app.settings.machine.as_ref();
    let machine = machine.ok_or_else(|| {
        let detail = "metrics are not recorded here";
        Problem::from(Refusal::new(Code::Unavailable, detail))
    })?;
    Ok(machine.exposition.render())
}
