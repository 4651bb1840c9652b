//! How many events ended how, and why.

use std::{collections::BTreeMap, fmt};

use domain::Refusal;
use serde_json::{Map, Value as Json, json};
use store::Ingested;

use crate::{cli::render::because, reasons::Reasons};

/// The outcomes, in the order in which they are shown.
const OUTCOMES: [&str; 5] = ["applied", "duplicate", "ignored", "parked", "dead"];
/// An event that the ledger could not take and does not keep.
const NOT_TAKEN: &str = "not taken";

/// Counts by outcome and reason.
#[derive(Debug, Default)]
pub(in crate::cli) struct Tally {
    counts: BTreeMap<&'static str, u64>,
    reasons: Reasons,
    /// How many could not be taken and must be sent again.
    pub(in crate::cli) not_taken: u64,
}

/// One word for the answer, and the reason if it has one.
pub(super) fn told(answer: &Result<Ingested, Refusal>) -> (&'static str, Option<String>) {
    match answer {
        Ok(ingested) => (ingested.as_str(), ingested.reason().map(str::to_owned)),
        Err(refusal) => (NOT_TAKEN, Some(refusal.to_string())),
    }
}

impl Tally {
    /// Counts one answer.
    pub(in crate::cli) fn count(&mut self, answer: &Result<Ingested, Refusal>) {
        let (outcome, reason) = told(answer);
        match answer {
            Ok(_) => *self.counts.entry(outcome).or_default() += 1,
            Err(_) => self.not_taken += 1,
        }
        if let Some(reason) = reason {
            self.reasons.count(outcome, &reason);
        }
    }

    /// For programs: the five outcomes, and the reasons by outcome.
    pub(in crate::cli) fn to_json(&self) -> Json {
        let mut json = Map::new();
        for outcome in OUTCOMES {
            json.insert(outcome.to_owned(), json!(self.of(outcome)));
        }
        if self.not_taken > 0 {
            json.insert("not_taken".to_owned(), json!(self.not_taken));
        }
        json.insert("reasons".to_owned(), json!(self.reasons));
        Json::Object(json)
    }

    fn of(&self, outcome: &str) -> u64 {
        self.counts.get(outcome).copied().unwrap_or_default()
    }
}

/// For people.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = OUTCOMES.map(|outcome| (outcome, self.of(outcome)));
        let missed = (self.not_taken > 0).then_some((NOT_TAKEN, self.not_taken));
        for (number, (outcome, count)) in counts.into_iter().chain(missed).enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            let reasons = because(&self.reasons, outcome);
            write!(f, "{outcome:<10} {count:>8}{reasons}")?;
        }
        Ok(())
    }
}
