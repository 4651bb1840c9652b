//! A private PostgreSQL server, for a test that stops, crashes or pauses it.

use crate::{environment, eventually, process};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::{Child, Command};

const START: Duration = Duration::from_secs(60);
const PORTS_TRIED: usize = 10;

/// A PostgreSQL server of its own, with default durability.
///
/// Its port and its data survive [`restart`](PostgresServer::restart).
pub struct PostgresServer {
    folder: TempDir,
    port: u16,
    child: Child,
}

impl PostgresServer {
    /// Starts a server on a free port, with an empty cluster.
    pub async fn start() -> Self {
        let folder = process::unprivileged_folder("payoutd-postgres.");
        let initdb = run_as_server_user("initdb", folder.path())
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "--pgdata"])
            .arg(data(folder.path()))
            .status()
            .await
            .expect("initdb runs");
        assert!(
            initdb.success(),
            "initdb failed: {}",
            process::log(&log_file(folder.path()))
        );
        Self::launched(folder).await
    }

    /// Starts a hot standby of this server, which has all that is here by now and follows.
    pub async fn standby(&self) -> Self {
        let folder = process::unprivileged_folder("payoutd-standby.");
        let copied = run_as_server_user("pg_basebackup", folder.path())
            .args(["--checkpoint=fast", "--no-sync", "--write-recovery-conf"])
            .args(["--username=postgres", "--host=127.0.0.1"])
            .arg(format!("--port={}", self.port))
            .arg("--pgdata")
            .arg(data(folder.path()))
            .status()
            .await
            .expect("pg_basebackup runs");
        assert!(
            copied.success(),
            "pg_basebackup failed: {}",
            process::log(&log_file(folder.path()))
        );
        Self::launched(folder).await
    }

    async fn launched(folder: TempDir) -> Self {
        // The server cannot choose a port itself: another is tried when one turns out to be taken.
        for _ in 0..PORTS_TRIED {
            let port = fastrand::u16(10_240..30_240);
            let mut child = launch(folder.path(), port);
            if ready(folder.path(), &mut child).await {
                return Self {
                    folder,
                    port,
                    child,
                };
            }
        }
        panic!(
            "PostgreSQL did not start: {}",
            process::log(&log_file(folder.path()))
        );
    }

    /// The superuser's URL, the same after a restart; see
    /// [`Postgres::fresh_database_on`](crate::Postgres::fresh_database_on).
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Ends the server in good order (fast shutdown) and waits until it is gone.
    pub async fn stop(&mut self) {
        self.end("INT").await;
    }

    /// Ends the server without a checkpoint (immediate shutdown): the next start recovers.
    pub async fn crash(&mut self) {
        self.end("QUIT").await;
    }

    /// Holds the server's main process still (SIGSTOP): nobody can connect any more.
    pub fn pause(&self) {
        process::signal(&self.child, "STOP");
    }

    /// Lets a paused server go on.
    pub fn resume(&self) {
        process::signal(&self.child, "CONT");
    }

    /// Starts the server again on the same port and data; crashes it first if it still runs.
    pub async fn restart(&mut self) {
        self.crash().await;
        self.child = launch(self.folder.path(), self.port);
        let up = ready(self.folder.path(), &mut self.child).await;
        assert!(
            up,
            "no restart: {}",
            process::log(&log_file(self.folder.path()))
        );
    }

    async fn end(&mut self, signal: &str) {
        process::signal(&self.child, signal);
        self.child
            .wait()
            .await
            .expect("the server can be waited for");
    }
}

impl Drop for PostgresServer {
    /// A killed main process would leave its children; they hold no data worth a clean end.
    fn drop(&mut self) {
        process::signal(&self.child, "QUIT");
        let pid = data(self.folder.path()).join("postmaster.pid");
        for _ in 0..200 {
            if !matches!(self.child.try_wait(), Ok(None)) || !pid.exists() {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

fn log_file(folder: &Path) -> PathBuf {
    folder.join("postgres.log")
}

fn launch(folder: &Path, port: u16) -> Child {
    run_as_server_user("postgres", folder)
        .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1"])
        .args(["-c", "unix_socket_directories=", "-D"])
        .arg(data(folder))
        .spawn()
        .expect("PostgreSQL runs")
}

/// The server says in its pid file when it takes connections; false if it ended instead.
async fn ready(folder: &Path, child: &mut Child) -> bool {
    let (pid, pid_file) = (child.id(), data(folder).join("postmaster.pid"));
    eventually(START, async || {
        if child.try_wait().expect("a child can be asked").is_some() {
            return Ok(false);
        }
        let status = process::log(&pid_file);
        let ours = status.lines().next() == pid.map(|pid| pid.to_string()).as_deref();
        if ours && status.contains("\nready") {
            Ok(true)
        } else {
            Err(status)
        }
    })
    .await
}

fn run_as_server_user(program: &str, folder: &Path) -> Command {
    let binary = Path::new(&environment::required("PAYOUTD_TEST_PG_BIN")).join(program);
    process::unprivileged(&binary, folder, &log_file(folder))
}
