//! Stripe's events from JetStream: pulled, put into the ledger in the order of the
//! stream, acknowledged once they are durable there.
//!
//! - Many are in flight at once, so that the ledger commits them together.
//! - An acknowledgement follows COMMIT and is not itself acknowledged: if it is
//!   lost, the server sends the event again and the ledger knows it as a duplicate.
//! - Trouble of the moment: the event is handed back, to come again after a pause.
//! - An event that cannot be applied is in the ledger's archive, and acknowledged
//!   like any other; it holds up nobody.
//! - An event whose subject names no tenant belongs to nobody and must not be
//!   applied to anybody's books. It goes, wrapped, into the archive of the default
//!   tenant, where it is a dead letter: kept, seen by operators, without effect.

use std::time::Duration;

use async_nats::jetstream::{AckKind, Context, Message, consumer::pull};
use futures::{FutureExt, StreamExt, stream::FuturesUnordered};
use serde_json::{Value as Json, json};
use store::{Delivery, Ingested, Ledger, Pending};
use tokio::task::unconstrained;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span, debug, error, warn};

use super::{
    dead_letter::DeadLetters,
    error::{Cause, NatsError},
    retry::Retry,
    settings::Settings,
    streams, subject,
};
use crate::telemetry::spans;

/// How many events are asked for at a time.
const PULL: usize = 500;
/// How many may be on their way into the ledger: enough to fill a batch of the
/// writer's while the one before it commits.
const IN_FLIGHT: usize = 2000;
/// How long a pull waits for events before it is renewed.
const PULL_EXPIRES: Duration = Duration::from_secs(20);
/// How often the server says that it is there although it has no events. Two
/// missed ones, and the pull is made anew.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// A server that says a consumer is gone may still be clearing up its stream. A
/// stream that is made again meanwhile can be born dead: it takes events in and
/// hands none out (seen with nats-server 2.9.10).
const CLEARING_UP: Duration = Duration::from_secs(2);
/// The pause before an event comes again grows from one second to a minute.
const MAX_PAUSE_SECS: u64 = 60;

/// Why an event without a tenant is a dead letter.
const NO_TENANT: &str = "invalid_tenant";

/// Takes Stripe's events into the ledger.
pub(super) struct Ingest {
    pub(super) dead_letters: DeadLetters,
    pub(super) context: Context,
    pub(super) settings: Settings,
    pub(super) ledger: Ledger,
    pub(super) shutdown: CancellationToken,
}

impl Ingest {
    /// Works until the shutdown, whatever happens to the server, the stream or
    /// the consumer.
    pub(super) async fn run(self) {
        let mut retry = Retry::new(&self.shutdown);
        while let Err(error) = self.follow(&mut retry).await {
            metrics::counter!("payoutd_nats_pull_failures_total").increment(1);
            warn!(
                error = store::error::chain(&error),
                "pulling Stripe events failed; trying again"
            );
            let least = match error {
                NatsError::Deleted => CLEARING_UP,
                _ => Duration::ZERO,
            };
            retry.pause_at_least(least).await;
        }
    }

