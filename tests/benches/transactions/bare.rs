//! Empty transactions of sqlx alone, as strict and as durable as the store's.

use std::str::FromStr;

use sqlx::{
    MySqlPool, PgPool, SqlitePool,
    mysql::MySqlPoolOptions,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

/// A pool that does not ask each connection whether it lives: nor does the store's.
pub enum Bare {
    Postgres(PgPool),
    MariaDb(MySqlPool),
    Sqlite(SqlitePool),
}

impl Bare {
    pub async fn open(url: &str) -> Self {
        match url.split(':').next() {
            Some("postgres") => {
                let pool = PgPoolOptions::new().test_before_acquire(false);
                Self::Postgres(pool.connect(url).await.expect("a pool"))
            }
            Some("sqlite") => {
                let options = SqliteConnectOptions::from_str(url).expect("a URL");
                let options = options
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full);
                let pool = SqlitePoolOptions::new()
                    .max_connections(1)
                    .test_before_acquire(false);
                Self::Sqlite(pool.connect_with(options).await.expect("a pool"))
            }
            _ => {
                let pool = MySqlPoolOptions::new().test_before_acquire(false);
                Self::MariaDb(pool.connect(url).await.expect("a pool"))
            }
        }
    }

    /// Begins a transaction and commits it.
    pub async fn empty(&self) {
        match self {
            Self::Postgres(pool) => {
                let tx = pool.begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE").await;
                tx.expect("a transaction").commit().await
            }
            Self::MariaDb(pool) => {
                let mut connection = pool.acquire().await.expect("a connection");
                let begin = "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; START TRANSACTION";
                sqlx::raw_sql(begin)
                    .execute(&mut *connection)
                    .await
                    .expect("a transaction");
                sqlx::raw_sql("COMMIT")
                    .execute(&mut *connection)
                    .await
                    .map(|_| ())
            }
            Self::Sqlite(pool) => {
                let tx = pool.begin_with("BEGIN IMMEDIATE").await;
                tx.expect("a transaction").commit().await
            }
        }
        .expect("a commit");
    }

    pub async fn close(&self) {
        match self {
            Self::Postgres(pool) => pool.close().await,
            Self::MariaDb(pool) => pool.close().await,
            Self::Sqlite(pool) => pool.close().await,
        }
    }
}
