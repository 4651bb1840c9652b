//! What a database tells about itself. Facts alone: `payoutd doctor` judges them.

use std::{collections::BTreeMap, time::Duration};

use time::OffsetDateTime;
use tokio::time::Instant;

use crate::{
    database::{Backend, Database},
    error::StoreError,
    row::Row,
    sql::Value,
    statements,
};

mod indexes;
mod isolation;
mod plans;

pub use indexes::{Indexes, indexes};
pub use isolation::{Skew, provoke_skew};
pub use plans::scanning_look_ups;

/// Rights on a table, as servers call them.
pub mod rights {
    /// To read it.
    pub const READ: &[&str] = &["SELECT"];
    /// To read it and add to it.
    pub const ADD: &[&str] = &["SELECT", "INSERT"];
    /// To do anything with its rows.
    pub const ALL: &[&str] = &["SELECT", "INSERT", "UPDATE", "DELETE"];
}

/// What the server says about its settings and its state, by name.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    facts: BTreeMap<String, String>,
    /// How long the server took to say it.
    pub latency: Duration,
}

impl Facts {
    /// A fact; nothing if this server knows no such thing, or the role may not see it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.facts.get(name).map(String::as_str)
    }

    /// A fact that is a number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.parse().ok()
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Facts {
    fn from(facts: [(&str, &str); N]) -> Self {
        let facts = facts.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            facts: facts.into(),
            latency: Duration::ZERO,
        }
    }
}

/// A transaction that is open for long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Whose it is, e.g. `process 17 (psql)`.
    pub who: String,
    /// What it does, e.g. `idle in transaction`.
    pub doing: String,
    /// How long it is open.
    pub seconds: i64,
    /// Whether it has written: then the log cannot be followed past it.
    pub holds_log: bool,
}

/// The state of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableState {
    /// Its name.
    pub name: String,
    /// About how many rows it has.
    pub live: i64,
    /// About how many dead rows it carries; 0 where that is not told.
    pub dead: i64,
    /// How often it was read as a whole.
    pub scans: i64,
    /// How often one of its indexes was read.
    pub index_scans: i64,
    /// The rights on it that the role lacks, with commas between.
    pub lacking: String,
    /// Whether a transaction under SERIALIZABLE has it locked as a whole right now.
    pub locked_whole: bool,
}

/// Asks the server about its settings and its state.
///
/// # Errors
/// When the database fails.
pub async fn facts(database: &Database) -> Result<Facts, StoreError> {
    // The first statement of a connection pays for the connection as well.
    database.fetch(&statements::EXAMINE_FACTS, &[]).await?;
    let asked = Instant::now();
    let rows = database.fetch(&statements::EXAMINE_FACTS, &[]).await?;
    let latency = asked.elapsed();
    let mut facts = BTreeMap::new();
    for row in &rows {
        if let Some(value) = row.opt_text("value")? {
            facts.insert(row.text("name")?, value);
        }
    }
    Ok(Facts { facts, latency })
}

/// The database's clock.
///
/// # Errors
/// When the database does not answer.
pub async fn clock(database: &Database) -> Result<OffsetDateTime, StoreError> {
    let rows = database.fetch(&statements::EXAMINE_CLOCK, &[]).await?;
    let micros = rows.first().map_or(Ok(0), |row| row.int("now_micros"))?;
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000)
        .map_err(|error| StoreError::column("now_micros", sqlx::Error::Decode(error.into())))
}

/// Transactions that are open for at least so long, the oldest first. On SQLite, which does not
/// tell who, one that stands for all readers of old snapshots.
///
/// # Errors
/// When the database fails.
pub async fn holders(database: &Database, least: Duration) -> Result<Vec<Holder>, StoreError> {
    if database.backend() == Backend::Sqlite {
        let rows = database.fetch(&statements::EXAMINE_HOLDERS, &[]).await?;
        return rows
            .iter()
            .filter_map(|row| reader(row).transpose())
            .collect();
    }
    let least = i64::try_from(least.as_secs()).unwrap_or(i64::MAX);
    let rows = database
        .fetch(&statements::EXAMINE_HOLDERS, &[Value::Int(least)])
        .await?;
    let holder = |row: &Row| {
        Ok(Holder {
            who: row.text("who")?,
            doing: row.text("doing")?,
            seconds: row.int("seconds")?,
            holds_log: row.flag("holds_log")?,
        })
    };
    rows.iter().map(holder).collect()
}

/// <https://www.sqlite.org/pragma.html#pragma_wal_checkpoint>: frames in the log, and those of
/// them that could be moved into the database.
fn reader(row: &Row) -> Result<Option<Holder>, StoreError> {
    let (log, moved) = (row.int("log")?, row.int("checkpointed")?);
    Ok((moved < log).then(|| Holder {
        who: "a reader of the file".to_owned(),
        doing: format!("reading an old snapshot: {} frames wait", log - moved),
        seconds: 0,
        holds_log: false,
    }))
}

/// The tables of the ledger's schema.
///
/// # Errors
/// When the database fails.
pub async fn tables(database: &Database) -> Result<Vec<TableState>, StoreError> {
    let rows = database.fetch(&statements::EXAMINE_TABLES, &[]).await?;
    let table = |row: &Row| {
        Ok(TableState {
            name: row.text("name")?,
            live: row.int("live")?,
            dead: row.int("dead")?,
            scans: row.int("scans")?,
            index_scans: row.int("index_scans")?,
            lacking: row.text("lacking")?,
            locked_whole: row.flag("locked_whole")?,
        })
    };
    rows.iter().map(table).collect()
}

/// What became of the migrations: those that this program knows and that were not run, and those
/// that were begun and did not come to their end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migrations {
    /// The newest that was run.
    pub newest: i64,
    /// Known, and not run.
    pub pending: Vec<i64>,
    /// Begun, and not ended.
    pub failed: Vec<i64>,
    /// Run, and not known: the schema is of a newer program.
    pub unknown: Vec<i64>,
}

/// Compares the schema with the migrations that this program knows.
///
/// # Errors
/// When the database fails, or has no ledger.
pub async fn migrations(database: &Database) -> Result<Migrations, StoreError> {
    let mut known: Vec<i64> = database.migrations().iter().map(|m| m.version).collect();
    let mut found = Migrations::default();
    for row in &database.fetch(&statements::EXAMINE_MIGRATIONS, &[]).await? {
        let version = row.int("version")?;
        found.newest = found.newest.max(version);
        if !row.flag("success")? {
            found.failed.push(version);
        }
        match known.iter().position(|known| *known == version) {
            Some(at) => drop(known.remove(at)),
            None => found.unknown.push(version),
        }
    }
    found.pending = known;
    Ok(found)
}
