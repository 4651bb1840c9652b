//! What callers are told, in the words of the public contract.

use domain::{
    Code, Refusal,
    id::{PayoutId, StreamId},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

/// The answer to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It is recorded.
    Accepted(Acceptance),
    /// It is not, and never will be under the same idempotency key, unless the
    /// code says it was trouble of the moment.
    Refused(Refusal),
}

/// What an accepted command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// The payout it is about.
    pub payout_id: Option<PayoutId>,
    /// The events it caused; none when everything was recorded already.
    pub events: Vec<EventRef>,
    /// Whether the same command under the same key was answered before.
    pub duplicate: bool,
}

/// Where an event is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRef {
    /// Its stream.
    pub stream: StreamId,
    /// Its number in the stream.
    pub version: u64,
    /// Its type.
    pub name: String,
    /// Its position in the log.
    pub position: i64,
}

impl Reply {
    /// What became of the command, in one word.
    #[must_use]
    pub const fn outcome(&self) -> &'static str {
        match self {
            Self::Accepted(acceptance) if acceptance.duplicate => "duplicate",
            Self::Accepted(_) => "accepted",
            Self::Refused(refusal) => refusal.code.as_str(),
        }
    }

    /// The answer as JSON: the acceptance, or a problem of RFC 9457.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Accepted(acceptance) => acceptance.to_json(),
            Self::Refused(refusal) => problem(refusal),
        }
    }
}

impl Acceptance {
    fn to_json(&self) -> Json {
        let events = self.events.iter().map(|event| {
            json!({
                "stream": event.stream.as_str(),
                "version": event.version,
                "type": event.name,
                "position": event.position,
            })
        });
        let mut reply = serde_json::Map::new();
        reply.insert("status".to_owned(), json!("accepted"));
        if let Some(payout) = self.payout_id {
            reply.insert("payout_id".to_owned(), json!(payout));
        }
        reply.insert("events".to_owned(), events.collect());
        reply.insert("duplicate".to_owned(), json!(self.duplicate));
        Json::Object(reply)
    }
}

/// A refusal as a problem of RFC 9457.
#[must_use]
pub fn problem(refusal: &Refusal) -> Json {
    Problem::from(refusal).to_json()
}

/// A problem of RFC 9457: the one shape in which callers are told that something is
/// not so, whatever transport they came by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// As in HTTP.
    pub status: u16,
    /// For programs, in upper snake case.
    pub code: &'static str,
    /// For people, the same each time.
    pub title: &'static str,
    /// For people: what is wrong with what.
    pub detail: String,
    /// After how many seconds it is worth trying again, if it is.
    pub retry_after: Option<u32>,
}

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        let code = refusal.code;
        Self {
            status: code.http_status(),
            code: code.as_str(),
            title: code.title(),
            detail: refusal.detail.clone(),
            retry_after: code.retry_after_secs(),
        }
    }
}

impl Problem {
    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let mut problem = json!({
            "status": self.status,
            "type": format!("urn:payoutd:problem:{}", self.code),
            "title": self.title,
            "code": self.code,
            "detail": self.detail,
        });
        if let (Some(seconds), Some(problem)) = (self.retry_after, problem.as_object_mut()) {
            problem.insert("retry_after".to_owned(), json!(seconds));
        }
        problem
    }
}

/// What became of an event of Stripe's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ingested {
    /// The ledger knows what it told.
    Applied,
    /// The same bytes under the same id were taken before.
    Duplicate,
    /// Kept, without effect on the books; why.
    Ignored(String),
    /// Kept until what it names is there.
    Parked(String),
    /// Kept; cannot be applied; why.
    Dead(String),
}

impl Ingested {
    /// One word for counts.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Duplicate => "duplicate",
            Self::Ignored(_) => "ignored",
            Self::Parked(_) => "parked",
            Self::Dead(_) => "dead",
        }
    }

    /// Whether later webhooks of the same object have to wait.
    #[must_use]
    pub const fn is_stuck(&self) -> bool {
        matches!(self, Self::Dead(_) | Self::Parked(_))
    }

    /// The reason, or what it waits for.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Applied | Self::Duplicate => None,
            Self::Ignored(reason) | Self::Parked(reason) | Self::Dead(reason) => Some(reason),
        }
    }
}

/// Why a webhook of the archive is run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Somebody wants this one to be tried again: if it is dead, or parked.
    Retry,
    /// The archive is run again, whatever had become of this one. Only what an
    /// operator dropped stays dropped.
    Replay {
        /// Also those that were ignored because of their mode. Without this, a
        /// replay in the wrong mode would book what never happened.
        other_mode: bool,
    },
}

/// What became of a webhook of the archive that was run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rerun {
    /// What had become of it.
    pub before: Ingested,
    /// What is in the archive now. An applied one stays applied, whatever the rules
    /// say of it today.
    pub now: Ingested,
    /// More about that, for people.
    pub detail: Option<String>,
    /// How many events it caused.
    pub events: usize,
    /// What would have become of it today, if its outcome was kept all the same.
    pub otherwise: Option<Ingested>,
}

impl Rerun {
    /// Whether anything is different now.
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.events > 0 || self.before != self.now
    }
}

/// A webhook was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// What had become of it.
    pub before: Ingested,
    /// Whether it was given up earlier, for the same reason.
    pub already: bool,
}

/// The reason in the archive of a webhook that an operator gave up.
pub const DROPPED: &str = "dropped";
/// The reason in the archive of a webhook of another mode than the ledger's.
pub const OTHER_MODE: &str = "livemode";

/// A command's outcome as its receipt keeps it. Positions are not kept: the log
/// knows them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub(crate) enum StoredOutcome {
    Accepted {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payout_id: Option<PayoutId>,
        /// Stream, version, type.
        events: Vec<(String, u64, String)>,
    },
    Refused {
        code: Code,
        detail: String,
    },
}
