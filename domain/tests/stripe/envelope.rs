//! What holds for events of every type.

use domain::stripe::{Meaning, Mode, translate};
use serde_json::{Value, json};

use super::summary::{event, meaning, summary, with};

fn paid() -> Value {
    json!({"id": "po_1", "object": "payout", "amount": 100, "currency": "usd", "status": "paid"})
}

fn check(body: impl AsRef<[u8]>, expected: &str) {
    let found = summary(&translate(body.as_ref(), Mode::Test));
    assert_eq!(
        found,
        expected,
        "{}",
        String::from_utf8_lossy(body.as_ref())
    );
}

#[test]
fn what_is_not_a_json_object_is_dead() {
    let not_json = "dead: not_json: the body is not JSON";
    check("", not_json);
    check("payout.paid", not_json);
    check(r#"{"type":"payout.paid""#, not_json);
    check(r#"{"type":"payout.paid"} again"#, not_json);
    check(b"{\"type\":\"payout.paid\",\"note\":\"\xff\"}", not_json);
    check("\u{feff}{\"type\":\"payout.paid\"}", not_json);
    check(r#"{"type":"\ud800"}"#, not_json);
    check("[".repeat(100_000), not_json);
    check(r#"{"data":"#.repeat(100_000), not_json);

    let no_object = "dead: not_json: the body is not a JSON object";
    check("null", no_object);
    check("[]", no_object);
    check(r#"["evt_1","event"]"#, no_object);
    check("17", no_object);
}

#[test]
fn an_event_without_a_type_is_dead() {
    let no_type = "dead: no_type: the event has no type";
    check("{}", no_type);
    check(r#"{"type":null}"#, no_type);
    check(r#"{"type":7}"#, no_type);
    check(r#"{"type":""}"#, no_type);
    check(r#"{"type":"payout.\u0000"}"#, no_type);
}

#[test]
fn an_event_whose_object_is_needed_and_missing_is_dead() {
    let missing = "dead: no_object: the event has no data.object";
    check(r#"{"type":"payout.paid"}"#, missing);
    check(r#"{"type":"payout.paid","data":{}}"#, missing);
    check(
        r#"{"type":"charge.refunded","data":{"object":null}}"#,
        missing,
    );
    let other = "dead: no_object: data.object is not an object";
    check(r#"{"type":"payout.paid","data":[{"id":"po_1"}]}"#, other);
    check(
        r#"{"type":"transfer.paid","data":{"object":["tr_1"]}}"#,
        other,
    );
    check(r#"{"type":"anything","data":{"object":"event"}}"#, other);
    check(r#"{"type":"customer.created"}"#, "ignored: type");
}

#[test]
fn a_field_that_is_there_twice_is_dead_if_it_matters() {
    let twice = |field| format!("dead: bad_field: {field} must be there only once");
    check(
        r#"{"type":"payout.paid","type":"payout.failed"}"#,
        &twice("type"),
    );
    check(
        r#"{"id":"evt_1","id":"evt_2","type":"payout.paid"}"#,
        &twice("id"),
    );
    check(
        r#"{"type":"payout.paid","data":{},"data":{}}"#,
        &twice("data"),
    );
    check(
        r#"{"type":"payout.paid","data":{"object":{},"object":{}}}"#,
        &twice("object"),
    );
    check(
        r#"{"type":"x","livemode":true,"livemode":false}"#,
        &twice("livemode"),
    );
    for (field, object) in [
        ("amount", r#""status":"paid","amount":1,"amount":100"#),
        ("status", r#""status":"paid","status":"failed""#),
        ("id", r#""id":"po_2","status":"paid""#),
    ] {
        let body =
            format!(r#"{{"type":"payout.paid","data":{{"object":{{"id":"po_1",{object}}}}}}}"#);
        check(body, &twice(field));
    }
    check(
        r#"{"type":"customer.created","created":1,"created":2}"#,
        "ignored: type",
    );
}

#[test]
fn an_event_is_live_only_if_envelope_and_object_say_so() {
    let (yes, no, absent) = (json!(true), json!(false), Value::Null);
    for (outside, inside, live) in [
        (&yes, &yes, true),
        (&yes, &absent, true),
        (&yes, &no, false),
        (&no, &yes, false),
        (&no, &no, false),
        (&no, &absent, false),
        (&absent, &yes, false),
        (&absent, &absent, false),
    ] {
        let object = with(paid(), json!({"livemode": inside}));
        let event = with(event("payout.paid", object), json!({"livemode": outside}));
        let body = event.to_string();
        for (mode, kept) in [(Mode::Live, live), (Mode::Test, !live)] {
            let found = translate(body.as_bytes(), mode).meaning;
            match found {
                Meaning::Fact(_) => assert!(kept, "{mode:?} {body}"),
                found => {
                    assert_eq!(found, Meaning::Ignored("livemode"), "{body}");
                    assert!(!kept, "{mode:?} {body}");
                }
            }
        }
    }
}

#[test]
fn the_mode_is_looked_at_before_type_and_fields() {
    let live = |body: &str| summary(&translate(body.as_bytes(), Mode::Live));
    assert_eq!(live(r#"{"type":"customer.created"}"#), "ignored: livemode");
    assert_eq!(
        live(r#"{"type":"v2.x.y","object":"v2.core.event"}"#),
        "ignored: livemode"
    );
    let odd = r#"{"type":"payout.paid","data":{"object":{"id":"po_1","status":"odd"}}}"#;
    assert_eq!(live(odd), "ignored: livemode");
    assert_eq!(
        live(r#"{"type":"payout.paid"}"#),
        "dead: no_object: the event has no data.object"
    );
    check(
        r#"{"type":"x","livemode":"yes"}"#,
        "dead: bad_field: livemode must be true or false",
    );
}

#[test]
fn types_the_ledger_has_no_use_for_are_ignored() {
    for event_type in [
        "account.updated",
        "balance.available",
        "charge.succeeded",
        "charge.dispute.updated",
        "charge.dispute.funds_withdrawn",
        "charge.refund.updated",
        "payment_intent.created",
        "payment_intent.processing",
        "payout",
        "refund.failed",
        "topup.succeeded",
        "transfer.renamed",
        "transfers.created",
        "a.type.of.the.future",
    ] {
        assert_eq!(
            meaning(&event(event_type, json!({"id": "x_1"}))),
            "ignored: type",
            "{event_type}"
        );
    }
}

#[test]
fn thin_events_are_ignored() {
    check(
        r#"{"id":"evt_1","object":"v2.core.event","type":"v2.core.account.updated"}"#,
        "ignored: thin_event",
    );
    check(
        r#"{"object":"v2.core.event","type":"payout.paid"}"#,
        "ignored: thin_event",
    );
}

#[test]
fn an_event_is_told_by_its_id_if_it_has_one() {
    let id = |id: Value| {
        let event = with(event("payout.paid", paid()), json!({"id": id}));
        translate(event.to_string().as_bytes(), Mode::Test).event_id
    };
    assert_eq!(id(json!("evt_1")), Some("evt_1".to_owned()));
    assert_eq!(id(json!("é".repeat(255))), Some("é".repeat(255)));
    assert_eq!(id(json!("e".repeat(256))), None);
    assert_eq!(id(json!("")), None);
    assert_eq!(id(json!("evt\u{0}")), None);
    assert_eq!(id(json!(7)), None);
    assert_eq!(id(Value::Null), None);
}

#[test]
fn events_of_one_object_have_one_key() {
    for (event_type, object, key) in [
        ("payout.paid", json!({"id": "po_1"}), Some("payout/po_1")),
        (
            "payout.paid",
            json!({"id": "po_1", "amount": "?"}),
            Some("payout/po_1"),
        ),
        ("payout.paid", json!({"id": "po 1"}), None),
        ("payout.paid", json!({"amount": 1}), None),
        ("transfer.paid", json!({"id": "tr_1"}), Some("payout/tr_1")),
        (
            "transfer.paid",
            json!({"id": "tr_1", "destination": "ba_1"}),
            Some("payout/tr_1"),
        ),
        (
            "transfer.paid",
            json!({"id": "tr_1", "destination": "acct_1"}),
            Some("transfer/tr_1"),
        ),
        (
            "transfer.paid",
            json!({"id": "tr_1", "destination": 7}),
            None,
        ),
        (
            "payment_intent.created",
            json!({"id": "pi_1"}),
            Some("payment/pi_1"),
        ),
        ("charge.refunded", json!({"id": "ch_1"}), None),
        (
            "charge.refunded",
            json!({"payment_intent": "pi_1"}),
            Some("payment/pi_1"),
        ),
        (
            "charge.dispute.closed",
            json!({"payment_intent": {"id": "pi_1"}}),
            Some("payment/pi_1"),
        ),
        (
            "refund.created",
            json!({"payment_intent": "pi_1"}),
            Some("payment/pi_1"),
        ),
        ("account.updated", json!({"id": "acct_1"}), None),
    ] {
        let body = event(event_type, object).to_string();
        for mode in [Mode::Test, Mode::Live] {
            assert_eq!(
                translate(body.as_bytes(), mode).object.as_deref(),
                key,
                "{body}"
            );
        }
    }
}
