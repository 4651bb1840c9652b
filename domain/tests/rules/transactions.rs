//! Transactions: recorded, held, released, failed.

use domain::{Code, stripe::Fact};
use serde_json::{Value, json};

use super::scenario::{Ledger, intent, names, payout_id, request, transaction_json, usd, with};

fn held(id: &str) -> Value {
    with(
        transaction_json(id, "payment", "100"),
        json!({"available_on": "2026-11-25T00:00:00Z"}),
    )
}

fn paying(id: &str, payment: &str) -> Value {
    with(
        transaction_json(id, "payment", "100"),
        json!({"payment_intent": payment}),
    )
}

fn of_ada(id: &str) -> Value {
    json!({"transaction_id": id, "seller_id": "ada", "currency": "usd"})
}

#[test]
fn what_the_seller_gets_is_gross_less_fee() {
    let mut ledger = Ledger::new();
    let fields = with(
        transaction_json("t1", "payment", "100.50"),
        json!({"fee": usd("2.25")}),
    );
    assert_eq!(
        names(&ledger.accepts("record-transaction", fields)),
        ["transaction-recorded"]
    );
    assert_eq!(ledger.totals(), [0, 98_25, 0, 0]);
}

#[test]
fn a_fee_given_back_with_a_refund_lowers_what_the_seller_owes() {
    let mut ledger = Ledger::new();
    let fields = with(
        transaction_json("t1", "refund", "-100"),
        json!({"fee": usd("-3")}),
    );
    ledger.accepts("record-transaction", fields);
    assert_eq!(ledger.totals(), [0, -97_00, 0, 0]);
}

#[test]
fn a_transaction_is_held_until_its_day_and_available_without_one() {
    for (available_on, place) in [
        (json!(null), "available"),
        (json!("2026-11-21T12:00:00Z"), "available"),
        (json!("2026-11-21T12:00:01Z"), "held"),
        (json!("2026-11-21T12:00:00-01:00"), "held"),
        (json!("2026-11-21T12:30:00+01:00"), "available"),
    ] {
        let mut ledger = Ledger::new();
        let fields = transaction_json("t1", "payment", "100");
        let fields = with(fields, json!({"available_on": available_on}));
        ledger.accepts("record-transaction", fields);
        assert_eq!(ledger.place_of("t1"), Some(place), "{available_on}");
    }
}

#[test]
fn a_transaction_of_a_payment_waits_for_the_payment() {
    let mut ledger = Ledger::new();
    let events = ledger.accepts("record-transaction", paying("t1", "pi_1"));
    assert_eq!(
        names(&events),
        ["transaction-linked", "transaction-recorded"]
    );
    assert_eq!(ledger.place_of("t1"), Some("pending"));
    assert_eq!(ledger.totals(), [10_000, 0, 0, 0]);
}

#[test]
fn a_transaction_of_a_payment_that_succeeded_before_does_not_wait() {
    let mut ledger = Ledger::new();
    ledger.hears(Fact::PaymentSucceeded(intent("pi_1")));
    ledger.accepts("record-transaction", paying("t1", "pi_1"));
    assert_eq!(ledger.place_of("t1"), Some("available"));
    ledger.accepts(
        "record-transaction",
        with(held("t2"), json!({"payment_intent": "pi_1"})),
    );
    assert_eq!(ledger.place_of("t2"), Some("held"));
}

#[test]
fn a_transaction_of_a_payment_that_was_canceled_fails_at_once() {
    let mut ledger = Ledger::new();
    ledger.hears(Fact::PaymentCanceled(intent("pi_1")));
    let events = ledger.accepts("record-transaction", paying("t1", "pi_1"));
    assert_eq!(
        names(&events),
        [
            "transaction-linked",
            "transaction-recorded",
            "transactions-failed"
        ]
    );
    assert_eq!(ledger.place_of("t1"), None);
    assert_eq!(ledger.totals(), [0; 4]);
}

