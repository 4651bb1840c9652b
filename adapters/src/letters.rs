//! Events of Stripe's that are dead or wait, in the words of the contract: the same for the
//! command line and over HTTP.

use serde_json::{Map, Value as Json, json};
use store::{
    Database, Dropped, Ingested, Rerun, StoreError,
    archive::{self, Letter, Wanted},
    row::sqlite_time,
};

use domain::id::Tenant;

/// What is told of an event, in order.
pub(crate) const COLUMNS: &[&str] = &[
    "sequence",
    "received_at",
    "settled_at",
    "event_id",
    "body_hash",
    "event_type",
    "object",
    "outcome",
    "reason",
    "detail",
    "waiting",
];
/// How many others of its object are told with an event, on each side.
const MOST_OTHERS: u32 = 20;

/// All there is of an event but its body.
pub(crate) fn row(letter: &Letter) -> Map<String, Json> {
    let values = [
        json!(letter.sequence),
        json!(sqlite_time(letter.received_at)),
        json!(sqlite_time(letter.settled_at)),
        json!(letter.event_id),
        json!(letter.body_hash.as_str()),
        json!(letter.event_type),
        json!(letter.object),
        json!(letter.outcome.as_str()),
        json!(letter.outcome.reason()),
        json!(letter.detail),
        json!(letter.waiting),
    ];
    COLUMNS
        .iter()
        .map(|name| (*name).to_owned())
        .zip(values)
        .collect()
}

/// What became of an event that was tried again.
pub(crate) fn tried(letter: &Letter, rerun: &Rerun) -> Json {
    json!({
        "event_id": letter.event_id,
        "body_hash": letter.body_hash.as_str(),
        "event_type": letter.event_type,
        "object": letter.object,
        "before": letter.outcome.as_str(),
        "outcome": rerun.now.as_str(),
        "reason": rerun.now.reason(),
        "detail": rerun.detail,
        "events": rerun.events,
        "otherwise": rerun.otherwise.as_ref().map(Ingested::as_str),
    })
}

/// That an event was given up.
pub(crate) fn given_up(letter: &Letter, dropped: &Dropped) -> Json {
    json!({
        "event_id": letter.event_id,
        "body_hash": letter.body_hash.as_str(),
        "before": dropped.before.as_str(),
        "reason": dropped.before.reason(),
        "already": dropped.already,
    })
}

/// Others of its object that are dead or wait: those before it, and those behind it.
///
/// # Errors
/// When the database fails.
pub(crate) async fn others(
    database: &Database,
    tenant: &Tenant,
    letter: &Letter,
) -> Result<(Vec<Letter>, Vec<Letter>), StoreError> {
    let Some(object) = &letter.object else {
        return Ok((Vec::new(), Vec::new()));
    };
    let wanted = |after| Wanted {
        object: Some(object.clone()),
        after,
        ..Wanted::default()
    };
    let mut ahead = archive::letters(database, tenant, &wanted(0), MOST_OTHERS).await?;
    ahead.retain(|other| other.sequence < letter.sequence);
    let behind = wanted(letter.sequence);
    let behind = archive::letters(database, tenant, &behind, MOST_OTHERS).await?;
    Ok((ahead, behind))
}
