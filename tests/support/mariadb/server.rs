//! A private MariaDB server, for a test that kills it.

use crate::{environment, eventually, process};
use sqlx::{Connection, MySqlConnection};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::{Child, Command};

const START: Duration = Duration::from_secs(60);
const PORTS_TRIED: usize = 10;

/// A MariaDB server of its own, with default durability unless something else is set.
///
/// Its port and its data survive [`restart`](MariaDbServer::restart).
pub struct MariaDbServer {
    folder: TempDir,
    options: &'static [&'static str],
    port: u16,
    child: Child,
}

impl MariaDbServer {
    /// Starts a server on a free port, with an empty database `ledger`.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// The same with options for `mariadbd`.
    pub async fn with(options: &'static [&'static str]) -> Self {
        let folder = process::unprivileged_folder("payoutd-mariadb.");
        let made = run("PAYOUTD_TEST_MARIADB_INSTALL_DB", folder.path())
            .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
            .arg("--skip-name-resolve")
            .status()
            .await
            .expect("mariadb-install-db runs");
        assert!(made.success(), "{}", process::log(&log_file(folder.path())));

        // The server cannot choose a port itself: another is tried when one turns out to be taken.
        for _ in 0..PORTS_TRIED {
            let port = fastrand::u16(10_240..30_240);
            let mut child = launch(folder.path(), port, options);
            if ready(folder.path(), port, &mut child).await {
                let server = Self {
                    folder,
                    options,
                    port,
                    child,
                };
                server.create_database().await;
                return server;
            }
        }
        panic!(
            "MariaDB did not start: {}",
            process::log(&log_file(folder.path()))
        );
    }

    async fn create_database(&self) {
        let connection = MySqlConnection::connect(&server(self.port)).await;
        sqlx::raw_sql("CREATE DATABASE ledger")
            .execute(&mut connection.expect("a connection"))
            .await
            .expect("a database");
    }

    /// The database's URL as root, the same after a restart.
    pub fn url(&self) -> String {
        format!("{}ledger", server(self.port))
    }

    /// Kills the server, whatever it is at.
    pub async fn kill9(&mut self) {
        self.child.kill().await.expect("the server can be killed");
    }

    /// Starts a killed server again on the same port and data.
    pub async fn restart(&mut self) {
        self.child = launch(self.folder.path(), self.port, self.options);
        let up = ready(self.folder.path(), self.port, &mut self.child).await;
        assert!(
            up,
            "no restart: {}",
            process::log(&log_file(self.folder.path()))
        );
    }
}

fn server(port: u16) -> String {
    format!("mysql://root@127.0.0.1:{port}/")
}

fn log_file(folder: &Path) -> PathBuf {
    folder.join("mariadb.log")
}

fn launch(folder: &Path, port: u16, options: &[&str]) -> Child {
    run("PAYOUTD_TEST_MARIADBD", folder)
        .args([&format!("--port={port}"), "--bind-address=127.0.0.1"])
        .args(["--socket=socket", "--pid-file=pid", "--skip-name-resolve"])
        .arg("--innodb-buffer-pool-size=64M")
        .args(options)
        .spawn()
        .expect("MariaDB runs")
}

/// Whether it takes connections; false if it ended instead.
async fn ready(folder: &Path, port: u16, child: &mut Child) -> bool {
    eventually(START, async || {
        if child.try_wait().expect("a child can be asked").is_some() {
            return Ok(false);
        }
        match data_folder(port).await {
            // Somebody else's server may have the port.
            Ok(data) if Path::new(&data).starts_with(folder) => Ok(true),
            other => Err(other.map_err(|error| error.to_string())),
        }
    })
    .await
}

async fn data_folder(port: u16) -> Result<String, sqlx::Error> {
    let mut connection = MySqlConnection::connect(&server(port)).await?;
    sqlx::query_scalar("SELECT @@datadir")
        .fetch_one(&mut connection)
        .await
}

fn run(binary: &str, folder: &Path) -> Command {
    let binary = environment::required(binary);
    let mut command = process::unprivileged(Path::new(&binary), folder, &log_file(folder));
    let data = folder.join("data").display().to_string();
    command.args(["--no-defaults", &format!("--datadir={data}")]);
    command
}