#[test]
fn the_same_transaction_again_changes_nothing() {
    let mut ledger = Ledger::new();
    let fields = with(
        paying("t1", "pi_1"),
        json!({"order_id": "o1", "transfer": "tr_1"}),
    );
    ledger.accepts("record-transaction", fields.clone());
    assert!(
        ledger
            .accepts("record-transaction", fields.clone())
            .is_empty()
    );
    // The payment has moved on; the caller still says the same.
    ledger.hears(Fact::PaymentSucceeded(intent("pi_1")));
    assert!(
        ledger
            .accepts("record-transaction", fields.clone())
            .is_empty()
    );
    // A fee of nothing is no fee, and the same moment is the same in any zone.
    let again = with(fields, json!({"fee": usd("0")}));
    assert!(ledger.accepts("record-transaction", again).is_empty());
    ledger.accepts("record-transaction", held("t2"));
    let elsewhere = with(
        held("t2"),
        json!({"available_on": "2026-11-25T01:00:00+01:00"}),
    );
    assert!(ledger.accepts("record-transaction", elsewhere).is_empty());
}

#[test]
fn the_same_id_for_something_else_is_refused() {
    let mut ledger = Ledger::new();
    let original = transaction_json("t1", "payment", "100");
    ledger.accepts("record-transaction", original.clone());
    for other in [
        json!({"gross": usd("100.01")}),
        json!({"gross": {"amount": "100", "currency": "eur"}}),
        json!({"seller_id": "bob"}),
        json!({"kind": "adjustment"}),
        json!({"fee": usd("1")}),
        json!({"order_id": "o1"}),
        json!({"transfer": "tr_1"}),
        json!({"payment_intent": "pi_1"}),
        json!({"available_on": "2026-11-25T00:00:00Z"}),
    ] {
        let fields = with(original.clone(), other);
        ledger.refuses("record-transaction", fields, Code::AlreadyExists);
    }
}

#[test]
fn the_sign_must_fit_the_kind() {
    let mut ledger = Ledger::new();
    for (kind, gross) in [
        ("payment", "0"),
        ("payment", "-1"),
        ("refund", "0"),
        ("refund", "1"),
        ("dispute", "0"),
        ("dispute", "1"),
        ("adjustment", "0"),
    ] {
        let fields = transaction_json("t1", kind, gross);
        ledger.refuses("record-transaction", fields, Code::InvalidCommand);
    }
    for (n, (kind, gross)) in [("dispute", "-1"), ("adjustment", "-1"), ("adjustment", "1")]
        .into_iter()
        .enumerate()
    {
        let fields = transaction_json(&format!("t{n}"), kind, gross);
        ledger.accepts("record-transaction", fields);
    }
}

#[test]
fn a_fee_in_another_currency_is_refused() {
    let fee = json!({"fee": {"amount": "1", "currency": "eur"}});
    let fields = with(transaction_json("t1", "payment", "10"), fee);
    Ledger::new().refuses("record-transaction", fields, Code::InvalidCommand);
}

#[test]
fn sums_that_do_not_fit_are_refused_before_anything_happens() {
    let most = "92233720368547758.07";
    let mut ledger = Ledger::new();
    let net_too_large = with(
        transaction_json("t1", "payment", most),
        json!({"fee": usd("-0.01")}),
    );
    ledger.refuses("record-transaction", net_too_large, Code::InvalidCommand);
    let no_opposite = transaction_json("t1", "adjustment", "-92233720368547758.08");
    ledger.refuses("record-transaction", no_opposite, Code::InvalidCommand);

    ledger.owes("t1", most);
    let one_more = transaction_json("t2", "payment", "0.01");
    ledger.refuses("record-transaction", one_more.clone(), Code::InvalidCommand);
    // Paid out or not: the sums of the past have to fit too.
    let id = json!({"payout_id": payout_id(1)});
    ledger.accepts("request-payout", request(id.clone()));
    ledger.accepts("mark-payout-paid", id);
    assert_eq!(ledger.totals(), [0, 0, 0, i64::MAX]);
    ledger.refuses("record-transaction", one_more, Code::InvalidCommand);
}

#[test]
fn days_that_cannot_be_written_in_utc_are_refused() {
    for day in ["9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00"] {
        let fields = with(
            transaction_json("t1", "payment", "1"),
            json!({"available_on": day}),
        );
        Ledger::new().refuses("record-transaction", fields, Code::InvalidCommand);
    }
}

#[test]
fn a_held_transaction_can_be_released_before_its_day() {
    let mut ledger = Ledger::new();
    ledger.accepts("record-transaction", held("t1"));
    assert_eq!(ledger.totals(), [10_000, 0, 0, 0]);
    let released = ledger.accepts("release-transaction", of_ada("t1"));
    assert_eq!(names(&released), ["transactions-released"]);
    assert_eq!(ledger.totals(), [0, 10_000, 0, 0]);
    assert!(
        ledger
            .accepts("release-transaction", of_ada("t1"))
            .is_empty()
    );
    ledger.accepts("request-payout", request(json!({})));
    assert!(
        ledger
            .accepts("release-transaction", of_ada("t1"))
            .is_empty()
    );
}

