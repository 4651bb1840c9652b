//! Events that are not as they were sealed, and what was done to them: what is said of one
//! place may be found at another.

use std::collections::HashMap;

use store::{
    Cursor,
    seal::{Entry, Hash, Stored},
};

/// So many are kept to be told apart. Whoever did more to the log is found all the same.
const MOST: usize = 10_000;

/// An event of the log, as far as it is told.
#[derive(Debug, Clone)]
pub(super) struct Found {
    entry: Entry,
    name: String,
}

impl Found {
    pub(super) fn of(event: &Stored) -> Self {
        Self {
            entry: event.entry(),
            name: format!(
                "event {} ({}, version {} of {})",
                event.cursor.position, event.kind, event.version, event.stream
            ),
        }
    }
}

/// One place where the log is not what was sealed.
#[derive(Debug)]
struct Suspect {
    sealed: Option<(Entry, u64)>,
    found: Option<Found>,
}

impl Suspect {
    fn place(&self) -> Cursor {
        let sealed = self.sealed.as_ref().map(|(entry, _)| entry.place);
        let found = self.found.as_ref().map(|found| found.entry.place);
        sealed.or(found).unwrap_or_default()
    }
}

/// All such places.
#[derive(Debug, Default)]
pub(super) struct Suspects {
    kept: Vec<Suspect>,
    more: u64,
}

/// What was done to an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Edited,
    Deleted,
    Inserted,
    Reordered,
}

impl Suspects {
    /// Where an event was sealed, there is none.
    pub(super) fn gone(&mut self, entry: Entry, block: u64) {
        self.keep(Some((entry, block)), None);
    }

    /// There is an event where none was sealed, before the end of the seals.
    pub(super) fn inserted(&mut self, found: Found) {
        self.keep(None, Some(found));
    }

    /// There is another event than the one that was sealed, or another version of a stream.
    pub(super) fn changed(&mut self, sealed: (Entry, u64), found: Found) {
        self.keep(Some(sealed), Some(found));
    }

    fn keep(&mut self, sealed: Option<(Entry, u64)>, found: Option<Found>) {
        if self.kept.len() < MOST {
            self.kept.push(Suspect { sealed, found });
        } else {
            self.more += 1;
        }
    }

    /// The first of them, and what was done to it.
    pub(super) fn first(&self) -> Option<String> {
        let first = self.kept.iter().min_by_key(|suspect| suspect.place())?;
        Some(self.elsewhere().tell(first).1)
    }

    /// How many of each kind.
    pub(super) fn counts(&self) -> Vec<String> {
        let elsewhere = self.elsewhere();
        let deeds: Vec<_> = self
            .kept
            .iter()
            .map(|suspect| elsewhere.tell(suspect).0)
            .collect();
        let kinds = [
            (Deed::Edited, "edited"),
            (Deed::Deleted, "deleted"),
            (Deed::Inserted, "inserted"),
            (Deed::Reordered, "reordered"),
        ];
        let mut told: Vec<_> = kinds
            .into_iter()
            .map(|(kind, name)| (deeds.iter().filter(|deed| **deed == kind).count(), name))
            .filter(|(count, _)| *count > 0)
            .map(|(count, name)| format!("{count} {name}"))
            .collect();
        if self.more > 0 {
            told.push(format!("{} more that are not as they were", self.more));
        }
        told
    }

    fn elsewhere(&self) -> Elsewhere<'_> {
        let mut elsewhere = Elsewhere::default();
        for suspect in &self.kept {
            if let Some((entry, _)) = &suspect.sealed {
                elsewhere.sealed.insert(entry.body, entry.place);
            }
            if let Some(found) = &suspect.found {
                elsewhere.found.insert(found.entry.body, found);
            }
        }
        elsewhere
    }
}

/// Where a content was sealed, and where it is now, among the suspects.
#[derive(Default)]
struct Elsewhere<'s> {
    sealed: HashMap<Hash, Cursor>,
    found: HashMap<Hash, &'s Found>,
}

impl Elsewhere<'_> {
    fn tell(&self, suspect: &Suspect) -> (Deed, String) {
        let was_at = |found: &Found| self.sealed.get(&found.entry.body);
        match (&suspect.sealed, &suspect.found) {
            (Some((entry, _)), Some(found)) if entry.body == found.entry.body => (
                Deed::Reordered,
                format!(
                    "{} was reordered: it was version {} when it was sealed",
                    found.name, entry.version
                ),
            ),
            (Some(_) | None, Some(found)) if was_at(found).is_some() => {
                let position = was_at(found).map_or(0, |place| place.position);
                let what = format!("{} was reordered: it was event {position}", found.name);
                (Deed::Reordered, format!("{what} when it was sealed"))
            }
            (Some((_, block)), Some(found)) => (
                Deed::Edited,
                format!("{} was edited since block {block} sealed it", found.name),
            ),
            (None, Some(found)) => (
                Deed::Inserted,
                format!("{} was inserted: no block has sealed it", found.name),
            ),
            (Some((entry, block)), None) => {
                let position = entry.place.position;
                match self.found.get(&entry.body) {
                    Some(found) => (
                        Deed::Reordered,
                        format!(
                            "event {position} was reordered: it is {} since block {block} sealed \
                             it",
                            found.name
                        ),
                    ),
                    None => (
                        Deed::Deleted,
                        format!(
                            "event {position} (version {} of its stream) was deleted since block \
                             {block} sealed it",
                            entry.version
                        ),
                    ),
                }
            }
            // There is no suspect without either.
            (None, None) => (Deed::Edited, String::new()),
        }
    }
}
