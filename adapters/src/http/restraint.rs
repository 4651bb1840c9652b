//! Restraint in logging: what anybody can cause is told once a second at most.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use time::OffsetDateTime;

/// Which second was told of last, and how much was left untold since.
#[derive(Debug, Default)]
pub(super) struct Restraint {
    second: AtomicI64,
    untold: AtomicU64,
}

impl Restraint {
    /// How many were left untold before this one, if this one is to be told.
    pub(super) fn tell(&self, now: OffsetDateTime) -> Option<u64> {
        let second = now.unix_timestamp();
        if self.second.swap(second, Ordering::Relaxed) == second {
            self.untold.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(self.untold.swap(0, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_a_second_is_told_and_the_others_are_counted() {
        let restraint = Restraint::default();
        let at = |secs| OffsetDateTime::from_unix_timestamp(secs).unwrap();
        let told: Vec<_> = [1, 1, 1, 2, 3]
            .map(|secs| restraint.tell(at(secs)))
            .to_vec();
        assert_eq!(told, [Some(0), None, None, Some(2), Some(0)]);
    }
}
