//! The ledger's events to JetStream: a follower of the log that moves its
//! checkpoint on once the server has acknowledged a page.
//!
//! At least once: whatever fails, the page is published again from the
//! checkpoint, under the same ids. In order per ledger stream: an event is sent
//! only after the one before it in its stream was acknowledged; events of
//! different streams travel together. Sending a whole page at once would be
//! faster and wrong: if a lost connection swallows an event and not its
//! successor, publishing the page again cannot mend the order, because the
//! server drops the successor as a duplicate.
//!
//! Several instances may follow at once. They publish the same events under the
//! same ids, and one of them moves the checkpoint; the others read on from there.

use std::{collections::HashMap, time::Duration};

use async_nats::{
    HeaderMap,
    jetstream::{Context, context::PublishAckFuture, message::PublishMessage},
};
use projections::backlog;
use serde_json::{Value as Json, json};
use store::{Class, Cursor, Database, Ledger, Recorded, StoreError, checkpoint, log};
use time::format_description::well_known::Rfc3339;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, warn};

use super::{
    error::{Cause, NatsError},
    retry::Retry,
    settings::Settings,
    streams, subject,
};
use crate::telemetry::spans;

/// The name of the checkpoint.
const FOLLOWER: &str = backlog::OUTBOX;
/// How many events are read and published before the checkpoint moves.
const PAGE: u32 = 500;
/// Other processes write too, without waking this one.
const POLL: Duration = Duration::from_secs(1);

/// Publishes the ledger's events.
pub(super) struct Outbox {
    pub(super) context: Context,
    pub(super) settings: Settings,
    pub(super) ledger: Ledger,
    pub(super) shutdown: CancellationToken,
}

impl Outbox {
    /// Works until the shutdown, whatever happens to server, stream or database.
    /// What is not published by then is published by the next start.
    pub(super) async fn run(self) {
        let mut committed = self.ledger.committed();
        let mut retry = Retry::new(&self.shutdown);
        let mut failed = false;
        while !self.shutdown.is_cancelled() {
            committed.mark_unchanged();
            match self.turn(failed).await {
                Ok(published) => {
                    failed = false;
                    retry.succeeded();
                    if published < PAGE as usize {
                        self.wait(&mut committed).await;
                    }
                }
                Err(error) => {
                    metrics::counter!("payoutd_outbox_failures_total").increment(1);
                    warn!(
                        error = store::error::chain(&error),
                        "publishing ledger events failed; trying again"
                    );
                    failed = true;
                    retry.pause().await;
                }
            }
        }
    }

    /// After a failure the stream may be gone.
    async fn turn(&self, failed: bool) -> Result<usize, NatsError> {
        if failed {
            streams::payout_events(&self.context, &self.settings).await?;
        }
        self.publish_page().await
    }

    async fn wait(&self, committed: &mut watch::Receiver<u64>) {
        let news = async {
            // Without a writer in this process there is only the poll.
            if committed.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = self.shutdown.cancelled() => {}
            () = news => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }

    /// Publishes what follows the checkpoint; how many events that were.
    async fn publish_page(&self) -> Result<usize, NatsError> {
        let database = self.ledger.database();
        let from = checkpoint::load(database, FOLLOWER).await?;
        let page = log::read(database, from, PAGE).await?;
        let events = page.events.len();
        if events == 0 {
            return Ok(0);
        }
        let span = spans::publishing(subject::LEDGER_EVENTS, events);
        tokio::select! {
            // Nothing is lost: the checkpoint has not moved.
            () = self.shutdown.cancelled() => return Ok(0),
            published = self.publish(&page.events).instrument(span) => published?,
        }
        advance(database, from, page.next).await?;
        metrics::counter!("payoutd_outbox_events_total").increment(events as u64);
        debug!(
            events,
            position = page.next.position,
            "published ledger events"
        );
        Ok(events)
    }

    async fn publish(&self, events: &[Recorded]) -> Result<(), NatsError> {
        for layer in layers(events) {
            let mut acks = Vec::with_capacity(layer.len());
            for event in layer {
                acks.push((event, self.send(event).await?));
            }
            for (event, ack) in acks {
                ack.await.map_err(|error| NatsError::Publish {
                    event: event.id(),
                    source: Cause::of(error),
                })?;
            }
        }
        Ok(())
    }

    async fn send(&self, event: &Recorded) -> Result<PublishAckFuture, NatsError> {
        let subject = subject::ledger_event(&event.tenant, event.event.name());
        let mut headers = HeaderMap::new();
        spans::pass_on(&mut headers);
        let message = PublishMessage::build()
            .headers(headers)
            .message_id(event.id())
            .payload(body(event).to_string().into());
        let sent = self.context.send_publish(subject, message).await;
        sent.map_err(|error| NatsError::Publish {
            event: event.id(),
            source: Cause::of(error),
        })
    }
}

/// The first events of all streams, then the second ones, and so on: events of
/// one layer belong to different streams.
fn layers(events: &[Recorded]) -> Vec<Vec<&Recorded>> {
    let mut layers: Vec<Vec<&Recorded>> = Vec::new();
    let mut depths = HashMap::new();
    for event in events {
        let depth = depths.entry((&event.tenant, &event.stream)).or_insert(0);
        match layers.get_mut(*depth) {
            Some(layer) => layer.push(event),
            None => layers.push(vec![event]),
        }
        *depth += 1;
    }
    layers
}

/// Moves the checkpoint, unless another instance has done so.
async fn advance(database: &Database, from: Cursor, to: Cursor) -> Result<(), StoreError> {
    match checkpoint::advance_alone(database, FOLLOWER, from, to).await {
        Err(error) if error.class() == Class::Conflict => Ok(()),
        moved => moved,
    }
}

/// A published event.
fn body(event: &Recorded) -> Json {
    let mut body = json!({
        "id": event.id(),
        "position": event.position(),
        "stream": event.stream.as_str(),
        "version": event.version,
        "type": event.event.name(),
        "schema_version": event.event.schema_version(),
        "data": parsed(&event.event.encode()),
        "metadata": parsed(&event.metadata),
        "recorded_at": event.recorded_at.format(&Rfc3339).unwrap_or_default(),
    });
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|name, value| name != "metadata" || !value.is_null());
    }
    body
}

/// Stored texts are JSON.
fn parsed(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_default()
}
