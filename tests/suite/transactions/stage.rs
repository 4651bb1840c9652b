//! A database with two accounts, and looks at it from outside.

use std::time::Duration;

use futures::future::try_join_all;
use sqlx::{
    AssertSqlSafe, Connection, MySqlConnection, PgConnection, Row as _, SqliteConnection,
    sqlite::SqliteConnectOptions,
};
use store::{
    Backend, Database, Isolation, Ledger, RetryPolicy, Sql, StoreError, Transaction, Tx, Value,
    transaction::{Counts, stats},
};
use support::eventually;

use crate::contract::ground::Ground;

pub const SOON: Duration = Duration::from_secs(20);
const TABLE: &str = "CREATE TABLE accounts (id VARCHAR(40) PRIMARY KEY, amount BIGINT NOT NULL)";

/// A database of one's own. The names of its transactions are its own too, for counts are those
/// of the whole process.
pub struct Stage {
    ground: Ground,
    pub name: &'static str,
}

/// Takes a step in a transaction.
pub async fn run(tx: &mut Tx, text: &'static str) -> Result<u64, StoreError> {
    tx.execute(&Sql::alike("step", text), &[]).await
}

/// The one number `n` that a statement selects in a transaction.
pub async fn ask(tx: &mut Tx, text: &'static str) -> Result<i64, StoreError> {
    tx.fetch(&Sql::alike("ask", text), &[]).await?[0].int("n")
}

/// Puts an account there.
pub async fn put(tx: &mut Tx, id: &str) -> Result<u64, StoreError> {
    let sql = Sql {
        name: "put",
        postgres: "INSERT INTO accounts VALUES ($1, 0)",
        mariadb: "INSERT INTO accounts VALUES (?1, 0)",
        sqlite: "INSERT INTO accounts VALUES (?1, 0)",
    };
    tx.execute(&sql, &[Value::Text(id)]).await
}

/// A policy that does not take long.
pub const QUICK: RetryPolicy = RetryPolicy {
    base: Duration::from_millis(1),
    cap: Duration::from_millis(20),
    ..RetryPolicy::DEFAULT
};

impl Stage {
    pub async fn sqlite() -> Self {
        Self::on(Ground::sqlite().await).await
    }

    pub async fn postgres() -> Self {
        Self::on(Ground::postgres(Isolation::Serializable).await).await
    }

    pub async fn mariadb() -> Self {
        Self::on(Ground::mariadb(Isolation::Serializable).await).await
    }

    async fn on(ground: Ground) -> Self {
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        let name = Box::leak(name.into_boxed_str());
        let stage = Self { ground, name };
        let mut outside = stage.outside().await;
        outside.run(TABLE).await;
        outside
            .run("INSERT INTO accounts VALUES ('a', 100), ('b', 100)")
            .await;
        stage
    }

    pub fn database(&self) -> &Database {
        self.ground.database()
    }

    pub fn backend(&self) -> Backend {
        self.ground.backend()
    }

    /// A transaction under this stage's name.
    pub fn transaction(&self) -> Transaction<'_> {
        self.database().transaction(self.name).retry(QUICK)
    }

    pub fn counts(&self) -> Counts {
        stats().remove(self.name).unwrap_or_default()
    }

    /// How many connections may write at once.
    pub fn writers(&self) -> u32 {
        match self.backend() {
            Backend::Sqlite => 1,
            Backend::Postgres | Backend::MariaDb => store::database::WRITE_CONNECTIONS,
        }
    }

    /// The one number `n` that a statement selects, as others see it.
    pub async fn number(&self, text: &'static str) -> i64 {
        self.ground.number(text).await
    }

    /// The accounts besides the two that were there, as others see them.
    pub async fn accounts(&self) -> Vec<String> {
        let text = "SELECT id FROM accounts WHERE id NOT IN ('a', 'b') ORDER BY id";
        let rows = self.ground.rows(text).await;
        let ids = rows.iter().map(|row| row.text("id").expect("an id"));
        ids.collect()
    }

    /// A ledger on this database.
    pub async fn ledger(&self) -> Ledger {
        self.ground.ledger().await
    }

    /// A connection past the store.
    pub async fn outside(&self) -> Outside {
        let url = self.ground.url();
        match self.backend() {
            Backend::Postgres => {
                Outside::Postgres(PgConnection::connect(&url).await.expect("a connection"))
            }
            Backend::MariaDb => {
                Outside::MariaDb(MySqlConnection::connect(&url).await.expect("a connection"))
            }
            Backend::Sqlite => {
                // Whoever is in the way is seen at once.
                let options: SqliteConnectOptions = url.parse().expect("a URL");
                let options = options.busy_timeout(Duration::ZERO);
                let connection = SqliteConnection::connect_with(&options).await;
                Outside::Sqlite(connection.expect("a connection"))
            }
        }
    }

    /// Nothing runs at the server, and no transaction is open there.
    pub async fn is_quiet(&self) {
        let mut outside = self.outside().await;
        eventually(SOON, async || match outside.busy().await {
            0 => Ok(()),
            busy => Err(busy),
        })
        .await;
    }

    /// Every connection is there, and what is done on them is durable.
    pub async fn is_whole(&self) {
        self.is_quiet().await;
        assert_eq!(self.counts().active, 0, "none is open");
        let all = (0..self.writers()).map(|_| self.transaction().open());
        for (n, tx) in try_join_all(all)
            .await
            .expect("all")
            .into_iter()
            .enumerate()
        {
            let mut tx = tx;
            put(&mut tx, &format!("whole {n}"))
                .await
                .expect("an account");
            tx.commit().await.expect("a commit");
        }
        let whole = "SELECT count(*) AS n FROM accounts WHERE id LIKE 'whole %'";
        let seen = self.outside().await.number(whole).await;
        assert_eq!(seen, i64::from(self.writers()), "others see it");
    }
}

