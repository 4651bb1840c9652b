//! The gate that whoever writes passes, closed for a moment.
//!
//! While it is closed nobody writes, so the log and the tables stand still, and everybody
//! who begins later has a younger snapshot. Those who come meanwhile wait. It is closed
//! within 300 ms (a second on MariaDB) or not at all: somebody who reads a snapshot for long
//! keeps it open, and must not keep others waiting.

use crate::{
    database::Database,
    error::StoreError,
    settings::Isolation,
    statements::SCHEMA_VERSION,
    transaction::{Pass, Tx},
};

/// A closed gate. Dropped, it opens.
#[derive(Debug)]
pub struct Gate {
    tx: Tx,
}

impl Gate {
    pub(crate) const fn held_by(tx: Tx) -> Self {
        Self { tx }
    }

    /// The transaction that holds it: what it writes is there for everybody who waits.
    pub const fn tx(&mut self) -> &mut Tx {
        &mut self.tx
    }

    /// A transaction that reads everything that was committed by now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn snapshot(&self, database: &Database) -> Result<Tx, StoreError> {
        let behind = database.transaction("gate_snapshot").pass(Pass::Behind);
        behind.snapshot().open().await
    }

    /// A transaction that writes while all others wait. PostgreSQL only: on SQLite,
    /// whoever holds the gate is the one who writes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write(&self, database: &Database) -> Result<Tx, StoreError> {
        let behind = database.transaction("gate_write").pass(Pass::Behind);
        behind.isolation(Isolation::ReadCommitted).open().await
    }

    /// The newest migration that the schema has had.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn schema_version(&mut self) -> Result<i64, StoreError> {
        let rows = self.tx.fetch(&SCHEMA_VERSION, &[]).await?;
        rows.first().map_or(Ok(0), |row| row.int("version"))
    }

    /// Opens it, with nothing changed.
    ///
    /// # Errors
    /// When the database fails; the gate opens all the same.
    pub async fn open(self) -> Result<(), StoreError> {
        self.tx.rollback().await
    }

    /// Makes durable what its transaction has written, and opens it.
    ///
    /// # Errors
    /// As [`Tx::commit`].
    pub async fn commit(self) -> Result<(), StoreError> {
        self.tx.commit().await
    }
}
