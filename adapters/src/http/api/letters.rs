//! Dead letters, and what waits: looked at by all, tried again and given up by operators.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json as Body, RequestPartsExt,
    extract::{Path, Request},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use domain::{Refusal, id::Tenant};
use futures::TryFutureExt;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value as Json, json};
use store::{
    Again,
    archive::{self, Letter, Wanted},
};
use time::OffsetDateTime;
use tracing::info;

use super::{
    App, admit,
    commands::check_type,
    params::{self, invalid},
    turn::{in_time, in_turn, within},
};
use crate::{
    http::{body, problem::Problem, rejected::Rejected, seats::Seat},
    letters,
    queries::failed,
};

/// Where those that are dead, or wait, are listed.
pub(in crate::http) const LETTERS: &str = "/v1/dead-letters";
/// Where one is shown.
pub(in crate::http) const LETTER: &str = "/v1/dead-letters/{event_id}";
/// Where one is tried again.
pub(in crate::http) const RETRY: &str = "/v1/dead-letters/{event_id}/retry";
/// Where one is given up.
pub(in crate::http) const DROP: &str = "/v1/dead-letters/{event_id}/drop";

/// What can be listed.
pub(in crate::http) const OUTCOMES: [&str; 2] = ["dead", "parked"];
const DEFAULT_LIMIT: u32 = 100;
/// How many can be asked for at once.
pub(in crate::http) const MAX_LIMIT: u32 = 1_000;

/// What is done with letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    List,
    Show,
    Retry,
    Drop,
}

