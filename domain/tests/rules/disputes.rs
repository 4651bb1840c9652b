//! Disputes: what is at risk is not paid out.
#![expect(clippy::unwrap_used, reason = "ids that are known to be good")]

use domain::{
    Code, Event,
    id::DisputeId,
    payment::event::DisputeOutcome::{self, Lost, WarningClosed, Won},
    stripe::Fact,
};
use serde_json::json;

use super::scenario::{
    Ledger, intent, names, payout_id, request, transaction, transaction_json, with,
};

fn opened(id: &str) -> Fact {
    Fact::DisputeOpened(intent("pi_1"), DisputeId::new(id).unwrap())
}

fn closed(id: &str, outcome: DisputeOutcome) -> Fact {
    Fact::DisputeClosed(intent("pi_1"), DisputeId::new(id).unwrap(), outcome)
}

/// `t1` comes from payment `pi_1`, `t2` does not; both are available.
fn at_risk() -> Ledger {
    let mut ledger = Ledger::new();
    ledger.hears(Fact::PaymentSucceeded(intent("pi_1")));
    let fields = transaction_json("t1", "payment", "10");
    ledger.accepts(
        "record-transaction",
        with(fields, json!({"payment_intent": "pi_1"})),
    );
    ledger.owes("t2", "20");
    ledger
}

fn is_blocked(ledger: &Ledger) -> bool {
    ledger.balance().is_blocked(&transaction("t1"))
}

#[test]
fn an_open_dispute_blocks_the_transactions_of_its_payment() {
    let mut ledger = at_risk();
    let events = ledger.hears(opened("dp_1"));
    assert_eq!(names(&events), ["dispute-opened", "transactions-blocked"]);
    assert!(ledger.hears(opened("dp_1")).is_empty());
    let named = request(json!({"transactions": ["t1"]}));
    ledger.refuses("request-payout", named, Code::TransactionNotEligible);
    ledger.accepts(
        "request-payout",
        request(json!({"payout_id": payout_id(1)})),
    );
    assert_eq!(ledger.payout(1).amount().amount.minor(), 20_00);
    assert_eq!(ledger.place_of("t1"), Some("available"));
}

#[test]
fn a_dispute_that_ends_well_unblocks_and_a_lost_one_does_not() {
    for (outcome, blocked) in [(Won, false), (WarningClosed, false), (Lost, true)] {
        let mut ledger = at_risk();
        ledger.hears(opened("dp_1"));
        ledger.hears(closed("dp_1", outcome));
        assert_eq!(is_blocked(&ledger), blocked, "{outcome:?}");
        assert!(ledger.hears(closed("dp_1", outcome)).is_empty());
    }
}

#[test]
fn the_end_of_a_dispute_may_be_told_before_its_beginning() {
    for (outcome, blocked) in [(Won, false), (WarningClosed, false), (Lost, true)] {
        let mut ledger = at_risk();
        ledger.hears(closed("dp_1", outcome));
        assert!(ledger.hears(opened("dp_1")).is_empty(), "overtaken");
        assert_eq!(is_blocked(&ledger), blocked, "{outcome:?}");
    }
}

#[test]
fn of_two_disputes_the_last_to_end_decides() {
    let mut ledger = at_risk();
    ledger.hears(opened("dp_1"));
    assert_eq!(names(&ledger.hears(opened("dp_2"))), ["dispute-opened"]);
    assert_eq!(
        names(&ledger.hears(closed("dp_1", Won))),
        ["dispute-closed"]
    );
    assert!(is_blocked(&ledger));
    let events = ledger.hears(closed("dp_2", Won));
    assert_eq!(names(&events), ["dispute-closed", "transactions-unblocked"]);
    assert!(!is_blocked(&ledger));
}

#[test]
fn a_dispute_has_one_outcome() {
    let mut ledger = at_risk();
    ledger.hears(closed("dp_1", Won));
    ledger.rejects(closed("dp_1", Lost), Code::AlreadyExists);
}

#[test]
fn a_transaction_recorded_during_a_dispute_is_blocked_from_the_start() {
    let mut ledger = at_risk();
    ledger.hears(opened("dp_1"));
    let fields = transaction_json("t3", "payment", "30");
    let events = ledger.accepts(
        "record-transaction",
        with(fields, json!({"payment_intent": "pi_1"})),
    );
    let blocked = |event: &Event| matches!(event, Event::TransactionRecorded(e) if e.blocked);
    assert!(events.iter().any(blocked));
    ledger.hears(closed("dp_1", Won));
    assert!(!ledger.balance().is_blocked(&transaction("t3")));
}

#[test]
fn what_comes_back_from_a_payout_during_a_dispute_is_blocked() {
    let mut ledger = at_risk();
    ledger.accepts(
        "request-payout",
        request(json!({"payout_id": payout_id(1)})),
    );
    ledger.hears(opened("dp_1"));
    ledger.accepts("cancel-payout", json!({"payout_id": payout_id(1)}));
    assert_eq!(ledger.place_of("t1"), Some("available"));
    let named = request(json!({"transactions": ["t1"]}));
    ledger.refuses("request-payout", named, Code::TransactionNotEligible);
}

#[test]
fn a_seller_never_ends_up_owing_because_a_debt_is_blocked() {
    let mut ledger = at_risk();
    ledger.accepts(
        "request-payout",
        request(json!({"payout_id": payout_id(1)})),
    );
    ledger.accepts("mark-payout-paid", json!({"payout_id": payout_id(1)}));
    ledger.hears(opened("dp_1"));
    let debt = transaction_json("t3", "dispute", "-10");
    ledger.accepts(
        "record-transaction",
        with(debt, json!({"payment_intent": "pi_1"})),
    );
    ledger.owes("t4", "8");
    ledger.refuses(
        "request-payout",
        request(json!({})),
        Code::InsufficientFunds,
    );
    ledger.owes("t5", "12");
    ledger.accepts("request-payout", request(json!({"transactions": ["t4"]})));
}
