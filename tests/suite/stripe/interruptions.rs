//! Answers that are lost, late or misleading: no payout is made twice, and no money is
//! freed that Stripe may still pay.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use adapters::sim::Settings;
use serde_json::json;
use store::{Clock, SystemClock};
use support::eventually;

use super::field::{Field, PATIENCE, next_calls, payout_id};
use crate::{jobs::stage::HandClock, scenario::laws};

fn next_posts(field: &Field, answer: &str, times: u32) {
    let script = next_calls("POST", "/v1/payouts", answer, times);
    field.simulator.script(script).expect("a script");
}

/// How often Stripe was asked for a payout.
fn asked(field: &Field) -> usize {
    let calls = field.simulator.calls();
    calls
        .iter()
        .filter(|call| (call.method.as_str(), call.path.as_str()) == ("POST", "/v1/payouts"))
        .count()
}

async fn is_asked(field: &Field, times: usize) {
    eventually(PATIENCE, async || match asked(field) {
        enough if enough >= times => Ok(()),
        few => Err(few),
    })
    .await;
}

/// Payouts 1 to `many` are pending, and each was made once.
async fn each_is_made_once(field: &Field, many: usize) {
    for n in 1..=many {
        field.stands(n, "pending", "").await;
        assert_eq!(field.made()[&payout_id(n)].len(), 1, "payout {n}");
    }
    laws::check(field.ledger.database()).await;
}

#[tokio::test]
async fn a_service_that_ends_while_its_calls_hang_ends_in_time_and_loses_nothing() {
    const MANY: usize = 40;
    let mut field = Field::with(Settings::default()).await;
    next_posts(&field, "timeout", 40);
    field.request_payouts(MANY).await;
    field.timeout_ms = 60_000;
    let mut service = field.serve().await;
    is_asked(&field, 32).await;

    let asked_to_end = Instant::now();
    assert!(service.terminate(Duration::from_secs(10)).await.success());
    println!("ended after {:?}", asked_to_end.elapsed());

    field.timeout_ms = 250;
    let _service = field.serve().await;
    each_is_made_once(&field, MANY).await;
}

#[tokio::test]
async fn a_webhook_may_be_faster_than_the_answer() {
    let mut field = Field::with(Settings::default()).await;
    next_posts(&field, "timeout", 1);
    field.request_payouts(1).await;
    field.timeout_ms = 2_000;
    let _service = field.serve().await;
    is_asked(&field, 1).await;
    let made = field.made()[&payout_id(1)][0].id.clone();
    let amount = json!({"amount": "10.50", "currency": "usd"});
    let told = json!({"stripe_payout_id": made, "payout_id": payout_id(1), "amount": amount,
        "status": "in_transit"});
    field.accepts("report-payout", told).await;
    // The call goes on, and what it brings is old news.
    is_asked(&field, 2).await;
    field.stands(1, "in_transit", "").await;
    assert_eq!(field.made()[&payout_id(1)].len(), 1);
    assert_eq!(
        field.events_of(1).await,
        [
            "payout-requested",
            "payout-submission-begun",
            "payout-submitted",
            "payout-in-transit"
        ]
    );
}

#[tokio::test]
async fn a_wrong_key_holds_payouts_up_until_there_is_a_right_one() {
    let mut field = Field::with(Settings::default()).await;
    field.request_payouts(3).await;
    field.key = "sk_wrong";
    let mut service = field.serve().await;
    service.wait_for_line("gave a call to Stripe up").await;
    field.stands(1, "requested", "").await;
    assert!(!service.stderr().contains("sk_wrong"));
    service.kill9().await;

    field.key = "sk_test_sim";
    let _service = field.serve().await;
    each_is_made_once(&field, 3).await;
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_is_not_believed() {
    let field = Field::with(Settings::default()).await;
    next_posts(&field, "timeout", 1);
    // It comes before Stripe looks at the idempotency key.
    next_posts(&field, "account_invalid", 1);
    field.request_payouts(1).await;
    let _service = field.serve().await;
    each_is_made_once(&field, 1).await;
    assert_eq!(
        field.events_of(1).await,
        [
            "payout-requested",
            "payout-submission-begun",
            "payout-put-in-doubt",
            "payout-submitted"
        ]
    );
}

#[tokio::test]
async fn who_takes_over_does_not_believe_a_refusal_either() {
    let field = Field::with(Settings::default()).await;
    next_posts(&field, "no_account", 1);
    field.request_payouts(1).await;
    let attempt = json!({"payout_id": payout_id(1), "attempt": 1});
    field.accepts("begin-submission", attempt).await;
    // Whoever began the attempt may still be heard.
    let _service = field.serve().await;
    each_is_made_once(&field, 1).await;
    assert_eq!(
        field.events_of(1).await,
        [
            "payout-requested",
            "payout-submission-begun",
            "payout-put-in-doubt",
            "payout-submission-begun",
            "payout-submitted"
        ]
    );
}

#[tokio::test]
async fn what_was_made_before_an_outage_of_days_is_found_after_it() {
    let clock = HandClock::at(SystemClock.now() - time::Duration::days(5));
    let settings = Settings {
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ..Settings::default()
    };
    let field = Field::by(clock, settings).await;
    field.request_payouts(1).await;
    let attempt = json!({"payout_id": payout_id(1), "attempt": 1});
    field.accepts("begin-submission", attempt).await;
    // The service that began it asked for it, and was never heard of again.
    let payout_id = payout_id(1);
    let asked = reqwest::Client::new()
        .post(format!("{}/v1/payouts", field.simulator.url()))
        .bearer_auth("sk_test_sim")
        .header("Stripe-Account", "acct_1")
        .header("Idempotency-Key", format!("payoutd:default:{payout_id}:1"))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(format!(
            "amount=1050&currency=usd&metadata[payout_id]={payout_id}"
        ))
        .send()
        .await
        .expect("an answer");
    assert!(asked.status().is_success(), "{:?}", asked.text().await);

    let _service = field.serve().await;
    each_is_made_once(&field, 1).await;
}

#[tokio::test]
async fn of_two_services_one_asks_for_each_payout() {
    const MANY: usize = 60;
    let field = Field::with(Settings::default()).await;
    let _services = tokio::join!(field.serve(), field.serve());
    field.request_payouts(MANY).await;
    each_is_made_once(&field, MANY).await;
    assert_eq!(
        asked(&field),
        MANY,
        "nobody asks for what another has begun"
    );
}
