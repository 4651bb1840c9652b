//! Rebuilds by the real binary: killed and gone on with, and at the start of the service.

use std::{sync::Arc, time::Duration};

use domain::{Command, id::Tenant};
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use store::{Database, Isolation, Ledger, Reply, Request, Sql};
use support::{MariaDb, Payoutd, Postgres, eventually};
use tempfile::TempDir;

const SOON: Duration = Duration::from_secs(60);
/// Enough for several pages.
const TRANSACTIONS: usize = 30_000;

const fn sql(text: &'static str) -> Sql {
    Sql::alike("of_a_test", text)
}

async fn earn(ledger: &Ledger, n: usize) {
    let fields = json!({
        "transaction_id": format!("t-{n}"), "seller_id": format!("s-{}", n % 50),
        "kind": "payment", "gross": {"amount": "10.50", "currency": "usd"},
    });
    let command = Command::parse("record-transaction", fields.to_string().as_bytes());
    let request = Request {
        tenant: Tenant::default_tenant(),
        command: command.expect("a command"),
        key: None,
    };
    match ledger.execute(request).await {
        Reply::Accepted(_) => {}
        Reply::Refused(refusal) => panic!("{refusal}"),
    }
}

/// A ledger with a long log, which nobody writes to any more.
async fn fill(url: &str, transactions: usize) -> Database {
    let database = Database::open(url).await.expect("a database");
    database.migrate().await.expect("a schema");
    let inline = Arc::new(projections::Inline);
    let ledger = Ledger::start(database.clone(), inline, store::Settings::default());
    stream::iter(0..transactions)
        .for_each_concurrent(1_000, |n| earn(&ledger, n))
        .await;
    ledger.close().await;
    projections::follower::catch_up(&database)
        .await
        .expect("followed");
    database
}

async fn change(database: &Database, text: &'static str) {
    let order = database.transaction("test");
    let order = order.isolation(Isolation::ReadCommitted);
    let mut tx = order.open().await.expect("a transaction");
    assert_ne!(tx.execute(&sql(text), &[]).await.expect("a change"), 0);
    tx.commit().await.expect("a commit");
}

/// How far the rebuild has come that is under way or was killed. Looked at anew each time: a
/// file may be another one by now.
async fn shadow_position(shadow: &str, text: &'static str) -> i64 {
    let shadow = Database::open(shadow).await.expect("a database");
    let rows = shadow.fetch(&sql(text), &[]).await.unwrap_or_default();
    shadow.close().await;
    rows.first()
        .map_or(0, |row| row.int("n").expect("a position"))
}

async fn rebuild_json(url: &str, code: i32) -> Vec<Value> {
    let rebuild = Payoutd::with(["rebuild", "--json", "--database-url", url]);
    let finished = rebuild.finish().await.expect_code(code);
    let lines = finished.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// Kills a rebuild once it has come somewhere, runs another one, and looks at its report.
async fn killed_and_gone_on_with(url: &str, shadow: &str, position: &'static str) {
    let database = fill(url, TRANSACTIONS).await;
    change(
        &database,
        "UPDATE transactions SET net_minor = 1 WHERE transaction_id = 't-77'",
    )
    .await;
    let mut killed = Payoutd::with(["rebuild", "--database-url", url]).start();
    let reached = eventually(SOON, async || {
        match shadow_position(shadow, position).await {
            0..=300 => Err(()),
            reached => Ok(reached),
        }
    })
    .await;
    killed.kill9().await;

    let told = rebuild_json(url, 1).await;
    let [difference, report] = told.as_slice() else {
        panic!("one difference and the report: {told:#?}");
    };
    let difference = &difference["difference"];
    assert_eq!(difference["key"], "transaction t-77", "{difference}");
    assert_eq!(difference["live"]["net_minor"], 1);
    assert_eq!(difference["rebuilt"]["net_minor"], 1_050);
    let from = report["resumed_from"].as_i64();
    assert!(from.is_some_and(|from| from >= reached), "{report}");
    assert!(
        report["events"].as_u64() < Some(TRANSACTIONS as u64),
        "{report}"
    );

    let told = rebuild_json(url, 0).await;
    assert_eq!(told.len(), 1, "it was mended: {told:#?}");
    assert_eq!(told[0]["resumed_from"], Value::Null);
    let verify = Payoutd::with(["verify", "--database-url", url]);
    verify.finish().await.expect_code(0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_that_is_killed_on_postgres_is_gone_on_with() {
    let postgres = Postgres::fresh_database().await;
    let position = "SELECT COALESCE(max(position), 0) AS n FROM public_rebuild.checkpoints";
    killed_and_gone_on_with(&postgres.url(), &postgres.url(), position).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_that_is_killed_on_mariadb_is_gone_on_with() {
    let mariadb = MariaDb::fresh_database().await;
    let url = mariadb.url();
    let (_, name) = url.rsplit_once('/').expect("the URL names a database");
    let position =
        format!("SELECT COALESCE(max(position), 0) AS n FROM {name}_rebuild.checkpoints");
    killed_and_gone_on_with(&url, &url, position.leak()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_that_is_killed_on_sqlite_is_gone_on_with() {
    let folder = TempDir::new().expect("a folder");
    let url = format!("sqlite://{}/books.db", folder.path().display());
    let position = "SELECT COALESCE(max(position), 0) AS n FROM checkpoints";
    killed_and_gone_on_with(&url, &format!("{url}-rebuild"), position).await;
}

async fn code_has_changed(url: &str) {
    let database = fill(url, 500).await;
    change(
        &database,
        "UPDATE projections SET version = 0 WHERE name = 'payouts'",
    )
    .await;
    change(&database, "DELETE FROM projections WHERE name = 'balances'").await;
    change(
        &database,
        "UPDATE projections SET version = 99 WHERE name = 'sellers'",
    )
    .await;
    change(&database, "UPDATE balances SET available_minor = -1").await;

    let mut service = Payoutd::with(["serve", "--database-url", url])
        .env("PAYOUTD_HTTP_ADDR", "127.0.0.1:0")
        .start();
    let newer = service.wait_for_line("built by a newer program").await;
    assert!(newer.contains("sellers"), "{newer}");
    let begun = service
        .wait_for_line("the code that writes them has changed")
        .await;
    assert!(begun.contains("payouts, balances"), "{begun}");
    service
        .wait_for_line("rebuilt read tables are in place")
        .await;
    let versions = "SELECT version AS n FROM projections \
        WHERE name IN ('payouts', 'balances') AND rebuilt_at IS NOT NULL AND position > 0";
    let rows = database.fetch(&sql(versions), &[]).await.expect("versions");
    let built_by: Vec<_> = rows.iter().map(|row| row.int("n").expect("one")).collect();
    assert_eq!(built_by, [1, 1]);
    assert!(service.terminate(SOON).await.success());
    let verify = Payoutd::with(["verify", "--database-url", url]);
    verify.finish().await.expect_code(0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_rebuilds_what_older_code_has_built_on_postgres() {
    let postgres = Postgres::fresh_database().await;
    code_has_changed(&postgres.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_rebuilds_what_older_code_has_built_on_mariadb() {
    let mariadb = MariaDb::fresh_database().await;
    code_has_changed(&mariadb.url()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_rebuilds_what_older_code_has_built_on_sqlite() {
    let folder = TempDir::new().expect("a folder");
    code_has_changed(&format!("sqlite://{}/books.db", folder.path().display())).await;
}
