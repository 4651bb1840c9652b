//! Who runs a job when, for whom, and what is kept of it.

use std::sync::atomic::Ordering;

use adapters::jobs::{CancellationToken, Job, Order, Outcome};
use domain::id::Tenant;
use serde_json::json;
use store::jobs::{self, HOLD, Held};
use time::Duration;
use uuid::Uuid;

use super::stage::{START, Stage, assert_counts, tenant};

on_every_database! {
    a_job_that_somebody_is_at_is_left_to_them_until_they_are_dead
    of_two_instances_one_runs_a_job_that_is_due
    a_hold_by_a_wrong_clock_is_not_believed
    a_person_need_not_wait_for_anybody
    each_tenant_has_runs_of_their_own
    a_run_that_is_stopped_goes_on_later
}

async fn a_job_that_somebody_is_at_is_left_to_them_until_they_are_dead(stage: &Stage) {
    stage.owes("ada", "10.00", None).await;
    stage.run_due(Job::Release).await.expect("due");
    stage.clock.set(START + Duration::HOUR);
    let tenant = tenant();
    let held = Held {
        tenant: &tenant,
        job: Job::Release.name(),
        run: Uuid::new_v4(),
    };
    let now = START + Duration::HOUR;
    let claimed = jobs::claim(&stage.database, &held, now, now + Duration::DAY).await;
    assert!(claimed.expect("the database is there"));
    assert_eq!(stage.run_due(Job::Release).await, None, "somebody is at it");

    stage.clock.set(now + HOLD / 2);
    let beat = jobs::hold(&stage.database, &held, now + HOLD / 2).await;
    assert!(beat.expect("the database is there"));
    stage.clock.set(now + HOLD);
    assert_eq!(stage.run_due(Job::Release).await, None, "they are alive");

    stage.clock.set(now + HOLD + HOLD / 2);
    assert!(stage.run_due(Job::Release).await.is_some());
    let late = jobs::advance(&stage.database, &held, "2099-01-01T00:00:00Z").await;
    assert!(
        !late.expect("the database is there"),
        "who was dead has no say any more"
    );
}

async fn of_two_instances_one_runs_a_job_that_is_due(stage: &Stage) {
    stage.owes("ada", "10.00", None).await;
    let other = stage.another().await;
    let (one, two) = tokio::join!(stage.run_due(Job::RollUp), other.run_due(Job::RollUp));
    assert_eq!(
        [one, two].iter().flatten().count(),
        1,
        "the other finds it held, or done"
    );
    assert_eq!(stage.row(Job::RollUp).await.runs, 1);
}

async fn a_hold_by_a_wrong_clock_is_not_believed(stage: &Stage) {
    stage.owes("ada", "10.00", None).await;
    let tenant = tenant();
    let held = Held {
        tenant: &tenant,
        job: Job::Release.name(),
        run: Uuid::new_v4(),
    };
    let wrong = START + 400 * Duration::DAY;
    let introduced = jobs::introduce(&stage.database, &tenant, held.job, wrong).await;
    introduced.expect("the database is there");
    let claimed = jobs::claim(&stage.database, &held, wrong, wrong).await;
    assert!(claimed.expect("the database is there"));
    assert!(stage.run_due(Job::Release).await.is_some());
}

async fn a_person_need_not_wait_for_anybody(stage: &Stage) {
    stage
        .owes("ada", "10.00", Some(START + Duration::SECOND))
        .await;
    let tenant = tenant();
    let held = Held {
        tenant: &tenant,
        job: Job::Release.name(),
        run: Uuid::new_v4(),
    };
    let due = jobs::introduce(&stage.database, &tenant, held.job, START).await;
    due.expect("the database is there");
    let claimed = jobs::claim(&stage.database, &held, START, START).await;
    assert!(claimed.expect("the database is there"));

    stage.clock.set(START + Duration::SECOND);
    assert_counts(&stage.run_now(Job::Release, None).await, [1, 0, 0]);
    let row = stage.row(Job::Release).await;
    assert_eq!((row.runs, row.last_outcome.as_deref()), (2, Some("done")));
    assert_eq!(row.held_until, None);
}

async fn each_tenant_has_runs_of_their_own(stage: &Stage) {
    let tenants = ["a", "b", "c"].map(|name| Tenant::new(name).expect("a tenant"));
    for tenant in &tenants {
        // The second has a seller who cannot be paid.
        let seller = if tenant.as_str() == "b" {
            "culprit"
        } else {
            "ada"
        };
        let fields = json!({
            "seller_id": seller, "stripe_account": "acct_1", "payout_schedule": "daily",
        });
        stage.accepted_for(tenant, "register-seller", fields).await;
        let fields = json!({
            "transaction_id": "t", "seller_id": seller, "kind": "payment",
            "gross": {"amount": "10.00", "currency": "usd"},
        });
        stage
            .accepted_for(tenant, "record-transaction", fields)
            .await;
    }
    stage.trouble.store(true, Ordering::SeqCst);
    let stop = CancellationToken::new();
    let reports = stage
        .jobs
        .run_due(Job::Payouts, &stop)
        .await
        .expect("tenants");
    let told: Vec<_> = reports
        .iter()
        .map(|(tenant, report)| (tenant.as_str(), report.outcome))
        .collect();
    let expected = [
        ("a", Outcome::Done),
        ("b", Outcome::Failed),
        ("c", Outcome::Done),
    ];
    assert_eq!(told, expected);
    assert_eq!(
        stage
            .texts("SELECT tenant AS t FROM payouts ORDER BY t")
            .await,
        ["a", "c"]
    );
}

async fn a_run_that_is_stopped_goes_on_later(stage: &Stage) {
    stage.seller("ada", "daily").await;
    stage.owes("ada", "10.00", None).await;
    let stop = CancellationToken::new();
    stop.cancel();
    let tenant = tenant();
    let order = Order {
        job: Job::Payouts,
        tenant: &tenant,
        day: None,
        progress: None,
    };
    let stopped = stage.jobs.run_now(order, &stop).await.expect("a run");
    assert_eq!(stopped.outcome, Outcome::Stopped);
    assert_eq!(stage.paid().await, [""; 0]);
    assert_eq!(stage.row(Job::Payouts).await.cursor, None);

    assert_counts(
        &stage.run_due(Job::Payouts).await.expect("still due"),
        [1, 0, 0],
    );
}
