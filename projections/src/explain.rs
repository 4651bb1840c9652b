//! All there is to say of one payout, in order of time: the commands and Stripe's
//! webhooks that are about it, the events they caused, its items, what it did to the
//! books, and what the read tables say of it now.
//!
//! Webhooks are shown by their ids and hashes; what is in them stays in the archive.

use std::{collections::HashSet, fmt, str::FromStr};

use domain::{
    Event,
    event::of,
    id::{Alias, PayoutId, StreamId, StripePayoutId, Tenant},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use store::{Database, Recorded, StoreError, Value};

mod evidence;
mod sources;
mod tables;
mod timeline;

use crate::{past::Batches, query::QueryError};
pub use evidence::Evidence;
pub use tables::{ItemOf, Tables};
pub use timeline::{Entry, Happened, Outcome};

/// A payout by one of its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// Ours: a UUID.
    Ours(PayoutId),
    /// Stripe's: `po_…`.
    Stripes(StripePayoutId),
}

/// What is neither a UUID nor an id of Stripe's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a payout's id is a UUID, or Stripe's id such as po_1")]
pub struct InvalidName;

impl FromStr for Name {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Ours(PayoutId(id)));
        }
        if !text.starts_with("po_") {
            return Err(InvalidName);
        }
        StripePayoutId::new(text)
            .map(Self::Stripes)
            .map_err(|_| InvalidName)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ours(id) => write!(f, "{id}"),
            Self::Stripes(id) => write!(f, "{id}"),
        }
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Which payout.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Whose books.
    pub tenant: Tenant,
    /// Which payout.
    pub payout: Name,
    /// Also look for what names it and changed nothing: commands that were refused, and
    /// webhooks that told nothing new. Reads all receipts and the whole archive.
    #[serde(default)]
    pub thorough: bool,
}

/// All there is to say of a payout.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Ours.
    pub payout_id: PayoutId,
    /// Stripe's, once it is known.
    pub stripe_payout_id: Option<String>,
    /// Whether commands and webhooks that changed nothing were looked for.
    pub thorough: bool,
    /// What happened, in order.
    pub timeline: Vec<Entry>,
    /// What it did to the books, line by line: `position`, `account`, `amount_minor`,
    /// `amount`, `currency`.
    pub postings: Vec<Map<String, Json>>,
    /// What the read tables say now.
    pub now: Tables,
}

/// Explains a payout.
///
/// # Errors
/// [`QueryError::PayoutNotFound`] when nothing is recorded of it, or when the database
/// fails.
pub async fn payout(database: &Database, question: &Question) -> Result<Report, QueryError> {
    let unknown = || QueryError::PayoutNotFound(question.payout.to_string());
    let payout_id = find(database, question).await?.ok_or_else(unknown)?;
    let told = events_of(database, &question.tenant, payout_id).await?;
    if told.is_empty() {
        return Err(unknown());
    }
    let events = with_books(database, (&question.tenant, payout_id), told).await?;
    let stripes = events.iter().find_map(|it| stripes_id(&it.event));
    let subject = sources::Subject {
        tenant: &question.tenant,
        payout_id,
        stripe_payout_id: stripes.as_ref().map(|id| id.as_str()),
        thorough: question.thorough,
    };
    let mut timeline = sources::commands(database, &subject, &events).await?;
    timeline.extend(sources::webhooks(database, &subject, &events).await?);
    timeline.extend(timeline::of_events(database, &events).await?);
    timeline.sort_by_key(Entry::place);
    Ok(Report {
        payout_id,
        stripe_payout_id: subject.stripe_payout_id.map(str::to_owned),
        thorough: question.thorough,
        timeline,
        postings: events.iter().flat_map(tables::postings).collect(),
        now: tables::now(database, &question.tenant, payout_id).await?,
    })
}

/// The payout of this name.
async fn find(database: &Database, question: &Question) -> Result<Option<PayoutId>, StoreError> {
    let alias = match &question.payout {
        Name::Ours(id) => return Ok(Some(*id)),
        Name::Stripes(id) => Alias::StripePayout(id.clone()).to_string(),
    };
    let values = [
        Value::Text(question.tenant.as_str()),
        Value::Texts(vec![alias.as_str()]),
    ];
    let sql = &store::statements::LOAD_ALIASES;
    let rows = database.fetch(sql, &values).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let stream = StreamId::parse(&row.text("stream")?)?;
    Ok(stream.key().parse().ok().map(PayoutId))
}

fn stripes_id(event: &Event) -> Option<StripePayoutId> {
    match event.claims() {
        Some((Alias::StripePayout(id), _)) => Some(id),
        _ => None,
    }
}

async fn events_of(
    database: &Database,
    tenant: &Tenant,
    payout: PayoutId,
) -> Result<Vec<Recorded>, StoreError> {
    let mut events = Vec::new();
    let mut tx = database.gated("explain").snapshot().open().await?;
    let streams = [StreamId::payout(payout)];
    let source = (tenant, &streams[..]);
    let mut batches = Batches::of(&mut tx, source, i64::MAX);
    while let Some(batch) = batches.next().await? {
        events.extend(batch);
    }
    drop(batches);
    tx.commit().await?;
    Ok(events)
}

/// The payout's events with those of its balance that were decided together with them.
async fn with_books(
    database: &Database,
    (tenant, payout): (&Tenant, PayoutId),
    told: Vec<Recorded>,
) -> Result<Vec<Recorded>, StoreError> {
    let stream = StreamId::payout(payout);
    let mut seen = HashSet::new();
    let mut events = Vec::new();
    for one in told {
        if seen.contains(&one.position()) {
            continue;
        }
        // Not only the decision: webhooks of one batch can share their id.
        for event in sources::decision(database, tenant, &one).await? {
            let belongs = event.stream == stream || moves(&event, payout);
            if belongs && seen.insert(event.position()) {
                events.push(event);
            }
        }
    }
    Ok(events)
}

/// Whether it is what a payout does to its balance.
fn moves(recorded: &Recorded, payout: PayoutId) -> bool {
    match of::Balance::of(&recorded.event) {
        Some(of::Balance::FundsReserved(event)) => event.payout_id == payout,
        Some(of::Balance::ReservationPaidOut(event)) => event.payout_id == payout,
        Some(of::Balance::ReservationReturned(event)) => event.payout_id == payout,
        // What is due is released by the command that asks for a payout.
        Some(of::Balance::TransactionsReleased(_)) => {
            timeline::cause(recorded).get("command").is_some()
        }
        _ => false,
    }
}
