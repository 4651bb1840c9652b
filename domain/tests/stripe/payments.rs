//! `payment_intent.*`, `charge.refunded` and `charge.dispute.*`.

use serde_json::{Value, json};

use super::summary::{event, meaning, with};

fn check(event_type: &str, object: Value, expected: &str) {
    assert_eq!(
        meaning(&event(event_type, object.clone())),
        expected,
        "{event_type} {object}"
    );
}

fn intent(status: &str) -> Value {
    json!({"id": "pi_1", "object": "payment_intent", "status": status})
}

fn dispute(fields: Value) -> Value {
    let dispute = json!({
        "id": "du_1", "object": "dispute", "payment_intent": "pi_1", "status": "needs_response",
    });
    with(dispute, fields)
}

fn charge(fields: Value) -> Value {
    let charge = json!({
        "id": "ch_1", "object": "charge", "payment_intent": "pi_1",
        "amount": 10000, "amount_refunded": 1500, "currency": "eur",
    });
    with(charge, fields)
}

#[test]
fn a_payment_is_over_when_type_and_status_say_so() {
    for told in ["succeeded", "canceled"] {
        let event_type = format!("payment_intent.{told}");
        check(&event_type, intent(told), &format!("pi_1 {told}"));
        for status in [
            "requires_payment_method",
            "processing",
            "succeeded",
            "canceled",
        ] {
            if status != told {
                let but = "but the payment's status is another one";
                let dead =
                    format!("dead: type_status_mismatch: the event is a {event_type}, {but}");
                check(&event_type, intent(status), &dead);
            }
        }
        check(
            &event_type,
            json!({"id": "pi_1"}),
            "dead: bad_field: status must be there",
        );
    }
}

#[test]
fn a_failed_attempt_is_noted_whatever_the_status() {
    for status in ["requires_payment_method", "succeeded", "of_the_future"] {
        check(
            "payment_intent.payment_failed",
            intent(status),
            "pi_1 attempt failed",
        );
    }
}

#[test]
fn a_payment_must_have_an_id_and_be_a_payment_intent() {
    let object = json!({"object": "charge", "id": "ch_1", "status": "succeeded"});
    let kind = r#"dead: bad_field: object must be "payment_intent", by the event's type"#;
    check("payment_intent.succeeded", object, kind);
    for id in [Value::Null, json!(7), json!("pi 1")] {
        let found = meaning(&event("payment_intent.payment_failed", json!({"id": id})));
        assert!(
            found.starts_with("dead: bad_field: id must be "),
            "{id} {found}"
        );
    }
}

#[test]
fn a_refund_is_noted_by_its_payment_with_the_sum_so_far() {
    check(
        "charge.refunded",
        charge(json!({})),
        "pi_1 refunded 15.00 eur",
    );
    check(
        "charge.refunded",
        charge(json!({"payment_intent": {"id": "pi_2", "object": "payment_intent"}})),
        "pi_2 refunded 15.00 eur",
    );
    check(
        "charge.refunded",
        charge(json!({"payment_intent": null})),
        "ignored: no_payment_intent",
    );
    check(
        "charge.refunded",
        charge(json!({"amount_refunded": -1})),
        "dead: bad_field: amount_refunded must be 0 or more",
    );
    check(
        "charge.refunded",
        charge(json!({"amount_refunded": null})),
        "dead: bad_field: amount_refunded must be there",
    );
    check(
        "charge.refunded",
        charge(json!({"payment_intent": 7})),
        "dead: bad_field: payment_intent must be an id, or an object that has one",
    );
}

#[test]
fn a_dispute_is_opened_whatever_its_status() {
    for status in [
        "needs_response",
        "warning_needs_response",
        "under_review",
        "won",
        "lost",
    ] {
        let object = dispute(json!({"status": status}));
        check("charge.dispute.created", object, "pi_1 disputed by du_1");
    }
}

#[test]
fn a_dispute_is_closed_with_an_outcome() {
    for (status, outcome) in [
        ("won", "Won"),
        ("lost", "Lost"),
        ("warning_closed", "WarningClosed"),
    ] {
        check(
            "charge.dispute.closed",
            dispute(json!({"status": status})),
            &format!("pi_1 dispute du_1 closed, {outcome}"),
        );
    }
    for status in [
        "needs_response",
        "under_review",
        "charge_refunded",
        "of_the_future",
    ] {
        check(
            "charge.dispute.closed",
            dispute(json!({"status": status})),
            "dead: type_status_mismatch: the event is a charge.dispute.closed, \
             but the dispute's status is not a final one",
        );
    }
}

#[test]
fn a_dispute_goes_by_its_payment() {
    for event_type in ["charge.dispute.created", "charge.dispute.closed"] {
        let won = |fields| dispute(with(json!({"status": "won"}), fields));
        let expanded = won(json!({"payment_intent": {"id": "pi_2"}}));
        assert!(
            meaning(&event(event_type, expanded)).starts_with("pi_2 "),
            "{event_type}"
        );
        let mut without = won(json!({}));
        without["payment_intent"] = Value::Null;
        check(event_type, without, "ignored: no_payment_intent");
        let mut nameless = won(json!({}));
        nameless["id"] = Value::Null;
        check(event_type, nameless, "dead: bad_field: id must be there");
    }
}
