//! PostgreSQL: databases of one's own on the shared server, and private servers to be crashed.

mod server;

pub use server::PostgresServer;

use crate::{
    address::{authority, sibling},
    environment,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use store::Database;
use tokio::sync::OnceCell;

/// What [`Postgres::migrated_database`] copies, made once in each process.
static TEMPLATE: OnceCell<Postgres> = OnceCell::const_new();

/// A database that only one test uses; dropped with this handle.
pub struct Postgres {
    server: String,
    name: String,
}

impl Postgres {
    /// Creates an empty database on the server that all tests share.
    pub async fn fresh_database() -> Self {
        Self::fresh_database_on(&environment::required("PAYOUTD_TEST_POSTGRES")).await
    }

    /// Creates an empty database on the server at `server`, the URL of a superuser.
    pub async fn fresh_database_on(server: &str) -> Self {
        Self::copy(server, "template1").await
    }

    /// Creates a database on the server that all tests share, with the ledger's empty tables: to
    /// copy them costs the server half of what migrating does. (On MariaDB it would cost more.)
    pub async fn migrated_database() -> Self {
        let template = TEMPLATE.get_or_init(Self::template).await;
        Self::copy(&template.server, &template.name).await
    }

    async fn template() -> Self {
        let template = Self::fresh_database().await;
        let database = Database::open(&template.url()).await.expect("a database");
        database.migrate().await.expect("a schema");
        // Nobody may be connected to what is copied.
        database.close().await;
        template
    }

    async fn copy(server: &str, template: &str) -> Self {
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        execute(
            server,
            format!("CREATE DATABASE {name} TEMPLATE {template}"),
        )
        .await
        .unwrap_or_else(|error| panic!("no database on {server}: {error}"));
        Self {
            server: server.to_owned(),
            name,
        }
    }

    /// The database's URL, as a superuser.
    pub fn url(&self) -> String {
        sibling(&self.server, &self.name)
    }

    /// The server's `host:port`, e.g. for a [`FaultProxy`](crate::FaultProxy).
    pub fn addr(&self) -> String {
        authority(&self.server).to_owned()
    }

    /// The database's URL by way of another `host:port`, e.g. a proxy's.
    pub fn url_through(&self, addr: &str) -> String {
        self.url().replacen(authority(&self.server), addr, 1)
    }
}

impl Drop for Postgres {
    /// Best effort: the whole server is thrown away later. A thread of its own, for the test's
    /// runtime may be shutting down; FORCE, for its pools may be open.
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            runtime
                .block_on(execute(&server, sql))
                .map_err(std::io::Error::other)
        });
        if let Ok(Err(error)) = dropping.join() {
            eprintln!("the database {} stays behind: {error}", self.name);
        }
    }
}

/// The names in such statements are our own.
async fn execute(server: &str, sql: String) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(server).await?;
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut connection)
        .await?;
    connection.close().await
}
