//! A dead letter beside a running service: what it holds up, and how it is cured.

use std::{sync::atomic::AtomicUsize, time::Duration};

use async_nats::Client;
use serde_json::Value;
use store::{Database, Sql};
use support::{MariaDb, NatsServer, Payoutd, Postgres, eventually};

use super::{
    kill9::{ITEM_MINOR, ITEMS, Service, drive, payout_id, publish},
    laws,
    webhooks::{Event, Fate},
};

const SOON: Duration = Duration::from_secs(30);
const DEAD: &str = "evt_po_0_created";

/// The cause is an older version of the program, which could not read the event: it is upgraded, as
/// here by now, and what it left dead can be applied. (A contradiction that the rules themselves
/// find is one for ever: there is no command that would make it true.)
const AS_AN_OLDER_VERSION_LEFT_IT: &str = "UPDATE inbox SET outcome = 'dead', \
    reason = 'unsupported', detail = NULL WHERE event_id = 'evt_po_0_created'";
const OUTCOMES: &str = "SELECT event_id, outcome FROM inbox ORDER BY sequence";
const TYPES: &str = "SELECT stream AS event_id, type AS outcome FROM events \
    WHERE stream LIKE 'payout-%' ORDER BY position";

const fn sql(text: &'static str) -> Sql {
    Sql::alike("of_a_test", text)
}

async fn pairs(database: &Database, text: &'static str) -> Vec<(String, String)> {
    let rows = database.fetch(&sql(text), &[]).await.expect("rows");
    let text = |row: &store::Row, column| row.text(column).expect("a text");
    rows.iter()
        .map(|row| (text(row, "event_id"), text(row, "outcome")))
        .collect()
}

/// Waits until the events of Stripe's have come to this.
async fn become_of(database: &Database, expected: &[(&str, &str)]) {
    eventually(SOON, async || {
        let found = pairs(database, OUTCOMES).await;
        let told = found.iter().map(|(id, told)| (id.as_str(), told.as_str()));
        if told.eq(expected.iter().copied()) {
            Ok(())
        } else {
            Err(found)
        }
    })
    .await;
}

async fn payoutd(url: &str, args: &[&str], code: i32) -> String {
    let args = [args, &["--database-url", url]].concat();
    Payoutd::with(args).finish().await.expect_code(code).stdout
}

async fn tell(client: &Client, events: &[Event]) {
    // One by one, so that they come in this order.
    for event in events {
        publish(client, std::slice::from_ref(event)).await;
    }
}

fn events(n: usize) -> Vec<Event> {
    let minor = ITEM_MINOR * i64::try_from(ITEMS).expect("few");
    Fate::PaidThenFailed.events(&payout_id(n), &format!("po_{n}"), minor)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_letter_on_postgres_blocks_its_own_payout_only_until_a_retry() {
    let postgres = Postgres::fresh_database().await;
    it_blocks_its_own_payout_only_until_a_retry(postgres.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_letter_on_mariadb_blocks_its_own_payout_only_until_a_retry() {
    let mariadb = MariaDb::fresh_database().await;
    it_blocks_its_own_payout_only_until_a_retry(mariadb.url()).await;
}

async fn it_blocks_its_own_payout_only_until_a_retry(url: String) {
    let server = NatsServer::start().await;
    let service = Service {
        database: url.clone(),
        nats: server.url(),
    };
    let mut running = service.start().await;
    let client = async_nats::connect(server.url()).await.expect("NATS");
    let database = Database::open(&url).await.expect("a database");
    let (sick, well) = (events(0), events(1));

    tell(&client, &sick[..1]).await;
    become_of(&database, &[(DEAD, "parked")]).await;
    let tx = database.transaction("test").open().await;
    let mut tx = tx.expect("a transaction");
    let changed = tx.execute(&sql(AS_AN_OLDER_VERSION_LEFT_IT), &[]).await;
    assert_eq!(changed.expect("an update"), 1);
    tx.commit().await.expect("a commit");
    let done = AtomicUsize::new(0);
    drive(&client, 0, &done).await;
    drive(&client, 1, &done).await;
    tell(&client, &sick[1..3]).await;
    tell(&client, &well[..3]).await;

    let stuck = [
        (DEAD, "dead"),
        ("evt_po_0_updated", "parked"),
        ("evt_po_0_paid", "parked"),
        ("evt_po_1_created", "applied"),
        ("evt_po_1_updated", "applied"),
        ("evt_po_1_paid", "applied"),
    ];
    become_of(&database, &stuck).await;
    let list = payoutd(&url, &["dead-letters", "list", "--jsonl"], 0).await;
    let letter: Value = serde_json::from_str(&list).expect("one letter");
    assert_eq!(
        (&letter["event_id"], &letter["waiting"]),
        (&DEAD.into(), &2.into())
    );
    let rehearsed = payoutd(&url, &["replay", "--dry-run", "--json"], 0).await;
    let rehearsed: Value = serde_json::from_str(&rehearsed).expect("counts");
    assert_eq!(
        (&rehearsed["applied"], &rehearsed["unchanged"]),
        (&3.into(), &3.into())
    );
    become_of(&database, &stuck).await;

    payoutd(&url, &["dead-letters", "retry", DEAD], 0).await;

    // Nothing is waited for: what was behind has come in before the command ended.
    let outcomes = pairs(&database, OUTCOMES).await;
    assert!(
        outcomes.iter().all(|(_, told)| told == "applied"),
        "{outcomes:?}"
    );
    let stream = format!("payout-{}", payout_id(0));
    let types = pairs(&database, TYPES).await;
    let types = types
        .iter()
        .filter(|(of, _)| *of == stream)
        .map(|(_, name)| name.as_str());
    // The first of the four brings a date of arrival.
    let in_order = [
        "payout-requested",
        "payout-submitted",
        "payout-rescheduled",
        "payout-in-transit",
        "payout-paid",
    ];
    assert_eq!(types.collect::<Vec<_>>(), in_order);

    // The service knew the payout as it was before; it goes on with it as it is.
    tell(&client, &sick[3..]).await;
    eventually(SOON, async || {
        match pairs(&database, OUTCOMES).await.last() {
            Some((id, told)) if id == "evt_po_0_failed" && told == "applied" => Ok(()),
            other => Err(other.cloned()),
        }
    })
    .await;
    assert!(running.terminate(Duration::from_secs(10)).await.success());
    laws::check(&database).await;
    database.close().await;
}
