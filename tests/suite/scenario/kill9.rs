//! Many payouts over NATS, with the service killed on the way.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use async_nats::{Client, HeaderMap};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use store::{Database, Row, Sql};
use support::{MariaDb, NatsServer, Payoutd, Postgres, eventually};
use uuid::Uuid;

use crate::scenario::{
    laws,
    webhooks::{Event, Fate, duplicated_and_shuffled},
};

pub(super) const ITEMS: usize = 2;
pub(super) const ITEM_MINOR: i64 = 1_050;
/// Payouts that are driven at the same time.
const AT_ONCE: usize = 64;
const PATIENCE: Duration = Duration::from_secs(120);

const STATUSES: Sql = Sql {
    name: "statuses",
    postgres: "SELECT payout_id::text AS payout_id, status, amount_minor FROM payouts",
    mariadb: "SELECT payout_id, status, amount_minor FROM payouts",
    sqlite: "SELECT payout_id, status, amount_minor FROM payouts",
};
const OUTCOMES: &str = "SELECT count(*) AS total, \
    count(CASE WHEN outcome <> 'applied' THEN 1 END) AS other FROM inbox";
const INBOX: Sql = Sql::alike("inbox", OUTCOMES);
const EVENTS_PER_TYPE: Sql = Sql::alike(
    "events_per_type",
    "SELECT type, count(*) AS total FROM events GROUP BY type ORDER BY type",
);

fn fate(n: usize) -> Fate {
    Fate::ALL[n % Fate::ALL.len()]
}

pub(super) fn payout_id(n: usize) -> String {
    Uuid::from_u128(0x7000_8000_0000_0000_0000 + n as u128).to_string()
}

/// The service, which is killed and started again.
pub(super) struct Service {
    pub(super) database: String,
    pub(super) nats: String,
}

impl Service {
    pub(super) async fn start(&self) -> Payoutd {
        let arguments = [
            "serve",
            "--database-url",
            &self.database,
            "--nats-url",
            &self.nats,
        ];
        let mut payoutd = Payoutd::with(arguments)
            .env("PAYOUTD_HTTP_ADDR", "127.0.0.1:0")
            .start();
        payoutd.wait_for_line("ready").await;
        payoutd
    }

    async fn kill_and_start(&self, payoutd: &mut Payoutd) {
        payoutd.kill9().await;
        *payoutd = self.start().await;
    }
}

/// Sends a command until it has an answer that is not about the service's health.
async fn command(client: &Client, name: &str, body: Value, key: &str) -> Value {
    eventually(PATIENCE, async || {
        let mut headers = HeaderMap::new();
        headers.insert("Idempotency-Key", key);
        let request = async_nats::Request::new()
            .headers(headers)
            .payload(body.to_string().into())
            .timeout(Some(Duration::from_secs(2)));
        let subject = format!("payouts.v1.default.command.{name}");
        let reply = client
            .send_request(subject, request)
            .await
            .map_err(|e| e.to_string())?;
        let told: Value = serde_json::from_slice(&reply.payload).map_err(|e| e.to_string())?;
        if told["retry_after"].is_null() {
            Ok(told)
        } else {
            Err(told.to_string())
        }
    })
    .await
}

pub(super) async fn accepted(client: &Client, name: &str, body: Value, key: String) {
    let told = command(client, name, body, &key).await;
    assert_eq!(told["status"], "accepted", "{name} {key}: {told}");
}

/// Records, requests and submits payout `n`.
pub(super) async fn drive(client: &Client, n: usize, done: &AtomicUsize) {
    let seller = format!("seller-{n}");
    for item in 0..ITEMS {
        let id = format!("t-{n}-{item}");
        let body = json!({"transaction_id": id, "seller_id": seller, "kind": "payment",
            "gross": {"amount": "10.50", "currency": "usd"}});
        accepted(client, "record-transaction", body, format!("record-{id}")).await;
    }
    let body = json!({"seller_id": seller, "currency": "usd", "payout_id": payout_id(n)});
    accepted(client, "request-payout", body, format!("request-{n}")).await;
    let body = json!({"payout_id": payout_id(n), "stripe_payout_id": format!("po_{n}")});
    accepted(client, "submit-payout", body, format!("submit-{n}")).await;
    done.fetch_add(1, Ordering::Relaxed);
}

pub(super) async fn publish(client: &Client, events: &[Event]) {
    let jetstream = async_nats::jetstream::new(client.clone());
    for page in events.chunks(500) {
        let sent = page.iter().map(async |event| {
            let subject = format!("stripe.v1.default.{}", event.name);
            let ack = jetstream.publish(subject, event.body.clone().into()).await;
            ack.expect("the stream takes it")
                .await
                .expect("the stream has it");
        });
        futures::future::join_all(sent).await;
    }
}

