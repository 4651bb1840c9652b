//! Which conflict it was.

use super::{Class, StoreError};

/// How another transaction was in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Conflict {
    /// Each waited for the other: the server ended one of them. Locks that are taken in the same
    /// order everywhere avoid it.
    Deadlock,
    /// What was read has changed since: the two could not have run one after the other.
    Serialization,
    /// The other one held a lock for too long.
    LockTimeout,
    /// The other one was first with the same key.
    Duplicate,
    /// A guarded row or stream had moved.
    Moved,
    /// The server did not say.
    Unknown,
}

impl StoreError {
    /// Which conflict it was, if it was one ([`Class::Conflict`]).
    #[must_use]
    pub fn conflict(&self) -> Option<Conflict> {
        if self.class() != Class::Conflict {
            return None;
        }
        // SQLSTATEs, MariaDB's numbers and SQLite's, which have no number in common.
        Some(match self.code() {
            "40P01" | "1213" => Conflict::Deadlock,
            "40001" | "1020" | "517" => Conflict::Serialization,
            "55P03" | "1205" | "5" | "6" | "261" | "262" | "773" => Conflict::LockTimeout,
            "23505" | "1022" | "1062" | "1555" | "2067" | "2579" => Conflict::Duplicate,
            "streams_moved" => Conflict::Moved,
            _ => Conflict::Unknown,
        })
    }
}
