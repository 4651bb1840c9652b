//! Payouts are made on the days of a schedule, and once a day.

use adapters::jobs::{Job, Outcome};
use domain::{balance::Account, id::SellerId, money::Currency, seller::ScheduledPayout};
use serde_json::json;
use time::{Duration, macros::date};

use super::stage::{START, Stage, assert_counts, tenant};

on_every_database! {
    each_schedule_is_paid_on_its_days
    a_day_is_paid_once_however_often_it_is_tried
    two_instances_make_one_payout_of_each
    money_that_is_due_today_is_in_the_payout
    a_minimum_is_waited_for_in_its_currency
    what_the_rules_do_not_allow_is_skipped_with_the_reason
    a_missed_day_is_made_up_only_by_order
    a_changed_schedule_counts_from_the_next_run_on
    a_payout_that_fails_leaves_the_others_and_is_made_later_that_day
}

/// The run of a day, at its time.
const DAY: Duration = Duration::DAY;

/// Friday the 20th to Tuesday the 1st.
async fn each_schedule_is_paid_on_its_days(stage: &Stage) {
    let sellers = [
        ("daily", "daily", 12),
        ("monday", "weekly:mon", 2),
        ("tuesday", "weekly:tue", 2),
        ("last", "monthly:31", 1),
        ("first", "monthly:1", 1),
        ("twentieth", "monthly:20", 1),
        ("second", "monthly:2", 0),
        ("manual", "manual", 0),
    ];
    for (seller, schedule, _) in sellers {
        stage.seller(seller, schedule).await;
    }
    for day in 0..12 {
        for (seller, ..) in sellers {
            stage.owes(seller, "10.00", None).await;
        }
        stage.comes(START + day * DAY).await;
    }
    let paid = stage.paid().await;
    for (seller, _, payouts) in sellers {
        let made = paid.iter().filter(|paid| *paid == seller).count();
        assert_eq!(made, payouts, "{seller}");
    }
    assert_eq!(
        stage.row(Job::Payouts).await.cursor.as_deref(),
        Some("2026-12-01")
    );
}

async fn a_day_is_paid_once_however_often_it_is_tried(stage: &Stage) {
    stage.seller("ada", "daily").await;
    stage.owes("ada", "10.00", None).await;
    assert_counts(&stage.run_due(Job::Payouts).await.expect("due"), [1, 0, 0]);
    assert_eq!(
        stage.run_due(Job::Payouts).await,
        None,
        "due again tomorrow"
    );
    stage.clock.set(START + Duration::hours(15));
    assert_eq!(
        stage.run_due(Job::Payouts).await,
        None,
        "it is tomorrow from 00:05 on"
    );

    stage.owes("ada", "10.00", None).await;
    let again = stage.run_now(Job::Payouts, None).await;
    assert_counts(&again, [0, 1, 0]);
    assert_eq!(again.tally.reasons.of("skipped")["requested already"], 1);
    let by_day = stage
        .run_now(Job::Payouts, Some(date!(2026 - 11 - 20)))
        .await;
    assert_counts(&by_day, [0, 1, 0]);

    let account = Account {
        seller_id: SellerId::new("ada").expect("an id"),
        currency: Currency::parse("usd").expect("a currency"),
    };
    let scheduled = ScheduledPayout {
        tenant: &tenant(),
        account: &account,
        day: date!(2026 - 11 - 20),
    };
    let ids = "SELECT CAST(payout_id AS VARCHAR(36)) AS t FROM payouts";
    assert_eq!(stage.texts(ids).await, [scheduled.payout_id().to_string()]);
    stage.clock.set(START + DAY);
    assert_counts(&stage.run_due(Job::Payouts).await.expect("due"), [1, 0, 0]);
}

async fn two_instances_make_one_payout_of_each(stage: &Stage) {
    let sellers: Vec<_> = (0..40).map(|n| format!("seller-{n:02}")).collect();
    for seller in &sellers {
        stage.seller(seller, "daily").await;
        stage.owes(seller, "10.00", None).await;
        stage.owes_in("eur", seller, "10.00", None).await;
    }
    let other = stage.another().await;
    let (one, two) = tokio::join!(
        stage.run_now(Job::Payouts, None),
        other.run_now(Job::Payouts, None)
    );
    assert_eq!((one.outcome, two.outcome), (Outcome::Done, Outcome::Done));
    assert_eq!(one.tally.done + two.tally.done, 80, "{one:?} {two:?}");
    assert_eq!(stage.paid().await.len(), 80);
}

async fn money_that_is_due_today_is_in_the_payout(stage: &Stage) {
    stage.seller("ada", "daily").await;
    stage.owes("ada", "10.00", None).await;
    stage.owes("ada", "7.00", Some(START + DAY)).await;
    stage.owes("ada", "5.00", Some(START + 2 * DAY)).await;
    stage.clock.set(START + DAY);
    assert_counts(&stage.run_due(Job::Payouts).await.expect("due"), [1, 0, 0]);
    let amounts = "SELECT CAST(amount_minor AS VARCHAR(36)) AS t FROM payouts";
    assert_eq!(stage.texts(amounts).await, ["1700"]);
}

