//! Ten thousand webhooks over HTTP, with the service killed on the way.

use std::{
    collections::{HashMap, HashSet},
    net::{Ipv4Addr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use domain::{Command, id::Tenant};
use futures::{StreamExt, stream};
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use store::{Database, Ledger, Reply, Request, Row, Sql};
use support::{Payoutd, Postgres, WebhookSender, eventually};
use uuid::Uuid;

use crate::scenario::{
    laws,
    webhooks::{Event, Fate},
};

/// Three events each, on average: 8,004 different ones.
const PAYOUTS: usize = 2_668;
/// A quarter of the different ones come twice: a fifth of all that are sent.
const ALL: usize = 10_005;
const MINOR: i64 = 1_050;
const IN_FLIGHT: usize = 64;
const KILLS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(120);
const SECRET: &str = "whsec_kill9";
/// Generous: Stripe waits ten times as long.
const SLOWEST_P99: Duration = Duration::from_secs(2);

const INBOX: Sql = Sql::alike("inbox", "SELECT event_id, outcome, body FROM inbox");
const STATUSES: Sql = Sql {
    name: "statuses",
    postgres: "SELECT payout_id::text AS payout_id, status FROM payouts",
    mariadb: "SELECT payout_id, status FROM payouts",
    sqlite: "SELECT payout_id, status FROM payouts",
};
const EVENTS_PER_TYPE: Sql = Sql::alike(
    "events_per_type",
    "SELECT type, count(*) AS total FROM events GROUP BY type",
);

fn fate(n: usize) -> Fate {
    Fate::ALL[n % Fate::ALL.len()]
}

fn payout_id(n: usize) -> String {
    Uuid::from_u128(0x7001_8000_0000_0000_0000 + n as u128).to_string()
}

/// Outside the range from which outgoing connections get theirs, so that it is still
/// free after each kill.
pub(super) fn free_port() -> u16 {
    let mut ports = std::iter::repeat_with(|| fastrand::u16(10_240..30_240));
    let free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    ports.by_ref().take(100).find(free).expect("a free port")
}

/// The service, which is killed and started again on the same port.
struct Service {
    database: String,
    addr: String,
}

impl Service {
    async fn start(&self) -> Payoutd {
        let mut payoutd = Payoutd::with(["serve", "--database-url", &self.database])
            .env("PAYOUTD_HTTP_ADDR", &self.addr)
            .env("STRIPE_WEBHOOK_SECRET", SECRET)
            .start();
        payoutd.wait_for_line("ready").await;
        payoutd
    }
}

/// Requests all payouts, each of one transaction, before the service begins.
async fn request_payouts(database: &Database) {
    database.migrate().await.expect("a schema");
    let inline = Arc::new(projections::Inline);
    let ledger = Ledger::start(database.clone(), inline, store::Settings::default());
    let accepted = async |name: &str, body: Value| {
        let request = Request {
            tenant: Tenant::default_tenant(),
            command: Command::parse(name, body.to_string().as_bytes()).expect("a command"),
            key: None,
        };
        match ledger.execute(request).await {
            Reply::Accepted(_) => {}
            Reply::Refused(refusal) => panic!("{name} {body}: {refusal}"),
        }
    };
    stream::iter(0..PAYOUTS)
        .for_each_concurrent(1_000, async |n| {
            let seller = format!("seller-{n}");
            let gross = json!({"amount": "10.50", "currency": "usd"});
            let transaction = json!({"transaction_id": format!("t-{n}"), "seller_id": seller,
                "kind": "payment", "gross": gross});
            accepted("record-transaction", transaction).await;
            let payout = json!({"seller_id": seller, "currency": "usd",
                "payout_id": payout_id(n)});
            accepted("request-payout", payout).await;
        })
        .await;
    ledger.close().await;
}

/// Sends one webhook until it has a 200, as Stripe does, only sooner. Returns how long
/// the answer took.
async fn deliver(sender: &WebhookSender, event: &Event, done: &AtomicUsize) -> Duration {
    let taken = eventually(PATIENCE, async || {
        let started = Instant::now();
        match sender.send(event.body.as_bytes()).await {
            Ok(answer) if answer.is_taken() => {
                let outcome = answer.body["outcome"].as_str().unwrap_or_default();
                assert!(matches!(outcome, "applied" | "duplicate"), "{answer:?}");
                Ok(started.elapsed())
            }
            other => Err(other),
        }
    })
    .await;
    done.fetch_add(1, Ordering::Relaxed);
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_webhooks_over_http_survive_a_service_that_is_killed_three_times() {
    let postgres = Postgres::fresh_database().await;
    let database = Database::open(&postgres.url()).await.expect("a database");
    request_payouts(&database).await;

    let told: Vec<Event> = (0..PAYOUTS)
        .flat_map(|n| fate(n).events(&payout_id(n), &format!("po_{n}"), MINOR))
        .collect();
    let mut sent = told.clone();
    fastrand::shuffle(&mut sent);
    sent.truncate(told.len() / 4);
    sent.extend(told.iter().cloned());
    fastrand::shuffle(&mut sent);
    assert_eq!(sent.len(), ALL);

    let service = Service {
        database: postgres.url(),
        addr: format!("127.0.0.1:{}", free_port()),
    };
    let mut payoutd = service.start().await;
    let sender = WebhookSender::new(&service.addr, "/webhook/stripe/", SECRET);
    let done = AtomicUsize::new(0);
    let started = Instant::now();
    let delivering = stream::iter(&sent)
        .map(|event| deliver(&sender, event, &done))
        .buffer_unordered(IN_FLIGHT)
        .collect::<Vec<_>>();
    let killing = async {
        for part in 1..=KILLS {
            eventually(PATIENCE, async || match done.load(Ordering::Relaxed) {
                enough if enough >= ALL * part / (KILLS + 1) => Ok(()),
                few => Err(few),
            })
            .await;
            payoutd.kill9().await;
            let before = done.load(Ordering::Relaxed);
            assert!(before < ALL, "kill {part} was too late");
            payoutd = service.start().await;
        }
    };
    let (answers, ()) = tokio::join!(delivering, killing);
    tell(&answers, started.elapsed());

    assert!(payoutd.terminate(Duration::from_secs(10)).await.success());
    every_event_is_kept_byte_for_byte(&database, &told).await;
    every_payout_has_the_state_its_events_imply(&database).await;
    each_effect_happened_once(&database).await;
    laws::check(&database).await;
    database.close().await;
}

/// Prints how fast it was; fails if that was slow.
fn tell(answers: &[Duration], elapsed: Duration) {
    let mut micros = Histogram::<u64>::new(3).expect("a histogram");
    for answer in answers {
        let answer = u64::try_from(answer.as_micros()).unwrap_or(u64::MAX);
        micros.record(answer).expect("it grows");
    }
    let at = |quantile| Duration::from_micros(micros.value_at_quantile(quantile));
    let (p50, p99, max) = (at(0.5), at(0.99), Duration::from_micros(micros.max()));
    println!("{ALL} webhooks in {elapsed:.1?}: p50 {p50:.1?}, p99 {p99:.1?}, max {max:.1?}");
    assert!(p99 <= SLOWEST_P99, "p99 {p99:?}");
}

async fn every_event_is_kept_byte_for_byte(database: &Database, told: &[Event]) {
    let rows = database.fetch(&INBOX, &[]).await.expect("the archive");
    assert_eq!(rows.len(), told.len());
    let mut kept = HashSet::new();
    for row in &rows {
        let id = row.text("event_id").expect("an id");
        assert_eq!(row.text("outcome").expect("an outcome"), "applied", "{id}");
        kept.insert(row.bytes("body").expect("a body"));
    }
    for event in told {
        assert!(kept.contains(event.body.as_bytes()), "{}", event.body);
    }
}

async fn every_payout_has_the_state_its_events_imply(database: &Database) {
    let rows = database.fetch(&STATUSES, &[]).await.expect("the payouts");
    let text = |row: &Row, column| row.text(column).expect("a text");
    let rows = rows.iter();
    let statuses: HashMap<_, _> = rows
        .map(|row| (text(row, "payout_id"), text(row, "status")))
        .collect();
    assert_eq!(statuses.len(), PAYOUTS);
    for n in 0..PAYOUTS {
        assert_eq!(statuses[&payout_id(n)], fate(n).status(), "payout {n}");
    }
}

async fn each_effect_happened_once(database: &Database) {
    let rows = database
        .fetch(&EVENTS_PER_TYPE, &[])
        .await
        .expect("the log");
    let count = |row: &Row| (row.text("type"), row.int("total"));
    let of: HashMap<_, _> = rows
        .iter()
        .map(count)
        .map(|(name, total)| (name.expect("a type"), total.expect("a count")))
        .collect();
    let each = i64::try_from(PAYOUTS).expect("few");
    for (name, expected) in [
        ("transaction-recorded", each),
        ("funds-reserved", each),
        ("payout-requested", each),
        ("payout-submitted", each),
        ("payout-canceled", each / 4),
        ("payout-failed", each / 2),
        ("reservation-returned", each * 3 / 4),
    ] {
        assert_eq!(of.get(name), Some(&expected), "{name}: {of:?}");
    }
}
