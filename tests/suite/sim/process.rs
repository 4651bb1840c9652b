//! `payoutd sim stripe` as a process.

use std::time::Duration;
use support::Payoutd;

#[tokio::test]
async fn it_says_where_it_listens_serves_and_ends_cleanly() {
    let args = [
        "sim",
        "stripe",
        "--listen",
        "127.0.0.1:0",
        "--balance",
        "10.00usd",
        "--pace",
        "0",
    ];
    let mut payoutd = Payoutd::with(args).start();
    let line = payoutd.wait_for_line("the simulator listens").await;
    let url = line
        .split_once("url=")
        .map(|(_, rest)| rest.split_whitespace().next());
    let url = url
        .flatten()
        .expect("an address")
        .trim_matches('"')
        .to_owned();
    let hint = format!("export STRIPE_API_BASE={url} STRIPE_SECRET_KEY=sk_test_sim");
    support::eventually(Duration::from_secs(5), async || {
        let stdout = payoutd.stdout();
        if stdout.contains(&hint) {
            Ok(())
        } else {
            Err(stdout)
        }
    })
    .await;

    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let balance = client
        .get(format!("{url}/v1/balance"))
        .bearer_auth("sk_test_sim");
    let balance: serde_json::Value = balance
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    assert_eq!(balance["available"][0]["amount"], 1000);

    let ended = payoutd.terminate(Duration::from_secs(10)).await;
    assert!(ended.success(), "{ended}");
}

#[tokio::test]
async fn every_event_can_be_triggered() {
    let stage = super::Stage::new().await;
    let url = stage.sim.url();
    let events = [
        "payout.created",
        "payout.updated",
        "payout.paid",
        "payout.failed",
        "payout.canceled",
        "payout.reconciliation_completed",
        "transfer.created",
        "transfer.updated",
        "transfer.reversed",
    ];
    for (n, name) in events.iter().enumerate() {
        // A bank account takes no payout after one failed.
        let account = format!("acct_{n}");
        let args = ["sim", "trigger", name, "--url", &url, "--account", &account];
        let before = stage.sim.events().len();
        Payoutd::with(args).finish().await.expect_code(0);
        let made = stage.sim.events().split_off(before);
        let kinds: Vec<&str> = made.iter().map(|event| event.kind).collect();
        assert!(kinds.contains(name), "{name}: {kinds:?}");
    }
    stage.sim.stop().await;
    let args = ["sim", "trigger", "payout.paid", "--url", &url];
    Payoutd::with(args).finish().await.expect_code(4);
}

#[tokio::test]
async fn what_makes_no_sense_is_wrong_usage() {
    let table: &[&[&str]] = &[
        &["--listen", "0.0.0.0:0"],
        &["--timeouts", "1.5"],
        &["--balance", "10usdd"],
        &["--outcome", "x=pay"],
        &["--outcome", "13=explode"],
        &["--webhook", "http://127.0.0.1:1/"],
    ];
    for args in table {
        let all = ["sim", "stripe", "--listen", "127.0.0.1:0"];
        let given = if args[0] == "--listen" {
            &all[..2]
        } else {
            &all[..]
        };
        Payoutd::with(given.iter().chain(*args))
            .finish()
            .await
            .expect_code(2);
    }
}