#[test]
fn what_was_not_paid_by_the_customer_cannot_be_released() {
    let mut ledger = Ledger::new();
    ledger.accepts("record-transaction", paying("t1", "pi_1"));
    ledger.refuses(
        "release-transaction",
        of_ada("t1"),
        Code::TransactionNotEligible,
    );
}

#[test]
fn a_pending_or_held_transaction_can_fail() {
    let mut ledger = Ledger::new();
    ledger.accepts("record-transaction", paying("t1", "pi_1"));
    ledger.accepts("record-transaction", held("t2"));
    for id in ["t1", "t2"] {
        let failed = ledger.accepts("fail-transaction", of_ada(id));
        assert_eq!(names(&failed), ["transactions-failed"]);
        assert_eq!(ledger.place_of(id), None);
    }
    assert_eq!(ledger.totals(), [0; 4]);
    // Its payment may succeed later; that changes nothing any more.
    let succeeded = ledger.hears(Fact::PaymentSucceeded(intent("pi_1")));
    assert_eq!(names(&succeeded), ["payment-succeeded"]);
}

#[test]
fn what_is_free_or_taken_cannot_fail_any_more() {
    let mut ledger = Ledger::new();
    ledger.owes("t1", "10");
    ledger.refuses("fail-transaction", of_ada("t1"), Code::IllegalTransition);
    ledger.accepts(
        "request-payout",
        request(json!({"payout_id": payout_id(1)})),
    );
    ledger.refuses("fail-transaction", of_ada("t1"), Code::IllegalTransition);
}

#[test]
fn what_has_left_the_balance_cannot_be_released_or_fail() {
    let mut ledger = Ledger::new();
    ledger.owes("t1", "10");
    ledger.accepts(
        "request-payout",
        request(json!({"payout_id": payout_id(1)})),
    );
    ledger.accepts("mark-payout-paid", json!({"payout_id": payout_id(1)}));
    for name in ["release-transaction", "fail-transaction"] {
        ledger.refuses(name, of_ada("t1"), Code::IllegalTransition);
    }
}

#[test]
fn unknown_transactions_and_those_of_others_are_not_found() {
    let mut ledger = Ledger::new();
    ledger.owes("t1", "10");
    for name in ["release-transaction", "fail-transaction"] {
        ledger.refuses(name, of_ada("t2"), Code::TransactionNotFound);
        let of_bob = with(of_ada("t1"), json!({"seller_id": "bob"}));
        ledger.refuses(name, of_bob, Code::TransactionNotFound);
        let in_euro = with(of_ada("t1"), json!({"currency": "eur"}));
        ledger.refuses(name, in_euro, Code::TransactionNotFound);
    }
}

#[test]
fn all_that_is_due_is_released_together() {
    let mut ledger = Ledger::new();
    for (id, day) in [("t1", "23"), ("t2", "22"), ("t3", "24")] {
        let on = json!({"available_on": format!("2026-11-{day}T00:00:00Z")});
        let fields = with(transaction_json(id, "payment", "10"), on);
        ledger.accepts("record-transaction", fields);
    }
    let release = || json!({"seller_id": "ada", "currency": "usd"});
    let early = ledger.accepts("release-due-transactions", release());
    assert!(early.is_empty(), "nothing is due");

    ledger.days_pass(2);
    let events = ledger.accepts("release-due-transactions", release());
    assert_eq!(names(&events), ["transactions-released"]);
    let places = ["t1", "t2", "t3"].map(|id| ledger.place_of(id).unwrap());
    assert_eq!(places, ["available", "available", "held"]);
    assert_eq!(ledger.totals(), [10_00, 20_00, 0, 0]);

    let again = ledger.accepts("release-due-transactions", release());
    assert!(again.is_empty(), "once is enough");
}

#[test]
fn a_balance_without_transactions_has_nothing_to_release() {
    let mut ledger = Ledger::new();
    let nobody = json!({"seller_id": "nobody", "currency": "usd"});
    let events = ledger.accepts("release-due-transactions", nobody);
    assert!(events.is_empty());
}
