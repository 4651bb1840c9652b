//! A migrated database of one's own, and ledgers on it.

use std::sync::Arc;

use projections::Inline;
use store::{Backend, Database, InlineProjection, Isolation, Ledger, Row, Settings, Sql};
use support::{MariaDb, Postgres};
use tempfile::TempDir;

/// A database that only one test uses. Several ledgers may run on it, as several processes would.
pub struct Ground {
    database: Database,
    isolation: Isolation,
    home: Home,
}

enum Home {
    Folder(TempDir),
    Postgres(Postgres),
    MariaDb(MariaDb),
}

impl Home {
    fn url(&self) -> String {
        match self {
            Self::Folder(folder) => format!("sqlite://{}/ledger.db", folder.path().display()),
            Self::Postgres(database) => database.url(),
            Self::MariaDb(database) => database.url(),
        }
    }
}

impl Ground {
    /// SQLite in a throw-away file.
    pub async fn sqlite() -> Self {
        let folder = TempDir::new().expect("a throw-away folder");
        Self::prepare(Home::Folder(folder), Isolation::Serializable).await
    }

    /// A fresh database on the shared PostgreSQL server.
    pub async fn postgres(isolation: Isolation) -> Self {
        Self::prepare(
            Home::Postgres(Postgres::migrated_database().await),
            isolation,
        )
        .await
    }

    /// A fresh database on the shared MariaDB server.
    pub async fn mariadb(isolation: Isolation) -> Self {
        Self::prepare(Home::MariaDb(MariaDb::fresh_database().await), isolation).await
    }

    async fn prepare(home: Home, isolation: Isolation) -> Self {
        let ground = Self::empty(home, isolation).await;
        ground.database.migrate().await.expect("a schema");
        ground
    }

    async fn empty(home: Home, isolation: Isolation) -> Self {
        let database = Database::open(&home.url()).await.expect("a database");
        Self {
            database,
            isolation,
            home,
        }
    }

    /// Another database of the same kind, without a schema.
    pub async fn empty_like(&self) -> Self {
        let home = match &self.home {
            Home::Folder(_) => Home::Folder(TempDir::new().expect("a throw-away folder")),
            Home::Postgres(_) => Home::Postgres(Postgres::fresh_database().await),
            Home::MariaDb(_) => Home::MariaDb(MariaDb::fresh_database().await),
        };
        Self::empty(home, self.isolation).await
    }

    /// For a look behind the ledger's back, and for readers.
    pub fn database(&self) -> &Database {
        &self.database
    }

    pub fn url(&self) -> String {
        self.home.url()
    }

    /// The `host:port` of the server.
    pub fn addr(&self) -> String {
        match &self.home {
            Home::Postgres(database) => database.addr(),
            Home::MariaDb(database) => database.addr(),
            Home::Folder(_) => panic!("this test is for servers"),
        }
    }

    /// The database's URL by way of another `host:port`, e.g. a proxy's.
    pub fn url_through(&self, addr: &str) -> String {
        match &self.home {
            Home::Postgres(database) => database.url_through(addr),
            Home::MariaDb(database) => database.url_through(addr),
            Home::Folder(_) => panic!("this test is for servers"),
        }
    }

    pub fn backend(&self) -> Backend {
        self.database.backend()
    }

    /// The defaults, at this ground's isolation level.
    pub fn settings(&self) -> Settings {
        Settings {
            isolation: self.isolation,
            ..Settings::default()
        }
    }

    /// A ledger with connections and a cache of its own.
    pub async fn ledger(&self) -> Ledger {
        self.ledger_with(Arc::new(Inline), self.settings()).await
    }

    pub async fn ledger_with(
        &self,
        projection: Arc<dyn InlineProjection>,
        settings: Settings,
    ) -> Ledger {
        let database = Database::open(&self.url()).await.expect("a database");
        Ledger::start(database, projection, settings)
    }

    /// Rows of a statement that every database understands.
    pub async fn rows(&self, text: &'static str) -> Vec<Row> {
        let rows = self.database.fetch(&sql(text), &[]).await;
        rows.unwrap_or_else(|error| panic!("{}: {text}", store::error::chain(&error)))
    }

    /// The one number `n` that a statement selects.
    pub async fn number(&self, text: &'static str) -> i64 {
        let rows = self.rows(text).await;
        rows[0].int("n").expect("a number n")
    }
}

/// A statement that reads the same for every database.
pub fn sql(text: &'static str) -> Sql {
    Sql::alike("of_a_test", text)
}
