//! Connections to one database: PostgreSQL or SQLite.
//!
//! Several pools each. The read pool serves queries. The others are the writer's and
//! the followers', one for transactions and one for look-ups: so a transaction meets
//! a server process that knows its statements. On PostgreSQL the planner is told
//! there to walk indexes whatever a young table's statistics say, because one
//! sequential scan under SERIALIZABLE locks a whole table against everybody.

use std::{str::FromStr, time::Duration};

use sqlx::{
    ConnectOptions, Connection, Executor,
    migrate::{MigrateError, Migrator},
    postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions},
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
        SqliteSynchronous,
    },
};

use crate::{
    error::StoreError,
    row::{Row, sqlite_time},
    sql::{Sql, Value},
    statements::ANSWERS,
};

static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");
static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Connections for transactions: the writer, the followers, snapshots, and a spare.
pub const WRITE_CONNECTIONS: u32 = 4;
/// Connections for the writer's look-ups.
const LOOK_UP_CONNECTIONS: u32 = 2;
/// Connections for queries.
const READ_CONNECTIONS: u32 = 8;
/// How long to wait for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long SQLite waits for another process to finish writing.
const SQLITE_BUSY_TIMEOUT: Duration = Duration::from_secs(10);

const WRITE_SESSION: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; \
    SET enable_mergejoin = off; SET enable_material = off; SET jit = off; \
    SET plan_cache_mode = force_generic_plan; \
    SET idle_in_transaction_session_timeout = '60s'";

/// Which kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Backend {
    /// PostgreSQL 15 or newer.
    Postgres,
    /// SQLite, compiled in.
    Sqlite,
}

impl Backend {
    /// For logs and people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Pools {
    Postgres {
        write: PgPool,
        look_up: PgPool,
        read: PgPool,
    },
    Sqlite {
        write: SqlitePool,
        read: SqlitePool,
    },
}

/// An open database.
#[derive(Debug, Clone)]
pub struct Database {
    pub(crate) pools: Pools,
}

