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
//!
//! JetStream carries, the database keeps: nothing is acknowledged before it is
//! committed there, and everything may come twice.

mod settings;

mod commands;
mod dead_letter;
mod ingest;
mod outbox;
mod queries;

mod connection;
mod endpoint;
mod error;
mod retry;
mod streams;
mod subject;

use std::{collections::HashMap, time::Duration};

use async_nats::{
    Client, jetstream,
    service::{Service, ServiceExt, endpoint::Endpoint},
};
use domain::Command;
use projections::query::Table;
use store::Ledger;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

pub use self::{connection::connect, error::NatsError, settings::Settings};

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
/// When the service, a stream or the consumer cannot be set up, or when a part of
/// the service stops by itself. A connection that is lost later is none: it is
/// made again.
pub async fn run(
    client: Client,
    settings: Settings,
    ledger: Ledger,
    shutdown: CancellationToken,
) -> Result<(), NatsError> {
    let context = jetstream::new(client.clone());
    let stripe_events = streams::stripe_events(&context, &settings).await?;
    streams::ingest(&stripe_events).await?;
    streams::payout_events(&context, &settings).await?;
    let service = start(&client).await?;
    let (commands, queries) = endpoints(&service).await?;

    // Ends the other parts when one of them ends.
    let stop = shutdown.child_token();
    let mut parts = JoinSet::new();
    let named = |name: &'static str| move |()| name;
    parts.spawn(futures::FutureExt::map(
        commands::serve(client.clone(), commands, ledger.clone(), stop.clone()),
        named("command service"),
    ));
    let _ = (queries, info!("serving on NATS"), warn!(""), Table::NAMES, Command::NAMES);
    todo!()
}

async fn start(client: &Client) -> Result<Service, NatsError> {
    client
        .service_builder()
        .description("Payout ledger: commands and queries")
        .queue_group(SERVICE)
        .start(SERVICE, env!("CARGO_PKG_VERSION"))
        .await
        .map_err(NatsError::Service)
}

async fn endpoints(service: &Service) -> Result<(Endpoint, Endpoint), NatsError> {
    let names = |names: &[&str]| HashMap::from([("names".to_owned(), names.join(", "))]);
    let commands = service.endpoint_builder().name("command").metadata(names(Command::NAMES));
    let commands = commands.add(subject::COMMANDS).await.map_err(NatsError::Service)?;
    let queries = service.endpoint_builder().name("query").metadata(names(Table::NAMES));
    let queries = queries.add(subject::QUERIES).await.map_err(NatsError::Service)?;
    Ok((commands, queries))
}
