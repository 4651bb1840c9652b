//! Those who may log in, made by exactly the statements that `docs/auditors.md` tells.

use sqlx::{AssertSqlSafe, Connection, MySqlConnection, PgConnection, Row};
use support::{MariaDb, Postgres};

use super::{VIEWS, documented, fill};

/// Books of several tenants.
pub enum Books {
    Postgres(Postgres),
    MariaDb(MariaDb),
}

impl Books {
    pub async fn on_postgres() -> Self {
        Self::Postgres(Postgres::fresh_database().await)
            .filled()
            .await
    }

    pub async fn on_mariadb() -> Self {
        Self::MariaDb(MariaDb::fresh_database().await)
            .filled()
            .await
    }

    async fn filled(self) -> Self {
        fill(&self.url()).await;
        self
    }

    /// As their owner.
    pub fn url(&self) -> String {
        match self {
            Self::Postgres(database) => database.url(),
            Self::MariaDb(database) => database.url(),
        }
    }

    pub async fn owner(&self) -> Session {
        Session::open(&self.url()).await
    }

    /// What the guide tells to make for an auditor named anna.
    pub async fn auditor(&self) -> Login {
        let heading = match self {
            Self::Postgres(_) => "A role for an auditor",
            Self::MariaDb(_) => "An account for an auditor on MariaDB",
        };
        self.login(heading, "anna").await
    }

    /// Whom a section makes: its first statements on PostgreSQL, its last on MariaDB. Logins are
    /// of the whole server, which other tests use too: this one has a name of its own.
    pub async fn login(&self, heading: &str, name: &str) -> Login {
        let own = format!("{name}_{}", uuid::Uuid::new_v4().simple());
        let mut sections = documented(heading);
        let url = self.url();
        let (_, rest) = url.split_once('@').expect("a user");
        let (statements, its_url, drop) = match self {
            Self::Postgres(_) => (
                sections.remove(0),
                format!("postgres://{own}@{rest}"),
                format!("DROP OWNED BY {own}; DROP ROLE {own}"),
            ),
            Self::MariaDb(_) => (
                sections.pop().expect(heading),
                format!("mysql://{own}:change-me@{rest}"),
                format!("DROP USER {own}"),
            ),
        };
        let made = self
            .owner()
            .await
            .run(&statements.replace(name, &own))
            .await;
        made.expect("the guide's statements are right");
        Login {
            name: own,
            url: its_url,
            owner: url,
            drop,
        }
    }
}

/// A role on PostgreSQL, an account on MariaDB.
pub struct Login {
    pub name: String,
    pub url: String,
    owner: String,
    drop: String,
}

impl Login {
    pub async fn connect(&self) -> Session {
        Session::open(&self.url).await
    }

    pub async fn drop(self) {
        let dropped = Session::open(&self.owner).await.run(&self.drop).await;
        dropped.expect("the login goes");
    }
}

/// A connection.
pub enum Session {
    Postgres(PgConnection),
    MariaDb(MySqlConnection),
}

impl Session {
    async fn open(url: &str) -> Self {
        if url.starts_with("postgres") {
            let connection = PgConnection::connect(url).await;
            Self::Postgres(connection.expect("the login may connect"))
        } else {
            let connection = MySqlConnection::connect(url).await;
            Self::MariaDb(connection.expect("the login may connect"))
        }
    }

    /// Runs statements; how many rows they return.
    pub async fn run(&mut self, sql: &str) -> Result<usize, sqlx::Error> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Postgres(connection) => sql.fetch_all(connection).await.map(|rows| rows.len()),
            Self::MariaDb(connection) => sql.fetch_all(connection).await.map(|rows| rows.len()),
        }
    }

    pub async fn count(&mut self, of: &str) -> i64 {
        let sql = AssertSqlSafe(format!("SELECT count(*) FROM {of}"));
        let count = match self {
            Self::Postgres(connection) => {
                let row = sqlx::query(sql).fetch_one(connection).await;
                row.map(|row| row.get(0))
            }
            Self::MariaDb(connection) => {
                let row = sqlx::query(sql).fetch_one(connection).await;
                row.map(|row| row.get(0))
            }
        };
        count.unwrap_or_else(|error| panic!("{error}: {of}"))
    }

    /// How many rows each view shows.
    pub async fn seen(&mut self) -> Vec<i64> {
        let mut seen = Vec::new();
        for view in VIEWS {
            seen.push(self.count(view).await);
        }
        seen
    }
}
