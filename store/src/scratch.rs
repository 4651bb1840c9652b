//! A throw-away database: an empty ledger in a temporary file, for what is worked out
//! beside the books. Nothing in it outlives its owner, so nothing waits for the disk.

use std::path::Path;

use sqlx::{
    ConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tempfile::TempDir;
use tokio::{fs, sync::OnceCell};

use crate::{
    database::{Database, Pools},
    error::StoreError,
};

/// What the file of an empty, migrated database holds. Whoever asks for the past needs a database
/// for each page, and to copy this is much less than to migrate again.
static EMPTY: OnceCell<Vec<u8>> = OnceCell::const_new();

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
        let empty = EMPTY.get_or_try_init(empty).await?;
        let folder = folder()?;
        let file = folder.path().join("scratch.db");
        fs::write(&file, empty).await.map_err(StoreError::Scratch)?;
        let database = open(&file).await?;
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

fn folder() -> Result<TempDir, StoreError> {
    tempfile::Builder::new()
        .prefix("payoutd-")
        .tempdir()
        .map_err(StoreError::Scratch)
}

async fn empty() -> Result<Vec<u8>, StoreError> {
    let folder = folder()?;
    let file = folder.path().join("empty.db");
    let database = open(&file).await?;
    database.migrate().await?;
    database.close().await;
    fs::read(&file).await.map_err(StoreError::Scratch)
}

/// One who writes and nobody who waits: no journal on disk, no second copy.
async fn open(file: &Path) -> Result<Database, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(file)
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
    Ok(Database {
        pools: Pools::Sqlite { write, read },
    })
}
