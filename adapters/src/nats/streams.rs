//! The streams and the consumer: created when missing; what is there already is
//! left alone, for its settings are the operator's.
//!
//! A server takes settings it is too old for, ignores them and says nothing. So
//! what was created is compared with what was asked for.

use std::time::Duration;

use async_nats::jetstream::{
    Context, ErrorCode,
    consumer::{AckPolicy, PullConsumer, pull},
    context::GetStreamErrorKind,
    stream::{self, DiscardPolicy, RetentionPolicy, StorageType, Stream},
};
use tracing::info;

use super::{error::NatsError, settings::Settings, subject};

const STRIPE_EVENTS: &str = "STRIPE_EVENTS";
const PAYOUT_EVENTS: &str = "PAYOUT_EVENTS";
const INGEST: &str = "payoutd-ingest";

/// Stripe itself keeps events for 30 days. The ledger's are in its database for ever.
const MAX_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long the server recognises an event that is published again: only to
/// save room, the ledger and its consumers recognise it by its id.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);
/// After how long the server sends an event again that was not acknowledged.
const ACK_WAIT: Duration = Duration::from_secs(30);
/// How many events may be unacknowledged at a time, over all instances.
const MAX_ACK_PENDING: i64 = 4096;

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
    let name = if wanted.name == STRIPE_EVENTS {
        STRIPE_EVENTS
    } else {
        PAYOUT_EVENTS
    };
    let failed = |source| NatsError::JetStream { name, source };
    match context.get_stream(name).await {
        Ok(found) => return Ok(found),
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(error)
                if error.error_code() == ErrorCode::STREAM_NOT_FOUND => {}
            _ => return Err(failed(error.into())),
        },
    }
    let made = context
        .create_stream(&wanted)
        .await
        .map_err(|error| failed(error.into()))?;
    let echo = &made.cached_info().config;
    same(name, "subjects", &echo.subjects, &wanted.subjects)?;
    same(name, "retention", &echo.retention, &wanted.retention)?;
    same(name, "discard", &echo.discard, &wanted.discard)?;
    same(name, "storage", &echo.storage, &wanted.storage)?;
    same(name, "max_age", &echo.max_age, &wanted.max_age)?;
    same(
        name,
        "duplicate_window",
        &echo.duplicate_window,
        &wanted.duplicate_window,
    )?;
    same(
        name,
        "num_replicas",
        &echo.num_replicas,
        &wanted.num_replicas,
    )?;
    info!(stream = name, "created a stream");
    Ok(made)
}

/// The consumer that all instances of the service share.
pub(super) async fn ingest(stripe_events: &Stream) -> Result<PullConsumer, NatsError> {
    let failed = |source| NatsError::JetStream {
        name: INGEST,
        source,
    };
    let wanted = pull::Config {
        durable_name: Some(INGEST.to_owned()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACK_WAIT,
        // Without end: an event is acknowledged once the ledger has it, never before.
        max_deliver: -1,
        max_ack_pending: MAX_ACK_PENDING,
        ..Default::default()
    };
    let consumer = stripe_events
        .get_or_create_consumer(INGEST, wanted.clone())
        .await
        .map_err(|error| failed(error.into()))?;
    let echo = &consumer.cached_info().config;
    // Any other policy takes events for handled that the ledger does not have.
    same(INGEST, "ack_policy", &echo.ack_policy, &wanted.ack_policy)?;
    Ok(consumer)
}

fn same<T: PartialEq + std::fmt::Debug>(
    name: &'static str,
    setting: &'static str,
    found: &T,
    wanted: &T,
) -> Result<(), NatsError> {
    if found == wanted {
        return Ok(());
    }
    let (found, wanted) = (format!("{found:?}"), format!("{wanted:?}"));
    Err(NatsError::Setting {
        name,
        setting,
        found,
        wanted,
    })
}