/// Does it.
pub(super) async fn receive(app: &App, act: Act, request: Request) -> Response {
    let (mut head, body) = request.into_parts();
    let done = match act {
        Act::List => list(app, &head).await,
        Act::Show => show(app, &mut head).await,
        Act::Retry | Act::Drop => change(app, act, (&mut head, body)).await,
    };
    match done {
        Ok(json) => Body(json).into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn list(app: &App, head: &Parts) -> Result<Json, Problem> {
    let caller = admit(app, &head.headers)?;
    let _at_work = head.extensions.get::<Arc<Seat>>().map(Seat::at_work);
    let (wanted, limit) = wanted(head.uri.query())?;
    let database = app.ledger.database();
    // One more than asked for tells whether there is another page.
    let finding = archive::letters(database, &caller.tenant, &wanted, limit + 1);
    let mut found = in_turn(app, finding.map_err(|error| failed(&error))).await?;
    let page = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = found.len() > page;
    found.truncate(page);
    let last = found.last().filter(|_| is_more);
    Ok(json!({
        "rows": found.iter().map(letters::row).collect::<Vec<_>>(),
        "next_cursor": last.map(|last| last.sequence.to_string()),
    }))
}

async fn show(app: &App, head: &mut Parts) -> Result<Json, Problem> {
    let caller = admit(app, &head.headers)?;
    let _at_work = head.extensions.get::<Arc<Seat>>().map(Seat::at_work);
    let given = parameters(head.uri.query(), &["hash"])?;
    let event_id = event_id(head).await?;
    let hash = hash(given.get("hash").map(String::as_str))?;
    let telling = tell(app, &caller.tenant, (&event_id, &hash));
    in_turn(app, telling).await
}

async fn tell(app: &App, tenant: &Tenant, named: (&str, &str)) -> Result<Json, Problem> {
    let letter = find(app, tenant, named).await?;
    let database = app.ledger.database();
    let others = letters::others(database, tenant, &letter).await;
    let (ahead, behind) = others.map_err(|error| failed(&error))?;
    let body = archive::body(database, tenant, &letter).await;
    let body = body.map_err(|error| failed(&error))?;
    let rows = |letters: &[Letter]| letters.iter().map(letters::row).collect::<Vec<_>>();
    let mut told = letters::row(&letter);
    let members = [
        ("body", json!(String::from_utf8_lossy(&body))),
        ("body_is_text", json!(std::str::from_utf8(&body).is_ok())),
        ("ahead", json!(rows(&ahead))),
        ("behind", json!(rows(&behind))),
    ];
    told.extend(members.map(|(name, value)| (name.to_owned(), value)));
    Ok(Json::Object(told))
}

/// What an operator says to it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Retry {
    #[serde(default)]
    hash: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GiveUp {
    reason: String,
    #[serde(default)]
    hash: Option<String>,
}

async fn change(
    app: &App,
    act: Act,
    (head, body): (&mut Parts, axum::body::Body),
) -> Result<Json, Problem> {
    let caller = admit(app, &head.headers).map_err(Problem::last)?;
    caller.may_command().map_err(Problem::from)?;
    let _at_work = head.extensions.get::<Arc<Seat>>().map(Seat::at_work);
    check_type(&head.headers)?;
    parameters(head.uri.query(), &[])?;
    let event_id = event_id(head).await?;
    let body = body::read(body, &app.settings.limits).await;
    let body = body.map_err(Rejected::into_problem)?;
    let tenant = &caller.tenant;
    info!(%tenant, token = caller.token, event_id, ?act, "an operator works on a dead letter");
    if act == Act::Retry {
        let said: Retry = said(&body)?;
        let hash = hash(said.hash.as_deref())?;
        return retry(app, tenant, (&event_id, &hash)).await;
    }
    let said: GiveUp = said(&body)?;
    let hash = hash(said.hash.as_deref())?;
    let letter = in_time(app, find(app, tenant, (&event_id, &hash))).await?;
    let giving = app
        .ledger
        .drop_letter(letter.give_up(tenant.clone(), said.reason));
    let dropped = answered(app, giving).await?;
    Ok(letters::given_up(&letter, &dropped))
}

async fn retry(app: &App, tenant: &Tenant, named: (&str, &str)) -> Result<Json, Problem> {
    let letter = in_time(app, find(app, tenant, named)).await?;
    let reading = archive::body(app.ledger.database(), tenant, &letter);
    let body = in_time(app, reading.map_err(|error| failed(&error))).await?;
    let why = (app.settings.mode, Again::Retry);
    let trying = app.ledger.retry(letter.again(tenant.clone(), body, why));
    let rerun = answered(app, trying).await?;
    Ok(letters::tried(&letter, &rerun))
}

/// Waits for the ledger, which goes on also when nobody waits any more.
async fn answered<T>(
    app: &App,
    asked: impl Future<Output = Result<T, Refusal>>,
) -> Result<T, Problem> {
    let late = "the outcome is not known yet: look at the event again";
    within(app, asked, late).await?.map_err(Problem::from)
}

/// An event of the archive by its id and, where bodies share that, the beginning of its hash.
async fn find(
    app: &App,
    tenant: &Tenant,
    (event_id, hash): (&str, &str),
) -> Result<Letter, Problem> {
    let found = archive::find(app.ledger.database(), tenant, event_id).await;
    let mut found = found.map_err(|error| failed(&error))?;
    found.retain(|letter| letter.body_hash.as_str().starts_with(hash));
    match (found.pop(), found.is_empty()) {
        (Some(letter), true) => Ok(letter),
        (None, _) => {
            let detail = "the archive has no such event";
            Err(Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", detail))
        }
        (Some(_), false) => {
            let detail = "several bodies came under this id: name one by its hash";
            Err(invalid(detail.to_owned()).into())
        }
    }
}

async fn event_id(head: &mut Parts) -> Result<String, Refusal> {
    let named = head.extract::<Path<String>>().await;
    let Path(id) = named.map_err(|error| invalid(error.body_text()))?;
    // No stored text has it, and a database may choke on it.
    match id.contains('\0') {
        true => Err(invalid("event_id: a NUL is in it".to_owned())),
        false => Ok(id),
    }
}

fn said<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| invalid(error.to_string()))
}

fn hash(given: Option<&str>) -> Result<String, Refusal> {
    let text = given.unwrap_or_default();
    let fits = text.len() <= 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    match fits {
        true => Ok(text.to_ascii_lowercase()),
        false => Err(invalid("hash: up to 64 hexadecimal digits".to_owned())),
    }
}

/// What stands behind the `?`, each once.
fn parameters(query: Option<&str>, known: &[&str]) -> Result<BTreeMap<String, String>, Refusal> {
    let given = params::each(known, query, |name, value| match value.contains('\0') {
        true => Err(invalid(format!("{name}: a NUL is in it"))),
        false => Ok(value.to_owned()),
    })?;
    Ok(given.into_iter().collect())
}

/// The list's parameters.
pub(in crate::http) const PARAMETERS: [&str; 8] = [
    "outcome", "type", "object", "reason", "since", "until", "limit", "cursor",
];

fn wanted(query: Option<&str>) -> Result<(Wanted, u32), Refusal> {
    let mut given = parameters(query, &PARAMETERS)?;
    let outcome = given.remove("outcome");
    let outcome = outcome.as_deref().unwrap_or(OUTCOMES[0]);
    let known = OUTCOMES.into_iter().find(|known| *known == outcome);
    let outcome = known.ok_or_else(|| invalid("outcome: dead or parked".to_owned()))?;
    let limit = match given.remove("limit") {
        Some(text) => params::number(&text)
            .filter(|limit| (1..=MAX_LIMIT).contains(limit))
            .ok_or_else(|| invalid(format!("limit: 1 to {MAX_LIMIT}")))?,
        None => DEFAULT_LIMIT,
    };
    let after = match given.remove("cursor") {
        Some(text) => params::number(&text)
            .ok_or_else(|| invalid("cursor: take it from the answer before".to_owned()))?,
        None => 0,
    };
    let wanted = Wanted {
        outcome: Some(outcome),
        event_type: given.remove("type"),
        object: given.remove("object"),
        reason: given.remove("reason"),
        since: moment(&mut given, "since")?,
        until: moment(&mut given, "until")?,
        after,
    };
    Ok((wanted, limit))
}

fn moment(
    given: &mut BTreeMap<String, String>,
    name: &str,
) -> Result<Option<OffsetDateTime>, Refusal> {
    let text = given.remove(name);
    text.map(|text| params::moment(name, &text)).transpose()
}
