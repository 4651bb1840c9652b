//! Readers on a hot standby of PostgreSQL: they see the books, and disturb nobody who writes.

use std::time::Duration;

use support::{Finished, Payoutd, PostgresServer, eventually};

const SOON: Duration = Duration::from_secs(30);
const PAYOUT: &str = r#"{"seller_id": "anna", "currency": "usd"}"#;

async fn run(url: &str, args: &[&str]) -> Finished {
    let launch = Payoutd::with(args).env("DATABASE_URL", url);
    launch.finish().await
}

async fn told(url: &str, args: &[&str]) -> String {
    run(url, args).await.expect_code(0).stdout
}

async fn sell(url: &str, id: &str) {
    let body = format!(
        r#"{{"transaction_id": "{id}", "seller_id": "anna", "kind": "payment",
            "gross": {{"amount": "10.50", "currency": "usd"}}}}"#
    );
    told(url, &["command", "record-transaction", &body]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_is_verified_and_asked_like_the_primary_and_takes_no_commands() {
    let primary = PostgresServer::start().await;
    let here = primary.url();
    sell(&here, "t-1").await;
    told(&here, &["command", "request-payout", PAYOUT]).await;
    // Brings the tables up to date that follow the log: a standby cannot.
    told(&here, &["verify"]).await;
    let standby = primary.standby().await;
    let there = standby.url();

    let verified = told(&there, &["verify"]).await;
    assert!(!verified.contains('✗'), "{verified}");
    for args in [
        &["query", "payouts", "--json"][..],
        &["query", "balances", "--as-of", "2100-01-01", "--json"],
        &["query", "postings", "--json"],
        &["export", "transactions"],
    ] {
        let rows = told(&there, args).await;
        assert!(rows.contains("usd"), "{args:?}: {rows}");
        assert_eq!(rows, told(&here, args).await, "{args:?}");
    }

    sell(&here, "t-2").await;
    eventually(SOON, async || {
        let rows = told(&there, &["query", "transactions", "--jsonl"]).await;
        if rows.contains("t-2") {
            Ok(())
        } else {
            Err(rows)
        }
    })
    .await;

    let refused = run(&there, &["command", "request-payout", PAYOUT]).await;
    let refused = refused.expect_code(1).stderr;
    assert!(refused.contains("read-only"), "{refused}");
}
