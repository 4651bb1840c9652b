//! What a seller has in each place, and what an event adds to it.

use domain::{Event, postings::postings};

use crate::trial_balance::place;

/// Amounts by place, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) pending: i64,
    pub(super) available: i64,
    pub(super) reserved: i64,
    pub(super) paid_out: i64,
}

impl Places {
    /// What an event adds: its postings, but for those of the marketplace.
    pub(super) fn of(event: &Event) -> Self {
        let mut places = Self::default();
        for posting in postings(event) {
            let sum = match place(&posting) {
                "pending" => &mut places.pending,
                "available" => &mut places.available,
                "reserved" => &mut places.reserved,
                "paid_out" => &mut places.paid_out,
                _ => continue,
            };
            *sum = sum.saturating_add(posting.amount.minor());
        }
        places
    }

    /// The rules keep what is there in range.
    pub(super) const fn add(&mut self, change: Self) {
        self.pending = self.pending.saturating_add(change.pending);
        self.available = self.available.saturating_add(change.available);
        self.reserved = self.reserved.saturating_add(change.reserved);
        self.paid_out = self.paid_out.saturating_add(change.paid_out);
    }

    pub(super) const fn owed(&self) -> i64 {
        let waiting = self.pending.saturating_add(self.available);
        waiting.saturating_add(self.reserved)
    }
}
