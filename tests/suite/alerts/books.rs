//! How the books stand: payouts nobody hears of, events nobody can apply, followers behind.

use adapters::sim::{Script, Settings, Simulator};
use async_nats::jetstream;
use serde_json::json;
use sqlx::Executor;

use super::stage::{PAYOUT, Stage};

#[tokio::test]
async fn a_payout_past_its_arrival_without_word_is_an_alert_until_somebody_tells() {
    let stage = Stage::with("").await;
    stage.request_payout().await;
    let submitted = json!({"payout_id": PAYOUT, "stripe_payout_id": "po_1",
        "arrival_date": "2025-01-02"});
    stage.accepts("submit-payout", submitted).await;

    let alert = stage.fires("payout-overdue").await;
    assert_eq!(alert["level"], "WARNING");
    assert!(
        alert["message"]
            .as_str()
            .expect("text")
            .starts_with("1 payouts"),
        "{alert}"
    );

    stage
        .accepts("mark-payout-paid", json!({"payout_id": PAYOUT}))
        .await;
    stage.resolves("payout-overdue").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payout_in_doubt_for_too_long_is_an_alert_until_stripe_is_understood() {
    let simulator = Simulator::start(Settings::default())
        .await
        .expect("a simulator");
    // It fails before anything is made; that is believed after a while.
    let unclear = Script {
        method: Some("POST".to_owned()),
        path: Some("/v1/payouts".to_owned()),
        times: 1,
        answer: "error-before".to_owned(),
    };
    simulator.script(unclear).expect("a script");
    let url = simulator.url();
    let settings = "in_doubt_secs = 1\n[stripe]\ntimeout_ms = 250\nsettle_ms = 8000\n\
        lease_ms = 1500\ncalls_per_second = 1000\n";
    let stage = Stage::launched(settings, |launch| {
        launch
            .env("STRIPE_API_BASE", url)
            .env("STRIPE_SECRET_KEY", "sk_test_sim")
    })
    .await;
    stage.request_payout().await;

    let alert = stage.fires("payout-in-doubt").await;
    assert_eq!(alert["level"], "ERROR");

    stage.resolves("payout-in-doubt").await;
}

#[tokio::test]
async fn a_dead_letter_is_an_alert_until_somebody_deals_with_it() {
    let stage = Stage::with("").await;
    let dead = json!({"id": "evt_dead", "object": "event", "type": "payout.paid",
        "livemode": false, "data": {"object": {"id": "po_1", "object": "payout", "amount": 1,
        "currency": "usd", "status": "failed"}}});
    stage
        .run(&["ingest", "-"], &dead.to_string())
        .await
        .expect_code(0);

    assert_eq!(stage.fires("dead-letters").await["level"], "ERROR");

    let drop = ["dead-letters", "drop", "evt_dead", "--reason", "a test"];
    stage.run(&drop, "").await.expect_code(0);
    stage.resolves("dead-letters").await;
}

/// A transaction that has written and is left open holds the log back for all who follow it.
#[tokio::test]
async fn followers_that_are_behind_are_alerts_until_they_have_caught_up() {
    const BEHIND: [&str; 3] = ["projections-lag", "outbox-lag", "seals-lag"];
    let stage = Stage::with("lag_secs = 2\nseals_lag_secs = 5\n").await;
    let mut holder = stage.connection().await;
    let hold = "BEGIN; SELECT pg_current_xact_id()";
    holder.execute(hold).await.expect("it holds");
    stage.accepts("record-transaction", Stage::sale(1)).await;

    for name in BEHIND {
        assert_eq!(stage.fires(name).await["level"], "WARNING");
    }

    holder.execute("ROLLBACK").await.expect("it lets go");
    for name in BEHIND {
        stage.resolves(name).await;
    }
}

#[tokio::test]
async fn events_from_stripe_that_wait_are_an_alert_until_they_are_taken() {
    let stage = Stage::with("lag_secs = 1\n").await;
    // Whoever brings an event writes it down here.
    let mut blocker = stage.connection().await;
    let lock = "BEGIN; LOCK TABLE inbox IN EXCLUSIVE MODE";
    blocker.execute(lock).await.expect("a lock");
    let client = async_nats::connect(stage.nats.url()).await.expect("NATS");
    let event = json!({"id": "evt_1", "object": "event", "type": "charge.updated",
        "livemode": false, "data": {"object": {"id": "ch_1", "object": "charge"}}});
    let context = jetstream::new(client);
    let published = context
        .publish("stripe.v1.default.charge.updated", event.to_string().into())
        .await;
    published.expect("published").await.expect("kept");

    assert_eq!(stage.fires("ingest-lag").await["level"], "WARNING");

    blocker.execute("ROLLBACK").await.expect("unlocked");
    stage.resolves("ingest-lag").await;
}
