//! Streams and consumer: made when missing, else left alone.

use std::time::Duration;

use adapters::nats::{CancellationToken, NatsError};
use async_nats::jetstream::{
    self,
    consumer::{AckPolicy, pull},
    stream,
};
use support::{NatsServer, Postgres};

use super::service::{Service, ledger, serve};

#[tokio::test]
async fn missing_streams_and_the_consumer_are_made() {
    let service = Service::start().await;

    let stripe = service
        .jetstream()
        .get_stream("STRIPE_EVENTS")
        .await
        .expect("a stream");
    assert_eq!(stripe.cached_info().config.subjects, ["stripe.v1.>"]);
    let events = service
        .jetstream()
        .get_stream("PAYOUT_EVENTS")
        .await
        .expect("a stream");
    assert_eq!(
        events.cached_info().config.subjects,
        ["payouts.v1.*.event.>"]
    );
    let consumer = stripe
        .consumer_info("payoutd-ingest")
        .await
        .expect("a consumer")
        .config;
    assert_eq!(consumer.durable_name.as_deref(), Some("payoutd-ingest"));
    assert_eq!(consumer.ack_policy, AckPolicy::Explicit);
    assert_eq!(consumer.ack_wait, Duration::from_secs(30));
    assert_eq!(consumer.max_deliver, -1);
    service.stop().await;
}

/// A server on which an operator made the stream, and the consumer, beforehand.
async fn prepared(ack_policy: AckPolicy) -> NatsServer {
    let server = NatsServer::start().await;
    let client = async_nats::connect(server.url())
        .await
        .expect("a connection");
    let stream = stream::Config {
        name: "STRIPE_EVENTS".into(),
        subjects: vec!["stripe.v1.>".into()],
        max_age: Duration::from_secs(3600),
        ..Default::default()
    };
    let stream = jetstream::new(client)
        .create_stream(stream)
        .await
        .expect("a stream");
    let consumer = pull::Config {
        durable_name: Some("payoutd-ingest".into()),
        ack_policy,
        ack_wait: Duration::from_secs(90),
        ..Default::default()
    };
    stream.create_consumer(consumer).await.expect("a consumer");
    server
}

#[tokio::test]
async fn what_an_operator_has_set_is_left_alone() {
    let server = prepared(AckPolicy::Explicit).await;
    let service = Service::start_on(server, Postgres::fresh_database().await).await;

    let stream = service
        .jetstream()
        .get_stream("STRIPE_EVENTS")
        .await
        .expect("a stream");
    assert_eq!(
        stream.cached_info().config.max_age,
        Duration::from_secs(3600)
    );
    let consumer = stream
        .consumer_info("payoutd-ingest")
        .await
        .expect("a consumer");
    assert_eq!(consumer.config.ack_wait, Duration::from_secs(90));
    service.stop().await;
}

#[tokio::test]
async fn a_consumer_that_would_lose_events_is_refused() {
    let server = prepared(AckPolicy::All).await;
    let database = Postgres::fresh_database().await;
    let ledger = ledger(&database.url(), store::Settings::default()).await;

    let started = serve(&server, &ledger, &CancellationToken::new()).await;

    let error = started.expect_err("it does not start");
    assert!(
        matches!(
            error,
            NatsError::Setting {
                setting: "ack_policy",
                ..
            }
        ),
        "{error}"
    );
    ledger.close().await;
}

#[tokio::test]
async fn an_unreachable_server_is_an_error_that_names_it_and_no_password() {
    let settings = adapters::nats::Settings::new(
        "nats://user:secret@127.0.0.1:1",
        domain::id::Tenant::default_tenant(),
        domain::stripe::Mode::Test,
    );
    let error = adapters::nats::connect(&settings)
        .await
        .expect_err("nobody is there");
    let text = store::error::chain(&error);
    assert!(
        text.starts_with("cannot connect to NATS at 127.0.0.1:1"),
        "{text}"
    );
    assert!(!text.contains("secret"), "{text}");
}
