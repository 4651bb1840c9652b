//! Reads: the caller's books, and nobody else's.

use std::sync::Arc;

use axum::{
    Json as Body, RequestPartsExt,
    extract::{Path, Request},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use domain::{Code, Refusal, id::Tenant};
use projections::query::Table;
use serde_json::{Map, Value as Json, json};
use tracing::debug;

use super::{
    App, Question, admit,
    copies::{self, Form},
    params,
    turn::in_turn,
};
use crate::{
    http::{problem::Problem, seats::Seat},
    queries::{self, Query},
};

/// Answers a question.
pub(super) async fn receive(app: &App, question: Question, request: Request) -> Response {
    match answer(app, question, request).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn answer(app: &App, question: Question, request: Request) -> Result<Response, Problem> {
    let (mut head, _) = request.into_parts();
    let caller = admit(app, &head.headers)?;
    // Whoever may ask keeps its seat; strangers give way.
    let at_work = head.extensions.get::<Arc<Seat>>().map(Seat::at_work);
    let mut fields = params::fields(question, head.uri.query())?;
    if let Some(by) = question.named() {
        fields.insert(by.name().to_owned(), json!(named(&mut head).await?));
    }
    if let Question::Rows(table) = question
        && let Some(form) = Form::wanted(&head.headers, &mut fields)?
    {
        debug!(tenant = %caller.tenant, token = caller.token, ?question, ?form, "a copy");
        return copies::send(app, (table, form), (&caller.tenant, fields), at_work).await;
    }
    debug!(tenant = %caller.tenant, token = caller.token, ?question, "a query");
    let finding = find(app, question, (&caller.tenant, fields));
    let found = in_turn(app, finding).await?;
    Ok(Body(found).into_response())
}

/// What the path names.
async fn named(head: &mut Parts) -> Result<String, Refusal> {
    let named = head.extract::<Path<String>>().await;
    let Path(name) =
        named.map_err(|error| Refusal::new(Code::InvalidCommand, error.body_text()))?;
    Ok(name)
}

async fn find(
    app: &App,
    question: Question,
    (tenant, fields): (&Tenant, Map<String, Json>),
) -> Result<Json, Refusal> {
    let query = match question {
        Question::Rows(table) => Query::Rows(table),
        Question::Payout => return payout(app, tenant, fields).await,
        Question::History => {
            // No page tells a payout that is not there from one without events.
            let named = fields.iter().filter(|(name, _)| *name == "payout");
            let named = named.map(|(name, id)| (name.clone(), id.clone()));
            payout(app, tenant, named.collect()).await?;
            Query::Rows(Table::Events)
        }
        Question::Explain => Query::Explain,
        Question::TrialBalance => Query::TrialBalance,
        Question::Statement => Query::Statement,
    };
    queries::answer(app.ledger.database(), query, tenant, fields).await
}

async fn payout(app: &App, tenant: &Tenant, fields: Map<String, Json>) -> Result<Json, Refusal> {
    let id = fields.get("payout").cloned().unwrap_or_default();
    let query = Query::Rows(Table::Payouts);
    let mut page = queries::answer(app.ledger.database(), query, tenant, fields).await?;
    match page.pointer_mut("/rows/0") {
        Some(row) => Ok(row.take()),
        None => {
            let detail = format!("there is no payout {}", id.as_str().unwrap_or_default());
            Err(Refusal::new(Code::PayoutNotFound, detail))
        }
    }
}
