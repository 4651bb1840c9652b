//! The whole loop: commands over NATS, payouts made at a Stripe that has a bad day, its
//! webhooks back over HTTP, and the service killed on the way. In the end both books agree.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use adapters::sim::{Owner, Simulator};
use store::{Database, Row, Sql};
use support::{MariaDb, Payoutd, Postgres};

use crate::scenario::{kill9::payout_id, laws};

mod stage;

use stage::{ENDS, Stage, account, amount_minor, seller, seller_id, usd};

const BALANCES: Sql = sql(
    "SELECT seller_id, pending_minor, available_minor, reserved_minor, paid_out_minor \
    FROM balances",
);
const PAYOUT_ROWS: Sql = sql(
    "SELECT CAST(payout_id AS CHAR(36)) AS payout_id, status, stripe_payout_id, amount_minor \
    FROM payouts",
);
const WEBHOOKS: Sql = sql("SELECT outcome AS name, count(*) AS total FROM inbox GROUP BY outcome");

const fn sql(text: &'static str) -> Sql {
    Sql::alike("loop", text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ledger_on_postgres_and_stripe_agree_after_a_bad_day_with_two_kills() {
    let postgres = Postgres::fresh_database().await;
    ledger_and_stripe_agree_after_a_bad_day_with_two_kills(postgres.url(), 300).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ledger_on_mariadb_and_stripe_agree_after_a_bad_day_with_two_kills() {
    let mariadb = MariaDb::fresh_database().await;
    ledger_and_stripe_agree_after_a_bad_day_with_two_kills(mariadb.url(), 120).await;
}

async fn ledger_and_stripe_agree_after_a_bad_day_with_two_kills(url: String, payouts: usize) {
    let stage = Stage::on(url, payouts).await;
    let mut service = stage.serve().await;
    stage.fill_the_accounts();
    let client = async_nats::connect(stage.nats.url()).await.expect("NATS");
    let database = Database::open(&stage.url).await.expect("a database");

    let killing = async {
        let few_are_made = |stripe: &Simulator| stripe.payouts().len() >= payouts / 5;
        stage.kill_when(&mut service, few_are_made).await;
        let some = 2 * u64::try_from(payouts).expect("few");
        let some_webhooks_came = |stripe: &Simulator| stripe.deliveries().delivered >= some;
        stage.kill_when(&mut service, some_webhooks_came).await;
    };
    tokio::join!(stage.request_payouts(&client), killing);
    stage.the_day_ends().await;
    stage.all_has_happened(&database).await;

    assert!(service.terminate(Duration::from_secs(10)).await.success());
    many_calls_went_wrong(&stage);
    each_payout_is_made_once_and_ends_alike(&stage, &database).await;
    every_seller_has_the_same_in_both_books(&stage, &database).await;
    every_webhook_is_applied(&stage, &database).await;
    reconciliation_finds_no_difference(&stage).await;
    laws::check(&database).await;
    database.close().await;
    stage.simulator.stop().await;
}

fn many_calls_went_wrong(stage: &Stage) {
    let calls = stage.simulator.calls();
    let writes = calls.iter().filter(|call| call.method == "POST");
    let wrong = writes.clone().filter(|call| call.fault.is_some()).count();
    let deliveries = stage.simulator.deliveries();
    println!(
        "{} calls to change something, {wrong} went wrong; {deliveries:?}",
        writes.count()
    );
    assert!(wrong > stage.payouts / 3, "{wrong}");
    assert!(deliveries.failed_tries > 0, "nobody was there for a while");
}

async fn each_payout_is_made_once_and_ends_alike(stage: &Stage, database: &Database) {
    let made = stage.simulator.payouts();
    assert_eq!(made.len(), stage.payouts);
    let made: HashMap<_, _> = made
        .iter()
        .map(|payout| (payout.metadata["payout_id"].as_str(), payout))
        .collect();
    let known: HashMap<_, _> = rows(database, &PAYOUT_ROWS)
        .await
        .iter()
        .map(|row| {
            let standing = (
                text(row, "status"),
                text(row, "stripe_payout_id"),
                int(row, "amount_minor"),
            );
            (text(row, "payout_id"), standing)
        })
        .collect();
    assert_eq!((made.len(), known.len()), (stage.payouts, stage.payouts));
    for n in 0..stage.payouts {
        let id = payout_id(n);
        let at_stripe = made[id.as_str()];
        let status = at_stripe.status.as_str();
        assert_eq!(status, ENDS[n % ENDS.len()].2, "payout {n}");
        let expected = (status.to_owned(), at_stripe.id.clone(), at_stripe.amount);
        assert_eq!(known[&id], expected, "payout {n}");
        assert_eq!(at_stripe.amount, amount_minor(n), "payout {n}");
        assert_eq!(
            at_stripe.owner,
            Owner::named(account(seller(n)).as_deref()),
            "payout {n}"
        );
    }
}

async fn every_seller_has_the_same_in_both_books(stage: &Stage, database: &Database) {
    let known = rows(database, &BALANCES).await;
    let known: HashMap<_, _> = known
        .iter()
        .map(|row| (text(row, "seller_id"), row))
        .collect();
    assert_eq!(known.len(), stage.sellers());
    let made = stage.simulator.payouts();
    for s in 0..stage.sellers() {
        let row = known[&seller_id(s)];
        let account = account(s);
        let owner = Owner::named(account.as_deref());
        let theirs = made.iter().filter(|payout| payout.owner == owner);
        let paid: i64 = theirs
            .filter(|payout| payout.status.holds_money())
            .map(|payout| payout.amount)
            .sum();
        let funds = stage.simulator.funds(account.as_deref(), usd());
        assert_eq!(int(row, "paid_out_minor"), paid, "seller {s}");
        assert_eq!(int(row, "available_minor"), funds.available, "seller {s}");
        let rest = (int(row, "pending_minor"), int(row, "reserved_minor"));
        assert_eq!(rest, (0, 0), "seller {s}");
    }
}

/// None is dead, none waits for anything. That an account has money says nothing to the
/// ledger: those are ignored.
async fn every_webhook_is_applied(stage: &Stage, database: &Database) {
    let told = i64::try_from(stage.simulator.events().len()).expect("few");
    let accounts = i64::try_from(stage.sellers()).expect("few");
    let expected = [("applied", told - accounts), ("ignored", accounts)];
    let expected = expected.map(|(outcome, count)| (outcome.to_owned(), count));
    assert_eq!(counts(database, &WEBHOOKS).await, BTreeMap::from(expected));
    assert_eq!(stage.simulator.deliveries().given_up, 0);
}

/// Stripe's report of its payouts, held against the ledger as an operator would.
async fn reconciliation_finds_no_difference(stage: &Stage) {
    let mut report = "payout_id,currency,gross,reporting_category,payout_status,\
        connected_account,payout_metadata[payout_id]\n"
        .to_owned();
    for payout in stage.simulator.payouts() {
        let (id, status) = (&payout.id, payout.status.as_str());
        let gross = format!("{}.{:02}", payout.amount / 100, payout.amount % 100);
        let account = match &payout.owner {
            Owner::Platform => "",
            Owner::Connected(account) => account,
        };
        let ours = &payout.metadata["payout_id"];
        report += &format!("{id},usd,{gross},payout,{status},{account},{ours}\n");
    }
    let always = ["--since", "2000-01-01", "--until", "2100-01-01"];
    let ended = Payoutd::with(["reconcile", "--payouts-csv", "-"].iter().chain(&always))
        .env("DATABASE_URL", &stage.url)
        .finish_with_input(report)
        .await
        .expect_code(0);
    let all = format!("payouts   {} matched; 100.00 % explained", stage.payouts);
    assert!(ended.stdout.starts_with(&all), "{}", ended.stdout);
}

async fn rows(database: &Database, sql: &Sql) -> Vec<Row> {
    database.fetch(sql, &[]).await.expect("it can be read")
}

async fn counts(database: &Database, sql: &Sql) -> BTreeMap<String, i64> {
    let rows = rows(database, sql).await;
    rows.iter()
        .map(|row| (text(row, "name"), int(row, "total")))
        .collect()
}

fn text(row: &Row, column: &str) -> String {
    row.text(column).expect("a text")
}

fn int(row: &Row, column: &str) -> i64 {
    row.int(column).expect("a number")
}
