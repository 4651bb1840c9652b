//! Alerts of the caller's tenant, and the score of the service.

use std::sync::Arc;

use axum::{
    Json as Body,
    extract::{Request, State},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use serde_json::{Value as Json, json};
use store::alerts::firing;

use super::{App, admit, busy, params::fields_of, turn::in_turn};
use crate::{
    alerts::{self, Question},
    http::{problem::Problem, seats::Seat},
};

/// Where alerts are.
pub(in crate::http) const ALERTS: &str = "/v1/alerts";
/// Where the score is.
pub(in crate::http) const HEALTH: &str = "/v1/machine/health";
/// What alerts can be asked by.
pub(in crate::http) const PARAMETERS: [&str; 5] = ["level", "state", "since", "limit", "cursor"];

/// What is asked.
#[derive(Debug, Clone, Copy)]
enum Asked {
    Alerts,
    Health,
}

/// A page of alerts.
pub(super) async fn list(State(app): State<Arc<App>>, request: Request) -> Response {
    respond(&app, request, Asked::Alerts).await
}

/// The score.
pub(super) async fn health(State(app): State<Arc<App>>, request: Request) -> Response {
    respond(&app, request, Asked::Health).await
}

async fn respond(app: &App, request: Request, asked: Asked) -> Response {
    let (head, _) = request.into_parts();
    match answer(app, &head, asked).await {
        Ok(json) => Body(json).into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn answer(app: &App, head: &Parts, asked: Asked) -> Result<Json, Problem> {
    let caller = admit(app, &head.headers)?;
    let _at_work = head.extensions.get::<Arc<Seat>>().map(Seat::at_work);
    let known: &[&str] = match asked {
        Asked::Alerts => &PARAMETERS,
        Asked::Health => &[],
    };
    let fields = fields_of(known, head.uri.query())?;
    let finding = async {
        match asked {
            Asked::Alerts => {
                let question = Question::parse(fields)?;
                let page = alerts::page(app.ledger.database(), &caller.tenant, &question).await;
                Ok(page.map_err(|error| error.refusal())?.into_json())
            }
            Asked::Health => score(app).await,
        }
    };
    in_turn::<_, Problem>(app, finding).await
}

/// Of the service, whoever asks: what it tells is of no book.
async fn score(app: &App) -> Result<Json, Problem> {
    let machine = app.settings.machine.as_ref();
    let machine = machine.ok_or_else(|| busy("nothing is read off the service here"))?;
    let readings = machine.readings.borrow().as_ref().clone();
    let firing = firing(app.ledger.database(), &app.settings.tenant).await;
    let firing = firing.map_err(|_| busy("the database does not answer"))?;
    Ok(json!(alerts::judge(&readings, &firing)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_parameter_is_taken_once_and_none_that_is_not_known() {
        let read = fields_of(&PARAMETERS, Some("level=ERROR&limit=5"));
        assert_eq!(
            read.map(Json::Object),
            Ok(json!({ "level": "ERROR", "limit": 5 }))
        );
        for query in ["tenant=acme", "limit=x", "limit=1&limit=1", "limit=%2B1"] {
            assert!(fields_of(&PARAMETERS, Some(query)).is_err(), "{query}");
        }
        assert!(fields_of(&[], Some("level=ERROR")).is_err());
    }
}
