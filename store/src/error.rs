//! What goes wrong in the store, and what that means for a retry.

use std::{borrow::Cow, time::Duration};

use domain::{event::DecodeError, id::InvalidId, money::UnknownCurrency};
use sqlx::mysql::MySqlDatabaseError;

use crate::database::Backend;

mod conflict;
mod label;

pub use conflict::Conflict;
pub(crate) use label::label;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL names no database the ledger knows.
    #[error("database URL must start with postgres://, mariadb:// or sqlite:")]
    UnknownUrl,
    /// The server speaks MySQL's protocol, but the ledger was never tried on it.
    #[error(
        "the server's version is {version}; the ledger needs MariaDB 10.11 or newer, \
        and does not run on MySQL"
    )]
    UnknownServer {
        /// What it says of itself.
        version: String,
    },
    /// The database cannot be reached.
    #[error("cannot reach the {backend} database")]
    Unreachable {
        /// Which kind.
        backend: &'static str,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A throw-away database cannot be made or deleted.
    #[error("cannot use the folder for temporary files; set TMPDIR to one that has room")]
    Scratch(#[source] std::io::Error),
    /// The file beside the database, where read tables are rebuilt, cannot be used.
    #[error("cannot use the file beside the database where read tables are rebuilt")]
    Shadow(#[source] std::io::Error),
    /// Somebody else rebuilds the read tables of this database, or took that over.
    #[error("another process rebuilds read tables of this database")]
    RebuildElsewhere,
    /// The schema cannot be brought up to date.
    #[error("cannot migrate the schema")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// A statement failed.
    #[error("statement {statement} failed ({})", code.as_deref().unwrap_or("no code"))]
    Statement {
        /// Its name.
        statement: &'static str,
        /// What it means for a retry.
        class: Class,
        /// SQLSTATE, or MariaDB's or SQLite's own number.
        code: Option<String>,
        /// The driver's error.
        #[source]
        source: sqlx::Error,
    },
    /// The connection died while COMMIT was on its way: it may have happened.
    #[error("the outcome of a commit is unknown")]
    CommitUnknown(#[source] sqlx::Error),
    /// The server ended the transaction with a rollback where a commit was asked for.
    #[error("the transaction was rolled back by the database")]
    RolledBack,
    /// Somebody tried to commit after a statement had failed.
    #[error("the transaction has a failed statement and cannot be committed")]
    Poisoned,
    /// A transaction was not done by its deadline: it was cancelled and rolled back.
    #[error("transaction {name} was not done within {} ms", after.as_millis())]
    DeadlineExceeded {
        /// Its name.
        name: &'static str,
        /// How long it had.
        after: Duration,
    },
    /// All connections were in use for too long.
    #[error("no connection came free within {} ms", waited.as_millis())]
    PoolExhausted {
        /// How long it was waited for.
        waited: Duration,
    },
    /// A read-only transaction was to change something.
    #[error("transaction {name} is read-only")]
    ReadOnly {
        /// Its name.
        name: &'static str,
    },
    /// A hook refused the commit.
    #[error("hook {hook} refused the commit")]
    Hook {
        /// Its name.
        hook: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A savepoint was released or undone, or belongs to another scope or transaction.
    #[error("the savepoint is not of this scope any more")]
    NoSavepoint,
    /// The task of a transaction ended with its runtime: it may have been committed.
    #[error("the task of a transaction ended without an outcome")]
    TornDown,
    /// A stream has moved since it was read.
    #[error("{moved} of {expected} streams were where they were read")]
    StreamsMoved {
        /// How many had not moved.
        moved: usize,
        /// How many were read.
        expected: usize,
    },
    /// A column of a result is not what it should be.
    #[error("column {column} cannot be read")]
    Column {
        /// Which.
        column: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// A stored event cannot be read.
    #[error("event {position} cannot be read")]
    Event {
        /// Where it is.
        position: i64,
        /// Why.
        #[source]
        source: DecodeError,
    },
    /// A webhook of the archive is not there any more.
    #[error("event {0} is not in the archive")]
    NotArchived(String),
    /// A stored id breaks its rule.
    #[error("a stored id is not valid")]
    Id(#[from] InvalidId),
    /// A stored currency is none that this program knows.
    #[error("a stored currency is not known")]
    Currency(#[from] UnknownCurrency),
    /// Stored JSON cannot be read.
    #[error("stored {what} cannot be read")]
    Stored {
        /// What it is.
        what: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// What a failure means for a retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Another transaction was in the way; reload, decide again, retry.
    Conflict,
    /// The database is away or out of resources; retry later.
    Unavailable,
    /// The commit may or may not have happened; look the receipt up.
    Ambiguous,
    /// The same input would fail the same way again.
    Permanent,
}

impl Class {
    /// For logs and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::Unavailable => "unavailable",
            Self::Ambiguous => "ambiguous",
            Self::Permanent => "permanent",
        }
    }
}

impl StoreError {
    /// What the failure means for a retry.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Statement { class, .. } => *class,
            Self::StreamsMoved { .. } | Self::RolledBack => Class::Conflict,
            Self::Unreachable { .. }
            | Self::PoolExhausted { .. }
            | Self::DeadlineExceeded { .. } => Class::Unavailable,
            Self::CommitUnknown(_) | Self::TornDown => Class::Ambiguous,
            Self::UnknownUrl
            | Self::UnknownServer { .. }
            | Self::Scratch(_)
            | Self::Shadow(_)
            | Self::RebuildElsewhere
            | Self::Migrate(_)
            | Self::Poisoned
            | Self::ReadOnly { .. }
            | Self::Hook { .. }
            | Self::NoSavepoint
            | Self::Column { .. }
            | Self::Event { .. }
            | Self::Id(_)
            | Self::Currency(_)
            | Self::NotArchived(_)
            | Self::Stored { .. } => Class::Permanent,
        }
    }

    /// SQLSTATE, or MariaDB's or SQLite's own number, or a word of our own: for metrics.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Statement {
                code: Some(code), ..
            } => code,
            Self::StreamsMoved { .. } => "streams_moved",
            Self::RolledBack => "rolled_back",
            Self::CommitUnknown(_) => "commit_unknown",
            Self::Unreachable { .. } => "unreachable",
            Self::PoolExhausted { .. } => "pool_exhausted",
            Self::DeadlineExceeded { .. } => "deadline_exceeded",
            Self::ReadOnly { .. } => "read_only",
            Self::Hook { .. } => "hook",
            _ => "other",
        }
    }

    pub(crate) const fn unreachable(backend: Backend, source: sqlx::Error) -> Self {
        Self::Unreachable {
            backend: backend.as_str(),
            source,
        }
    }

    pub(crate) fn statement(statement: &'static str, source: sqlx::Error) -> Self {
        let (code, class) = classify(&source);
        Self::Statement {
            statement,
            class,
            code,
            source,
        }
    }

    pub(crate) fn column(column: &str, source: sqlx::Error) -> Self {
        Self::Column {
            column: column.to_owned(),
            source,
        }
    }
}

fn classify(error: &sqlx::Error) -> (Option<String>, Class) {
    match error {
        sqlx::Error::Database(error) => {
            if let Some(error) = error.try_downcast_ref::<MySqlDatabaseError>() {
                // Its SQLSTATEs tell little apart.
                let number = error.number();
                return (Some(number.to_string()), of_mariadb(number));
            }
            let code = error.code().map(Cow::into_owned);
            let class = match code.as_deref() {
                // SQLite's result codes are numbers below 10000, SQLSTATEs have five places.
                Some(code) => match code.parse() {
                    Ok(number) if code.len() < 5 => of_sqlite(number),
                    _ => of_postgres(code),
                },
                None => Class::Permanent,
            };
            (code, class)
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => (None, Class::Unavailable),
        _ => (None, Class::Permanent),
    }
}

/// <https://mariadb.com/kb/en/mariadb-error-code-reference/>
const fn of_mariadb(number: u16) -> Class {
    match number {
        // Changed since the snapshot, duplicate key (four), lock wait timeout, deadlock,
        // table changed, statement to be prepared anew, lock aborted.
        1020 | 1022 | 1062 | 1169 | 1205 | 1213 | 1412 | 1586 | 1615 | 1689 => Class::Conflict,
        // Disk full, cannot close, read or write, trouble of the storage engine, table full.
        1021 | 1023 | 1024 | 1026 | 1030 | 1114 | 1878 => Class::Unavailable,
        // Out of memory, connections, threads, locks, statements, transactions.
        1037 | 1038 | 1040 | 1041 | 1135 | 1203 | 1206 | 1226 | 1461 | 1637 | 3015 => {
            Class::Unavailable
        }
        // The connection: blocked, aborted, broken while reading or writing.
        1129 | 1152 | 1158..=1161 | 1184 => Class::Unavailable,
        // COMMIT or ROLLBACK went wrong on the way: of a COMMIT, the outcome is unknown.
        1180 | 1181 | 1964 => Class::Unavailable,
        // Shutdown, killed, interrupted, out of time.
        1053 | 1077 | 1079 | 1080 | 1317 | 1927 | 1969 => Class::Unavailable,
        // A standby answers.
        1290 | 1836 | 1874 => Class::Unavailable,
        _ => Class::Permanent,
    }
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn of_postgres(code: &str) -> Class {
    match code {
        // Serialization failure, deadlock, lock timeout, unique violation.
        "40001" | "40P01" | "55P03" | "23505" => Class::Conflict,
        // A standby answers; the session or its transaction was idle for too long.
        "25006" | "25P03" | "25P04" => Class::Unavailable,
        // Connection, resources, operator intervention (shutdown), I/O.
        _ if ["08", "53", "57", "58"].contains(&code.get(..2).unwrap_or_default()) => {
            Class::Unavailable
        }
        _ => Class::Permanent,
    }
}

/// <https://www.sqlite.org/rescode.html>: the lowest byte is the primary code, the
/// rest says more about it.
fn of_sqlite(code: u16) -> Class {
    match (code, code & 0xff) {
        // Unique, primary key, row id.
        (2067 | 1555 | 2579, _) => Class::Conflict,
        // BUSY, LOCKED, PROTOCOL: others are in the way.
        (_, 5 | 6 | 15) => Class::Conflict,
        // NOMEM, READONLY, IOERR, FULL, CANTOPEN.
        (_, 7 | 8 | 10 | 13 | 14) => Class::Unavailable,
        _ => Class::Permanent,
    }
}

/// An error with all its causes in one line: printed once, at the edge.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        // Some errors of sqlx say their cause's part as well.
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Class, of_mariadb, of_sqlite};

    #[test]
    fn extended_codes_of_sqlite_are_classed_with_their_primary_code() {
        let table = [
            // BUSY, BUSY_RECOVERY, BUSY_SNAPSHOT, BUSY_TIMEOUT, LOCKED, LOCKED_SHAREDCACHE.
            (Class::Conflict, [5, 261, 517, 773, 6, 262].as_slice()),
            // CONSTRAINT_UNIQUE, CONSTRAINT_PRIMARYKEY.
            (Class::Conflict, &[2067, 1555]),
            // IOERR, IOERR_WRITE, IOERR_FSYNC, FULL, CANTOPEN, READONLY, READONLY_DBMOVED.
            (Class::Unavailable, &[10, 778, 1034, 13, 14, 8, 1032]),
            // ERROR, CORRUPT, CONSTRAINT_CHECK, CONSTRAINT_NOTNULL, NOTADB.
            (Class::Permanent, &[1, 11, 275, 1299, 26]),
        ];
        for (class, codes) in table {
            for code in codes {
                assert_eq!(of_sqlite(*code), class, "{code}");
            }
        }
    }

    #[test]
    fn numbers_of_mariadb_have_their_classes() {
        let table = [
            // ER_CHECKREAD, ER_DUP_ENTRY, ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK,
            // ER_TABLE_DEF_CHANGED, ER_DUP_ENTRY_WITH_KEY_NAME.
            (
                Class::Conflict,
                [1020, 1062, 1205, 1213, 1412, 1586].as_slice(),
            ),
            // ER_DISK_FULL, ER_ERROR_ON_WRITE, ER_RECORD_FILE_FULL, ER_CON_COUNT_ERROR,
            // ER_TOO_MANY_USER_CONNECTIONS, ER_NET_READ_ERROR, ER_ERROR_DURING_COMMIT,
            // ER_SERVER_SHUTDOWN, ER_CONNECTION_KILLED, ER_OPTION_PREVENTS_STATEMENT.
            (
                Class::Unavailable,
                &[1021, 1026, 1114, 1040, 1203, 1158, 1180, 1053, 1927, 1290],
            ),
            // ER_DBACCESS_DENIED_ERROR, ER_BAD_NULL_ERROR, ER_PARSE_ERROR, ER_NO_SUCH_TABLE,
            // ER_WARN_DATA_OUT_OF_RANGE, ER_DATA_TOO_LONG, ER_CONSTRAINT_FAILED.
            (
                Class::Permanent,
                &[1044, 1048, 1064, 1146, 1264, 1406, 4025],
            ),
        ];
        for (class, numbers) in table {
            for number in numbers {
                assert_eq!(of_mariadb(*number), class, "{number}");
            }
        }
    }
}
