//! How far the ledger itself is with making a payout at Stripe.
//!
//! Before Stripe is called, the attempt is recorded: whoever comes later knows that
//! a call may be under way, when it began, and under which idempotency key, which
//! follows from the attempt's number. A new attempt, under a new key, begins only
//! once the one before is known to have made nothing.

use time::OffsetDateTime;

use super::{
    Known, Standing,
    event::{
        PayoutFailed, PayoutPutInDoubt, PayoutSubmissionBegun, PayoutSubmissionRefused,
        PayoutSubmissionResumed,
    },
};
use crate::{event::Event, refusal::Rejection};

/// The attempts to make a payout at Stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Submission {
    /// How many were begun; none if somebody else makes the payout.
    pub attempts: u32,
    /// How the last one stands, while Stripe has not taken the payout.
    pub stage: Stage,
}

/// How an attempt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// None is under way.
    #[default]
    Idle,
    /// Stripe may have been called.
    Begun {
        /// Since when: its idempotency key is good for 24 hours from then.
        at: OffsetDateTime,
    },
    /// Stripe refused for now; the next attempt is due then.
    Waiting {
        /// When.
        until: OffsetDateTime,
    },
    /// Stripe refused, and a person has to look.
    Stopped,
}

impl Known {
    /// An attempt begins. No event: this very one has begun already.
    pub(crate) fn start(
        &self,
        attempt: u32,
        now: OffsetDateTime,
    ) -> Result<Option<Event>, Rejection> {
        let Submission { attempts, stage } = self.submission;
        let next = attempts.checked_add(1) == Some(attempt);
        let begun = matches!(stage, Stage::Begun { .. });
        match &self.standing {
            Standing::Requested if begun && attempt == attempts => Ok(None),
            // Nobody pays a second time on a guess.
            Standing::Requested if begun => Err(self.being_sent("sent once more")),
            Standing::Requested if stage == Stage::Stopped => {
                Err(self.illegal_at("stopped until somebody resumes it", "submitted"))
            }
            Standing::Requested | Standing::InDoubt { .. } if next => Ok(Some(
                PayoutSubmissionBegun {
                    payout_id: self.payout_id,
                    attempt,
                    begun_at: now,
                }
                .into(),
            )),
            Standing::Requested | Standing::InDoubt { .. } => Err(Rejection::Invalid {
                field: "attempt",
                problem: format!("the next one is {}", attempts.saturating_add(1)),
            }),
            Standing::Pending { .. }
            | Standing::InTransit { .. }
            | Standing::Paid { .. }
            | Standing::Failed { .. }
            | Standing::Canceled { .. } => Err(self.illegal("submitted")),
        }
    }

    /// Stripe refused an attempt and made nothing; for good, if it is given up. Only
    /// the attempt under way: a late word on it does not undo what came after, and not
    /// a doubt, for another call under the same key may have been heard.
    pub(crate) fn refuse(
        &self,
        refused: PayoutSubmissionRefused,
        give_up: bool,
    ) -> Result<Option<Event>, Rejection> {
        let this = refused.attempt == self.submission.attempts;
        match (&self.standing, self.submission.stage) {
            (Standing::Requested, Stage::Begun { .. }) if this && give_up => Ok(Some(
                PayoutFailed {
                    payout_id: self.payout_id,
                    failure_code: refused.code,
                    failure_message: refused.message,
                }
                .into(),
            )),
            (Standing::Requested, Stage::Begun { .. }) if this => Ok(Some(refused.into())),
            (Standing::Requested, Stage::Waiting { .. } | Stage::Stopped) if this => Ok(None),
            (Standing::Failed { .. }, _) if this && give_up => Ok(None),
            _ => Err(self.illegal("refused by Stripe")),
        }
    }

    /// Nobody knows what became of an attempt. No event: it is known by now, or was
    /// in doubt before. It goes before a refusal: of two who called under the same
    /// key, the one who was refused cannot speak for the other.
    pub(crate) fn put_in_doubt(
        &self,
        attempt: u32,
        reason: String,
    ) -> Result<Option<Event>, Rejection> {
        let this = attempt > 0 && attempt == self.submission.attempts;
        match &self.standing {
            Standing::Requested if this => Ok(Some(
                PayoutPutInDoubt {
                    payout_id: self.payout_id,
                    reason,
                }
                .into(),
            )),
            Standing::Requested => Err(self.illegal("in doubt")),
            Standing::InDoubt { .. }
            | Standing::Pending { .. }
            | Standing::InTransit { .. }
            | Standing::Paid { .. }
            | Standing::Failed { .. }
            | Standing::Canceled { .. } => Ok(None),
        }
    }

    /// A person has looked: it may be tried again at once.
    pub(crate) fn resume(&self) -> Result<Option<Event>, Rejection> {
        match (&self.standing, self.submission.stage) {
            (Standing::Requested, Stage::Waiting { .. } | Stage::Stopped) => Ok(Some(
                PayoutSubmissionResumed {
                    payout_id: self.payout_id,
                }
                .into(),
            )),
            (Standing::Requested, Stage::Idle) => Ok(None),
            (Standing::Requested, Stage::Begun { .. }) => Err(self.being_sent("resumed")),
            _ => Err(self.illegal("resumed")),
        }
    }

    pub(super) fn being_sent(&self, wanted: &'static str) -> Rejection {
        self.illegal_at("being sent to Stripe", wanted)
    }

    pub(super) fn illegal_at(&self, state: &'static str, wanted: &'static str) -> Rejection {
        Rejection::IllegalTransition {
            what: format!("payout {}", self.payout_id),
            state,
            wanted,
        }
    }
}

impl Known {
    pub(super) fn on_begun(&mut self, event: &PayoutSubmissionBegun) {
        self.submission = Submission {
            attempts: event.attempt,
            stage: Stage::Begun { at: event.begun_at },
        };
        self.undoubted();
    }

    pub(super) fn on_refused(&mut self, event: &PayoutSubmissionRefused) {
        self.submission.stage = match event.try_again_at {
            Some(until) => Stage::Waiting { until },
            None => Stage::Stopped,
        };
        self.undoubted();
    }

    pub(super) fn on_resumed(&mut self) {
        self.submission.stage = Stage::Idle;
    }

    /// What was in doubt is known to have made nothing.
    fn undoubted(&mut self) {
        if let Standing::InDoubt { .. } = self.standing {
            self.standing = Standing::Requested;
        }
    }
}
