//! The ledger on NATS: commands and queries by request and reply, Stripe's events
//! from JetStream, the ledger's own events to it.
//!
//! | in and out | subject | file |
//! |---|---|---|
//! | commands | `payouts.v1.<tenant>.command.<name>` | `commands.rs` |
//! | queries | `payouts.v1.<tenant>.query.<name>` | `queries.rs` |
//! | Stripe's events | `stripe.v1.<tenant>.<event type>` | `ingest.rs` |
//! | the ledger's events | `payouts.v1.<tenant>.event.<type>` | `outbox.rs` |
//! | dead letters | `payouts.v1.<tenant>.dead-letter` | `dead_letter.rs` |
//! | alerts | `payouts.v1.<tenant>.alert` | `alerts/teller.rs` |
//!
//! JetStream carries, the database keeps: nothing is acknowledged before it is
//! committed there, and everything may come twice.

mod settings;

mod backlog;
mod commands;
mod dead_letter;
mod ingest;
mod outbox;
mod queries;

mod connection;
mod endpoint;
mod error;
pub(crate) mod examine;
mod retry;
mod streams;
mod subject;

use std::{collections::HashMap, time::Duration};

use async_nats::{
    Client, jetstream,
    service::{Service, ServiceExt, endpoint::Endpoint},
};
use domain::Command;
use futures::FutureExt;
use projections::query::Table;
use store::Ledger;
use tokio::task::JoinSet;
use tracing::{info, warn};

/// Asks the service to end; part of this module's interface.
pub use tokio_util::sync::CancellationToken;

pub(crate) use self::subject::alert as alert_subject;

pub use self::{
    backlog::{Backlog, backlog},
    connection::connect,
    dead_letter::DeadLetters,
    error::{Cause, NatsError},
    settings::Settings,
};

use self::{ingest::Ingest, outbox::Outbox};

/// The name of the micro service and of its queue group.
const SERVICE: &str = "payoutd";
/// How long a shutdown waits for what was taken to be answered.
const DRAIN: Duration = Duration::from_secs(5);

/// Serves the ledger on NATS until the shutdown; then takes nothing more, answers
/// what was taken, and returns within a few seconds. Closing ledger and
/// connection is the caller's.
///
/// # Errors
/// As [`start`] and [`Running::ended`].
pub async fn run(
    client: Client,
    settings: Settings,
    ledger: Ledger,
    shutdown: CancellationToken,
) -> Result<(), NatsError> {
    start(client, settings, ledger, shutdown)
        .await?
        .ended()
        .await
}

/// Starts serving the ledger on NATS: when this returns, it can be asked.
///
/// # Errors
/// When the service, a stream or the consumer cannot be set up.
pub async fn start(
    client: Client,
    settings: Settings,
    ledger: Ledger,
    shutdown: CancellationToken,
) -> Result<Running, NatsError> {
    let context = jetstream::new(client.clone());
    let stripe_events = streams::stripe_events(&context, &settings).await?;
    streams::ingest(&stripe_events).await?;
    streams::payout_events(&context, &settings).await?;
    let service = service(&client).await?;
    let (commands, queries) = endpoints(&service).await?;

    let stop = shutdown.child_token();
    let commands = commands::serve(client.clone(), commands, ledger.clone(), stop.clone());
    let database = ledger.database().clone();
    let queries = queries::serve(client.clone(), queries, database, stop.clone());
    let outbox = Outbox {
        context: context.clone(),
        settings: settings.clone(),
        ledger: ledger.clone(),
        shutdown: stop.clone(),
    };
    let ingest = Ingest {
        dead_letters: DeadLetters::new(Some(client.clone())),
        context,
        settings,
        ledger,
        shutdown: stop.clone(),
    };
    let mut parts = JoinSet::new();
    parts.spawn(commands.map(|()| "command service"));
    parts.spawn(queries.map(|()| "query service"));
    parts.spawn(ingest.run().map(|()| "intake of Stripe events"));
    parts.spawn(outbox.run().map(|()| "outbox"));
    // A flush only sends. The server takes what a connection sends in order: once it
    // has passed on a question to ourselves, it knows our subscriptions.
    let ping = format!("$SRV.PING.{SERVICE}.{}", service.info().await.id);
    client.request(ping, "".into()).await.map_err(not_started)?;
    info!(service = SERVICE, "serving on NATS");
    Ok(Running {
        client,
        service,
        parts,
        shutdown,
        stop,
    })
}

/// The ledger on NATS, at work.
#[derive(Debug)]
pub struct Running {
    client: Client,
    service: Service,
    parts: JoinSet<&'static str>,
    shutdown: CancellationToken,
    stop: CancellationToken,
}

impl Running {
    /// Waits for the shutdown and then for what was taken to be answered.
    ///
    /// # Errors
    /// When a part of the service stops by itself. A lost connection is none: it
    /// is made again.
    pub async fn ended(mut self) -> Result<(), NatsError> {
        let result = tokio::select! {
            biased;
            () = self.shutdown.cancelled() => Ok(()),
            part = self.parts.join_next() => {
                Err(NatsError::Stopped(part.and_then(Result::ok).unwrap_or("NATS side")))
            }
        };
        self.stop.cancel();
        if tokio::time::timeout(DRAIN, self.drain()).await.is_err() {
            warn!("not everything could be answered over NATS in time");
            self.parts.abort_all();
        }
        // Stops answering discovery; cannot fail.
        let _ = self.service.stop().await;
        result
    }

    async fn drain(&mut self) {
        while self.parts.join_next().await.is_some() {}
        if let Err(error) = self.client.flush().await {
            warn!(%error, "the last answers may not have been sent");
        }
    }
}

fn not_started(error: impl std::fmt::Display) -> NatsError {
    NatsError::Service(Cause::of(error))
}

async fn service(client: &Client) -> Result<Service, NatsError> {
    client
        .service_builder()
        .description("Payout ledger: commands and queries")
        .queue_group(SERVICE)
        .start(SERVICE, env!("CARGO_PKG_VERSION"))
        .await
        .map_err(not_started)
}

async fn endpoints(service: &Service) -> Result<(Endpoint, Endpoint), NatsError> {
    let names = |names: &[&str]| HashMap::from([("names".to_owned(), names.join(", "))]);
    let commands = service
        .endpoint_builder()
        .name("command")
        .metadata(names(Command::NAMES));
    let commands = commands.add(subject::COMMANDS).await.map_err(not_started)?;
    let queries = service
        .endpoint_builder()
        .name("query")
        .metadata(names(Table::NAMES));
    let queries = queries.add(subject::QUERIES).await.map_err(not_started)?;
    Ok((commands, queries))
}
