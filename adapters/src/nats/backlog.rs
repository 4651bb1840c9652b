//! What JetStream still has for the ledger.

use async_nats::{Client, jetstream};
use time::OffsetDateTime;

use super::{
    error::{Cause, NatsError},
    streams::{INGEST, STRIPE_EVENTS},
};

/// Stripe's events that the ledger has not acknowledged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How many: those that were not handed out, and those that were and may come again.
    pub events: u64,
    /// When the oldest of them came to the server; none if there are none, or it is gone.
    pub since: Option<OffsetDateTime>,
}

/// Asks the server. The consumer is the one that all instances share.
///
/// # Errors
/// When the server does not answer, or has no such consumer.
pub async fn backlog(client: Client) -> Result<Backlog, NatsError> {
    let failed = |name: &'static str| {
        move |source| NatsError::JetStream {
            name: name.to_owned(),
            source,
        }
    };
    let stream = jetstream::new(client)
        .get_stream_no_info(STRIPE_EVENTS)
        .await
        .map_err(Cause::of)
        .map_err(failed(STRIPE_EVENTS))?;
    let consumer = stream
        .consumer_info(INGEST)
        .await
        .map_err(Cause::of)
        .map_err(failed(INGEST))?;
    let events = consumer.num_pending + consumer.num_ack_pending as u64;
    if events == 0 {
        return Ok(Backlog::default());
    }
    let first = consumer.ack_floor.stream_sequence + 1;
    let since = stream.get_raw_message(first).await;
    Ok(Backlog {
        events,
        since: since.ok().map(|message| message.time),
    })
}
