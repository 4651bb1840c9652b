//! When what is due: served in order, whatever the number of those that wait.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::PayoutId;
use time::OffsetDateTime;

/// When something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// At once, whatever the clock says.
    Now,
    /// Then.
    At(OffsetDateTime),
    /// Not before something else happens.
    Never,
}

impl Due {
    /// The same, but not before a moment.
    pub(super) fn not_before(self, moment: Option<OffsetDateTime>) -> Self {
        match (self, moment) {
            (Self::Now, Some(moment)) => Self::At(moment),
            (Self::At(due), Some(moment)) => Self::At(due.max(moment)),
            (due, _) => due,
        }
    }
}

/// Where something stands in the agenda.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Place {
    /// Nowhere.
    #[default]
    Off,
    /// In the queue, by its number.
    Queued(u64),
    /// At a moment.
    At(OffsetDateTime),
}

/// What is due at once, first come, first served; and what is due later.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    queue: BTreeMap<u64, PayoutId>,
    later: BTreeSet<(OffsetDateTime, PayoutId)>,
    next_number: u64,
    queue_has_turn: bool,
}

impl Agenda {
    /// Puts something in its place. What stays in the queue keeps its turn.
    pub(super) fn put(&mut self, id: PayoutId, from: Place, due: Due) -> Place {
        if matches!((from, due), (Place::Queued(_), Due::Now)) {
            return from;
        }
        self.remove(id, from);
        match due {
            Due::Never => Place::Off,
            Due::At(moment) => {
                self.later.insert((moment, id));
                Place::At(moment)
            }
            Due::Now => {
                let number = self.next_number;
                self.next_number = number.saturating_add(1);
                self.queue.insert(number, id);
                Place::Queued(number)
            }
        }
    }

    pub(super) fn remove(&mut self, id: PayoutId, from: Place) {
        match from {
            Place::Off => {}
            Place::Queued(number) => {
                self.queue.remove(&number);
            }
            Place::At(moment) => {
                self.later.remove(&(moment, id));
            }
        }
    }

    /// Takes out what comes next. The queue and what has fallen due take turns, so that
    /// neither waits for the other.
    pub(super) fn take(&mut self, now: OffsetDateTime) -> Option<PayoutId> {
        let fallen_due = self.later.first().is_some_and(|(moment, _)| *moment <= now);
        let from_queue = !self.queue.is_empty() && (self.queue_has_turn || !fallen_due);
        self.queue_has_turn = !from_queue;
        if from_queue {
            self.queue.pop_first().map(|(_, id)| id)
        } else if fallen_due {
            self.later.pop_first().map(|(_, id)| id)
        } else {
            None
        }
    }
}
