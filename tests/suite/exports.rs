//! `payoutd export`: whole tables, on every database, through the binary.

mod memory;
mod parquet;
mod parts;
mod safety;

use sqlx::{AssertSqlSafe, Connection, MySqlConnection, PgConnection, SqliteConnection};
use store::Database;
use support::{Finished, Launch, MariaDb, Payoutd, Postgres};
use tempfile::TempDir;

/// A database with a schema.
struct Books {
    url: String,
    home: Home,
}

enum Home {
    Folder { _gone_with_it: TempDir },
    Postgres { _gone_with_it: Postgres },
    MariaDb { _gone_with_it: MariaDb },
}

impl Books {
    /// One on each kind of database.
    async fn each() -> [Self; 3] {
        let folder = TempDir::new().expect("a folder");
        let (postgres, mariadb) = (
            Postgres::migrated_database().await,
            MariaDb::fresh_database().await,
        );
        [
            Self {
                url: format!("sqlite://{}/ledger.db", folder.path().display()),
                home: Home::Folder {
                    _gone_with_it: folder,
                },
            },
            Self {
                url: postgres.url(),
                home: Home::Postgres {
                    _gone_with_it: postgres,
                },
            },
            Self {
                url: mariadb.url(),
                home: Home::MariaDb {
                    _gone_with_it: mariadb,
                },
            },
        ]
        .migrated()
        .await
    }

    async fn database(&self) -> Database {
        Database::open(&self.url).await.expect("a database")
    }

    /// Puts rows into a table behind the ledger's back.
    async fn run(&self, sql: String) {
        let sql = AssertSqlSafe(sql);
        let done = match self.home {
            Home::Folder { .. } => {
                let mut connection = SqliteConnection::connect(&self.url).await.expect("a file");
                sqlx::raw_sql(sql)
                    .execute(&mut connection)
                    .await
                    .map(|_| ())
            }
            Home::MariaDb { .. } => {
                let mut connection = MySqlConnection::connect(&self.url).await;
                let connection = connection.as_mut().expect("a server");
                sqlx::raw_sql(sql).execute(connection).await.map(|_| ())
            }
            Home::Postgres { .. } => {
                let mut connection = PgConnection::connect(&self.url).await.expect("a server");
                sqlx::raw_sql(sql)
                    .execute(&mut connection)
                    .await
                    .map(|_| ())
            }
        };
        done.expect("the statement is right");
    }

    /// Postings of events `from` to `to`, one line each.
    async fn post(&self, from: u32, to: u32) {
        let series = match self.home {
            Home::Folder { .. } => format!(
                "(WITH RECURSIVE series(n) AS (SELECT {from} UNION ALL \
                 SELECT n + 1 FROM series WHERE n < {to}) SELECT n FROM series)"
            ),
            Home::Postgres { .. } => format!("(SELECT generate_series({from}, {to}) AS n)"),
            Home::MariaDb { .. } => format!("(SELECT seq AS n FROM seq_{from}_to_{to})"),
        };
        let moment = match self.home {
            Home::Folder { .. } => "'2026-11-22T10:00:00.000000Z'",
            Home::Postgres { .. } => "'2026-11-22T10:00:00Z'::timestamptz",
            Home::MariaDb { .. } => "'2026-11-22 10:00:00'",
        };
        self.run(format!(
            "INSERT INTO postings (tenant, position, line, account, amount_minor, currency, \
             recorded_at) SELECT 'default', n, 1, 'clearing', n * 7, 'usd', {moment} \
             FROM {series} AS series"
        ))
        .await;
    }

    fn payoutd(&self, args: &[&str]) -> Launch {
        Payoutd::with(args).env("DATABASE_URL", &self.url)
    }

    async fn export(&self, args: &[&str]) -> Finished {
        let args: Vec<&str> = ["export"].iter().chain(args).copied().collect();
        self.payoutd(&args).finish().await.expect_code(0)
    }
}

trait Migrated {
    async fn migrated(self) -> Self;
}

impl Migrated for [Books; 3] {
    async fn migrated(self) -> Self {
        for books in &self {
            let database = books.database().await;
            database.migrate().await.expect("a schema");
            database.close().await;
        }
        self
    }
}

/// The cursor that stderr tells last, if it tells any.
fn cursor(stderr: &str) -> Option<&str> {
    let (_, rest) = stderr.rsplit_once("--cursor ")?;
    rest.split_whitespace().next()
}
