//! Where the story of a payout is found: decisions in the log, receipts, the archive.

use std::collections::BTreeMap;

use domain::id::{PayoutId, StreamId, Tenant};
use serde_json::Value as Json;
use store::{Database, Recorded, Row, StoreError, Value, row::sqlite_time};

use super::timeline::{self, Entry, Happened, Outcome};
use crate::statements;

/// Whom it is about.
pub(super) struct Subject<'q> {
    pub(super) tenant: &'q Tenant,
    pub(super) payout_id: PayoutId,
    pub(super) stripe_payout_id: Option<&'q str>,
    pub(super) thorough: bool,
}

impl Subject<'_> {
    /// What webhooks of it are about. Nothing is, before Stripe has named it.
    fn object(&self) -> String {
        self.stripe_payout_id
            .map_or_else(String::new, |id| format!("payout/{id}"))
    }
}

/// The events that were decided together with one, itself among them.
pub(super) async fn decision(
    database: &Database,
    tenant: &Tenant,
    one: &Recorded,
) -> Result<Vec<Recorded>, StoreError> {
    let values = [
        Value::Text(tenant.as_str()),
        Value::Int(one.cursor.txid),
        Value::Int(one.position()),
        Value::Text(&one.metadata),
        Value::Time(one.recorded_at),
    ];
    let sql = &statements::EXPLAIN_DECISION;
    let rows = database.fetch(sql, &values).await?;
    rows.iter().map(Recorded::from_row).collect()
}

/// The texts that the causes of some events have under a name, each once.
fn causes(events: &[Recorded], name: &str) -> Vec<String> {
    let mut causes: Vec<_> = events
        .iter()
        .filter_map(|event| Some(timeline::cause(event).get(name)?.as_str()?.to_owned()))
        .collect();
    causes.sort();
    causes.dedup();
    causes
}

/// The commands that caused some events, and, if wanted, all that name the payout.
pub(super) async fn commands(
    database: &Database,
    subject: &Subject<'_>,
    events: &[Recorded],
) -> Result<Vec<Entry>, StoreError> {
    let keys = causes(events, "key");
    let values = [
        Value::Text(subject.tenant.as_str()),
        Value::Texts(keys.iter().map(String::as_str).collect()),
    ];
    let mut rows = database
        .fetch(&statements::EXPLAIN_RECEIPTS, &values)
        .await?;
    if subject.thorough {
        let ours = subject.payout_id.to_string();
        let values = [
            Value::Text(subject.tenant.as_str()),
            Value::Text(&ours),
            Value::Text(subject.stripe_payout_id.unwrap_or(&ours)),
        ];
        let found = database
            .fetch(&statements::SEARCH_RECEIPTS, &values)
            .await?;
        for row in found {
            if is_named(subject, &row.text("outcome")?) {
                rows.push(row);
            }
        }
    }
    let mut commands = BTreeMap::new();
    for row in &rows {
        commands.insert(row.text("idempotency_key")?, command(row)?);
    }
    Ok(commands.into_values().collect())
}

/// Whether one of the payout's ids stands in a text, and not only a part of another id.
fn is_named(subject: &Subject<'_>, text: &str) -> bool {
    let stream = StreamId::payout(subject.payout_id).to_string();
    let ours = subject.payout_id.to_string();
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
        .any(|word| word == ours || word == stream || Some(word) == subject.stripe_payout_id)
}

fn command(row: &Row) -> Result<Entry, StoreError> {
    let stored: Json =
        serde_json::from_str(&row.text("outcome")?).map_err(|source| StoreError::Stored {
            what: "receipt",
            source,
        })?;
    let text = |name: &str| stored.get(name).and_then(Json::as_str).unwrap_or_default();
    let outcome = if text("status") == "accepted" {
        let events = stored.get("events").and_then(Json::as_array);
        Outcome::Accepted {
            events: events.map_or(0, Vec::len),
        }
    } else {
        Outcome::Refused {
            code: text("code").to_owned(),
            detail: text("detail").to_owned(),
        }
    };
    let happened = Happened::Command {
        command: row.text("command")?,
        key: row.text("idempotency_key")?,
        outcome,
    };
    Ok(Entry::new(row.time("recorded_at")?, happened))
}

/// The webhooks that caused some events, are dead or wait, and, if wanted, all of the
/// payout.
pub(super) async fn webhooks(
    database: &Database,
    subject: &Subject<'_>,
    events: &[Recorded],
) -> Result<Vec<Entry>, StoreError> {
    let (object, stream) = (subject.object(), StreamId::payout(subject.payout_id));
    let rows = if subject.thorough {
        let values = [
            Value::Text(subject.tenant.as_str()),
            Value::Text(&object),
            Value::Text(stream.as_str()),
        ];
        database
            .fetch(&statements::SEARCH_WEBHOOKS, &values)
            .await?
    } else {
        let ids = causes(events, "stripe_event");
        let values = [
            Value::Text(subject.tenant.as_str()),
            Value::Texts(ids.iter().map(String::as_str).collect()),
            Value::Text(&object),
            Value::Text(stream.as_str()),
        ];
        database
            .fetch(&statements::EXPLAIN_WEBHOOKS, &values)
            .await?
    };
    rows.iter().map(webhook).collect()
}

fn webhook(row: &Row) -> Result<Entry, StoreError> {
    let happened = Happened::Webhook {
        event_id: row.text("event_id")?,
        body_hash: row.text("body_hash")?,
        name: row.opt_text("event_type")?,
        outcome: row.text("outcome")?,
        reason: row.opt_text("reason")?,
        detail: row.opt_text("detail")?,
        settled_at: sqlite_time(row.time("settled_at")?),
    };
    Ok(Entry::new(row.time("received_at")?, happened))
}
