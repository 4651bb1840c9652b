//! `payout.*`, and payouts to banks from before 2017 that go by the name of transfers.

use domain::stripe::{Meaning, Mode, translate};
use serde_json::{Value, json};

use super::summary::{event, meaning, summary, with};

const OURS: &str = "01939d0c-5b7e-7c43-9a51-2f6f0d1e8b34";
const MISMATCH: &str = "but the payout's status is another one";

fn payout(fields: Value) -> Value {
    let payout = json!({
        "id": "po_1", "object": "payout", "amount": 12550, "currency": "usd", "status": "paid",
    });
    with(payout, fields)
}

fn check(fields: Value, expected: &str) {
    let object = payout(fields);
    assert_eq!(
        meaning(&event("payout.updated", object.clone())),
        expected,
        "{object}"
    );
}

fn bad(field: &str, rule: &str) -> String {
    format!("dead: bad_field: {field} must be {rule}")
}

#[test]
fn the_status_of_the_object_stands() {
    for event_type in [
        "payout.created",
        "payout.updated",
        "payout.reconciliation_completed",
        "payout.new",
    ] {
        for status in ["pending", "in_transit", "paid", "canceled"] {
            let event = event(event_type, payout(json!({"status": status})));
            assert_eq!(
                meaning(&event),
                format!("po_1 125.50 usd {status}"),
                "{event_type}"
            );
        }
        let event = event(event_type, payout(json!({"status": "failed"})));
        assert_eq!(
            meaning(&event),
            "po_1 125.50 usd failed (unknown)",
            "{event_type}"
        );
    }
}

#[test]
fn a_final_type_whose_object_disagrees_is_dead() {
    for told in ["paid", "failed", "canceled"] {
        for status in ["pending", "in_transit", "paid", "failed", "canceled"] {
            let event = event(&format!("payout.{told}"), payout(json!({"status": status})));
            let dead =
                format!("dead: type_status_mismatch: the event is a payout.{told}, {MISMATCH}");
            assert_eq!(meaning(&event) == dead, told != status, "{told} {status}");
        }
    }
}

#[test]
fn a_payout_must_have_a_known_status() {
    for status in [json!("returned"), json!("Paid"), json!(""), Value::Null] {
        check(
            json!({"status": status}),
            &bad("status", "one that payouts have"),
        );
    }
    check(json!({"status": 1}), &bad("status", "a string"));
}

#[test]
fn a_failure_has_a_code_and_perhaps_words() {
    let failed = |fields| with(json!({"status": "failed"}), fields);
    check(
        failed(json!({"failure_code": "no_account", "failure_message": "No such account."})),
        "po_1 125.50 usd failed (no_account: No such account.)",
    );
    check(
        failed(json!({"failure_code": "", "failure_message": " \u{0} "})),
        "po_1 125.50 usd failed (unknown)",
    );
    check(
        failed(json!({"failure_code": "declined", "failure_message": "a\u{0}b\nc"})),
        "po_1 125.50 usd failed (declined: a b c)",
    );
    check(
        failed(json!({"failure_code": "declined", "failure_message": "é".repeat(5000)})),
        &format!("po_1 125.50 usd failed (declined: {})", "é".repeat(1000)),
    );
    check(
        failed(json!({"failure_code": 7})),
        &bad("failure_code", "a string"),
    );
    check(
        json!({"failure_code": "no_account"}),
        "po_1 125.50 usd paid",
    );
}

#[test]
fn an_amount_is_a_whole_number_of_a_known_currency() {
    check(json!({"amount": -4000}), "po_1 -40.00 usd paid");
    check(
        json!({"amount": 5000, "currency": "jpy"}),
        "po_1 5000 jpy paid",
    );
    check(
        json!({"amount": 5000, "currency": "KWD"}),
        "po_1 5.000 kwd paid",
    );
    check(
        json!({"amount": i64::MAX}),
        "po_1 92233720368547758.07 usd paid",
    );
    let whole = bad("amount", "a whole number of 64 bits");
    check(json!({"amount": 1.5}), &whole);
    check(json!({"amount": 100.0}), &whole);
    check(json!({"amount": "100"}), &whole);
    check(json!({"amount": u64::MAX}), &whole);
    check(json!({"amount": [100]}), &whole);
    check(json!({"amount": null}), &bad("amount", "there"));
    let known = bad("currency", "one that Stripe handles");
    check(json!({"currency": "xxx"}), &known);
    check(json!({"currency": "usdollar"}), &known);
    check(json!({"currency": null}), &known);
    check(json!({"currency": 840}), &bad("currency", "a string"));
}

#[test]
fn a_number_too_large_for_anything_is_dead() {
    for number in ["1e400", "-1e999999999", &"9".repeat(5000)] {
        let body = event("payout.paid", payout(json!({"amount": 77_777})))
            .to_string()
            .replace("77777", number);
        let found = translate(body.as_bytes(), Mode::Test);
        assert!(matches!(found.meaning, Meaning::Dead { .. }), "{number}");
    }
}

