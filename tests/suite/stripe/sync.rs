//! The job `sync`: webhooks that never came are made up for.

use std::sync::Arc;

use adapters::{
    config::{jobs::Settings as Times, stripe::Secret},
    jobs::{CancellationToken, Job, Jobs, Order, Outcome, Report, StripeSide},
    sim::{Act, Settings},
    stripe::api::Api,
};
use domain::{id::Tenant, stripe::Mode};
use support::eventually;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::field::{Field, PATIENCE, payout_id};
use crate::scenario::laws;

/// A clock that is ahead.
#[derive(Debug)]
struct Ahead(Duration);

impl store::Clock for Ahead {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + self.0
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// Payouts that are pending at Stripe, of which no webhook ever tells.
async fn submitted(many: usize) -> Field {
    let field = Field::with(Settings::default()).await;
    field.request_payouts(many).await;
    let mut service = field.serve().await;
    eventually(PATIENCE, async || {
        match field.statuses().await.get("pending") {
            Some(pending) if *pending == many => Ok(()),
            other => Err(other.copied()),
        }
    })
    .await;
    assert!(
        service
            .terminate(std::time::Duration::from_secs(10))
            .await
            .success()
    );
    field
}

fn act(field: &Field, n: usize, act: &Act) {
    let id = &field.made()[&payout_id(n)][0].id;
    field.simulator.act(id, act).expect("Stripe does it");
}

async fn sync(field: &Field, ahead: Duration) -> Report {
    let settings = adapters::config::Stripe {
        webhook_secrets: Vec::new(),
        connect_webhook_secrets: Vec::new(),
        secret_key: Secret::new("sk_test_sim"),
        mode: Mode::Test,
        api_base: field.simulator.url(),
        calls_per_second: std::num::NonZeroU32::MAX,
        timeout: std::time::Duration::from_secs(5),
        settle: std::time::Duration::ZERO,
        lease: std::time::Duration::ZERO,
        transfers: adapters::config::stripe::Transfers::Never,
    };
    let tenant = Tenant::default_tenant();
    let side = StripeSide {
        api: Api::of(&settings).expect("an address").expect("a key"),
        tenant: tenant.clone(),
        mode: Mode::Test,
    };
    let jobs = Jobs::new(
        field.ledger.clone(),
        Arc::new(Ahead(ahead)),
        Times::default(),
    )
    .with_stripe(Some(side));
    let order = Order {
        job: Job::Sync,
        tenant: &tenant,
        day: None,
        progress: None,
    };
    jobs.run_now(order, &CancellationToken::new())
        .await
        .expect("it could be begun")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn payouts_past_their_day_of_arrival_are_asked_for() {
    let field = submitted(3).await;
    act(&field, 1, &Act::Pay);
    act(&field, 2, &Act::Cancel);
    // Stripe has forgotten the events by now, and payout 3 is pending there too.
    let report = sync(&field, Duration::days(40)).await;
    assert_eq!(report.outcome, Outcome::Done, "{report:?}");
    let payouts = field.payouts().await;
    let status = |n| payouts[&payout_id(n)].0.as_str();
    assert_eq!(
        [status(1), status(2), status(3)],
        ["paid", "canceled", "pending"]
    );
    assert_eq!((report.tally.done, report.tally.skipped), (2, 1));
    laws::check(field.ledger.database()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_the_archive_lacks_are_taken_once() {
    let field = Field::with(Settings::default()).await;
    field.request_payouts(1).await;
    // The platform's own payouts and transfers: their events are the platform's.
    field.request_payout(2, "platform").await;
    let mut service = field.serve().await;
    eventually(PATIENCE, async || {
        match field.statuses().await.get("pending") {
            Some(2) => Ok(()),
            other => Err(other.copied()),
        }
    })
    .await;
    assert!(
        service
            .terminate(std::time::Duration::from_secs(10))
            .await
            .success()
    );
    act(&field, 2, &Act::Pay);
    projections::follower::catch_up(field.ledger.database())
        .await
        .expect("the first day is known");

    let early = sync(&field, Duration::ZERO).await;
    assert_eq!((early.tally.done, early.tally.skipped), (0, 0), "{early:?}");
    assert_eq!(
        field.payouts().await[&payout_id(2)].0,
        "pending",
        "a webhook may still come"
    );

    let report = sync(&field, Duration::minutes(20)).await;
    assert_eq!(report.outcome, Outcome::Done, "{report:?}");
    assert_eq!(field.payouts().await[&payout_id(2)].0, "paid");
    assert_eq!(report.tally.done, 1, "a page of events: {report:?}");

    let again = sync(&field, Duration::minutes(20)).await;
    assert_eq!((again.tally.done, again.tally.skipped), (0, 1), "{again:?}");
    laws::check(field.ledger.database()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_stripe_does_not_answer_fails_and_moves_no_cursor() {
    let field = submitted(1).await;
    act(&field, 1, &Act::Pay);
    let conduct = adapters::sim::Conduct {
        calls: adapters::sim::KNOWN
            .iter()
            .find(|known| known.code == "account_invalid"),
        ..adapters::sim::Conduct::default()
    };
    field.simulator.conduct(Some("acct_1"), conduct);
    let report = sync(&field, Duration::days(40)).await;
    assert_eq!(
        (report.outcome, report.tally.failed),
        (Outcome::Failed, 1),
        "{report:?}"
    );
    field
        .simulator
        .conduct(Some("acct_1"), adapters::sim::Conduct::default());
    let report = sync(&field, Duration::days(40)).await;
    assert_eq!(report.outcome, Outcome::Done, "{report:?}");
    assert_eq!(field.payouts().await[&payout_id(1)].0, "paid");
}
