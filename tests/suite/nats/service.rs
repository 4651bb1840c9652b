//! A ledger served on a NATS server of its own, and its callers.

use std::sync::Arc;
use std::time::Duration;

use adapters::nats::{self, CancellationToken, NatsError, Settings};
use async_nats::jetstream::{self, consumer};
use async_nats::{Client, HeaderMap, Message};
use domain::{id::Tenant, stripe::Mode};
use serde_json::{Value as Json, json};
use sqlx::{Connection, PgConnection, Row};
use store::{Database, Ledger};
use support::{NatsServer, Postgres};
use tokio::task::JoinHandle;

/// Far longer than anything here takes.
pub(super) const SOON: Duration = Duration::from_secs(30);

/// The service in this process, with servers of its own.
pub(super) struct Service {
    pub(super) server: NatsServer,
    pub(super) database: Postgres,
    /// A caller's connection, not the service's.
    pub(super) client: Client,
    pub(super) ledger: Ledger,
    shutdown: CancellationToken,
    running: JoinHandle<Result<(), NatsError>>,
}

impl Service {
    pub(super) async fn start() -> Self {
        Self::start_on(
            NatsServer::start().await,
            Postgres::migrated_database().await,
        )
        .await
    }

    pub(super) async fn start_on(server: NatsServer, database: Postgres) -> Self {
        let url = database.url();
        Self::start_through(&url, server, database, store::Settings::default()).await
    }

    /// Lets the ledger reach its database by another way.
    pub(super) async fn start_through(
        url: &str,
        server: NatsServer,
        database: Postgres,
        settings: store::Settings,
    ) -> Self {
        let ledger = ledger(url, settings).await;
        let shutdown = CancellationToken::new();
        let running = serve(&server, &ledger, &shutdown)
            .await
            .expect("the service starts");
        let client = async_nats::connect(server.url())
            .await
            .expect("a connection");
        Self {
            server,
            database,
            client,
            ledger,
            shutdown,
            running: tokio::spawn(running.ended()),
        }
    }

    /// Ends the service in good order; gives back what it ran on.
    pub(super) async fn stop(self) -> (NatsServer, Postgres) {
        self.shutdown.cancel();
        let ended = tokio::time::timeout(SOON, self.running)
            .await
            .expect("in time");
        ended.expect("no panic").expect("a clean end");
        self.ledger.close().await;
        self.ledger.database().close().await;
        (self.server, self.database)
    }

    /// Asks, and waits for the reply.
    pub(super) async fn request(&self, subject: &str, headers: HeaderMap, body: Json) -> Message {
        let body = body.to_string().into();
        let subject = subject.to_owned();
        self.client
            .request_with_headers(subject, headers, body)
            .await
            .expect("a reply")
    }

    /// Issues a command for the tenant `default`.
    pub(super) async fn command(&self, name: &str, key: &str, body: Json) -> Json {
        let subject = format!("payouts.v1.default.command.{name}");
        json_of(&self.request(&subject, key_header(key), body).await)
    }

    pub(super) fn jetstream(&self) -> jetstream::Context {
        jetstream::new(self.client.clone())
    }

    /// Hands an event of Stripe's to JetStream, as a webhook relay would.
    pub(super) async fn deliver(&self, subject: &str, body: impl Into<Vec<u8>>) {
        let acked = self
            .jetstream()
            .publish(subject.to_owned(), body.into().into())
            .await;
        acked.expect("sent").await.expect("stored");
    }

    async fn consumer(&self) -> consumer::Info {
        let stream = self
            .jetstream()
            .get_stream("STRIPE_EVENTS")
            .await
            .expect("the stream");
        stream
            .consumer_info("payoutd-ingest")
            .await
            .expect("the consumer")
    }

    /// What is not acknowledged yet, and what is not even delivered.
    pub(super) async fn unacknowledged(&self) -> (usize, u64) {
        let consumer = self.consumer().await;
        (consumer.num_ack_pending, consumer.num_pending)
    }

    /// How many unacknowledged events were delivered more than once.
    pub(super) async fn redelivered(&self) -> usize {
        self.consumer().await.num_redelivered
    }

    /// Waits until every event of Stripe's is acknowledged.
    pub(super) async fn ingested(&self) {
        support::eventually(SOON, async || match self.unacknowledged().await {
            (0, 0) => Ok(()),
            waiting => Err(waiting),
        })
        .await;
    }

    /// The archive: tenant, event, outcome and body, in order of arrival.
    pub(super) async fn archive(&self) -> Vec<(String, String, String, Vec<u8>)> {
        let mut connection = PgConnection::connect(&self.database.url())
            .await
            .expect("up");
        let rows = "SELECT tenant, event_id, outcome, body FROM inbox ORDER BY sequence";
        let rows = sqlx::query(rows)
            .fetch_all(&mut connection)
            .await
            .expect("rows");
        rows.iter()
            .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
            .collect()
    }
}

/// A ledger on a database that is brought up to date.
pub(crate) async fn ledger(url: &str, settings: store::Settings) -> Ledger {
    let database = Database::open(url).await.expect("a database");
    database.migrate().await.expect("a schema");
    Ledger::start(database, Arc::new(projections::Inline), settings)
}

/// Starts the service on a ledger.
pub(super) async fn serve(
    server: &NatsServer,
    ledger: &Ledger,
    shutdown: &CancellationToken,
) -> Result<nats::Running, NatsError> {
    let settings = Settings::new(server.url(), Tenant::default_tenant(), Mode::Test);
    let client = nats::connect(&settings).await?;
    nats::start(client, settings, ledger.clone(), shutdown.clone()).await
}

pub(super) fn key_header(key: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("Idempotency-Key", key);
    headers
}

pub(super) fn header<'a>(message: &'a Message, name: &str) -> &'a str {
    message
        .headers
        .as_ref()
        .and_then(|headers| headers.get(name))
        .expect("the header")
        .as_str()
}

pub(super) fn json_of(message: &Message) -> Json {
    serde_json::from_slice(&message.payload).expect("JSON")
}

/// A transaction that is available at once.
pub(super) fn transaction(id: &str, amount: &str) -> Json {
    json!({
        "transaction_id": id, "seller_id": "s1", "kind": "payment",
        "gross": { "amount": amount, "currency": "usd" },
    })
}

/// An event of Stripe's about a payout that Stripe made by itself.
pub(crate) fn payout_event(event: &str, payout: &str) -> String {
    let event = json!({
        "id": event, "object": "event", "api_version": "2026-08-27.dahlia",
        "created": 1_790_000_000, "livemode": false, "type": "payout.paid",
        "account": "acct_1",
        "data": { "object": {
            "id": payout, "object": "payout", "amount": 1250, "currency": "usd",
            "arrival_date": 1_790_000_000, "livemode": false, "metadata": {},
            "method": "standard", "status": "paid",
        } },
    });
    event.to_string()
}