#[test]
fn our_id_is_found_in_the_metadata_if_it_is_one() {
    check(
        json!({"metadata": {"payout_id": OURS}}),
        &format!("po_1 125.50 usd paid, ours {OURS}"),
    );
    for metadata in [
        json!({}),
        json!({"payout_id": "po_1"}),
        json!({"payout_id": null}),
        json!({"payout_id": 7}),
        json!({"other": OURS}),
        json!([OURS]),
        json!(OURS),
        Value::Null,
    ] {
        check(json!({"metadata": metadata}), "po_1 125.50 usd paid");
    }
    let body = event(
        "payout.paid",
        payout(json!({"metadata": {"payout_id": OURS}})),
    )
    .to_string()
    .replace(r#"{"payout_id""#, r#"{"payout_id":"x","payout_id""#);
    let found = translate(body.as_bytes(), Mode::Test);
    assert_eq!(summary(&found), bad("payout_id", "there only once"));
}

#[test]
fn the_arrival_is_in_seconds() {
    check(
        json!({"arrival_date": 1_580_428_800}),
        "po_1 125.50 usd paid, arrives 2020-01-31T00:00:00Z",
    );
    let seconds = bad("arrival_date", "seconds since 1970");
    check(json!({"arrival_date": i64::MAX}), &seconds);
    check(json!({"arrival_date": -62_200_000_000_i64}), &seconds);
    check(
        json!({"arrival_date": "2020-01-31"}),
        &bad("arrival_date", "a whole number of 64 bits"),
    );
}

#[test]
fn a_method_is_standard_unless_it_is_instant() {
    check(
        json!({"method": "instant"}),
        "po_1 125.50 usd paid, instant",
    );
    check(json!({"method": "standard"}), "po_1 125.50 usd paid");
    check(json!({"method": "of_the_future"}), "po_1 125.50 usd paid");
}

#[test]
fn the_account_is_the_envelopes() {
    let of = |fields| meaning(&with(event("payout.paid", payout(json!({}))), fields));
    assert_eq!(
        of(json!({"account": "acct_1"})),
        "po_1 125.50 usd paid, of acct_1"
    );
    assert_eq!(
        of(json!({"user_id": "acct_2"})),
        "po_1 125.50 usd paid, of acct_2"
    );
    assert_eq!(
        of(json!({"account": "acct_1", "user_id": "acct_2"})),
        "po_1 125.50 usd paid, of acct_1"
    );
    assert_eq!(of(json!({})), "po_1 125.50 usd paid");
    assert_eq!(
        of(json!({"account": 7})),
        bad("account", "an id, or an object that has one")
    );
    assert_eq!(
        of(json!({"account": "an account"})),
        bad("account", "an id without white space")
    );
}

#[test]
fn an_object_of_another_kind_is_dead() {
    let other = bad("object", r#""payout", by the event's type"#);
    check(json!({"object": "transfer"}), &other);
    check(json!({"object": "charge"}), &other);
    check(json!({"object": null}), "po_1 125.50 usd paid");
    check(json!({"id": null}), &bad("id", "there"));
    check(
        json!({"id": "p".repeat(256)}),
        &bad("id", "an id without white space"),
    );
}

#[test]
fn an_old_transfer_to_a_bank_is_the_payout_it_is() {
    let bank = |verb: &str, fields| {
        let object = payout(json!({
            "object": "transfer", "type": "bank_account", "date": 1_480_032_000,
        }));
        meaning(&event(&format!("transfer.{verb}"), with(object, fields)))
    };
    let arrives = "arrives 2016-11-25T00:00:00Z";
    let paid = format!("po_1 125.50 usd paid, {arrives}");
    assert_eq!(bank("paid", json!({})), paid);
    assert_eq!(bank("paid", json!({"destination": "ba_1"})), paid);
    assert_eq!(bank("paid", json!({"destination": {"id": "card_1"}})), paid);
    assert_eq!(bank("paid", json!({"type": "card"})), paid);
    assert_eq!(bank("paid", json!({"type": null})), paid);
    assert_eq!(bank("paid", json!({"object": "payout"})), paid);
    assert_eq!(
        bank("created", json!({"id": "tr_1", "status": "pending"})),
        format!("tr_1 125.50 usd pending, {arrives}")
    );
    assert_eq!(
        bank(
            "failed",
            json!({"status": "failed", "failure_code": "no_account"})
        ),
        format!("po_1 125.50 usd failed (no_account), {arrives}")
    );
    for verb in ["failed", "canceled"] {
        let dead =
            format!("dead: type_status_mismatch: the event is a transfer.{verb}, {MISMATCH}");
        assert_eq!(bank(verb, json!({})), dead);
    }
    assert_eq!(
        bank("reversed", json!({})),
        "dead: unsupported: transfer.reversed: a payout to a bank can't be reversed"
    );
    assert_eq!(
        bank("paid", json!({"object": "charge"})),
        bad("object", r#""transfer", by the event's type"#)
    );
}
