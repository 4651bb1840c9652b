//! Payments: what their end means for the transactions split from them.

use domain::{Code, id::PaymentIntentId, payment::Status, stripe::Fact};
use serde_json::json;

use super::scenario::{Ledger, currency, dollars, intent, names, transaction_json, with};

/// Split between `ada`, twice, and `bob`; `t2` is not due for a few days.
fn split() -> Ledger {
    let mut ledger = Ledger::new();
    for (id, more) in [
        ("t1", json!({"seller_id": "ada"})),
        (
            "t2",
            json!({"seller_id": "ada", "available_on": "2026-11-25T00:00:00Z"}),
        ),
        ("t3", json!({"seller_id": "bob"})),
    ] {
        let fields = with(
            transaction_json(id, "payment", "10"),
            json!({"payment_intent": "pi_1"}),
        );
        ledger.accepts("record-transaction", with(fields, more));
    }
    ledger
}

fn pi() -> PaymentIntentId {
    intent("pi_1")
}

#[test]
fn when_the_customer_has_paid_each_seller_is_credited() {
    let mut ledger = split();
    let events = ledger.hears(Fact::PaymentSucceeded(pi()));
    assert_eq!(
        names(&events),
        [
            "payment-succeeded",
            "transactions-held",
            "transactions-released",
            "transactions-held",
            "transactions-released",
        ]
    );
    assert_eq!(ledger.place_of("t1"), Some("available"));
    assert_eq!(ledger.place_of("t2"), Some("held"));
    assert_eq!(
        ledger.balance_of("bob", "usd").totals().available.minor(),
        10_00
    );
    assert!(ledger.hears(Fact::PaymentSucceeded(pi())).is_empty());
}

#[test]
fn when_the_payment_is_given_up_its_transactions_fail() {
    let mut ledger = split();
    let events = ledger.hears(Fact::PaymentCanceled(pi()));
    let expected = [
        "payment-canceled",
        "transactions-failed",
        "transactions-failed",
    ];
    assert_eq!(names(&events), expected);
    assert_eq!(ledger.totals(), [0; 4]);
    assert!(ledger.hears(Fact::PaymentCanceled(pi())).is_empty());
}

#[test]
fn the_end_of_a_payment_is_final() {
    let mut ledger = split();
    ledger.hears(Fact::PaymentSucceeded(pi()));
    ledger.rejects(Fact::PaymentCanceled(pi()), Code::IllegalTransition);
    let mut ledger = split();
    ledger.hears(Fact::PaymentCanceled(pi()));
    ledger.rejects(Fact::PaymentSucceeded(pi()), Code::IllegalTransition);
}

#[test]
fn a_failed_attempt_is_noted_and_moves_no_money() {
    let mut ledger = split();
    let before = ledger.balance();
    let events = ledger.hears(Fact::PaymentAttemptFailed(pi()));
    assert_eq!(names(&events), ["payment-attempt-failed"]);
    assert!(ledger.hears(Fact::PaymentAttemptFailed(pi())).is_empty());
    assert_eq!(ledger.balance(), before);
    ledger.hears(Fact::PaymentSucceeded(pi()));
    assert_eq!(ledger.payment("pi_1").status(), Status::Succeeded);
    // Told late, it no longer matters.
    assert!(ledger.hears(Fact::PaymentAttemptFailed(pi())).is_empty());
}

#[test]
fn a_refund_is_noted_and_only_grows() {
    let mut ledger = split();
    let before = ledger.balance();
    let refunded = |minor| Fact::PaymentRefunded(pi(), dollars(minor));
    assert_eq!(names(&ledger.hears(refunded(5_00))), ["payment-refunded"]);
    assert!(ledger.hears(refunded(5_00)).is_empty());
    assert!(ledger.hears(refunded(3_00)).is_empty());
    assert_eq!(names(&ledger.hears(refunded(8_00))), ["payment-refunded"]);
    assert_eq!(ledger.payment("pi_1").refunded(), Some(dollars(8_00)));
    assert_eq!(ledger.balance(), before);
    let mut euros = dollars(9_00);
    euros.currency = currency("eur");
    ledger.rejects(Fact::PaymentRefunded(pi(), euros), Code::AlreadyExists);
}

#[test]
fn a_refund_of_nothing_is_nothing() {
    let mut ledger = Ledger::new();
    assert!(
        ledger
            .hears(Fact::PaymentRefunded(pi(), dollars(0)))
            .is_empty()
    );
}

#[test]
fn a_payment_nobody_split_is_noted_for_later() {
    let mut ledger = Ledger::new();
    let events = ledger.hears(Fact::PaymentSucceeded(pi()));
    assert_eq!(names(&events), ["payment-succeeded"]);
}