async fn a_minimum_is_waited_for_in_its_currency(stage: &Stage) {
    let fields = json!({
        "seller_id": "ada", "stripe_account": "acct_1", "payout_schedule": "daily",
        "minimum_payout": {"amount": "15.00", "currency": "usd"},
    });
    stage.accepted("register-seller", fields).await;
    stage.owes("ada", "10.00", None).await;
    stage.owes_in("eur", "ada", "1.00", None).await;
    let report = stage.run_due(Job::Payouts).await.expect("due");
    assert_counts(&report, [1, 1, 0]);
    assert_eq!(
        report.tally.reasons.of("skipped")["below the seller's minimum"],
        1
    );

    stage.owes("ada", "5.00", None).await;
    stage.clock.set(START + DAY);
    assert_counts(&stage.run_due(Job::Payouts).await.expect("due"), [1, 0, 0]);
}

/// A blocked debt counts, and Stripe pays out whole forints only.
async fn what_the_rules_do_not_allow_is_skipped_with_the_reason(stage: &Stage) {
    stage.seller("ada", "daily").await;
    stage.owes_in("huf", "ada", "1000.50", None).await;
    stage.owes("ada", "10.00", None).await;
    let report = stage.run_due(Job::Payouts).await.expect("due");
    assert_eq!(report.outcome, Outcome::Done, "no failure");
    assert_counts(&report, [1, 1, 0]);
    assert_eq!(report.tally.reasons.of("skipped")["AMOUNT_NOT_PAYABLE"], 1);

    stage.owes_in("huf", "ada", "0.50", None).await;
    stage.clock.set(START + DAY);
    assert_counts(&stage.run_due(Job::Payouts).await.expect("due"), [1, 0, 0]);
}

async fn a_missed_day_is_made_up_only_by_order(stage: &Stage) {
    stage.seller("ada", "weekly:sat").await;
    stage.seller("bob", "daily").await;
    stage.run_due(Job::Payouts).await.expect("due");
    for seller in ["ada", "bob"] {
        stage.owes(seller, "10.00", None).await;
    }
    // Saturday passes while nobody is there; on Sunday at noon somebody is.
    stage.clock.set(START + 2 * DAY);
    let sunday = stage.run_due(Job::Payouts).await.expect("due");
    assert_counts(&sunday, [1, 0, 0]);
    assert_eq!(stage.paid().await, ["bob"]);

    let cursor = stage.row(Job::Payouts).await;
    let saturday = stage
        .run_now(Job::Payouts, Some(date!(2026 - 11 - 21)))
        .await;
    assert_counts(&saturday, [1, 0, 0]);
    assert_eq!(stage.paid().await, ["ada", "bob"]);
    assert_eq!(stage.row(Job::Payouts).await, cursor, "it is on its own");
}

async fn a_changed_schedule_counts_from_the_next_run_on(stage: &Stage) {
    stage.seller("ada", "manual").await;
    stage.owes("ada", "10.00", None).await;
    assert_counts(&stage.run_due(Job::Payouts).await.expect("due"), [0, 0, 0]);
    let fields = json!({"seller_id": "ada", "payout_schedule": "daily"});
    stage.accepted("change-payout-schedule", fields).await;
    stage.clock.set(START + DAY);
    assert_counts(&stage.run_due(Job::Payouts).await.expect("due"), [1, 0, 0]);
}

async fn a_payout_that_fails_leaves_the_others_and_is_made_later_that_day(stage: &Stage) {
    for seller in ["ada", "bob", "culprit"] {
        stage.seller(seller, "daily").await;
        stage.owes(seller, "10.00", None).await;
    }
    let trouble = |on| stage.trouble.store(on, std::sync::atomic::Ordering::SeqCst);
    trouble(true);
    let report = stage.run_due(Job::Payouts).await.expect("due");
    assert_eq!(report.outcome, Outcome::Failed);
    assert_counts(&report, [2, 0, 1]);
    assert_eq!(stage.paid().await, ["ada", "bob"]);
    let row = stage.row(Job::Payouts).await;
    assert_eq!(row.cursor, None, "the day is not over");
    assert!(row.next_run_at < START + Duration::MINUTE);

    trouble(false);
    stage.clock.set(row.next_run_at);
    // Those who were paid have nothing left, and are not asked for again.
    assert_counts(&stage.run_due(Job::Payouts).await.expect("due"), [1, 0, 0]);
    assert_eq!(stage.paid().await, ["ada", "bob", "culprit"]);
    let row = stage.row(Job::Payouts).await;
    assert_eq!(row.cursor.as_deref(), Some("2026-11-20"));
}
