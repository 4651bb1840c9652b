//! SQLite: its connections, and statements with their arguments on it.

use std::{str::FromStr, time::Duration};

use sqlx::{
    Arguments, ConnectOptions, Executor, Sqlite,
    migrate::{MigrateError, Migrator},
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
        SqliteSynchronous,
    },
};

use super::{ACQUIRE_TIMEOUT, LOOK_UP_CONNECTIONS, Pools, READ_CONNECTIONS};
use crate::{
    database::Backend,
    error::StoreError,
    row::{Row, sqlite_time},
    sql::Value,
};

/// How long SQLite waits for another process to finish writing.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) async fn open(url: &str) -> Result<Pools, StoreError> {
    let unreachable = |source| StoreError::unreachable(Backend::Sqlite, source);
    let options = SqliteConnectOptions::from_str(url)
        .map_err(unreachable)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // NORMAL may lose the last commits when the power goes.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", "-65536")
        .pragma("temp_store", "memory")
        .disable_statement_logging();
    let write = alone()
        .connect_with(options.clone())
        .await
        .map_err(unreachable)?;
    Ok(Pools::Sqlite {
        write,
        read: reading(READ_CONNECTIONS).connect_lazy_with(options),
    })
}

pub(super) fn apart(write: &SqlitePool) -> Pools {
    let options = write.connect_options().as_ref().clone();
    Pools::Sqlite {
        write: alone().connect_lazy_with(options.clone()),
        read: reading(LOOK_UP_CONNECTIONS).connect_lazy_with(options),
    }
}

/// The one who writes.
fn alone() -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(BUSY_TIMEOUT)
        .test_before_acquire(false)
}

fn reading(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
}

/// The servers' migrations take a lock; SQLite has none to take. When another process
/// migrates at the same moment, one of the two fails, and finds it done when it looks again.
pub(super) async fn migrate(migrations: &Migrator, pool: &SqlitePool) -> Result<(), MigrateError> {
    let mut result = migrations.run(pool).await;
    for _ in migrations.iter() {
        if !matches!(
            result,
            Err(MigrateError::Execute(_) | MigrateError::ExecuteMigration(..))
        ) {
            break;
        }
        result = migrations.run(pool).await;
    }
    result
}

pub(crate) async fn fetch<'e, E>(
    executor: E,
    text: &'static str,
    values: &[Value<'_>],
) -> Result<Vec<Row>, sqlx::Error>
where
    E: Executor<'e, Database = Sqlite>,
{
    let rows = sqlx::query_with(text, arguments(values)?)
        .fetch_all(executor)
        .await?;
    Ok(rows.into_iter().map(Row::Sqlite).collect())
}

pub(crate) fn arguments(values: &[Value<'_>]) -> Result<SqliteArguments, sqlx::Error> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        match value {
            Value::Text(value) => arguments.add((*value).to_owned()),
            Value::OptText(value) => arguments.add(value.map(str::to_owned)),
            Value::Int(value) => arguments.add(*value),
            Value::OptInt(value) => arguments.add(*value),
            Value::Flag(value) => arguments.add(*value),
            Value::Time(value) => arguments.add(sqlite_time(*value)),
            Value::OptTime(value) => arguments.add(value.map(sqlite_time)),
            Value::OptUuid(value) => arguments.add(value.map(|id| id.to_string())),
            Value::Bytes(value) => arguments.add(value.to_vec()),
            Value::Texts(values) => arguments.add(serde_json::json!(values).to_string()),
            Value::Ints(values) => arguments.add(serde_json::json!(values).to_string()),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}