impl Database {
    /// Opens the database of a URL: `postgres://…`, or `sqlite://<file>`, which
    /// is created when missing.
    ///
    /// # Errors
    /// When the URL is of another kind, or the database cannot be reached.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::open_postgres(url).await
        } else if url.starts_with("sqlite:") && !url.contains(":memory:") {
            Self::open_sqlite(url).await
        } else {
            Err(StoreError::UnknownUrl)
        }
    }

    async fn open_postgres(url: &str) -> Result<Self, StoreError> {
        let unreachable = |source| StoreError::Unreachable {
            backend: "PostgreSQL",
            source,
        };
        let options = PgConnectOptions::from_str(url)
            .map_err(unreachable)?
            .application_name("payoutd")
            .disable_statement_logging();
        let write = walking(WRITE_CONNECTIONS)
            .connect_with(options.clone())
            .await
            .map_err(unreachable)?;
        let look_up = walking(LOOK_UP_CONNECTIONS).connect_lazy_with(options.clone());
        let read = PgPoolOptions::new()
            .max_connections(READ_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_lazy_with(options);
        Ok(Self {
            pools: Pools::Postgres {
                write,
                look_up,
                read,
            },
        })
    }

    async fn open_sqlite(url: &str) -> Result<Self, StoreError> {
        let unreachable = |source| StoreError::Unreachable {
            backend: "SQLite",
            source,
        };
        let options = SqliteConnectOptions::from_str(url)
            .map_err(unreachable)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // NORMAL may lose the last commits when the power goes.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(SQLITE_BUSY_TIMEOUT)
            .pragma("cache_size", "-65536")
            .pragma("temp_store", "memory")
            .disable_statement_logging();
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(SQLITE_BUSY_TIMEOUT)
            .test_before_acquire(false)
            .connect_with(options.clone())
            .await
            .map_err(unreachable)?;
        let read = SqlitePoolOptions::new()
            .max_connections(READ_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_lazy_with(options);
        Ok(Self {
            pools: Pools::Sqlite { write, read },
        })
    }

    /// The same database on connections of its own, which nobody else waits for.
    #[must_use]
    pub fn apart(&self) -> Self {
        let pools = match &self.pools {
            Pools::Postgres { write, .. } => {
                let options = write.connect_options().as_ref().clone();
                let write = walking(LOOK_UP_CONNECTIONS).connect_lazy_with(options.clone());
                Pools::Postgres {
                    look_up: walking(1).connect_lazy_with(options.clone()),
                    read: PgPoolOptions::new()
                        .max_connections(LOOK_UP_CONNECTIONS)
                        .acquire_timeout(ACQUIRE_TIMEOUT)
                        .connect_lazy_with(options),
                    write,
                }
            }
            Pools::Sqlite { write, .. } => {
                let options = write.connect_options().as_ref().clone();
                Pools::Sqlite {
                    write: SqlitePoolOptions::new()
                        .max_connections(1)
                        .acquire_timeout(SQLITE_BUSY_TIMEOUT)
                        .test_before_acquire(false)
                        .connect_lazy_with(options.clone()),
                    read: SqlitePoolOptions::new()
                        .max_connections(LOOK_UP_CONNECTIONS)
                        .acquire_timeout(ACQUIRE_TIMEOUT)
                        .connect_lazy_with(options),
                }
            }
        };
        Self { pools }
    }

    /// Which kind of database it is.
    #[must_use]
    pub const fn backend(&self) -> Backend {
        match self.pools {
            Pools::Postgres { .. } => Backend::Postgres,
            Pools::Sqlite { .. } => Backend::Sqlite,
        }
    }

    /// Brings the schema up to date.
    ///
    /// # Errors
    /// When a migration fails, or the schema is newer than this program.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match &self.pools {
            Pools::Postgres { write, .. } => POSTGRES_MIGRATIONS.run(write).await,
            Pools::Sqlite { write, .. } => migrate_sqlite(write).await,
        }
        .map_err(StoreError::Migrate)
    }

    /// The number of the newest migration that this program knows.
    #[must_use]
    pub fn newest_migration(&self) -> i64 {
        self.migrations()
            .iter()
            .map(|migration| migration.version)
            .max()
            .unwrap_or(0)
    }

    pub(crate) const fn migrations(&self) -> &'static Migrator {
        match self.pools {
            Pools::Postgres { .. } => &POSTGRES_MIGRATIONS,
            Pools::Sqlite { .. } => &SQLITE_MIGRATIONS,
        }
    }

    /// Runs one reading statement outside any transaction, on the read pool.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn fetch(&self, sql: &Sql, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let text = sql.text(self.backend());
        match &self.pools {
            Pools::Postgres { read, .. } => fetch_postgres(read, text, values).await,
            Pools::Sqlite { read, .. } => fetch_sqlite(read, text, values).await,
        }
        .map_err(|source| StoreError::statement(sql.name, source))
    }

    /// Asks the database for next to nothing, to see whether it answers.
    ///
    /// # Errors
    /// When it does not, or has no ledger.
    pub async fn answers(&self) -> Result<(), StoreError> {
        self.fetch(&ANSWERS, &[]).await.map(|_| ())
    }

    /// Runs one reading statement on the connections of the writer, whose
    /// planner walks indexes only.
    pub(crate) async fn look_up(
        &self,
        sql: &Sql,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        let text = sql.text(self.backend());
        match &self.pools {
            Pools::Postgres { look_up, .. } => fetch_postgres(look_up, text, values).await,
            // SQLite's readers do not wait for its one writer.
            Pools::Sqlite { read, .. } => fetch_sqlite(read, text, values).await,
        }
        .map_err(|source| StoreError::statement(sql.name, source))
    }

    /// Asks the server to prepare a statement, without running it.
    ///
    /// # Errors
    /// When the server does not understand it.
    pub async fn prepare(&self, sql: &Sql) -> Result<(), StoreError> {
        use sqlx::SqlStr;
        let text = SqlStr::from_static(sql.text(self.backend()));
        match &self.pools {
            Pools::Postgres { read, .. } => read.prepare(text).await.map(|_| ()),
            Pools::Sqlite { read, .. } => read.prepare(text).await.map(|_| ()),
        }
        .map_err(|source| StoreError::statement(sql.name, source))
    }

    /// Closes those idle connections that are dead: a server that was restarted
    /// leaves pools full of them.
    pub(crate) async fn shed_dead_connections(&self) {
        let Pools::Postgres { write, look_up, .. } = &self.pools else {
            return;
        };
        for pool in [write, look_up] {
            let idle: Vec<_> = std::iter::from_fn(|| pool.try_acquire()).collect();
            for mut connection in idle {
                if connection.ping().await.is_err() {
                    drop(connection.detach());
                }
            }
        }
    }

    /// Closes all connections, once they are back.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Postgres {
                write,
                look_up,
                read,
            } => {
                read.close().await;
                look_up.close().await;
                write.close().await;
            }
            Pools::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
        }
    }
}

