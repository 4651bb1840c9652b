//! The shadow on SQLite: a file beside the live one.

use std::{io, path::Path};

use sqlx::{
    Executor, Sqlite, SqlitePool,
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{
    database::{Database, Pools},
    error::StoreError,
};

const ATTACH: &str = "ATTACH DATABASE ?1 AS rebuilt";

/// The file beside the live one.
pub(super) fn beside(live: &SqlitePool) -> String {
    let options = live.connect_options();
    format!("{}-rebuild", options.get_filename().display())
}

/// Opens the file, or makes it. Nobody waits for what is written there: after the power
/// failed it may have to be built from the beginning.
pub(super) async fn open(live: &SqlitePool, file: &str) -> Result<Database, StoreError> {
    let options: SqliteConnectOptions = live.connect_options().as_ref().clone();
    let options = options
        .filename(file)
        .synchronous(SqliteSynchronous::Normal);
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .connect_with(options.clone())
        .await
        .map_err(|source| StoreError::Unreachable {
            backend: "SQLite",
            source,
        })?;
    let read = SqlitePoolOptions::new()
        .max_connections(2)
        .connect_lazy_with(options);
    Ok(Database {
        pools: Pools::Sqlite { write, read },
    })
}

/// A connection to the live file that knows the shadow as well, as `rebuilt`.
pub(super) async fn attached(
    live: &SqlitePool,
    file: &str,
) -> Result<PoolConnection<Sqlite>, StoreError> {
    let failed = |source| StoreError::statement("attach", source);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(live.connect_options().as_ref().clone())
        .await
        .map_err(failed)?;
    let mut connection = pool.acquire().await.map_err(failed)?;
    connection
        .execute(sqlx::query(ATTACH).bind(file.to_owned()))
        .await
        .map_err(failed)?;
    Ok(connection)
}

/// Deletes the file and what belongs to it.
pub(super) fn delete(file: &str) -> Result<(), StoreError> {
    for suffix in ["-wal", "-shm", ""] {
        match std::fs::remove_file(Path::new(&format!("{file}{suffix}"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::Shadow(error));
            }
            _ => {}
        }
    }
    Ok(())
}