    /// Pulls until the shutdown, or until pulling fails.
    async fn follow(&self, retry: &mut Retry<'_>) -> Result<(), NatsError> {
        if self.shutdown.is_cancelled() {
            return Ok(());
        }
        let stream = streams::stripe_events(&self.context, &self.settings).await?;
        let consumer = streams::ingest(&stream).await?;
        let pulling = consumer.stream().max_messages_per_batch(PULL);
        let pulling = pulling
            .expires(PULL_EXPIRES)
            .heartbeat(HEARTBEAT)
            .messages()
            .await;
        let mut messages = pulling.map_err(|error| NatsError::Pull(Cause::of(error)))?;

        let mut taking = FuturesUnordered::new();
        let end = loop {
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => break Ok(()),
                Some(()) = taking.next() => {}
                message = messages.next(), if taking.len() < IN_FLIGHT => match message {
                    Some(Ok(message)) => {
                        retry.succeeded();
                        let span = self.span(&message);
                        // One after the other into the queue: in the order of the stream.
                        let pending = self.submit(&message).instrument(span.clone()).await;
                        taking.push(self.conclude(message, pending).instrument(span));
                    }
                    Some(Err(error)) => break Err(interrupted(&error)),
                    None => break Err(NatsError::Stopped("stream of Stripe events")),
                },
            }
        };
        if end.is_ok() {
            hand_back(&mut messages).await;
        }
        while taking.next().await.is_some() {}
        end
    }

    /// What is told of an event: not its subject, which says what somebody made up.
    fn span(&self, message: &Message) -> Span {
        let tenant = subject::stripe_tenant(&message.subject);
        let tenant = tenant.as_ref().unwrap_or(&self.settings.tenant);
        let of = (subject::STRIPE_EVENTS, "stripe event");
        spans::message(of, tenant, &message.headers)
    }

    /// Puts an event in the ledger's queue.
    async fn submit(&self, message: &Message) -> Pending<Ingested> {
        let (tenant, body) = match subject::stripe_tenant(&message.subject) {
            Ok(tenant) => (tenant, message.payload.to_vec()),
            Err(_) => (
                self.settings.tenant.clone(),
                wrapped(&message.subject, &message.payload),
            ),
        };
        let mode = self.settings.mode;
        self.ledger.submit(Delivery { tenant, body, mode }).await
    }

    /// Tells the server, and operators, what became of an event.
    async fn conclude(&self, message: Message, pending: Pending<Ingested>) {
        match pending.await {
            Ok(outcome) => {
                self.announce(&message, &outcome).await;
                count(outcome.as_str());
                spans::ended(outcome.as_str());
                debug!(subject = %message.subject, outcome = outcome.as_str(), "took an event");
                settle(&message, AckKind::Ack).await;
            }
            Err(refusal) => {
                count("refused");
                spans::ended(refusal.code.as_str());
                let pause = pause(&message);
                warn!(subject = %message.subject, code = refusal.code.as_str(),
                    detail = refusal.detail, ?pause, "an event could not be taken; it comes again");
                settle(&message, AckKind::Nak(Some(pause))).await;
            }
        }
    }

    /// Tells operators of a dead letter.
    async fn announce(&self, message: &Message, outcome: &Ingested) {
        let mode = self.settings.mode;
        match (subject::stripe_tenant(&message.subject), outcome) {
            (Ok(tenant), Ingested::Dead(reason)) => {
                let event = (&message.payload[..], mode);
                self.dead_letters.announce(&tenant, event, reason).await;
            }
            (Ok(_), _) | (Err(_), Ingested::Duplicate) => {}
            (Err(_), _) => {
                let tenant = &self.settings.tenant;
                error!(subject = %message.subject, kept_by = %tenant,
                    "an event came in on a subject without a valid tenant; kept as a dead letter");
                let body = wrapped(&message.subject, &message.payload);
                let event = (&body[..], mode);
                self.dead_letters.announce(tenant, event, NO_TENANT).await;
            }
        }
    }
}

fn interrupted(error: &pull::MessagesError) -> NatsError {
    match error.kind() {
        pull::MessagesErrorKind::ConsumerDeleted => NatsError::Deleted,
        _ => NatsError::Pull(Cause::of(error)),
    }
}

/// An event as the content of a JSON object that is none, because it has no type.
fn wrapped(subject: &str, payload: &[u8]) -> Vec<u8> {
    let body = std::str::from_utf8(payload).map_or_else(|_| json!(payload), Json::from);
    json!({ "reason": NO_TENANT, "subject": subject, "body": body })
        .to_string()
        .into_bytes()
}

/// Gives back what was pulled and not yet begun: otherwise it would wait here
/// until the server takes it for lost.
async fn hand_back(messages: &mut pull::Stream) {
    // Unconstrained: none for the moment must mean that there is none.
    while let Some(Some(Ok(message))) = unconstrained(messages.next()).now_or_never() {
        settle(&message, AckKind::Nak(None)).await;
    }
}

async fn settle(message: &Message, answer: AckKind) {
    if let Err(error) = message.ack_with(answer).await {
        // The server sends the event again, and the ledger knows it.
        debug!(error, "an event could not be acknowledged");
    }
}

fn pause(message: &Message) -> Duration {
    let delivered = message.info().map_or(1, |info| info.delivered);
    let doublings = u32::try_from(delivered.saturating_sub(1)).unwrap_or(0);
    Duration::from_secs(2_u64.saturating_pow(doublings).min(MAX_PAUSE_SECS))
}

fn count(outcome: &'static str) {
    metrics::counter!("payoutd_nats_ingested_total", "outcome" => outcome).increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misaddressed_event_is_kept_byte_for_byte_and_is_no_event_itself() {
        let body = r#"{"id":"evt_1","type":"payout.paid"}"#;
        let kept: Json =
            serde_json::from_slice(&wrapped("stripe.v1.A.x", body.as_bytes())).unwrap();
        assert_eq!(kept["body"], body);
        assert_eq!(kept["subject"], "stripe.v1.A.x");
        assert!(kept.get("type").is_none() && kept.get("id").is_none());
    }

    #[test]
    fn a_misaddressed_event_that_is_not_text_is_kept_as_numbers() {
        let kept: Json = serde_json::from_slice(&wrapped("stripe.v1.A.x", &[0xff, 0x00])).unwrap();
        assert_eq!(kept["body"], json!([255, 0]));
    }
}
