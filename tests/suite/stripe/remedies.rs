//! What Stripe refuses, and what the ledger makes of it.

use adapters::sim::{Script, Settings};
use serde_json::json;
use support::eventually;

use super::field::{Field, PATIENCE, next_calls, payout_id};
use crate::scenario::laws;

fn next_call(path: &str, answer: &str, times: u32) -> Script {
    next_calls("POST", path, answer, times)
}

#[tokio::test]
async fn what_will_never_work_fails_the_payout_with_stripes_reason() {
    let field = Field::with(Settings::default()).await;
    field
        .simulator
        .script(next_call("/v1/payouts", "no_account", 1))
        .expect("a script");
    field.request_payouts(1).await;
    let _service = field.serve().await;
    field.stands(1, "failed", "").await;
    assert!(field.made().is_empty());
    // Its transaction is free for another payout.
    let again = json!({"seller_id": "seller-1", "currency": "usd", "payout_id": payout_id(2)});
    field.accepts("request-payout", again).await;
    field.stands(2, "pending", "").await;
    laws::check(field.ledger.database()).await;
}

#[tokio::test]
async fn what_stripe_refuses_for_now_waits_and_is_made_when_resumed() {
    let field = Field::with(Settings::default()).await;
    let usd = domain::money::Currency::parse("usd").expect("a currency");
    field.simulator.set_balance(Some("acct_1"), usd, 0);
    field.request_payouts(1).await;
    let _service = field.serve().await;
    field.stands(1, "requested", "balance_insufficient").await;
    field.simulator.set_balance(Some("acct_1"), usd, 1_050);
    field
        .accepts("resume-submission", json!({"payout_id": payout_id(1)}))
        .await;
    field.stands(1, "pending", "").await;
    assert_eq!(field.made()[&payout_id(1)].len(), 1);
}

#[tokio::test]
async fn a_seller_without_an_account_waits_for_a_person() {
    let field = Field::with(Settings::default()).await;
    field.request_payout(1, "nobody").await;
    let _service = field.serve().await;
    field.stands(1, "requested", "no_stripe_account").await;
    let known = json!({"seller_id": "nobody", "stripe_account": "acct_nobody"});
    field.accepts("register-seller", known).await;
    field
        .accepts("resume-submission", json!({"payout_id": payout_id(1)}))
        .await;
    field.stands(1, "pending", "").await;
}

#[tokio::test]
async fn a_payout_in_doubt_is_found_by_its_metadata() {
    let field = Field::with(Settings::default()).await;
    field
        .simulator
        .script(next_call("/v1/payouts", "error-after", 1))
        .expect("a script");
    field.request_payouts(1).await;
    let mut service = field.serve().await;
    service.wait_for_line("a payout is in doubt").await;
    field.stands(1, "pending", "").await;
    assert_eq!(field.made()[&payout_id(1)].len(), 1);
}

#[tokio::test]
async fn a_payout_that_stripe_never_made_is_made_anew_under_another_key() {
    let field = Field::with(Settings::default()).await;
    field
        .simulator
        .script(next_call("/v1/payouts", "error-before", 1))
        .expect("a script");
    field.request_payouts(1).await;
    let mut service = field.serve().await;
    service.wait_for_line("Stripe made nothing").await;
    field.stands(1, "pending", "").await;
    assert_eq!(field.made()[&payout_id(1)].len(), 1);
    let calls = field.simulator.calls();
    let keys: std::collections::BTreeSet<_> = calls
        .iter()
        .filter_map(|call| call.idempotency_key.as_deref())
        .collect();
    let key = |attempt| format!("payoutd:default:{}:{attempt}", payout_id(1));
    assert_eq!(keys, [key(1).as_str(), key(2).as_str()].into());
}

#[tokio::test]
async fn a_payout_is_called_off_at_stripe_before_its_money_comes_back() {
    let field = Field::with(Settings::default()).await;
    field.request_payouts(2).await;
    let _service = field.serve().await;
    field.stands(1, "pending", "").await;
    field.stands(2, "pending", "").await;

    field
        .accepts("cancel-payout", json!({"payout_id": payout_id(1)}))
        .await;
    field.stands(1, "canceled", "").await;
    assert_eq!(field.made()[&payout_id(1)][0].status.as_str(), "canceled");

    // On its way to the bank it cannot be called off.
    let id = field.made()[&payout_id(2)][0].id.clone();
    field
        .simulator
        .act(&id, &adapters::sim::Act::Post)
        .expect("it is posted");
    field
        .accepts("cancel-payout", json!({"payout_id": payout_id(2)}))
        .await;
    eventually(PATIENCE, async || {
        let events = field.events_of(2).await;
        match events
            .iter()
            .any(|name| name == "payout-cancellation-refused")
        {
            true => Ok(()),
            false => Err(events),
        }
    })
    .await;
    assert_eq!(field.payouts().await[&payout_id(2)].0, "pending");
    laws::check(field.ledger.database()).await;
}

#[tokio::test]
async fn transfers_are_made_once_for_each_transaction() {
    let mut field = Field::with(Settings::default()).await;
    field.settings = "transfers = \"before-payout\"\n";
    field
        .simulator
        .script(next_call("/v1/payouts", "account_closed", 1))
        .expect("a script");
    field.request_payouts(1).await;
    let _service = field.serve().await;
    field.stands(1, "failed", "").await;
    let again = json!({"seller_id": "seller-1", "currency": "usd", "payout_id": payout_id(2)});
    field.accepts("request-payout", again).await;
    field.stands(2, "pending", "").await;

    let transfers = field.simulator.transfers();
    assert_eq!(
        transfers.len(),
        1,
        "the second payout finds the first one's transfer"
    );
    assert_eq!(transfers[0].amount, 1_050);
    laws::check(field.ledger.database()).await;
}
