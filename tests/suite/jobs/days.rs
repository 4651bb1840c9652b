//! Days that are over are closed, one after the other.

use adapters::jobs::{Job, Outcome};
use projections::work;
use time::{Duration, macros::date};

use super::stage::{START, Stage, assert_counts, tenant};

on_every_database! {
    each_day_that_is_over_is_closed_once
    a_day_that_was_closed_can_be_told_again
    a_ledger_without_a_past_has_nothing_to_close
}

const DAY: Duration = Duration::DAY;

async fn each_day_that_is_over_is_closed_once(stage: &Stage) {
    stage.owes("ada", "10.00", None).await;
    let today = stage.run_due(Job::RollUp).await.expect("due");
    assert_counts(&today, [0, 0, 0]);
    assert_eq!(
        stage.row(Job::RollUp).await.cursor,
        None,
        "today is not over"
    );

    stage.clock.set(START + DAY);
    assert_counts(&stage.run_due(Job::RollUp).await.expect("due"), [1, 0, 0]);
    assert_eq!(
        stage.row(Job::RollUp).await.cursor.as_deref(),
        Some("2026-11-20")
    );

    // Nobody is there for some days.
    stage.clock.set(START + 4 * DAY);
    assert_counts(&stage.run_due(Job::RollUp).await.expect("due"), [3, 0, 0]);
    assert_eq!(
        stage.row(Job::RollUp).await.cursor.as_deref(),
        Some("2026-11-23")
    );
    assert_eq!(stage.run_due(Job::RollUp).await, None);

    let day = date!(2026 - 11 - 20);
    let totals = work::totals(&stage.database, &tenant(), day).await;
    let totals = totals.expect("totals");
    assert_eq!(totals.len(), 1);
    let transactions = totals[0].transactions;
    assert_eq!(
        (transactions.count, transactions.amount.minor()),
        (1, 10_00)
    );
}

async fn a_day_that_was_closed_can_be_told_again(stage: &Stage) {
    stage.owes("ada", "10.00", None).await;
    stage.clock.set(START + 3 * DAY);
    assert_counts(&stage.run_due(Job::RollUp).await.expect("due"), [3, 0, 0]);
    let before = stage.row(Job::RollUp).await;
    let told = stage
        .run_now(Job::RollUp, Some(date!(2026 - 11 - 20)))
        .await;
    assert_counts(&told, [1, 0, 0]);
    assert_eq!(stage.row(Job::RollUp).await, before);
}

async fn a_ledger_without_a_past_has_nothing_to_close(stage: &Stage) {
    let report = stage.run_now(Job::RollUp, None).await;
    assert_eq!(report.outcome, Outcome::Done);
    assert_counts(&report, [0, 0, 0]);
}
