//! `transfer.*` to connected accounts.

use serde_json::{Value, json};

use super::summary::{event, meaning, with};

fn transfer(fields: Value) -> Value {
    let transfer = json!({
        "id": "tr_1", "object": "transfer", "amount": 10000, "amount_reversed": 0,
        "currency": "eur", "destination": "acct_1", "destination_payment": "py_1",
    });
    with(transfer, fields)
}

fn check(event_type: &str, fields: Value, expected: &str) {
    let object = transfer(fields);
    assert_eq!(
        meaning(&event(event_type, object.clone())),
        expected,
        "{event_type} {object}"
    );
}

#[test]
fn a_transfer_is_real_if_anything_says_so() {
    let to_account = "tr_1 100.00 eur to acct_1";
    check("transfer.created", json!({}), to_account);
    check(
        "transfer.created",
        json!({"destination_payment": null}),
        to_account,
    );
    check(
        "transfer.created",
        json!({"destination": {"id": "acct_1"}}),
        to_account,
    );
    check(
        "transfer.created",
        json!({"type": "bank_account"}),
        to_account,
    );
    let somewhere = "tr_1 100.00 eur";
    check("transfer.created", json!({"destination": null}), somewhere);
    check(
        "transfer.created",
        json!({"destination": "ba_1"}),
        somewhere,
    );
    check(
        "transfer.created",
        json!({"type": "stripe_account", "destination": null, "destination_payment": null}),
        somewhere,
    );
}

#[test]
fn what_was_taken_back_is_cumulative() {
    for event_type in [
        "transfer.created",
        "transfer.updated",
        "transfer.reversed",
        "transfer.paid",
    ] {
        check(
            event_type,
            json!({"amount_reversed": 2500}),
            "tr_1 100.00 eur to acct_1, reversed 25.00 eur",
        );
        check(
            event_type,
            json!({"amount_reversed": null, "reversed": true}),
            "tr_1 100.00 eur to acct_1, reversed 100.00 eur",
        );
    }
    let none = "tr_1 100.00 eur to acct_1";
    check("transfer.updated", json!({"amount_reversed": null}), none);
    check(
        "transfer.updated",
        json!({"amount_reversed": null, "reversed": false}),
        none,
    );
}

#[test]
fn no_more_can_be_taken_back_than_there_was() {
    let range = "dead: bad_field: amount_reversed must be 0 to amount";
    check(
        "transfer.reversed",
        json!({"amount_reversed": 10001}),
        range,
    );
    check("transfer.reversed", json!({"amount_reversed": -1}), range);
    check(
        "transfer.reversed",
        json!({"amount_reversed": "all"}),
        "dead: bad_field: amount_reversed must be a whole number of 64 bits",
    );
    for amount in [0, -10000] {
        check(
            "transfer.created",
            json!({"amount": amount}),
            "dead: bad_field: amount must be more than nothing",
        );
    }
}

#[test]
fn reversed_with_nothing_taken_back_is_dead() {
    let dead =
        "dead: type_status_mismatch: the event is a transfer.reversed, but amount_reversed is 0";
    check("transfer.reversed", json!({}), dead);
    check("transfer.reversed", json!({"amount_reversed": null}), dead);
}

#[test]
fn a_failed_transfer_to_an_account_needs_a_person() {
    let why = "a transfer to a connected account has failed";
    for event_type in ["transfer.failed", "transfer.canceled"] {
        check(
            event_type,
            json!({}),
            &format!("dead: unsupported: {event_type}: {why}"),
        );
    }
    for status in ["failed", "canceled"] {
        check(
            "transfer.updated",
            json!({"status": status}),
            &format!("dead: unsupported: transfer.updated: {why}"),
        );
    }
    check(
        "transfer.paid",
        json!({"status": "paid"}),
        "tr_1 100.00 eur to acct_1",
    );
    check(
        "transfer.created",
        json!({"status": "pending"}),
        "tr_1 100.00 eur to acct_1",
    );
}

#[test]
fn a_transfer_whose_shape_is_unclear_is_dead() {
    let id = "an id, or an object that has one";
    for destination in [json!(7), json!({}), json!({"id": 7}), json!(["acct_1"])] {
        check(
            "transfer.created",
            json!({"destination": destination, "destination_payment": null}),
            &format!("dead: bad_field: destination must be {id}"),
        );
    }
    check(
        "transfer.created",
        json!({"type": 7}),
        "dead: bad_field: type must be a string",
    );
    check(
        "transfer.created",
        json!({"object": "payout"}),
        r#"dead: bad_field: object must be "transfer", by the event's type"#,
    );
}
