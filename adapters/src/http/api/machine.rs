//! What the service reads off itself, for whoever may ask: it is of no tenant.

use std::{sync::Arc, time::Duration};

use axum::{
    Json as Body,
    extract::{Request, State},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use domain::{Code, Refusal};
use futures::TryFutureExt;
use serde_json::{Value as Json, json};

use super::{App, admit, params, turn::in_turn};
use crate::{
    http::{problem::Problem, seats::Seat},
    machine::{LookBack, LookBackError, look_back},
    queries,
};

/// Where readings are.
pub(in crate::http) const READINGS: &str = "/v1/machine/readings";

/// Where the transactions are that run now.
pub(in crate::http) const TRANSACTIONS: &str = "/v1/machine/transactions";

/// The transactions of this instance that run now, the oldest first: names and times, and
/// nothing of what is in them.
pub(super) async fn transactions(State(app): State<Arc<App>>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    if let Err(problem) = admit(&app, &head.headers) {
        return problem.into_response();
    }
    let micros = |span: Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
    let running = store::transaction::active();
    let rows = running.iter().map(|it| {
        json!({
            "id": it.id,
            "name": it.name,
            "isolation": it.isolation.given.as_sql().to_lowercase(),
            "asked_isolation": it.isolation.asked.as_sql().to_lowercase(),
            "age_us": micros(it.age),
            "depth": it.depth,
            "attempt": it.attempt,
            "left_us": it.left.map(micros),
        })
    });
    Body(json!({ "transactions": rows.collect::<Vec<_>>() })).into_response()
}

/// Readings of some time.
pub(super) async fn readings(State(app): State<Arc<App>>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    match answer(&app, &head).await {
        Ok(json) => Body(json).into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn answer(app: &App, head: &Parts) -> Result<Json, Problem> {
    admit(app, &head.headers)?;
    let _at_work = head.extensions.get::<Arc<Seat>>().map(Seat::at_work);
    let wanted = read(head.uri.query())?;
    let now = app.settings.clock.now();
    let looking = look_back(app.ledger.database(), wanted, now);
    let past = in_turn(app, looking.map_err(|error| refused(&error))).await?;
    Ok(json!({ "step_seconds": past.step_seconds, "readings": past.readings }))
}

/// What readings can be asked by.
const PARAMETERS: [&str; 3] = ["since", "until", "step"];

/// Each parameter once, none that is not known.
fn read(query: Option<&str>) -> Result<LookBack, Refusal> {
    let mut wanted = LookBack::default();
    params::each(&PARAMETERS, query, |name, value| {
        match name {
            "since" => wanted.since = Some(params::moment(name, value)?),
            "until" => wanted.until = Some(params::moment(name, value)?),
            _ => wanted.step_seconds = Some(step(value)?),
        }
        Ok(())
    })?;
    Ok(wanted)
}

fn step(text: &str) -> Result<u32, Refusal> {
    let step = params::number(text);
    step.ok_or_else(|| params::invalid("step: a number of seconds, 10, 300 or 3600".to_owned()))
}

fn refused(error: &LookBackError) -> Refusal {
    match error {
        LookBackError::Store(error) => queries::failed(error),
        _ => Refusal::new(Code::InvalidCommand, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn each_parameter_is_taken_once_and_none_that_is_not_known() {
        let all = "since=2026-11-22T10:00:00Z&until=2026-11-22T11%3A00%3A00%2B01:00&step=300";
        let wanted = LookBack {
            since: Some(datetime!(2026-11-22 10:00 UTC)),
            until: Some(datetime!(2026-11-22 10:00 UTC)),
            step_seconds: Some(300),
        };
        assert_eq!(read(Some(all)), Ok(wanted));
        for (query, told) in [
            ("tenant=acme", "unknown parameter \"tenant\""),
            ("step=1&step=1", "the parameter step is there twice"),
            ("step=-1", "step: a number"),
            ("since=yesterday", "since: a time in RFC 3339"),
        ] {
            let refused = read(Some(query)).expect_err(query);
            assert!(refused.detail.starts_with(told), "{query}: {refused}");
        }
    }
}