/// A connection past the store, in its own hands.
pub enum Outside {
    Postgres(PgConnection),
    MariaDb(MySqlConnection),
    Sqlite(SqliteConnection),
}

impl Outside {
    pub async fn run(&mut self, text: &str) {
        if let Err(error) = self.try_run(text).await {
            panic!("{error}: {text}");
        }
    }

    async fn try_run(&mut self, text: &str) -> Result<(), sqlx::Error> {
        let sql = sqlx::raw_sql(AssertSqlSafe(text.to_owned()));
        match self {
            Self::Postgres(connection) => sql.execute(connection).await.map(|_| ()),
            Self::MariaDb(connection) => sql.execute(connection).await.map(|_| ()),
            Self::Sqlite(connection) => sql.execute(connection).await.map(|_| ()),
        }
    }

    /// The first column of the one row.
    pub async fn number(&mut self, text: &'static str) -> i64 {
        let sql = sqlx::raw_sql(text);
        let number = match self {
            Self::Postgres(connection) => sql.fetch_one(connection).await.map(|row| row.get(0)),
            Self::MariaDb(connection) => sql.fetch_one(connection).await.map(|row| row.get(0)),
            Self::Sqlite(connection) => sql.fetch_one(connection).await.map(|row| row.get(0)),
        };
        number.unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// What runs besides this, in the server's own view: statements and open transactions.
    /// SQLite has no view: whether somebody holds the lock.
    pub async fn busy(&mut self) -> i64 {
        match self {
            Self::Postgres(_) => {
                let text = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()
                    AND (state = 'active' OR state LIKE 'idle in transaction%')";
                self.number(text).await
            }
            Self::MariaDb(connection) => busy_on_mariadb(connection).await,
            Self::Sqlite(_) => {
                let locked = self.try_run("BEGIN IMMEDIATE; ROLLBACK").await;
                i64::from(locked.is_err())
            }
        }
    }
}

/// Connections of this database that run a statement or are in a transaction. The table
/// `innodb_trx` shows what it showed before for as long as anybody keeps asking; the report does
/// not.
async fn busy_on_mariadb(connection: &mut MySqlConnection) -> i64 {
    let sessions = "SELECT id, command FROM information_schema.processlist
        WHERE db = DATABASE() AND id <> CONNECTION_ID()";
    let sessions = sqlx::raw_sql(sessions).fetch_all(&mut *connection).await;
    let report = sqlx::raw_sql("SHOW ENGINE INNODB STATUS")
        .fetch_one(connection)
        .await
        .expect("a report");
    let report: String = report.get("Status");
    let in_transaction: Vec<i64> = report
        .split("---TRANSACTION ")
        // Before the first of them stand those of the last deadlock.
        .skip(1)
        .filter(|transaction| transaction.lines().any(|line| line.contains("ACTIVE")))
        .filter_map(|transaction| {
            let (_, id) = transaction.split_once("MariaDB thread id ")?;
            id.split(',').next()?.parse().ok()
        })
        .collect();
    let busy = sessions.expect("sessions").into_iter().filter(|session| {
        let (id, command): (i64, String) = (session.get("id"), session.get("command"));
        command != "Sleep" || in_transaction.contains(&id)
    });
    i64::try_from(busy.count()).expect("few")
}
