//! Many webhooks over HTTP, with the service killed on the way.

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
use support::{MariaDb, Payoutd, Postgres, WebhookSender, eventually};
use uuid::Uuid;

use crate::scenario::{
    laws,
    webhooks::{Event, Fate},
};

const MINOR: i64 = 1_050;
const IN_FLIGHT: usize = 64;
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
async fn request_payouts(payouts: usize, database: &Database) {
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
    stream::iter(0..payouts)
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

/// How much there is to do, and how often the service is killed at it.
struct Day {
    /// A multiple of four, so that each fate has as many. Three events each, on average.
    payouts: usize,
    kills: usize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_webhooks_on_postgres_survive_a_service_that_is_killed_three_times() {
    let postgres = Postgres::fresh_database().await;
    let day = Day {
        payouts: 2_668,
        kills: 3,
    };
    assert_eq!(day.is_survived_on(postgres.url()).await, 10_005);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_on_mariadb_survive_a_service_that_is_killed_twice() {
    let mariadb = MariaDb::fresh_database().await;
    let day = Day {
        payouts: 400,
        kills: 2,
    };
    assert_eq!(day.is_survived_on(mariadb.url()).await, 1_500);
}

impl Day {
    /// Returns how many webhooks were sent: a quarter of the different ones come twice.
    async fn is_survived_on(&self, url: String) -> usize {
        let database = Database::open(&url).await.expect("a database");
        request_payouts(self.payouts, &database).await;

        let told: Vec<Event> = (0..self.payouts)
            .flat_map(|n| fate(n).events(&payout_id(n), &format!("po_{n}"), MINOR))
            .collect();
        let mut sent = told.clone();
        fastrand::shuffle(&mut sent);
        sent.truncate(told.len() / 4);
        sent.extend(told.iter().cloned());
        fastrand::shuffle(&mut sent);

        let service = Service {
            database: url,
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
            for part in 1..=self.kills {
                eventually(PATIENCE, async || match done.load(Ordering::Relaxed) {
                    enough if enough >= sent.len() * part / (self.kills + 1) => Ok(()),
                    few => Err(few),
                })
                .await;
                payoutd.kill9().await;
                let before = done.load(Ordering::Relaxed);
                assert!(before < sent.len(), "kill {part} was too late");
                payoutd = service.start().await;
            }
        };
        let (answers, ()) = tokio::join!(delivering, killing);
        tell(&answers, started.elapsed());

        assert!(payoutd.terminate(Duration::from_secs(10)).await.success());
        every_event_is_kept_byte_for_byte(&database, &told).await;
        self.every_payout_has_the_state_its_events_imply(&database)
            .await;
        self.each_effect_happened_once(&database).await;
        laws::check(&database).await;
        database.close().await;
        sent.len()
    }

    async fn every_payout_has_the_state_its_events_imply(&self, database: &Database) {
        let rows = database.fetch(&STATUSES, &[]).await.expect("the payouts");
        let text = |row: &Row, column| row.text(column).expect("a text");
        let rows = rows.iter();
        let statuses: HashMap<_, _> = rows
            .map(|row| (text(row, "payout_id"), text(row, "status")))
            .collect();
        assert_eq!(statuses.len(), self.payouts);
        for n in 0..self.payouts {
            assert_eq!(statuses[&payout_id(n)], fate(n).status(), "payout {n}");
        }
    }

    async fn each_effect_happened_once(&self, database: &Database) {
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
        let each = i64::try_from(self.payouts).expect("few");
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
    println!(
        "{} webhooks in {elapsed:.1?}: p50 {p50:.1?}, p99 {p99:.1?}, max {max:.1?}",
        answers.len()
    );
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
