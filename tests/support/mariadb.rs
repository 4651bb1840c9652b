//! MariaDB: databases of one's own on the shared server, and private servers to be killed.

mod server;

pub use server::MariaDbServer;

use crate::{
    address::{authority, sibling},
    environment,
};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};

/// An empty database that only one test uses; dropped with this handle.
pub struct MariaDb {
    server: String,
    name: String,
}

impl MariaDb {
    /// Creates a database on the server that all tests share.
    pub async fn fresh_database() -> Self {
        let server = environment::required("PAYOUTD_TEST_MARIADB");
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        execute(&server, format!("CREATE DATABASE {name}"))
            .await
            .unwrap_or_else(|error| panic!("no database on {server}: {error}"));
        Self { server, name }
    }

    /// The database's URL, as root.
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

impl Drop for MariaDb {
    /// Best effort: the whole server is thrown away later. A thread of its own, for the test's
    /// runtime may be shutting down; KILL, for its pools may be open, and what they hold would
    /// be waited for.
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            let sql = format!(
                "BEGIN NOT ATOMIC
                     FOR open IN (SELECT id FROM information_schema.processlist WHERE db = '{name}')
                     DO KILL open.id; END FOR;
                     DROP DATABASE {name};
                 END"
            );
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
    let mut connection = MySqlConnection::connect(server).await?;
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut connection)
        .await?;
    connection.close().await
}
