//! How transactions begin, and the gate they pass.
//!
//! The gate is the table `projections`. On PostgreSQL, whoever works on the ledger's tables locks
//! it in the weakest mode that there is, in the round trip of BEGIN and *before* the snapshot
//! is taken: LOCK TABLE takes none. Whoever replaces read tables locks it in the strongest
//! mode. So each snapshot is from before such a replacement and ended by then, or sees all of
//! it. (With an older snapshot, the new rows would not be there: an update would quietly
//! find nothing to change.) See
//! <https://www.postgresql.org/docs/current/explicit-locking.html>.
//!
//! On MariaDB, where LOCK TABLES would commit, it is the one row of the table `gate`. Locking a
//! row takes no snapshot either: that is the first reading without a lock. On SQLite, the one
//! lock for writing is the gate.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use super::isolation::IsolationInForce;
use crate::{database::Backend, settings::Isolation};

/// Whether a transaction may change anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// It may. On SQLite it takes the write lock at once.
    Write,
    /// The server refuses to change anything in it.
    Read,
}

/// How a transaction meets the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    /// Has nothing to do with it: others' tables are theirs.
    Around,
    /// Waits until it is open, and keeps it open.
    Through,
    /// Closes it, or fails within a moment: others wait for it as long as this waits.
    Closing,
    /// Begins while it is closed: only for whoever closed it.
    Behind,
}

/// Until when a transaction may run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    /// As it was asked for.
    pub(super) after: Duration,
    pub(super) at: Instant,
}

impl Limit {
    /// What is left in milliseconds, and one more: when that is over, this is over too.
    fn left_ms(&self) -> u128 {
        self.at
            .saturating_duration_since(Instant::now())
            .as_millis()
            + 1
    }
}

/// How a transaction begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    pub(super) isolation: IsolationInForce,
    pub(super) access: Access,
    pub(super) pass: Pass,
    pub(super) limit: Option<Limit>,
}

/// PostgreSQL keeps the session of a client that has stopped for so much longer than its
/// transaction may take.
const SLACK_MS: u128 = 1_000;

impl Start {
    /// What is sent.
    pub(super) fn text(&self, backend: Backend) -> String {
        match backend {
            Backend::Postgres => self.postgres(),
            Backend::MariaDb => self.mariadb(),
            Backend::Sqlite => self.sqlite(),
        }
    }

    /// Everything in one round trip.
    fn postgres(&self) -> String {
        let level = self.isolation.given.as_sql();
        let mut text = format!("BEGIN ISOLATION LEVEL {level}");
        if self.access == Access::Read {
            text.push_str(", READ ONLY");
        }
        if let Some(limit) = &self.limit {
            // A second belt: statements are cancelled from outside, as long as this process lives.
            let ms = limit.left_ms();
            let idle_ms = ms + SLACK_MS;
            // Writing to a text cannot fail.
            let _ = write!(
                text,
                "; SET LOCAL statement_timeout = {ms}; \
                 SET LOCAL idle_in_transaction_session_timeout = {idle_ms}"
            );
        }
        text.push_str(match self.pass {
            Pass::Through => "; LOCK TABLE projections IN ACCESS SHARE MODE",
            Pass::Closing => {
                "; SET LOCAL lock_timeout = '300ms'; \
                 LOCK TABLE projections IN ACCESS EXCLUSIVE MODE"
            }
            // The statement fixes the snapshot.
            Pass::Behind if self.access == Access::Read => "; SELECT pg_current_snapshot()",
            Pass::Behind | Pass::Around => "",
        });
        text
    }

    /// Everything in one round trip. The isolation level is that of the next transaction only.
    fn mariadb(&self) -> String {
        let level = self.isolation.given.as_sql();
        let access = match self.access {
            Access::Write => "READ WRITE",
            Access::Read => "READ ONLY",
        };
        let is_snapshot =
            self.access == Access::Read && self.isolation.given == Isolation::RepeatableRead;
        let rest = match self.pass {
            // The last statement fixes the snapshot.
            Pass::Through if is_snapshot => {
                "START TRANSACTION; SELECT id FROM gate LOCK IN SHARE MODE; \
                 SELECT COUNT(*) FROM gate"
            }
            Pass::Through => "START TRANSACTION; SELECT id FROM gate LOCK IN SHARE MODE",
            // MariaDB waits whole seconds, or not at all.
            Pass::Closing => "START TRANSACTION; SELECT id FROM gate FOR UPDATE WAIT 1",
            Pass::Behind if is_snapshot => "START TRANSACTION WITH CONSISTENT SNAPSHOT",
            Pass::Behind | Pass::Around => "START TRANSACTION",
        };
        format!("SET TRANSACTION ISOLATION LEVEL {level}, {access}; {rest}")
    }

    fn sqlite(&self) -> String {
        let mut text = String::new();
        if let Some(limit) = &self.limit {
            // Writing to a text cannot fail.
            let _ = write!(text, "PRAGMA busy_timeout = {}; ", limit.left_ms());
        }
        if self.access == Access::Read {
            text.push_str("PRAGMA query_only = 1; ");
        }
        text.push_str(match (self.pass, self.access) {
            // Locks this file alone, and not the one that is attached.
            (Pass::Closing, _) => {
                "BEGIN DEFERRED; UPDATE main.projections SET version = version WHERE FALSE"
            }
            (_, Access::Write) => "BEGIN IMMEDIATE",
            (Pass::Through | Pass::Around, Access::Read) => "BEGIN DEFERRED",
            // The statement fixes the snapshot.
            (Pass::Behind, Access::Read) => "BEGIN DEFERRED; SELECT COUNT(*) FROM projections",
        });
        text
    }
}
