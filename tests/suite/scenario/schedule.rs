//! A daily schedule, two instances and one database: everybody is paid once, although
//! the instance that is at it is killed on the way.

use std::{sync::Arc, time::Duration};

use domain::{Command, id::Tenant};
use futures::future::join_all;
use projections::Inline;
use serde_json::{Value, json};
use store::{Database, Ledger, Reply, Request, Settings, Sql};
use support::{MariaDb, Payoutd, Postgres, eventually};
use time::OffsetDateTime;

use crate::scenario::laws;

const SELLERS: usize = 500;
const PATIENCE: Duration = Duration::from_secs(60);

const COUNTS: &str = "SELECT count(*) AS payouts, count(DISTINCT seller_id) AS sellers, \
    count(CASE WHEN amount_minor = 1000 AND item_count = 1 THEN 1 END) AS right_ones, \
    (SELECT count(*) FROM events WHERE type = 'payout-requested') AS requests FROM payouts";
const COUNT: Sql = Sql::alike("counts", COUNTS);

fn command(name: &str, fields: &Value) -> Request {
    Request {
        tenant: Tenant::default_tenant(),
        command: Command::parse(name, fields.to_string().as_bytes()).expect("a command"),
        key: None,
    }
}

async fn accepted(ledger: &Ledger, requests: Vec<Request>) {
    let execute = requests.into_iter().map(|request| ledger.execute(request));
    for reply in join_all(execute).await {
        assert!(matches!(reply, Reply::Accepted(_)), "{reply:?}");
    }
}

/// Each seller is owed 10.00 more.
async fn everybody_earns(ledger: &Ledger, time: usize) {
    let earn = |n| {
        let fields = json!({
            "transaction_id": format!("t-{n}-{time}"), "seller_id": format!("seller-{n}"),
            "kind": "payment", "gross": {"amount": "10.00", "currency": "usd"},
        });
        command("record-transaction", &fields)
    };
    accepted(ledger, (0..SELLERS).map(earn).collect()).await;
}

async fn everybody_is_registered(ledger: &Ledger) {
    let register = |n| {
        let fields = json!({
            "seller_id": format!("seller-{n}"), "stripe_account": format!("acct_{n}"),
            "payout_schedule": "daily",
        });
        command("register-seller", &fields)
    };
    accepted(ledger, (0..SELLERS).map(register).collect()).await;
}

async fn count(database: &Database, column: &str) -> usize {
    let rows = database
        .fetch(&COUNT, &[])
        .await
        .expect("payouts can be read");
    let count = rows[0].int(column).expect("a count");
    usize::try_from(count).expect("positive")
}

async fn has_paid(database: &Database, enough: usize) {
    eventually(PATIENCE, async || match count(database, "payouts").await {
        paid if paid >= enough => Ok(()),
        few => Err(few),
    })
    .await;
}

/// `payoutd` on this database. Its day began an hour ago, so that no test sees it end. Small
/// batches leave time to kill it.
fn payoutd(url: &str, arguments: &[&str]) -> support::Launch {
    let database = ["--database-url", url, "--config", "payoutd.toml"];
    let launch =
        Payoutd::with([arguments, &database].concat()).env("PAYOUTD_LOG", "info,adapters=debug");
    let at = OffsetDateTime::now_utc() - time::Duration::HOUR;
    let at = format!("{:02}:{:02}", at.hour(), at.minute());
    let config = format!("batch = 8\n[jobs]\npayouts_at = \"{at}\"\n");
    std::fs::write(launch.folder().join("payoutd.toml"), config).expect("a file");
    launch
}

const BEGINS: &str = "a job begins";

fn is_at_payouts(log: &str) -> bool {
    log.lines()
        .any(|line| line.contains(BEGINS) && line.contains("payouts"))
}

/// Of two instances, the one that has begun to pay, and the other.
async fn who_pays(one: Payoutd, other: Payoutd) -> (Payoutd, Payoutd) {
    let first = eventually(PATIENCE, async || {
        match (is_at_payouts(&one.stderr()), is_at_payouts(&other.stderr())) {
            (true, false) => Ok(true),
            (false, true) => Ok(false),
            both => Err(both),
        }
    })
    .await;
    if first { (one, other) } else { (other, one) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daily_schedule_on_postgres_pays_each_seller_once_though_an_instance_is_killed() {
    let postgres = Postgres::fresh_database().await;
    each_is_paid_once_though_an_instance_is_killed(postgres.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daily_schedule_on_mariadb_pays_each_seller_once_though_an_instance_is_killed() {
    let mariadb = MariaDb::fresh_database().await;
    each_is_paid_once_though_an_instance_is_killed(mariadb.url()).await;
}

async fn each_is_paid_once_though_an_instance_is_killed(url: String) {
    let database = Database::open(&url).await.expect("a database");
    database.migrate().await.expect("a schema");
    let ledger = Ledger::start(database.clone(), Arc::new(Inline), Settings::default());
    everybody_is_registered(&ledger).await;
    everybody_earns(&ledger, 1).await;

    let instance = || payoutd(&url, &["serve"]).start();
    let (mut paying, mut idle) = who_pays(instance(), instance()).await;
    has_paid(&database, 1).await;
    // It stands still in the middle, as a machine that swaps would. Somebody else takes over.
    paying.pause();
    let before = count(&database, "payouts").await;
    let mut rival = payoutd(&url, &["jobs", "run", "payouts", "--json"]).start();
    rival.wait_for_line(BEGINS).await;
    // Both are at it now, for a moment.
    paying.resume();
    has_paid(&database, before + 1).await;
    paying.kill9().await;
    assert!(before < SELLERS, "it was killed on the way");
    assert!(
        !paying.stderr().contains("a job is done job=\"payouts\""),
        "it was killed on the way: {}",
        paying.stderr()
    );

    assert!(rival.wait(PATIENCE).await.success());
    let report: Value = serde_json::from_str(&rival.stdout()).expect("a report");
    assert_eq!(report["outcome"], "done", "{report}");
    assert_ne!(report["done"], 0, "{report}");
    everybody_is_paid_once(&database).await;

    // More money, and the same day: it waits for tomorrow.
    everybody_earns(&ledger, 2).await;
    let again = payoutd(&url, &["jobs", "run", "payouts", "--json"]);
    let report = again.finish().await.expect_code(0).stdout;
    let report: Value = serde_json::from_str(&report).expect("a report");
    let skipped = json!({"skipped": {"requested already": SELLERS}});
    assert_eq!((&report["done"], &report["reasons"]), (&json!(0), &skipped));
    everybody_is_paid_once(&database).await;

    assert!(idle.terminate(Duration::from_secs(10)).await.success());
    ledger.close().await;
    laws::check(&database).await;
    database.close().await;
}

async fn everybody_is_paid_once(database: &Database) {
    for column in ["payouts", "sellers", "right_ones", "requests"] {
        assert_eq!(count(database, column).await, SELLERS, "{column}");
    }
}
