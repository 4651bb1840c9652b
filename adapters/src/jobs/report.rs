//! How a run went: its units by outcome, and why.

use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::reasons::Reasons;

/// What became of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unit {
    /// It is done.
    Done,
    /// What other units need is done.
    Prepared,
    /// There is nothing to do, or the rules do not allow it.
    Skipped(Reason),
    /// It has to be tried again.
    Failed(Reason),
}

/// Which unit, why in a few words, and what else there is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reason {
    pub(super) unit: String,
    pub(super) why: String,
    pub(super) detail: String,
}

/// Units by outcome.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    /// Were done.
    pub done: u64,
    /// There was nothing to do, or the rules did not allow it.
    pub skipped: u64,
    /// Have to be tried again.
    pub failed: u64,
    /// How many were skipped or failed why.
    pub reasons: Reasons,
    /// The first that failed, and why.
    pub first_failure: Option<String>,
}

impl Tally {
    pub(super) fn count(&mut self, unit: &Unit) {
        match unit {
            Unit::Done => self.done += 1,
            Unit::Prepared => {}
            Unit::Skipped(reason) => {
                self.skipped += 1;
                self.reasons.count("skipped", &reason.why);
            }
            Unit::Failed(reason) => {
                self.failed += 1;
                self.reasons.count("failed", &reason.why);
                self.first_failure
                    .get_or_insert_with(|| format!("{}: {}", reason.unit, reason.detail));
            }
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// No unit is left to do.
    Done,
    /// A unit failed, or the run could not go on.
    Failed,
    /// It was asked to stop before its end.
    Stopped,
}

impl Outcome {
    /// One word, as in the table `jobs`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }
}

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How it ended.
    pub outcome: Outcome,
    /// Its units.
    pub tally: Tally,
    /// Why it failed: the first unit that did, or what kept the run from going on.
    pub error: Option<String>,
    /// How long it took.
    pub took: Duration,
}

impl Report {
    /// For programs.
    #[must_use]
    pub fn to_json(&self) -> Json {
        json!({
            "outcome": self.outcome.as_str(),
            "done": self.tally.done,
            "skipped": self.tally.skipped,
            "failed": self.tally.failed,
            "reasons": self.tally.reasons,
            "error": self.error,
        })
    }
}
