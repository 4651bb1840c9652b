//! What a database makes of an isolation level that is asked for.

use crate::{database::Backend, settings::Isolation};

/// The level that was asked for, and the one that is in force: never weaker, and where a
/// database has no such level, the next stronger one.
///
/// | asked for | PostgreSQL | MariaDB | SQLite |
/// |---|---|---|---|
/// | READ UNCOMMITTED | READ COMMITTED | READ UNCOMMITTED | SERIALIZABLE |
/// | READ COMMITTED | READ COMMITTED | READ COMMITTED | SERIALIZABLE |
/// | REPEATABLE READ | REPEATABLE READ | REPEATABLE READ | SERIALIZABLE |
/// | SERIALIZABLE | SERIALIZABLE | SERIALIZABLE | SERIALIZABLE |
///
/// See <https://www.postgresql.org/docs/current/transaction-iso.html>,
/// <https://mariadb.com/kb/en/set-transaction/> and <https://www.sqlite.org/isolation.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IsolationInForce {
    /// The level that was asked for.
    pub asked: Isolation,
    /// The level that the transaction has.
    pub given: Isolation,
}

impl IsolationInForce {
    /// What a database gives whoever asks for a level.
    #[must_use]
    pub const fn of(backend: Backend, asked: Isolation) -> Self {
        let given = match (backend, asked) {
            // "PostgreSQL's Read Uncommitted mode behaves like Read Committed."
            (Backend::Postgres, Isolation::ReadUncommitted) => Isolation::ReadCommitted,
            // One writes at a time, and readers have a snapshot.
            (Backend::Sqlite, _) => Isolation::Serializable,
            (Backend::Postgres | Backend::MariaDb, _) => asked,
        };
        Self { asked, given }
    }

    /// Whether the database has given more than was asked for.
    #[must_use]
    pub fn is_stronger(self) -> bool {
        self.given != self.asked
    }
}
