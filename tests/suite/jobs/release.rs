//! Held transactions become available when their time has come.

use std::sync::atomic::Ordering;

use adapters::jobs::{Job, Outcome};
use serde_json::json;
use store::{Delivery, Ingested};
use time::Duration;

use super::stage::{START, Stage, assert_counts, tenant};

on_every_database! {
    what_is_due_becomes_available_and_the_rest_stays
    all_of_a_balance_is_released_by_one_event
    a_payment_that_succeeds_late_needs_no_job
    what_a_slow_clock_recorded_is_released_too
    a_cursor_set_by_a_fast_clock_hides_nothing
    a_balance_that_cannot_be_released_leaves_the_others_and_is_tried_again
}

const HOUR: Duration = Duration::HOUR;
const MINUTE: Duration = Duration::MINUTE;

async fn what_is_due_becomes_available_and_the_rest_stays(stage: &Stage) {
    stage.owes("ada", "10.00", Some(START + HOUR)).await;
    stage.owes("bob", "10.00", Some(START + 2 * HOUR)).await;
    stage
        .owes_in("eur", "bob", "5.00", Some(START + HOUR))
        .await;

    let early = stage.run_due(Job::Release).await.expect("it is due");
    assert_counts(&early, [0, 0, 0]);
    let soon = START + HOUR - Duration::SECOND;
    stage.clock.set(soon);
    assert_counts(&stage.run_due(Job::Release).await.expect("due"), [0, 0, 0]);

    stage.clock.set(soon + 59 * Duration::SECOND);
    assert_eq!(
        stage.run_due(Job::Release).await,
        None,
        "a minute later at most"
    );
    stage.clock.set(soon + MINUTE);
    assert_counts(&stage.run_due(Job::Release).await.expect("due"), [2, 0, 0]);
    assert_eq!(
        stage.statuses().await,
        ["ada available", "bob available", "bob held"]
    );

    stage.clock.set(START + 2 * HOUR);
    assert_counts(&stage.run_due(Job::Release).await.expect("due"), [1, 0, 0]);
    stage.clock.set(START + 3 * HOUR);
    assert_counts(&stage.run_due(Job::Release).await.expect("due"), [0, 0, 0]);
}

async fn all_of_a_balance_is_released_by_one_event(stage: &Stage) {
    for n in 1..=3 {
        stage.owes("ada", "10.00", Some(START + n * MINUTE)).await;
    }
    stage.clock.set(START + HOUR);
    assert_counts(&stage.run_due(Job::Release).await.expect("due"), [1, 0, 0]);
    let released = "SELECT type AS t FROM events WHERE type = 'transactions-released'";
    assert_eq!(stage.texts(released).await.len(), 1);
}

async fn a_payment_that_succeeds_late_needs_no_job(stage: &Stage) {
    let fields = json!({
        "transaction_id": "t", "seller_id": "ada", "kind": "payment", "payment_intent": "pi",
        "gross": {"amount": "10.00", "currency": "usd"},
        "available_on": "2026-11-20T10:00:00Z",
    });
    stage.accepted("record-transaction", fields).await;
    stage.clock.set(START + 2 * HOUR);
    assert_counts(&stage.run_due(Job::Release).await.expect("due"), [0, 0, 0]);
    assert_eq!(stage.statuses().await, ["ada pending"]);

    let body = json!({
        "id": "evt", "object": "event", "type": "payment_intent.succeeded", "livemode": false,
        "data": {"object": {"id": "pi", "object": "payment_intent", "status": "succeeded"}},
    });
    let delivery = Delivery {
        tenant: tenant(),
        body: body.to_string().into_bytes(),
        mode: domain::stripe::Mode::Test,
    };
    assert_eq!(stage.ledger.ingest(delivery).await, Ok(Ingested::Applied));
    assert_eq!(stage.statuses().await, ["ada available"]);
}

/// It is held there, although the cursor of the job is past its time already.
async fn what_a_slow_clock_recorded_is_released_too(stage: &Stage) {
    let slow = stage.another().await;
    stage.owes("other", "10.00", None).await;
    stage.clock.set(START + 10 * MINUTE);
    stage.run_due(Job::Release).await.expect("due");
    slow.owes("ada", "10.00", Some(START + 5 * MINUTE)).await;
    assert_eq!(stage.statuses().await, ["ada held", "other available"]);

    stage.clock.set(START + 11 * MINUTE);
    assert_counts(&stage.run_due(Job::Release).await.expect("due"), [1, 0, 0]);
}

async fn a_cursor_set_by_a_fast_clock_hides_nothing(stage: &Stage) {
    stage.owes("ada", "10.00", Some(START + HOUR)).await;
    let fast = stage.another().await;
    fast.clock.set(START + 90 * Duration::DAY);
    assert_counts(&fast.run_due(Job::Release).await.expect("due"), [1, 0, 0]);
    stage.owes("bob", "10.00", Some(START + 3 * HOUR)).await;

    stage.clock.set(START + 3 * HOUR);
    let report = stage.run_due(Job::Release).await;
    assert_counts(
        &report.expect("a time so far ahead is not believed"),
        [1, 0, 0],
    );
}

async fn a_balance_that_cannot_be_released_leaves_the_others_and_is_tried_again(stage: &Stage) {
    for seller in ["ada", "culprit", "bob"] {
        stage.owes(seller, "10.00", Some(START + HOUR)).await;
    }
    stage.run_due(Job::Release).await.expect("due");
    let before = stage.row(Job::Release).await;

    stage.trouble.store(true, Ordering::SeqCst);
    stage.clock.set(START + HOUR);
    let report = stage.run_due(Job::Release).await.expect("due");
    assert_eq!(report.outcome, Outcome::Failed);
    assert_counts(&report, [2, 0, 1]);
    let expected = ["ada available", "bob available", "culprit held"];
    assert_eq!(stage.statuses().await, expected);
    let row = stage.row(Job::Release).await;
    assert_eq!(
        (row.failures, row.last_outcome.as_deref()),
        (1, Some("failed"))
    );
    assert!(
        row.last_error
            .expect("an error")
            .starts_with("culprit usd: ")
    );
    assert_eq!(row.cursor, before.cursor, "it never passes what failed");
    assert!(row.next_run_at > START + HOUR, "not at once");

    stage.clock.set(row.next_run_at);
    let again = stage.run_due(Job::Release).await.expect("due");
    assert_counts(&again, [0, 0, 1]);
    assert_eq!(stage.row(Job::Release).await.failures, 2);

    stage.trouble.store(false, Ordering::SeqCst);
    stage.clock.set(stage.row(Job::Release).await.next_run_at);
    let healed = stage.run_due(Job::Release).await.expect("due");
    assert_eq!(healed.outcome, Outcome::Done);
    assert_counts(&healed, [1, 0, 0]);
    let row = stage.row(Job::Release).await;
    assert_eq!((row.failures, row.last_error), (0, None));
    assert_ne!(row.cursor, before.cursor);
}
