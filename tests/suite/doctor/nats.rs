//! What the doctor finds at NATS.

use async_nats::jetstream::{
    self,
    stream::{Config, StorageType},
};
use serde_json::json;
use store::Database;
use support::NatsServer;
use tempfile::TempDir;

use super::{doctor, expect, worst};

const FLUSHING: &str = "jetstream-flushing";

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

/// Debian's server knows no such setting: these are newer ones.
#[tokio::test]
async fn whether_a_server_flushes_before_it_acknowledges_is_told_by_its_monitoring_port_alone() {
    let (_folder, database) = database().await;
    let careful = NatsServer::newer("sync_interval: always").await;
    let hasty = NatsServer::newer("").await;
    let ask = async |server: &NatsServer, ports: &[&NatsServer]| {
        let (url, ports) = (
            server.url(),
            ports.iter().map(|server| server.monitor_url()),
        );
        let ports: Vec<_> = ports.collect();
        let mut args = vec!["--database-url", &database, "--nats-url", &url];
        args.extend(ports.iter().flat_map(|port| ["--nats-monitor-url", port]));
        doctor(&args).await
    };

    let (code, found) = ask(&careful, &[&careful]).await;
    assert_eq!(code, 0, "{found:?}");
    expect(
        &found,
        (FLUSHING, "ok"),
        ["before it acknowledges them", ""],
    );
    assert_eq!(worst(&found, "nats-clock").0, "ok");

    let (code, found) = ask(&hasty, &[&hasty]).await;
    assert_eq!(code, 1, "{found:?}");
    let advice = "set `sync_interval: always`";
    expect(
        &found,
        (FLUSHING, "problem"),
        ["flushes every 120s", advice],
    );

    let (code, found) = ask(&careful, &[]).await;
    assert_eq!(code, 0, "{found:?}");
    let how = "--nats-monitor-url http://HOST:8222";
    expect(&found, (FLUSHING, "warning"), ["was not to be seen", how]);

    // Somebody else's word does not count.
    let (code, found) = ask(&hasty, &[&careful]).await;
    assert_eq!(code, 0, "{found:?}");
    let overlooked = "the server that NATS_URL leads to was not asked";
    expect(
        &found,
        (FLUSHING, "warning"),
        [overlooked, "of each server"],
    );
}

/// Since 2.12 a stream can be made so that its messages are acknowledged unwritten.
#[tokio::test]
async fn a_stream_that_acknowledges_what_it_has_not_written_is_a_problem() {
    let (_folder, database) = database().await;
    let server = NatsServer::newer("sync_interval: always").await;
    let client = async_nats::connect(server.url())
        .await
        .expect("a connection");
    let config = json!({"name": "STRIPE_EVENTS", "subjects": ["stripe.v1.>"], "storage": "file",
        "retention": "limits", "num_replicas": 1, "persist_mode": "async"});
    let make = "$JS.API.STREAM.CREATE.STRIPE_EVENTS";
    let made = client.request(make, config.to_string().into()).await;
    let made = String::from_utf8(made.expect("an answer").payload.to_vec());
    assert!(
        made.as_deref()
            .is_ok_and(|made| made.contains("did_create")),
        "{made:?}"
    );

    let (code, found) = doctor(&["--database-url", &database, "--nats-url", &server.url()]).await;

    assert_eq!(code, 1, "{found:?}");
    let told = "STRIPE_EVENTS acknowledges messages before they are written";
    expect(
        &found,
        ("jetstream-streams", "problem"),
        [told, "persist_mode: async"],
    );
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
