//! Why things ended as they did: how many, by outcome and reason.

use std::collections::BTreeMap;

use serde::Serialize;

/// More different reasons of one outcome are counted together.
const MOST: usize = 20;
const OTHER: &str = "other reasons";
static NONE: BTreeMap<String, u64> = BTreeMap::new();

/// How many ended how, and why. However many reasons come, few are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Reasons(BTreeMap<&'static str, BTreeMap<String, u64>>);

impl Reasons {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Counts one.
    pub(crate) fn count(&mut self, outcome: &'static str, reason: &str) {
        let reasons = self.0.entry(outcome).or_default();
        let full = reasons.len() >= MOST && !reasons.contains_key(reason);
        let reason = if full { OTHER } else { reason };
        *reasons.entry(reason.to_owned()).or_default() += 1;
    }

    /// The reasons of an outcome, and how many each had.
    #[must_use]
    pub fn of(&self, outcome: &str) -> &BTreeMap<String, u64> {
        self.0.get(outcome).unwrap_or(&NONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_many_reasons_come_few_are_kept() {
        let mut reasons = Reasons::new();
        for n in 0..50 {
            reasons.count("dead", &format!("reason {n}"));
        }
        reasons.count("dead", "reason 0");
        reasons.count("parked", "reason 49");
        let dead = reasons.of("dead");
        assert_eq!((dead.len(), dead["reason 0"], dead[OTHER]), (21, 2, 30));
        assert_eq!(reasons.of("parked").len(), 1);
        assert!(reasons.of("applied").is_empty());
    }
}
