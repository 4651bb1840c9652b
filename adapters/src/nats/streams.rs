//! The streams and the consumer: created when missing; what is there already is
//! left alone, for its settings are the operator's.
//!
//! A server takes settings it is too old for, ignores them and says nothing. So
//! what was created is compared with what was asked for.

use std::time::Duration;

use async_nats::jetstream::{
    Context, ErrorCode,
    consumer::{AckPolicy, PullConsumer, pull},
    context::{ConsumerInfoErrorKind, GetStreamErrorKind},
    stream::{self, DiscardPolicy, RetentionPolicy, StorageType, Stream},
};
use tracing::{info, warn};

use super::{
    error::{Cause, NatsError},
    settings::Settings,
    subject,
};

pub(super) const STRIPE_EVENTS: &str = "STRIPE_EVENTS";
pub(super) const PAYOUT_EVENTS: &str = "PAYOUT_EVENTS";
pub(super) const INGEST: &str = "payoutd-ingest";

/// Stripe itself keeps events for 30 days. The ledger's are in its database for ever.
const MAX_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long the server recognises an event that is published again: only to
/// save room, the ledger and its consumers recognise it by its id.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);
/// After how long the server sends an event again that was not acknowledged.
const ACK_WAIT: Duration = Duration::from_secs(30);
/// How many events may be unacknowledged at a time, over all instances.
const MAX_ACK_PENDING: i64 = 4096;
/// How often an event is sent again: it is acknowledged once the ledger has it,
/// never before.
const WITHOUT_END: i64 = -1;

/// The stream of Stripe's events.
pub(super) async fn stripe_events(
    context: &Context,
    settings: &Settings,
) -> Result<Stream, NatsError> {
    stream(
        context,
        config(STRIPE_EVENTS, subject::STRIPE_EVENTS, settings),
    )
    .await
}

/// The stream of the ledger's events.
pub(super) async fn payout_events(
    context: &Context,
    settings: &Settings,
) -> Result<Stream, NatsError> {
    stream(
        context,
        config(PAYOUT_EVENTS, subject::LEDGER_EVENTS, settings),
    )
    .await
}

fn config(name: &'static str, subject: &str, settings: &Settings) -> stream::Config {
    stream::Config {
        name: name.to_owned(),
        subjects: vec![subject.to_owned()],
        retention: RetentionPolicy::Limits,
        discard: DiscardPolicy::Old,
        storage: StorageType::File,
        max_age: MAX_AGE,
        duplicate_window: DUPLICATE_WINDOW,
        num_replicas: settings.replicas,
        ..Default::default()
    }
}

async fn stream(context: &Context, wanted: stream::Config) -> Result<Stream, NatsError> {
    let name = &wanted.name;
    match context.get_stream(name).await {
        Ok(found) => return Ok(found),
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(error)
                if error.error_code() == ErrorCode::STREAM_NOT_FOUND => {}
            _ => return Err(failed(name, error)),
        },
    }
    let made = context
        .create_stream(&wanted)
        .await
        .map_err(|error| failed(name, error))?;
    let (echo, check) = (&made.cached_info().config, Check { name });
    check.same("subjects", &echo.subjects, &wanted.subjects)?;
    check.same("retention", &echo.retention, &wanted.retention)?;
    check.same("discard", &echo.discard, &wanted.discard)?;
    check.same("storage", &echo.storage, &wanted.storage)?;
    check.same("max_age", &echo.max_age, &wanted.max_age)?;
    check.same(
        "duplicate_window",
        &echo.duplicate_window,
        &wanted.duplicate_window,
    )?;
    check.same("num_replicas", &echo.num_replicas, &wanted.num_replicas)?;
    info!(stream = name, "created a stream");
    Ok(made)
}

/// The consumer that all instances of the service share.
pub(super) async fn ingest(stripe_events: &Stream) -> Result<PullConsumer, NatsError> {
    let wanted = pull::Config {
        durable_name: Some(INGEST.to_owned()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACK_WAIT,
        max_deliver: WITHOUT_END,
        max_ack_pending: MAX_ACK_PENDING,
        ..Default::default()
    };
    let missing = match stripe_events.consumer_info(INGEST).await {
        Ok(_) => false,
        Err(error) if error.kind() == ConsumerInfoErrorKind::NotFound => true,
        Err(error) => return Err(failed(INGEST, error)),
    };
    let consumer = stripe_events
        .get_or_create_consumer(INGEST, wanted.clone())
        .await
        .map_err(|error| failed(INGEST, error))?;
    let (echo, check) = (&consumer.cached_info().config, Check { name: INGEST });
    // Whoever set it: any other policy takes events for handled that the ledger does not have.
    check.same("ack_policy", &echo.ack_policy, &wanted.ack_policy)?;
    if missing {
        check.same("ack_wait", &echo.ack_wait, &wanted.ack_wait)?;
        check.same("max_deliver", &echo.max_deliver, &wanted.max_deliver)?;
        check.same(
            "max_ack_pending",
            &echo.max_ack_pending,
            &wanted.max_ack_pending,
        )?;
        info!(consumer = INGEST, "created a consumer");
    } else if echo.max_deliver != WITHOUT_END {
        warn!(
            consumer = INGEST,
            max_deliver = echo.max_deliver,
            "events that the ledger cannot take are given up after so many times"
        );
    }
    Ok(consumer)
}

fn failed(name: &str, error: impl std::fmt::Display) -> NatsError {
    NatsError::JetStream {
        name: name.to_owned(),
        source: Cause::of(error),
    }
}

/// Compares what the server has with what was asked for.
struct Check<'n> {
    /// Of the stream or consumer.
    name: &'n str,
}

impl Check<'_> {
    fn same<T>(&self, setting: &'static str, found: &T, wanted: &T) -> Result<(), NatsError>
    where
        T: PartialEq + std::fmt::Debug,
    {
        if found == wanted {
            return Ok(());
        }
        let (found, wanted) = (format!("{found:?}"), format!("{wanted:?}"));
        Err(NatsError::Setting {
            name: self.name.to_owned(),
            setting,
            found,
            wanted,
        })
    }
}
