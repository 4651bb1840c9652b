//! Connections to one database: PostgreSQL, MariaDB or SQLite.
//!
//! Several pools each. The read pool serves queries. The others are the writer's and
//! the followers', one for transactions and one for look-ups: so a transaction meets
//! a server process that knows its statements. On PostgreSQL the planner is told
//! there to walk indexes whatever a young table's statistics say, because one
//! sequential scan under SERIALIZABLE locks a whole table against everybody.

use std::time::Duration;

use sqlx::{Connection, MySqlPool, Pool, migrate::Migrator, postgres::PgPool, sqlite::SqlitePool};

use crate::{
    error::StoreError,
    row::Row,
    sql::{Sql, Value},
    statements::ANSWERS,
};

pub(crate) mod mariadb;
pub(crate) mod pools;
pub(crate) mod postgres;
pub(crate) mod sqlite;

pub use pools::PoolState;

static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");
static MARIADB_MIGRATIONS: Migrator = sqlx::migrate!("migrations/mariadb");
static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Connections for transactions: the writer, the followers, snapshots, and a spare.
pub const WRITE_CONNECTIONS: u32 = 4;
/// Connections for the writer's look-ups.
const LOOK_UP_CONNECTIONS: u32 = 2;
/// Connections for queries.
const READ_CONNECTIONS: u32 = 8;
/// How long to wait for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// Which kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Backend {
    /// PostgreSQL 15 or newer.
    Postgres,
    /// MariaDB 10.11 or newer.
    MariaDb,
    /// SQLite, compiled in.
    Sqlite,
}

impl Backend {
    /// For logs and people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::MariaDb => "MariaDB",
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
    MariaDb {
        write: MySqlPool,
        look_up: MySqlPool,
        read: MySqlPool,
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
    /// Opens the database of a URL: `postgres://…`, `mariadb://…` (or `mysql://…`), or
    /// `sqlite://<file>`, which is created when missing.
    ///
    /// # Errors
    /// When the URL is of another kind, or the database cannot be reached.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let scheme = url.split(':').next().unwrap_or_default();
        let pools = match scheme {
            "postgres" | "postgresql" => postgres::open(url).await?,
            "mariadb" | "mysql" => mariadb::open(url).await?,
            "sqlite" if !url.contains(":memory:") => sqlite::open(url).await?,
            _ => return Err(StoreError::UnknownUrl),
        };
        Ok(Self { pools })
    }

    /// The same database on connections of its own, which nobody else waits for.
    #[must_use]
    pub fn apart(&self) -> Self {
        let pools = match &self.pools {
            Pools::Postgres { write, .. } => postgres::apart(write),
            Pools::MariaDb { write, .. } => mariadb::apart(write),
            Pools::Sqlite { write, .. } => sqlite::apart(write),
        };
        Self { pools }
    }

    /// Which kind of database it is.
    #[must_use]
    pub const fn backend(&self) -> Backend {
        match self.pools {
            Pools::Postgres { .. } => Backend::Postgres,
            Pools::MariaDb { .. } => Backend::MariaDb,
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
            Pools::MariaDb { write, .. } => mariadb::migrate(&MARIADB_MIGRATIONS, write).await,
            Pools::Sqlite { write, .. } => sqlite::migrate(&SQLITE_MIGRATIONS, write).await,
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
            Pools::MariaDb { .. } => &MARIADB_MIGRATIONS,
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
            Pools::Postgres { read, .. } => fetch_postgres(("read", read), text, values).await,
            Pools::MariaDb { read, .. } => fetch_mariadb(("read", read), text, values).await,
            Pools::Sqlite { read, .. } => fetch_sqlite(("read", read), text, values).await,
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
            Pools::Postgres { look_up, .. } => {
                fetch_postgres(("look_up", look_up), text, values).await
            }
            Pools::MariaDb { look_up, .. } => {
                fetch_mariadb(("look_up", look_up), text, values).await
            }
            // SQLite's readers do not wait for its one writer.
            Pools::Sqlite { read, .. } => fetch_sqlite(("read", read), text, values).await,
        }
        .map_err(|source| StoreError::statement(sql.name, source))
    }

    /// Asks the server to prepare a statement, without running it.
    ///
    /// # Errors
    /// When the server does not understand it.
    pub async fn prepare(&self, sql: &Sql) -> Result<(), StoreError> {
        use sqlx::{Executor, SqlStr};
        let text = sql.text(self.backend());
        let static_text = SqlStr::from_static(text);
        match &self.pools {
            Pools::Postgres { read, .. } => read.prepare(static_text).await.map(|_| ()),
            Pools::MariaDb { read, .. } => match read.acquire().await {
                Ok(mut connection) => mariadb::prepare(&mut connection, text).await,
                Err(error) => Err(error),
            },
            Pools::Sqlite { read, .. } => read.prepare(static_text).await.map(|_| ()),
        }
        .map_err(|source| StoreError::statement(sql.name, source))
    }

    /// Closes those idle connections that are dead: a server that was restarted
    /// leaves pools full of them.
    pub(crate) async fn shed_dead_connections(&self) {
        match &self.pools {
            Pools::Postgres { write, look_up, .. } => {
                shed_dead(write).await;
                shed_dead(look_up).await;
            }
            Pools::MariaDb { write, look_up, .. } => {
                shed_dead(write).await;
                shed_dead(look_up).await;
            }
            Pools::Sqlite { .. } => {}
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
            Pools::MariaDb {
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

async fn fetch_postgres(
    (name, pool): (&'static str, &PgPool),
    text: &'static str,
    values: &[Value<'_>],
) -> Result<Vec<Row>, sqlx::Error> {
    let mut connection = pools::acquire(name, pool).await?;
    postgres::fetch(&mut *connection, text, values).await
}

async fn fetch_mariadb(
    (name, pool): (&'static str, &MySqlPool),
    text: &'static str,
    values: &[Value<'_>],
) -> Result<Vec<Row>, sqlx::Error> {
    let mut connection = pools::acquire(name, pool).await?;
    mariadb::fetch(&mut connection, text, values).await
}

async fn fetch_sqlite(
    (name, pool): (&'static str, &SqlitePool),
    text: &'static str,
    values: &[Value<'_>],
) -> Result<Vec<Row>, sqlx::Error> {
    let mut connection = pools::acquire(name, pool).await?;
    sqlite::fetch(&mut *connection, text, values).await
}

async fn shed_dead<DB: sqlx::Database>(pool: &Pool<DB>) {
    let idle: Vec<_> = std::iter::from_fn(|| pool.try_acquire()).collect();
    for mut connection in idle {
        if connection.ping().await.is_err() {
            drop(connection.detach());
        }
    }
}
