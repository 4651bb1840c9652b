//! How many webhooks of a replay ended how, and why.

use std::{collections::BTreeMap, fmt};

use domain::Refusal;
use serde_json::{Map, Value as Json, json};
use store::{Ingested, Rerun, archive::Letter};
use time::OffsetDateTime;

use crate::{cli::render::because, reasons::Reasons};

const APPLIED: &str = "applied";
const UNCHANGED: &str = "unchanged";
const NOT_RUN: &str = "not run";
/// In the order in which they are shown.
const OUTCOMES: [&str; 5] = [APPLIED, UNCHANGED, "ignored", "parked", "dead"];

/// Counts by outcome and reason.
#[derive(Debug)]
pub(super) struct Count {
    started: OffsetDateTime,
    counts: BTreeMap<&'static str, u64>,
    reasons: Reasons,
    /// How many stayed applied although the rules of today would not have it.
    otherwise: u64,
    /// How many could not be run.
    pub(super) not_run: u64,
}

impl Count {
    /// Of a replay that begins now.
    pub(super) const fn since(started: OffsetDateTime) -> Self {
        Self {
            started,
            counts: BTreeMap::new(),
            reasons: Reasons::new(),
            otherwise: 0,
            not_run: 0,
        }
    }

    /// Counts one; one word for what became of it.
    pub(super) fn take(
        &mut self,
        letter: &Letter,
        answer: &Result<Rerun, Refusal>,
    ) -> &'static str {
        let Ok(rerun) = answer else {
            self.not_run += 1;
            return NOT_RUN;
        };
        let told = self.told(letter, rerun);
        *self.counts.entry(told).or_default() += 1;
        self.otherwise += u64::from(rerun.otherwise.is_some());
        if let Some(reason) = rerun.now.reason() {
            self.reasons.count(told, reason);
        }
        told
    }

    /// One that waited behind another may have come in with that, before its own turn.
    fn told(&self, letter: &Letter, rerun: &Rerun) -> &'static str {
        match &rerun.now {
            Ingested::Applied | Ingested::Duplicate => {
                let came_in = letter.outcome != rerun.now || letter.settled_at >= self.started;
                if rerun.is_change() || came_in {
                    APPLIED
                } else {
                    UNCHANGED
                }
            }
            other => other.as_str(),
        }
    }

    /// For programs: the outcomes, and the reasons by outcome.
    pub(super) fn to_json(&self, dry_run: bool) -> Json {
        let mut json = Map::new();
        for outcome in OUTCOMES {
            json.insert(outcome.to_owned(), json!(self.of(outcome)));
        }
        if self.not_run > 0 {
            json.insert("not_run".to_owned(), json!(self.not_run));
        }
        json.insert("otherwise".to_owned(), json!(self.otherwise));
        json.insert("reasons".to_owned(), json!(self.reasons));
        json.insert("dry_run".to_owned(), json!(dry_run));
        Json::Object(json)
    }

    fn of(&self, outcome: &str) -> u64 {
        self.counts.get(outcome).copied().unwrap_or_default()
    }
}

/// For people.
impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = OUTCOMES.map(|outcome| (outcome, self.of(outcome)));
        let missed = (self.not_run > 0).then_some((NOT_RUN, self.not_run));
        for (number, (outcome, count)) in counts.into_iter().chain(missed).enumerate() {
            if number > 0 {
                writeln!(f)?;
            }
            let reasons = because(&self.reasons, outcome);
            write!(f, "{outcome:<10} {count:>8}{reasons}")?;
        }
        if self.otherwise > 0 {
            let count = self.otherwise;
            write!(
                f,
                "\n{count} kept their outcome, which would be another today: see --each"
            )?;
        }
        Ok(())
    }
}
