//! What the doctor finds at NATS.

use async_nats::jetstream::{
    self,
    stream::{Config, StorageType},
};
use store::Database;
use support::NatsServer;
use tempfile::TempDir;

use super::{doctor, expect, worst};

/// A migrated SQLite database: all that is wrong is at NATS.
async fn database() -> (TempDir, String) {
    let folder = TempDir::new().expect("a folder");
    let url = format!("sqlite://{}/ledger.db", folder.path().display());
    let database = Database::open(&url).await.expect("a database");
    database.migrate().await.expect("a schema");
    database.close().await;
    (folder, url)
}

async fn stream(server: &NatsServer, name: &str, config: Config) {
    let client = async_nats::connect(server.url())
        .await
        .expect("a connection");
    let config = Config {
        name: name.to_owned(),
        ..config
    };
    let made = jetstream::new(client).create_stream(config).await;
    made.expect("a stream");
}

#[tokio::test]
async fn a_server_that_does_not_flush_and_streams_that_lose_events_are_told() {
    let (_folder, database) = database().await;
    let server = NatsServer::start().await;
    let args = ["--database-url", &database, "--nats-url", &server.url()];

    let (code, found) = doctor(&args).await;
    assert_eq!(
        code, 0,
        "streams that `serve` will make are none: {found:?}"
    );
    expect(
        &found,
        ("jetstream-streams", "warning"),
        ["there is no stream", "payoutd serve"],
    );

    stream(
        &server,
        "STRIPE_EVENTS",
        Config {
            subjects: vec!["stripe.v1.>".to_owned()],
            storage: StorageType::Memory,
            ..Config::default()
        },
    )
    .await;
    let monitor = server.monitor_url();
    let (code, found) = doctor(&[&args[..], &["--nats-monitor-url", &monitor]].concat()).await;

    assert_eq!(code, 1, "{found:?}");
    expect(
        &found,
        ("jetstream-streams", "problem"),
        ["STRIPE_EVENTS is kept in memory", "--storage file"],
    );
    // Older servers cannot be told to flush, newer ones were not.
    let (status, finding, advice) = worst(&found, "jetstream-flushing");
    assert_ne!(status, "ok", "{finding}");
    assert!(advice.contains("sync_interval: always"), "{advice}");
}

#[tokio::test]
async fn nats_that_does_not_answer_ends_it_with_4_and_the_rest_is_told() {
    let (_folder, database) = database().await;
    let nobody = "nats://127.0.0.1:1";

    let (code, found) = doctor(&["--database-url", &database, "--nats-url", nobody]).await;

    assert_eq!(code, 4);
    expect(
        &found,
        ("nats-connection", "problem"),
        [
            "cannot connect to NATS at 127.0.0.1:1",
            "whether the server runs",
        ],
    );
    assert_eq!(worst(&found, "durability").0, "ok");
}