async fn count(database: &Database, column: &str) -> usize {
    let rows = database
        .fetch(&INBOX, &[])
        .await
        .expect("the inbox can be read");
    usize::try_from(rows[0].int(column).expect("a count")).expect("positive")
}

/// Waits until there are enough.
async fn at_least(enough: usize, mut count: impl AsyncFnMut() -> usize) {
    eventually(PATIENCE, async || match count().await {
        all if all >= enough => Ok(()),
        few => Err(few),
    })
    .await;
}

/// How much there is to do, and how often the service is killed at it.
struct Day {
    /// A multiple of four, so that each fate has as many.
    payouts: usize,
    /// Among the commands, and then among the webhooks.
    kills: (usize, usize),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_payouts_on_postgres_survive_a_service_that_is_killed_five_times() {
    let postgres = Postgres::fresh_database().await;
    let day = Day {
        payouts: 1_000,
        kills: (3, 2),
    };
    day.is_survived_on(postgres.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payouts_on_mariadb_survive_a_service_that_is_killed_twice() {
    let mariadb = MariaDb::fresh_database().await;
    // Not among the webhooks: JetStream would let half a minute pass before it sends those
    // again that were on the way. Over HTTP they are killed on MariaDB, too.
    let day = Day {
        payouts: 200,
        kills: (2, 0),
    };
    day.is_survived_on(mariadb.url()).await;
}

impl Day {
    async fn is_survived_on(&self, url: String) {
        let server = NatsServer::start().await;
        let database = Database::open(&url).await.expect("a database");
        let service = Service {
            database: url,
            nats: server.url(),
        };
        let mut payoutd = service.start().await;
        let client = async_nats::connect(server.url())
            .await
            .expect("NATS is there");

        let done = AtomicUsize::new(0);
        let driving = stream::iter(0..self.payouts)
            .for_each_concurrent(AT_ONCE, |n| drive(&client, n, &done));
        let killing = async {
            for part in 1..=self.kills.0 {
                let enough = self.payouts * part / (self.kills.0 + 1);
                at_least(enough, async || done.load(Ordering::Relaxed)).await;
                service.kill_and_start(&mut payoutd).await;
            }
        };
        tokio::join!(driving, killing);

        let minor = ITEM_MINOR * i64::try_from(ITEMS).expect("few");
        let events = |n| fate(n).events(&payout_id(n), &format!("po_{n}"), minor);
        let told: Vec<Event> = (0..self.payouts).flat_map(events).collect();
        let distinct = told.len();
        let told = duplicated_and_shuffled(told);
        let killing = async {
            for part in 1..=self.kills.1 {
                let enough = distinct * part / (self.kills.1 + 2);
                at_least(enough, async || count(&database, "total").await).await;
                service.kill_and_start(&mut payoutd).await;
            }
        };
        tokio::join!(publish(&client, &told), killing);
        at_least(distinct, async || count(&database, "total").await).await;
        assert_eq!(count(&database, "total").await, distinct);
        assert_eq!(count(&database, "other").await, 0, "every event is applied");

        assert!(payoutd.terminate(Duration::from_secs(10)).await.success());
        self.every_payout_has_the_state_its_events_imply(&database, minor)
            .await;
        self.each_effect_happened_once(&database).await;
        laws::check(&database).await;
        database.close().await;
    }

    async fn every_payout_has_the_state_its_events_imply(&self, database: &Database, minor: i64) {
        let rows = database
            .fetch(&STATUSES, &[])
            .await
            .expect("payouts can be read");
        assert_eq!(rows.len(), self.payouts);
        let row = |row: &Row| {
            let text = |column| row.text(column).expect("a text");
            (
                text("payout_id"),
                (text("status"), row.int("amount_minor").expect("a number")),
            )
        };
        let statuses: std::collections::HashMap<_, _> = rows.iter().map(row).collect();
        for n in 0..self.payouts {
            let expected = (fate(n).status().to_owned(), minor);
            assert_eq!(
                statuses[&payout_id(n)],
                expected,
                "payout {n}: {:?}",
                fate(n)
            );
        }
    }

    async fn each_effect_happened_once(&self, database: &Database) {
        let rows = database
            .fetch(&EVENTS_PER_TYPE, &[])
            .await
            .expect("events can be read");
        let of = |name: &str| {
            rows.iter()
                .find(|row| row.text("type").expect("a text") == name)
                .map_or(0, |row| {
                    usize::try_from(row.int("total").expect("a count")).expect("positive")
                })
        };
        assert_eq!(of("transaction-recorded"), self.payouts * ITEMS);
        assert_eq!(of("funds-reserved"), self.payouts);
        assert_eq!(of("payout-requested"), self.payouts);
        assert_eq!(of("payout-submitted"), self.payouts);
        assert_eq!(of("payout-canceled"), self.payouts / 4);
        assert_eq!(of("payout-failed"), self.payouts / 2);
        assert_eq!(of("reservation-returned"), self.payouts * 3 / 4);
    }
}
