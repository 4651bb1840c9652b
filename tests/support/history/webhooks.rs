//! Events as Stripe sends them: the fields that matter, and some of those that do not.

use serde_json::{Value, json};

use super::market::{Payout, Sale};

/// A webhook's body.
pub(super) fn event(
    id: &str,
    name: &str,
    created: i64,
    account: Option<&str>,
    object: Value,
) -> Vec<u8> {
    json!({
        "id": id, "object": "event", "api_version": "2026-08-26.dahlia", "account": account,
        "created": created, "livemode": false, "pending_webhooks": 1,
        "request": {"id": null, "idempotency_key": null}, "type": name,
        "data": {"object": object},
    })
    .to_string()
    .into_bytes()
}

/// A customer's payment.
pub(super) fn payment_intent(sale: &Sale, status: &str) -> Value {
    json!({
        "id": sale.intent, "object": "payment_intent", "amount": sale.gross,
        "currency": sale.currency, "livemode": false, "status": status, "metadata": {},
    })
}

/// A dispute about a customer's payment.
pub(super) fn dispute(sale: &Sale, status: &str) -> Value {
    json!({
        "id": format!("dp_{}", sale.id), "object": "dispute", "amount": sale.gross,
        "currency": sale.currency, "livemode": false, "status": status,
        "payment_intent": sale.intent, "reason": "general", "metadata": {},
    })
}

/// A charge of which money was given back.
pub(super) fn refunded_charge(sale: &Sale, refunded: i64) -> Value {
    json!({
        "id": format!("ch_{}", sale.id), "object": "charge", "amount": sale.gross,
        "amount_refunded": refunded, "currency": sale.currency, "livemode": false,
        "payment_intent": sale.intent, "status": "succeeded",
    })
}

/// A payout.
pub(super) fn payout(payout: &Payout, amount: i64, status: &str, arrival: i64) -> Value {
    let failure = (status == "failed").then_some("account_closed");
    json!({
        "id": payout.stripe_id(), "object": "payout", "amount": amount,
        "currency": payout.currency, "arrival_date": arrival, "automatic": false,
        "created": arrival - 172_800, "failure_code": failure,
        "failure_message": failure.map(|_| "The bank account has been closed"),
        "livemode": false, "metadata": {"payout_id": payout.id}, "method": "standard",
        "source_type": "card", "status": status, "type": "bank_account",
    })
}
