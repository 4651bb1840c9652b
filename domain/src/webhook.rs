//! An event of Stripe's that could not be applied: what an operator decided on it.
//!
//! The archive keeps the event and what became of it. Only what a person decides
//! is a fact of the log.

use serde::{Deserialize, Serialize};

use crate::{
    event::{Event, of},
    id::Fingerprint,
    refusal::Rejection,
};

pub mod event;

use event::WebhookDropped;

/// What became of an event of Stripe's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The books know what it told.
    Applied,
    /// Kept, without effect on the books.
    Ignored,
    /// Kept until what it waits for is there.
    Parked,
    /// Cannot be applied.
    Dead,
}

impl Outcome {
    /// As the archive has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Ignored => "ignored",
            Self::Parked => "parked",
            Self::Dead => "dead",
        }
    }
}

/// An operator's request to give a webhook up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropWebhook {
    /// Stripe's id, or one computed from the body.
    pub event_id: String,
    /// Hash of the body: bodies can share an id.
    pub body_hash: Fingerprint,
    /// What it is about, e.g. `payout/po_1`.
    pub object: Option<String>,
    /// Why it is given up, for people.
    pub reason: String,
    /// What became of it so far.
    pub outcome: Outcome,
    /// Why that became of it.
    pub outcome_reason: Option<String>,
}

/// The folded state of a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Webhook {
    dropped: Option<String>,
}

impl Webhook {
    /// Why it was dropped, if it was.
    #[must_use]
    pub fn dropped(&self) -> Option<&str> {
        self.dropped.as_deref()
    }

    /// The state after one more event.
    #[must_use]
    pub fn evolve(self, event: &Event) -> Self {
        match of::Webhook::of(event) {
            Some(of::Webhook::WebhookDropped(event)) => Self {
                dropped: Some(event.reason.clone()),
            },
            None => self,
        }
    }

    /// Gives it up. `None`: that was done, for the same reason.
    pub(crate) fn give_up(&self, wanted: &DropWebhook) -> Result<Option<Event>, Rejection> {
        match (self.dropped(), wanted.outcome) {
            (Some(reason), _) if reason == wanted.reason => Ok(None),
            (Some(_), _) => Err(Rejection::AlreadyExists {
                what: format!("the reason why event {} was dropped", wanted.event_id),
            }),
            (None, Outcome::Parked | Outcome::Dead) => Ok(Some(
                WebhookDropped {
                    event_id: wanted.event_id.clone(),
                    body_hash: wanted.body_hash.as_str().to_owned(),
                    object: wanted.object.clone(),
                    reason: wanted.reason.clone(),
                    outcome_before: wanted.outcome,
                    reason_before: wanted.outcome_reason.clone(),
                }
                .into(),
            )),
            (None, Outcome::Applied | Outcome::Ignored) => Err(Rejection::IllegalTransition {
                what: format!("event {}", wanted.event_id),
                state: wanted.outcome.as_str(),
                wanted: "dropped",
            }),
        }
    }
}
