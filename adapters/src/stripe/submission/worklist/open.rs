//! Things that are not done yet: where the log tells of each, and when it is due.

use std::collections::{BTreeSet, HashMap};

use domain::id::PayoutId;
use store::Cursor;
use time::OffsetDateTime;

use super::{
    ECHO, Ended,
    agenda::{Agenda, Due, Place},
};

/// All of one kind that are not done yet.
#[derive(Debug)]
pub(super) struct OpenList<T> {
    all: HashMap<PayoutId, Open<T>>,
    froms: BTreeSet<(Cursor, PayoutId)>,
    agenda: Agenda,
}

/// Something that is not done yet.
#[derive(Debug)]
pub(super) struct Open<T> {
    pub(super) what: T,
    /// Where the log has to be read from to know of it.
    from: Cursor,
    /// When its first event was recorded.
    pub(super) opened_at: OffsetDateTime,
    /// When its last event was recorded.
    pub(super) changed_at: OffsetDateTime,
    /// Nobody here begins before.
    pub(super) not_before: Option<OffsetDateTime>,
    pub(super) busy: bool,
    /// Something was heard of it while it was busy.
    pub(super) heard: bool,
    /// The attempt that was begun here, and is to be gone on with here.
    pub(super) ours: Option<u32>,
    place: Place,
}

impl<T> Open<T> {
    pub(super) const fn new(what: T, from: Cursor, recorded_at: OffsetDateTime) -> Self {
        Self {
            what,
            from,
            opened_at: recorded_at,
            changed_at: recorded_at,
            not_before: None,
            busy: false,
            heard: false,
            ours: None,
            place: Place::Off,
        }
    }

    fn rest(&mut self, ended: Ended, now: OffsetDateTime) {
        self.busy = false;
        self.not_before = match ended {
            // The log was faster.
            Ended::Recorded if self.heard => None,
            Ended::Recorded => Some(now.saturating_add(ECHO)),
            Ended::Later(pause) | Ended::Ours(_, pause) => Some(now.saturating_add(pause)),
        };
        if let Ended::Ours(attempt, _) = ended {
            self.ours = Some(attempt);
        }
    }
}

impl<T> OpenList<T> {
    pub(super) fn new() -> Self {
        Self {
            all: HashMap::new(),
            froms: BTreeSet::new(),
            agenda: Agenda::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Where the log has to be read from to know of all.
    pub(super) fn floor(&self) -> Option<Cursor> {
        self.froms.first().map(|(from, _)| *from)
    }

    /// Opens something; `due` tells when a thing of this kind is.
    pub(super) fn insert(&mut self, id: PayoutId, open: Open<T>, due: impl Fn(&Open<T>) -> Due) {
        self.remove(id);
        self.froms.insert((open.from, id));
        self.all.insert(id, open);
        self.place(id, due);
    }

    pub(super) fn get(&self, id: PayoutId) -> Option<&Open<T>> {
        self.all.get(&id)
    }

    /// Changes something, if it is open. Removes it, if `change` tells that it is done.
    pub(super) fn change(
        &mut self,
        id: PayoutId,
        change: impl FnOnce(&mut Open<T>) -> bool,
        due: impl Fn(&Open<T>) -> Due,
    ) {
        if self.all.get_mut(&id).is_some_and(change) {
            self.remove(id);
        }
        self.place(id, due);
    }

    /// A task has ended.
    pub(super) fn rest(
        &mut self,
        id: PayoutId,
        (ended, now): (Ended, OffsetDateTime),
        due: impl Fn(&Open<T>) -> Due,
    ) {
        if let Some(open) = self.all.get_mut(&id) {
            open.rest(ended, now);
        }
        self.place(id, due);
    }

    pub(super) fn remove(&mut self, id: PayoutId) {
        if let Some(open) = self.all.remove(&id) {
            self.froms.remove(&(open.from, id));
            self.agenda.remove(id, open.place);
        }
    }

    /// What is due next; it is busy from now on.
    pub(super) fn take(&mut self, now: OffsetDateTime) -> Option<&Open<T>> {
        let id = self.agenda.take(now)?;
        let open = self.all.get_mut(&id)?;
        open.place = Place::Off;
        open.busy = true;
        open.heard = false;
        Some(open)
    }

    fn place(&mut self, id: PayoutId, due: impl Fn(&Open<T>) -> Due) {
        if let Some(open) = self.all.get_mut(&id) {
            let due = if open.busy {
                Due::Never
            } else {
                due(open).not_before(open.not_before)
            };
            open.place = self.agenda.put(id, open.place, due);
        }
    }
}
