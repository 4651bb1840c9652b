//! How transactions begin, and the gate they pass.
//!
//! The gate is the table `projections`. On PostgreSQL, whoever writes or wants a snapshot locks
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

use sqlx::{Row as _, raw_sql};

use super::{Connection, Mode};
use crate::settings::Isolation;

/// How a transaction meets the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    /// Waits until it is open, and keeps it open.
    Through,
    /// Closes it, or fails within a moment: others wait for it as long as this waits.
    Closing,
    /// Begins while it is closed: only for whoever closed it.
    Behind,
}

/// What is sent, and whether it answers with the id of the transaction.
fn postgres(mode: Mode, pass: Pass) -> (&'static str, bool) {
    use Isolation::{ReadCommitted, RepeatableRead, Serializable};
    match (pass, mode) {
        (Pass::Through, Mode::Write(ReadCommitted)) => (
            "BEGIN ISOLATION LEVEL READ COMMITTED; LOCK TABLE projections IN ACCESS SHARE MODE; \
             SELECT pg_current_xact_id()::text",
            true,
        ),
        (Pass::Through, Mode::Write(RepeatableRead)) => (
            "BEGIN ISOLATION LEVEL REPEATABLE READ; LOCK TABLE projections IN ACCESS SHARE MODE; \
             SELECT pg_current_xact_id()::text",
            true,
        ),
        (Pass::Through, Mode::Write(Serializable)) => (
            "BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE projections IN ACCESS SHARE MODE; \
             SELECT pg_current_xact_id()::text",
            true,
        ),
        (Pass::Through, Mode::Snapshot) => (
            "BEGIN ISOLATION LEVEL REPEATABLE READ; LOCK TABLE projections IN ACCESS SHARE MODE",
            false,
        ),
        (Pass::Closing, _) => (
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '300ms'; \
             LOCK TABLE projections IN ACCESS EXCLUSIVE MODE; SELECT pg_current_xact_id()::text",
            true,
        ),
        (Pass::Behind, Mode::Write(_)) => (
            "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_current_xact_id()::text",
            true,
        ),
        // The statement fixes the snapshot.
        (Pass::Behind, Mode::Snapshot) => (
            "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SELECT pg_current_snapshot()",
            false,
        ),
    }
}

/// Everything in one round trip. The isolation level is that of the next transaction only.
fn mariadb(mode: Mode, pass: Pass) -> &'static str {
    use Isolation::{ReadCommitted, RepeatableRead, Serializable};
    match (pass, mode) {
        (Pass::Through, Mode::Write(ReadCommitted)) => {
            "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION; \
             SELECT id FROM gate LOCK IN SHARE MODE"
        }
        (Pass::Through, Mode::Write(RepeatableRead)) => {
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION; \
             SELECT id FROM gate LOCK IN SHARE MODE"
        }
        (Pass::Through, Mode::Write(Serializable)) => {
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; START TRANSACTION; \
             SELECT id FROM gate LOCK IN SHARE MODE"
        }
        // The last statement fixes the snapshot.
        (Pass::Through, Mode::Snapshot) => {
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION; \
             SELECT id FROM gate LOCK IN SHARE MODE; SELECT COUNT(*) FROM gate"
        }
        // MariaDB waits whole seconds, or not at all.
        (Pass::Closing, _) => {
            "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION; \
             SELECT id FROM gate FOR UPDATE WAIT 1"
        }
        (Pass::Behind, Mode::Write(_)) => {
            "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION"
        }
        (Pass::Behind, Mode::Snapshot) => {
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; \
             START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
        }
    }
}

fn sqlite(mode: Mode, pass: Pass) -> &'static str {
    match (pass, mode) {
        (Pass::Through, Mode::Snapshot) => "BEGIN DEFERRED",
        (Pass::Through | Pass::Behind, Mode::Write(_)) => "BEGIN IMMEDIATE",
        // Locks this file alone, and not the one that is attached.
        (Pass::Closing, _) => {
            "BEGIN DEFERRED; UPDATE main.projections SET version = version WHERE FALSE"
        }
        // The statement fixes the snapshot.
        (Pass::Behind, Mode::Snapshot) => "BEGIN DEFERRED; SELECT COUNT(*) FROM projections",
    }
}

/// Begins; PostgreSQL's id of the transaction, if it writes.
pub(super) async fn send(
    connection: &mut Connection,
    mode: Mode,
    pass: Pass,
) -> Result<Option<u64>, sqlx::Error> {
    match connection {
        Connection::Postgres(connection) => {
            let (begin, has_id) = postgres(mode, pass);
            if !has_id {
                raw_sql(begin).execute(&mut **connection).await?;
                return Ok(None);
            }
            let row = raw_sql(begin).fetch_one(&mut **connection).await?;
            let xid: String = row.try_get(0)?;
            xid.parse()
                .map(Some)
                .map_err(|e| sqlx::Error::Decode(Box::new(e)))
        }
        Connection::MariaDb(connection) => {
            let begin = mariadb(mode, pass);
            raw_sql(begin).execute(&mut **connection).await?;
            Ok(None)
        }
        Connection::Sqlite(connection) => {
            let begin = sqlite(mode, pass);
            raw_sql(begin).execute(&mut **connection).await?;
            Ok(None)
        }
    }
}
