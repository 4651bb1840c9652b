//! A throw-away database: an empty ledger in a temporary file, for what is worked out
//! beside the books. Nothing in it outlives its owner, so nothing waits for the disk.

use sqlx::{
    ConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tempfile::TempDir;

use crate::{
    database::{Database, Pools},
    error::StoreError,
};

/// An empty, migrated SQLite database that is deleted with this handle.
#[derive(Debug)]
pub struct Scratch {
    database: Database,
    folder: TempDir,
}

impl Scratch {
    /// Makes one in the folder for temporary files (`TMPDIR`).
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub async fn new() -> Result<Self, StoreError> {
        let folder = tempfile::Builder::new()
            .prefix("payoutd-")
            .tempdir()
            .map_err(StoreError::Scratch)?;
        // One who writes and nobody who waits: no journal on disk, no second copy.
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("scratch.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Memory)
            .synchronous(SqliteSynchronous::Off)
            .pragma("cache_size", "-65536")
            .pragma("temp_store", "file")
            .disable_statement_logging();
        let unreachable = |source| StoreError::Unreachable {
            backend: "SQLite",
            source,
        };
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            .connect_with(options.clone())
            .await
            .map_err(unreachable)?;
        let read = SqlitePoolOptions::new()
            .max_connections(2)
            .test_before_acquire(false)
            .connect_lazy_with(options);
        let database = Database {
            pools: Pools::Sqlite { write, read },
        };
        database.migrate().await?;
        Ok(Self { database, folder })
    }

    /// The database.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// Closes the database and deletes its file.
    ///
    /// # Errors
    /// When the file cannot be deleted.
    pub async fn close(self) -> Result<(), StoreError> {
        self.database.close().await;
        self.folder.close().map_err(StoreError::Scratch)
    }
}
