//! What happened to a payout, in order of time.

use serde::Serialize;
use serde_json::{Value as Json, json};
use store::{Database, Recorded, StoreError, row::sqlite_time};
use time::OffsetDateTime;

use super::evidence::{self, Evidence};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// When, in RFC 3339.
    pub at: String,
    /// What.
    #[serde(flatten)]
    pub happened: Happened,
    /// Its place among what happened at the same time.
    #[serde(skip)]
    place: (OffsetDateTime, u8, i64),
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Happened {
    /// Somebody asked the ledger for something.
    Command {
        /// Its name.
        command: String,
        /// Its idempotency key.
        key: String,
        /// What it was answered.
        #[serde(flatten)]
        outcome: Outcome,
    },
    /// Stripe told something.
    Webhook {
        /// Stripe's id.
        event_id: String,
        /// SHA-256 of the body.
        body_hash: String,
        /// `type`, if it could be read.
        #[serde(rename = "type")]
        name: Option<String>,
        /// What became of it: applied, ignored, parked, dead.
        outcome: String,
        /// Why, or what it waits for.
        reason: Option<String>,
        /// More about that, for people.
        detail: Option<String>,
        /// When its outcome was last set.
        settled_at: String,
    },
    /// It was recorded.
    Event {
        /// Where in the log.
        position: i64,
        /// In which stream.
        stream: String,
        /// Its number there.
        version: u64,
        /// What happened.
        #[serde(rename = "type")]
        name: &'static str,
        /// What is recorded of it. Lists are told by their length.
        data: Json,
        /// What caused it.
        cause: Json,
        /// What proves it.
        #[serde(flatten)]
        evidence: Evidence,
    },
}

/// What a command was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It is recorded.
    Accepted {
        /// How many events it caused; none when everything was recorded already.
        events: usize,
    },
    /// It is not.
    Refused {
        /// Why, for programs.
        code: String,
        /// Why, for people.
        detail: String,
    },
}

impl Entry {
    /// What happened when. Causes come before what they cause.
    pub(super) fn new(at: OffsetDateTime, happened: Happened) -> Self {
        let (rank, order) = match &happened {
            Happened::Command { .. } => (0, 0),
            Happened::Webhook { .. } => (1, 0),
            Happened::Event { position, .. } => (2, *position),
        };
        Self {
            at: sqlite_time(at),
            happened,
            place: (at, rank, order),
        }
    }

    pub(super) const fn place(&self) -> (OffsetDateTime, u8, i64) {
        self.place
    }
}

/// Events with their proofs.
pub(super) async fn of_events(
    database: &Database,
    events: &[Recorded],
) -> Result<Vec<Entry>, StoreError> {
    let proofs = evidence::of(database, events).await?;
    let entries = events.iter().zip(proofs).map(|(recorded, evidence)| {
        let happened = Happened::Event {
            position: recorded.position(),
            stream: recorded.stream.to_string(),
            version: recorded.version,
            name: recorded.event.name(),
            data: shortened(&recorded.event.encode()),
            cause: cause(recorded),
            evidence,
        };
        Entry::new(recorded.recorded_at, happened)
    });
    Ok(entries.collect())
}

/// What caused an event, as it was recorded.
pub(super) fn cause(recorded: &Recorded) -> Json {
    serde_json::from_str(&recorded.metadata).unwrap_or(Json::Null)
}

/// An event's data with `<list>_count` instead of each list: they can be long.
fn shortened(data: &str) -> Json {
    let Ok(Json::Object(fields)) = serde_json::from_str(data) else {
        return Json::Null;
    };
    let fields = fields.into_iter().map(|(name, value)| match value {
        Json::Array(list) => (format!("{name}_count"), json!(list.len())),
        value => (name, value),
    });
    Json::Object(fields.collect())
}
