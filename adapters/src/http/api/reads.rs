//! Reads: the caller's rows, and nobody else's.

use std::sync::Arc;

use axum::{
    Json as Body, RequestPartsExt,
    extract::{Path, Request},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use domain::{Code, Refusal, Rejection, id::PayoutId};
use projections::query::{self, Filter, Table};
use serde_json::{Value as Json, json};
use tracing::debug;

use super::{App, Question, admit, busy, params};
use crate::{
    http::{problem::Problem, seats::Seat},
    queries,
};

/// Answers a question.
pub(super) async fn receive(app: &App, question: Question, request: Request) -> Response {
    match answer(app, question, request).await {
        Ok(json) => Body(json).into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn answer(app: &App, question: Question, request: Request) -> Result<Json, Problem> {
    let (mut head, _) = request.into_parts();
    let caller = admit(app, &head.headers)?;
    // Whoever may ask keeps its seat; strangers give way.
    let _at_work = head.extensions.get::<Arc<Seat>>().map(Seat::at_work);
    let mut filter = params::filter(&caller.tenant, question, head.uri.query())?;
    if question.is_of_a_payout() {
        filter.payout = Some(payout(&mut head).await?);
    }
    let limits = &app.settings.limits;
    let turn = tokio::time::timeout(limits.queue, app.api.turns.acquire()).await;
    let _turn = turn.map_err(|_| busy("too many queries at once; try again"))?;
    debug!(tenant = %caller.tenant, token = caller.token, ?question, "a query");
    tokio::time::timeout(limits.answer, find(app, question, &filter))
        .await
        .unwrap_or_else(|_| Err(busy("the query took too long; ask for less, or try again")))
}

/// The payout that the path names.
async fn payout(head: &mut Parts) -> Result<PayoutId, Refusal> {
    let invalid = |detail: String| Refusal::new(Code::InvalidCommand, detail);
    let named = head.extract::<Path<String>>().await;
    let Path(text) = named.map_err(|error| invalid(error.body_text()))?;
    text.parse()
        .map_err(|error: domain::id::InvalidId| invalid(error.to_string()))
}

async fn find(app: &App, question: Question, filter: &Filter) -> Result<Json, Problem> {
    let database = app.ledger.database();
    match (question, filter.payout) {
        (Question::Payout, Some(payout)) => {
            let found = one(app, filter).await?;
            Ok(found.ok_or_else(|| unknown(payout))?)
        }
        (Question::History, Some(payout)) => {
            let now = Filter {
                payout: Some(payout),
                ..Filter::of(filter.tenant.clone())
            };
            if one(app, &now).await?.is_none() {
                return Err(unknown(payout).into());
            }
            Ok(queries::rows(database, question.table(), filter).await?)
        }
        _ => Ok(queries::rows(database, question.table(), filter).await?),
    }
}

async fn one(app: &App, filter: &Filter) -> Result<Option<Json>, Refusal> {
    let answer = query::run(app.ledger.database(), Table::Payouts, filter).await;
    let answer = answer.map_err(|error| queries::refused(&error))?;
    Ok(answer.rows.into_iter().next().map(|row| json!(row)))
}

fn unknown(payout: PayoutId) -> Refusal {
    Rejection::PayoutNotFound(payout).into()
}