/// Connections whose planner walks indexes only.
fn walking(connections: u32) -> PgPoolOptions {
    prepared(connections, WRITE_SESSION)
}

/// Connections that begin with some settings.
pub(crate) fn prepared(connections: u32, session: &'static str) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A dead connection shows at the first statement, which is retried; a ping
        // before each would cost a round trip for nothing.
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            Box::pin(async move { connection.execute(session).await.map(|_| ()) })
        })
}

/// PostgreSQL's migrations take a lock; SQLite has none to take. When another process
/// migrates at the same moment, one of the two fails, and finds it done when it looks again.
async fn migrate_sqlite(pool: &SqlitePool) -> Result<(), MigrateError> {
    let mut result = SQLITE_MIGRATIONS.run(pool).await;
    for _ in SQLITE_MIGRATIONS.iter() {
        if !matches!(
            result,
            Err(MigrateError::Execute(_) | MigrateError::ExecuteMigration(..))
        ) {
            break;
        }
        result = SQLITE_MIGRATIONS.run(pool).await;
    }
    result
}

pub(crate) async fn fetch_postgres<'e, E>(
    executor: E,
    text: impl sqlx::SqlSafeStr,
    values: &[Value<'_>],
) -> Result<Vec<Row>, sqlx::Error>
where
    E: Executor<'e, Database = sqlx::Postgres>,
{
    let rows = sqlx::query_with(text, postgres_arguments(values)?)
        .fetch_all(executor)
        .await?;
    Ok(rows.into_iter().map(Row::Postgres).collect())
}

pub(crate) async fn fetch_sqlite<'e, E>(
    executor: E,
    text: &'static str,
    values: &[Value<'_>],
) -> Result<Vec<Row>, sqlx::Error>
where
    E: Executor<'e, Database = sqlx::Sqlite>,
{
    let rows = sqlx::query_with(text, sqlite_arguments(values)?)
        .fetch_all(executor)
        .await?;
    Ok(rows.into_iter().map(Row::Sqlite).collect())
}

pub(crate) fn postgres_arguments(values: &[Value<'_>]) -> Result<PgArguments, sqlx::Error> {
    use sqlx::Arguments;
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Text(value) => arguments.add(*value),
            Value::OptText(value) => arguments.add(*value),
            Value::Int(value) => arguments.add(*value),
            Value::OptInt(value) => arguments.add(*value),
            Value::Flag(value) => arguments.add(*value),
            Value::Time(value) => arguments.add(*value),
            Value::OptTime(value) => arguments.add(*value),
            Value::OptUuid(value) => arguments.add(*value),
            Value::Bytes(value) => arguments.add(*value),
            Value::Texts(values) => arguments.add(values),
            Value::Ints(values) => arguments.add(values),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

pub(crate) fn sqlite_arguments(values: &[Value<'_>]) -> Result<SqliteArguments, sqlx::Error> {
    use sqlx::Arguments;
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
