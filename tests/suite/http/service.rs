//! A running `payoutd serve` with webhook endpoints, and a server in this process
//! for tests that need limits of their own.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use adapters::{
    config::Secret,
    http::{self, Access, Limits, Listener, Settings},
    nats::{CancellationToken, DeadLetters},
};
use domain::{id::Tenant, stripe::Mode};
use store::{Database, Ledger, Sql, SystemClock};
use support::{Answer, Launch, Payoutd, WebhookSender};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
};

/// Far longer than anything here takes.
pub(super) const SOON: Duration = Duration::from_secs(30);
pub(super) const SECRET: &str = "whsec_test_secret";
pub(super) const CONNECT_SECRETS: &str = "whsec_rotated_new, secret";
pub(super) const STRIPE: &str = "/webhook/stripe/";
pub(super) const CONNECT: &str = "/webhook/stripe-connect/";

/// `payoutd serve` on a free port.
pub(super) struct Service {
    pub(super) payoutd: Payoutd,
    pub(super) addr: String,
}

/// On a SQLite database of its own, with secrets for both endpoints.
pub(super) fn launch() -> Launch {
    bare_launch()
        .env("STRIPE_WEBHOOK_SECRET", SECRET)
        .env("STRIPE_CONNECT_WEBHOOK_SECRET", CONNECT_SECRETS)
}

/// Without any secret.
pub(super) fn bare_launch() -> Launch {
    Payoutd::with(["serve"]).env("PAYOUTD_HTTP_ADDR", "127.0.0.1:0")
}

/// Logs what becomes of each webhook.
pub(super) fn telling(launch: Launch) -> Launch {
    launch.env("PAYOUTD_LOG", "info,adapters=debug")
}

impl Service {
    pub(super) async fn start(launch: Launch) -> Self {
        let mut payoutd = launch.start();
        let addr = payoutd.http_addr().await;
        payoutd.wait_for_line("ready").await;
        Self { payoutd, addr }
    }

    pub(super) fn sender(&self, path: &str) -> WebhookSender {
        WebhookSender::new(&self.addr, path, SECRET)
    }

    /// Sends a body to the platform's endpoint, signed as it should be.
    pub(super) async fn deliver(&self, body: impl AsRef<[u8]>) -> Answer {
        self.sender(STRIPE)
            .send(body.as_ref())
            .await
            .expect("an answer")
    }

    /// Sends a body over a connection of its own, and returns that once the ledger has it.
    /// Needs [`telling`].
    pub(super) async fn begin(&mut self, body: &str) -> TcpStream {
        let mut stream = connect(&self.addr).await;
        let header = support::signature(SECRET, support::unix_now(), body.as_bytes());
        let request = format!(
            "POST {STRIPE} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\
             Stripe-Signature: {header}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.expect("sent");
        self.payoutd.wait_for_line("a webhook was believed").await;
        stream
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        let url = format!("http://{}{path}", self.addr);
        let asked = support::http_client().get(url).send().await;
        Answer::of(asked.expect("an answer")).await.expect("a body")
    }

    /// Sends these bytes as they are, and returns all that is answered until the end.
    pub(super) async fn raw(&self, request: &[u8]) -> String {
        let mut stream = connect(&self.addr).await;
        // It may have answered, and closed, before all is sent.
        let _ = stream.write_all(request).await;
        read_to_end(&mut stream).await
    }

    /// Ends it, and returns what is in its archive: outcome and body, in order.
    pub(super) async fn stop(mut self) -> Vec<(String, Vec<u8>)> {
        let ended = self.payoutd.terminate(Duration::from_secs(10)).await;
        assert!(ended.success(), "{ended}");
        let file = self.payoutd.folder().join("payout-ledger.db");
        archive(&format!("sqlite://{}", file.display())).await
    }
}

/// Outcome and body of all webhooks in a database, in order of arrival.
pub(super) async fn archive(url: &str) -> Vec<(String, Vec<u8>)> {
    const ARCHIVE: Sql = Sql::alike(
        "archive",
        "SELECT outcome, body FROM inbox ORDER BY sequence",
    );
    let database = Database::open(url).await.expect("the database");
    let rows = database.fetch(&ARCHIVE, &[]).await.expect("the archive");
    database.close().await;
    let row = |row: &store::Row| (row.text("outcome"), row.bytes("body"));
    rows.iter()
        .map(row)
        .map(|(outcome, body)| (outcome.expect("a text"), body.expect("bytes")))
        .collect()
}

pub(super) async fn connect(addr: &str) -> TcpStream {
    TcpStream::connect(addr).await.expect("a connection")
}

/// Everything up to the end of the connection, however it ends.
pub(super) async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    let _ = tokio::time::timeout(SOON, reading)
        .await
        .expect("the connection ends");
    String::from_utf8_lossy(&answer).into_owned()
}

/// HTTP served in this process.
pub(super) struct Inside {
    pub(super) addr: SocketAddr,
    pub(super) ledger: Ledger,
    shutdown: CancellationToken,
    running: JoinHandle<()>,
}

impl Inside {
    pub(super) async fn start(ledger: Ledger, limits: Limits) -> Self {
        let listener = Listener::bind("127.0.0.1:0").await.expect("a free port");
        let (addr, shutdown) = (listener.addr(), CancellationToken::new());
        let settings = Settings {
            tenant: Tenant::default_tenant(),
            access: Access::Local,
            mode: Mode::Test,
            webhook_secrets: Secret::list(SECRET),
            connect_webhook_secrets: Vec::new(),
            clock: Arc::new(SystemClock),
            limits,
            machine: None,
        };
        let parts = (ledger.clone(), DeadLetters::new(None));
        let running = http::start(listener, settings, parts, shutdown.clone());
        Self {
            addr,
            ledger,
            shutdown,
            running,
        }
    }

    /// On a SQLite database that goes with the folder.
    pub(super) async fn on_sqlite(limits: Limits) -> (Self, tempfile::TempDir) {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}/ledger.db", folder.path().display());
        let ledger = crate::nats::service::ledger(&url, store::Settings::default()).await;
        (Self::start(ledger, limits).await, folder)
    }

    pub(super) fn sender(&self) -> WebhookSender {
        WebhookSender::new(&self.addr.to_string(), STRIPE, SECRET)
    }

    pub(super) async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(SOON, self.running)
            .await
            .expect("in time")
            .expect("no panic");
        self.ledger.close().await;
        self.ledger.database().close().await;
    }
}
