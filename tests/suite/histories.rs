//! The generator of histories itself: what it makes is a ledger like any other, and the
//! same each time.

use domain::{
    Event,
    id::{Fingerprint, Tenant},
};
use projections::{follower, verify::verify};
use store::{Cursor, Database};
use support::{Generator, MariaDb, Postgres, Report, Shape};
use tempfile::TempDir;

const EVENTS: u64 = 3000;

/// Makes a history; what became of it, and its log, without times.
async fn made(url: &str, seed: u64) -> (Report, Database, Vec<String>) {
    let database = Database::open(url).await.expect("a database");
    database.migrate().await.expect("a schema");
    let mut generator = Generator::new(seed, Shape::small());
    let ledger = generator.ledger(database.clone());
    let report = generator.run(&ledger, EVENTS).await;
    ledger.close().await;
    follower::catch_up(&database).await.expect("followers");
    let log = log(&database).await;
    (report, database, log)
}

async fn log(database: &Database) -> Vec<String> {
    let (mut log, mut after) = (Vec::new(), Cursor::START);
    loop {
        let page = store::log::read(database, after, 1000)
            .await
            .expect("the log");
        if page.events.is_empty() {
            return log;
        }
        log.extend(page.events.iter().map(|event| {
            // How long after another command of the same day, no seed tells.
            let data = match &event.event {
                Event::PayoutSubmissionBegun(_) => String::new(),
                other => Fingerprint::of(format!("{other:?}")).as_str().to_owned(),
            };
            format!("{} {} {data}", event.id(), event.event.name())
        }));
        after = page.next;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_seed_makes_the_same_history() {
    let folder = TempDir::new().expect("a folder");
    let url = |name: &str| format!("sqlite://{}/{name}.db", folder.path().display());
    let (report, _, log) = made(&url("one"), 7).await;
    let (again, _, same) = made(&url("two"), 7).await;
    let (_, _, other) = made(&url("three"), 8).await;

    assert!(report.events >= EVENTS, "{report:?}");
    assert_eq!(log.len() as u64, report.events);
    assert_eq!(report.events, again.events);
    let differs = log.iter().zip(&same).find(|(one, two)| one != two);
    assert_eq!(differs, None);
    assert_ne!(log, other);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_history_has_every_kind_of_event_and_breaks_no_law() {
    let (postgres, mariadb) = tokio::join!(Postgres::fresh_database(), MariaDb::fresh_database());
    for url in [postgres.url(), mariadb.url()] {
        every_kind_and_no_broken_law(&url).await;
    }
}

async fn every_kind_and_no_broken_law(url: &str) {
    let (report, database, log) = made(url, 1).await;

    for tenant in Shape::small().tenants {
        let tenant = Tenant::new(tenant).expect("a tenant");
        let report = verify(&database, &tenant).await.expect("a report");
        let broken: Vec<_> = report
            .laws
            .iter()
            .filter(|law| law.offender.is_some())
            .collect();
        assert!(broken.is_empty(), "{tenant}: {broken:#?}");
    }
    for kind in [
        "seller-registered",
        "transaction-recorded",
        "transactions-released",
        "transfer-recorded",
        "transfer-reversed",
        "payment-succeeded",
        "payment-canceled",
        "funds-reserved",
        "payout-requested",
        "payout-submitted",
        "payout-in-transit",
        "payout-paid",
        "payout-failed",
        "payout-canceled",
        "payout-adopted",
    ] {
        let ends = format!(" {kind} ");
        assert!(
            log.iter().any(|line| line.contains(&ends)),
            "no {kind}: {report:#?}"
        );
    }
    database.close().await;
}
