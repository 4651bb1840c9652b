//! What is told of a rebuild, on the way and afterwards.

use std::time::Duration;

use store::{StoreError, error::chain};

use crate::{
    compare::{Compared, Difference},
    read_table::ReadTable,
};

/// Hears what happens on the way.
pub trait Watch: Send {
    /// The shadow begins at one position of the log, whose end is at another.
    fn begun(&mut self, _resumed: bool, _from: i64, _end: i64) {}
    /// So many events more were replayed; the last of them is at a position.
    fn replayed(&mut self, _events: usize, _position: i64) {}
    /// A row is not as the log tells.
    fn found(&mut self, _difference: &Difference) {}
    /// Somebody reads for longer than others should wait: it is tried again.
    fn waiting(&mut self, _why: &StoreError) {}
}

/// Nobody listens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Watch for Unwatched {}

/// What came of a rebuild.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The tables, compared.
    pub tables: Vec<Rebuilt>,
    /// The last event of the log by the time of the comparison.
    pub position: i64,
    /// Where a rebuild that was stopped had come to; nothing if it began anew.
    pub resumed_from: Option<i64>,
    /// Events that were replayed.
    pub events: u64,
    /// How long that took.
    pub replaying: Duration,
    /// How long all of it took.
    pub elapsed: Duration,
    /// How often it was tried in vain to stop all writers for a moment.
    pub waited: u32,
}

impl Report {
    /// Whether a row was found that is not as the log tells, of a table that was built
    /// by the code of today.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.tables
            .iter()
            .all(|table| table.is_outdated || table.compared.differences() == 0)
    }

    /// Events replayed in a second.
    #[must_use]
    pub fn rate(&self) -> u64 {
        let millis = u64::try_from(self.replaying.as_millis()).unwrap_or(u64::MAX);
        self.events.saturating_mul(1_000) / millis.max(1)
    }
}

/// A table that was rebuilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// Which.
    pub table: ReadTable,
    /// What the comparison found.
    pub compared: Compared,
    /// It was built by an older version of the code: differences are no surprise.
    pub is_outdated: bool,
    /// The rebuilt rows have taken the place of the live ones. On SQLite only where some
    /// differed.
    pub is_replaced: bool,
}

/// Why a rebuild came to nothing. The live tables are as they were.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The database failed, or somebody else rebuilds.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something depends on the live tables and would be lost with them.
    #[error(
        "cannot replace the read tables, for these depend on them: {}; drop them first, \
         and make them again afterwards", .0.join(", ")
    )]
    Blocked(Vec<String>),
    /// A newer program has changed the schema meanwhile.
    #[error("the schema was changed by a newer program; rebuild with that one")]
    SchemaMoved,
    /// It was told to stop. Another one goes on from there.
    #[error("the rebuild was stopped; another one goes on from there")]
    Stopped,
}

impl RebuildError {
    /// For logs: the error and its causes.
    #[must_use]
    pub fn told(&self) -> String {
        chain(self)
    }
}
