//! NATS: the shared server, and private ones that a test may kill.

use crate::{environment, eventually, process};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Child;

const START: Duration = Duration::from_secs(30);

/// The NATS server that all tests share.
pub struct Nats;

impl Nats {
    /// Its address, e.g. `nats://127.0.0.1:4222`.
    pub fn url() -> String {
        environment::required("PAYOUTD_TEST_NATS")
    }
}

/// A private NATS server with JetStream, for a test that stops, kills or pauses it.
///
/// Its port and its store survive [`restart`](NatsServer::restart).
pub struct NatsServer {
    folder: TempDir,
    make: Make,
    port: u16,
    child: Child,
}

/// Which server, and what is set in its `jetstream { … }` besides the folder.
struct Make {
    binary: String,
    jetstream: &'static str,
}

impl NatsServer {
    /// Starts a server on a free port, with an empty store.
    pub async fn start() -> Self {
        let binary = environment::required("PAYOUTD_TEST_NATS_SERVER");
        Self::of(Make {
            binary,
            jetstream: "",
        })
        .await
    }

    /// The same of a version that can do more, with settings of JetStream that only it knows.
    pub async fn newer(jetstream: &'static str) -> Self {
        let binary = environment::required("PAYOUTD_TEST_NATS_NEWER");
        Self::of(Make { binary, jetstream }).await
    }

    async fn of(make: Make) -> Self {
        let folder = TempDir::with_prefix("payoutd-nats.").expect("a throw-away folder");
        // The server chooses; restarts ask for the same port again.
        let mut child = launch(&make, folder.path(), -1);
        let ports = ports_file(&make, folder.path(), &child);
        let port = eventually(START, async || match chosen_port(&ports) {
            Some(port) => Ok(port),
            None => Err(state(&mut child, folder.path())),
        })
        .await;
        Self {
            folder,
            make,
            port,
            child,
        }
    }

    /// Its address, the same after a restart.
    pub fn url(&self) -> String {
        format!("nats://{}", self.addr())
    }

    /// Its address as `host:port`, e.g. for a [`FaultProxy`](crate::FaultProxy).
    pub fn addr(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its monitoring port, e.g. `http://127.0.0.1:8222`; another one after a restart.
    pub fn monitor_url(&self) -> String {
        let ports = std::fs::read(ports_file(&self.make, self.folder.path(), &self.child));
        let ports: serde_json::Value =
            serde_json::from_slice(&ports.expect("a file of ports")).expect("JSON");
        let url = ports["monitoring"][0].as_str().expect("a monitoring port");
        url.to_owned()
    }

    /// Ends the server in good order and waits until it is gone.
    pub async fn stop(&mut self) {
        process::signal(&self.child, "TERM");
        self.child
            .wait()
            .await
            .expect("the server can be waited for");
    }

    /// Kills the server outright (SIGKILL).
    pub async fn kill9(&mut self) {
        self.child.kill().await.expect("the server can be killed");
    }

    /// Holds the server still (SIGSTOP): connections stay open, nothing answers.
    pub fn pause(&self) {
        process::signal(&self.child, "STOP");
    }

    /// Lets a paused server go on.
    pub fn resume(&self) {
        process::signal(&self.child, "CONT");
    }

    /// Starts the server again, on the same port and store; kills it first if it still runs.
    pub async fn restart(&mut self) {
        self.kill9().await;
        let (port, folder) = (self.port, self.folder.path().to_owned());
        self.child = launch(&self.make, &folder, port.into());
        let child = &mut self.child;
        eventually(START, async || match greeting(port).await {
            Some(line) if line.starts_with("INFO ") => Ok(()),
            _ => Err(state(child, &folder)),
        })
        .await;
    }
}

fn launch(make: &Make, folder: &Path, port: i32) -> Child {
    let config = folder.join("nats.conf");
    let folder = folder.display();
    let text = format!(
        "host: \"127.0.0.1\"\nport: {port}\nhttp: \"127.0.0.1:-1\"\nports_file_dir: \"{folder}\"\n\
         jetstream {{ store_dir: \"{folder}/store\"\n{jetstream} }}\n",
        jetstream = make.jetstream
    );
    std::fs::write(&config, text).expect("a configuration file");
    process::logged(&make.binary, &log_file(&config))
        .arg("-c")
        .arg(&config)
        .spawn()
        .expect("nats-server runs")
}

fn log_file(config: &Path) -> PathBuf {
    config.with_extension("log")
}

fn ports_file(make: &Make, folder: &Path, child: &Child) -> PathBuf {
    // Named after the binary, whatever that is called.
    let name = Path::new(&make.binary)
        .file_name()
        .expect("a binary")
        .to_string_lossy()
        .into_owned();
    folder.join(format!("{name}_{}.ports", child.id().expect("it runs")))
}

fn chosen_port(ports: &Path) -> Option<u16> {
    let ports: serde_json::Value = serde_json::from_slice(&std::fs::read(ports).ok()?).ok()?;
    ports["nats"][0].as_str()?.rsplit_once(':')?.1.parse().ok()
}

/// The server's first line to a new client.
async fn greeting(port: u16) -> Option<String> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    BufReader::new(stream).lines().next_line().await.ok()?
}

fn state(child: &mut Child, folder: &Path) -> String {
    let ended = process::ended(child).unwrap_or_else(|| "it runs".to_owned());
    format!("{ended}\n{}", process::log(&folder.join("nats.log")))
}
