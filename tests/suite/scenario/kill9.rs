//! A thousand payouts over NATS, with the service killed on the way.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use async_nats::{Client, HeaderMap};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use store::{Database, Row, Sql};
use support::{NatsServer, Payoutd, Postgres, eventually};
use uuid::Uuid;

use crate::scenario::{
    laws,
    webhooks::{Event, Fate, duplicated_and_shuffled},
};

const PAYOUTS: usize = 1_000;
pub(super) const ITEMS: usize = 2;
pub(super) const ITEM_MINOR: i64 = 1_050;
/// Payouts that are driven at the same time.
const AT_ONCE: usize = 64;
const KILLS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(120);

const STATUSES: Sql = Sql {
    name: "statuses",
    postgres: "SELECT payout_id::text AS payout_id, status, amount_minor FROM payouts",
    mariadb: "SELECT payout_id, status, amount_minor FROM payouts",
    sqlite: "SELECT payout_id, status, amount_minor FROM payouts",
};
const OUTCOMES: &str = "SELECT count(*) AS total, \
    count(*) FILTER (WHERE outcome <> 'applied') AS other FROM inbox";
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

async fn count(database: &Database, column: &str) -> i64 {
    let rows = database
        .fetch(&INBOX, &[])
        .await
        .expect("the inbox can be read");
    rows[0].int(column).expect("a count")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_payouts_survive_a_service_that_is_killed_five_times() {
    let server = NatsServer::start().await;
    let postgres = Postgres::fresh_database().await;
    let service = Service {
        database: postgres.url(),
        nats: server.url(),
    };
    let mut payoutd = service.start().await;
    let client = async_nats::connect(server.url())
        .await
        .expect("NATS is there");
    let database = Database::open(&postgres.url())
        .await
        .expect("PostgreSQL is there");
    let mut kills = 0;

    // The first kills fall among the commands.
    let done = AtomicUsize::new(0);
    let driving =
        stream::iter(0..PAYOUTS).for_each_concurrent(AT_ONCE, |n| drive(&client, n, &done));
    let killing = async {
        for part in 1..=3 {
            eventually(PATIENCE, async || match done.load(Ordering::Relaxed) {
                enough if enough >= PAYOUTS * part / 4 => Ok(()),
                few => Err(few),
            })
            .await;
            service.kill_and_start(&mut payoutd).await;
            kills += 1;
        }
    };
    tokio::join!(driving, killing);

    // The others fall among the webhooks.
    let minor = ITEM_MINOR * i64::try_from(ITEMS).expect("few");
    let events = |n| fate(n).events(&payout_id(n), &format!("po_{n}"), minor);
    let told: Vec<Event> = (0..PAYOUTS).flat_map(events).collect();
    let distinct = i64::try_from(told.len()).expect("few");
    let told = duplicated_and_shuffled(told);
    let killing = async {
        for part in 1..=2 {
            eventually(PATIENCE, async || match count(&database, "total").await {
                enough if enough >= distinct * part / 4 => Ok(()),
                few => Err(few),
            })
            .await;
            service.kill_and_start(&mut payoutd).await;
            kills += 1;
        }
    };
    tokio::join!(publish(&client, &told), killing);
    eventually(PATIENCE, async || match count(&database, "total").await {
        all if all == distinct => Ok(()),
        some => Err(some),
    })
    .await;
    assert_eq!(kills, KILLS);
    assert_eq!(count(&database, "other").await, 0, "every event is applied");

    assert!(payoutd.terminate(Duration::from_secs(10)).await.success());
    every_payout_has_the_state_its_events_imply(&database, minor).await;
    each_effect_happened_once(&database).await;
    laws::check(&database).await;
    database.close().await;
}

async fn every_payout_has_the_state_its_events_imply(database: &Database, minor: i64) {
    let rows = database
        .fetch(&STATUSES, &[])
        .await
        .expect("payouts can be read");
    assert_eq!(rows.len(), PAYOUTS);
    let row = |row: &Row| {
        let text = |column| row.text(column).expect("a text");
        (
            text("payout_id"),
            (text("status"), row.int("amount_minor").expect("a number")),
        )
    };
    let statuses: std::collections::HashMap<_, _> = rows.iter().map(row).collect();
    for n in 0..PAYOUTS {
        let expected = (fate(n).status().to_owned(), minor);
        assert_eq!(
            statuses[&payout_id(n)],
            expected,
            "payout {n}: {:?}",
            fate(n)
        );
    }
}

async fn each_effect_happened_once(database: &Database) {
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
    assert_eq!(of("transaction-recorded"), PAYOUTS * ITEMS);
    assert_eq!(of("funds-reserved"), PAYOUTS);
    assert_eq!(of("payout-requested"), PAYOUTS);
    assert_eq!(of("payout-submitted"), PAYOUTS);
    assert_eq!(of("payout-canceled"), PAYOUTS / 4);
    assert_eq!(of("payout-failed"), PAYOUTS / 2);
    assert_eq!(of("reservation-returned"), PAYOUTS * 3 / 4);
}
