//! What a NATS server tells about itself and the ledger's streams. Facts alone: the doctor
//! judges them.
//!
//! Answers are taken as JSON, not as async-nats' types: servers from 2.9 on are asked, and each
//! version leaves out or adds something.

use std::time::Duration;

use async_nats::Client;
use serde_json::Value as Json;
use tokio::time::Instant;

use super::{
    NatsError, Settings, connect,
    streams::{INGEST, PAYOUT_EVENTS, STRIPE_EVENTS},
};

/// How long the monitoring port may take.
const MONITOR_TIMEOUT: Duration = Duration::from_secs(5);

/// What a server tells.
#[derive(Debug, Clone, Default)]
pub(crate) struct Examined {
    /// Its version, e.g. `2.10.18`.
    pub(crate) version: String,
    /// What it is called among servers.
    pub(crate) server_id: String,
    /// How long it takes to answer.
    pub(crate) latency: Duration,
    /// Whether it is one of several.
    pub(crate) clustered: bool,
    /// The answer about JetStream; nothing if there is none.
    pub(crate) account: Option<Json>,
    /// The streams that are there, by name, as `$JS.API.STREAM.INFO` tells them.
    pub(crate) streams: Vec<(&'static str, Option<Json>)>,
    /// The consumer of Stripe's events.
    pub(crate) ingest: Option<Json>,
}

/// Asks the server.
///
/// # Errors
/// When it does not let us in.
pub(crate) async fn examine(settings: &Settings) -> Result<Examined, NatsError> {
    let client = connect(settings).await?;
    let server = client.server_info();
    let asked = Instant::now();
    // Goes to the server and back.
    let _ = client.flush().await;
    let account = ask(&client, "$JS.API.INFO".to_owned()).await;
    let latency = asked.elapsed();
    let mut streams = Vec::new();
    for name in [STRIPE_EVENTS, PAYOUT_EVENTS] {
        streams.push((
            name,
            ask(&client, format!("$JS.API.STREAM.INFO.{name}")).await,
        ));
    }
    let ingest = format!("$JS.API.CONSUMER.INFO.{STRIPE_EVENTS}.{INGEST}");
    Ok(Examined {
        version: server.version.clone(),
        server_id: server.server_id.clone(),
        latency,
        clustered: server.cluster.is_some(),
        account,
        streams,
        ingest: ask(&client, ingest).await,
    })
}

/// An answer, unless it is that there is no such thing.
async fn ask(client: &Client, subject: String) -> Option<Json> {
    let answer = client.request(subject, "".into()).await.ok()?;
    let answer: Json = serde_json::from_slice(&answer.payload).ok()?;
    answer.get("error").is_none().then_some(answer)
}

/// What `/jsz` of the monitoring port tells, or why it does not.
///
/// # Errors
/// In words, for a finding.
pub(crate) async fn monitor(url: &str) -> Result<Json, String> {
    let url = format!("{}/jsz?config=true", url.trim_end_matches('/'));
    let client = reqwest::Client::builder()
        .timeout(MONITOR_TIMEOUT)
        .build()
        .map_err(|error| store::error::chain(&error))?;
    let answer = client.get(url).send().await;
    let answer = answer.and_then(reqwest::Response::error_for_status);
    match answer {
        Ok(answer) => answer.json().await,
        Err(error) => Err(error),
    }
    .map_err(|error| store::error::chain(&error.without_url()))
}
