//! Commands as callers write them: what is read, and what is refused at the door.
#![expect(clippy::unwrap_used, reason = "commands that are known to be good")]

use domain::{
    Code, Command, Refusal,
    arrival::Arrival,
    id::{IdempotencyKey, SellerId, StreamId, Tenant, TransactionId},
    refusal::Rejection,
};
use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};

use super::scenario::{payout_id, transaction_json, usd, with};

#[track_caller]
fn refused(name: &str, json: &str) -> Refusal {
    let refusal = Command::parse(name, json.as_bytes()).unwrap_err();
    assert_eq!(refusal.code, Code::InvalidCommand, "{json}");
    refusal
}

/// One good command of each name.
fn good() -> Vec<(&'static str, Value)> {
    [of_services(), of_submissions()].concat()
}

fn of_services() -> Vec<(&'static str, Value)> {
    let payout_id = payout_id(1);
    let of_ada = json!({"transaction_id": "t1", "seller_id": "ada", "currency": "usd"});
    vec![
        (
            "register-seller",
            json!({"seller_id": "ada", "stripe_account": "acct_1"}),
        ),
        (
            "change-payout-schedule",
            json!({"seller_id": "ada", "payout_schedule": "daily"}),
        ),
        ("record-transaction", transaction_json("t1", "payment", "1")),
        ("release-transaction", of_ada.clone()),
        (
            "release-due-transactions",
            json!({"seller_id": "ada", "currency": "usd"}),
        ),
        ("fail-transaction", of_ada),
        (
            "record-transfer",
            json!({"transfer_id": "tr_1", "seller_id": "ada", "amount": usd("1")}),
        ),
        (
            "reverse-transfer",
            json!({"transfer_id": "tr_1", "amount_reversed": usd("1")}),
        ),
        (
            "request-payout",
            json!({"seller_id": "ada", "currency": "usd"}),
        ),
        (
            "submit-payout",
            json!({"payout_id": payout_id, "stripe_payout_id": "po_1"}),
        ),
        ("mark-payout-paid", json!({"payout_id": payout_id})),
        (
            "mark-payout-failed",
            json!({"payout_id": payout_id, "failure_code": "declined"}),
        ),
        ("cancel-payout", json!({"payout_id": payout_id})),
    ]
}

/// Commands of whoever makes payouts at Stripe, or holds its reports against the ledger.
fn of_submissions() -> Vec<(&'static str, Value)> {
    let payout_id = payout_id(1);
    vec![
        (
            "begin-submission",
            json!({"payout_id": payout_id, "attempt": 1}),
        ),
        (
            "refuse-submission",
            json!({"payout_id": payout_id, "attempt": 1, "code": "balance_insufficient"}),
        ),
        (
            "put-payout-in-doubt",
            json!({"payout_id": payout_id, "attempt": 1, "reason": "no answer in time"}),
        ),
        ("resume-submission", json!({"payout_id": payout_id})),
        (
            "refuse-cancellation",
            json!({"payout_id": payout_id, "code": "payout_not_cancelable"}),
        ),
        (
            "report-payout",
            json!({"stripe_payout_id": "po_1", "amount": usd("60"), "status": "pending"}),
        ),
        (
            "record-payout-items",
            json!({
                "payout_id": payout_id,
                "items": [{
                    "balance_transaction_id": "txn_1", "net": usd("1"), "category": "charge",
                    "source": "ch_1", "payment_intent": "pi_1",
                }],
            }),
        ),
    ]
}

#[test]
fn every_command_is_read_and_has_one_canonical_form() {
    let good = good();
    let names: Vec<_> = good.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, Command::NAMES);
    for (name, fields) in good {
        let command = Command::parse(name, fields.to_string().as_bytes()).unwrap();
        assert_eq!(command.name(), name);
        let canonical = command.canonical();
        let again = Command::parse(name, canonical.as_bytes()).unwrap();
        assert_eq!(again, command);
        assert_eq!(again.canonical(), canonical);
    }
}

#[test]
fn an_unknown_command_is_named_and_the_known_ones_listed() {
    let refusal = Command::parse("pay-out", b"{}").unwrap_err();
    assert_eq!(refusal.code, Code::UnknownCommand);
    assert!(refusal.detail.contains("pay-out") && refusal.detail.contains("request-payout"));
}

#[test]
fn a_missing_field_is_named() {
    for (name, fields) in good() {
        for field in fields.as_object().unwrap().keys() {
            let mut less = fields.clone();
            less.as_object_mut().unwrap().remove(field);
            let by_either = [
                "mark-payout-paid",
                "mark-payout-failed",
                "record-payout-items",
            ];
            if by_either.contains(&name) && field == "payout_id" {
                // Either id will do; that one is there is checked by the rules.
                continue;
            }
            let refusal = refused(name, &less.to_string());
            assert!(
                refusal.detail.contains(field.as_str()),
                "{name} {field}: {}",
                refusal.detail
            );
        }
    }
}

#[test]
fn an_unknown_field_is_refused_and_named() {
    for (name, fields) in good() {
        let more = with(fields, json!({"amout": 1}));
        let refusal = refused(name, &more.to_string());
        assert!(
            refusal.detail.contains("amout"),
            "{name}: {}",
            refusal.detail
        );
    }
}

#[test]
fn a_field_that_is_there_twice_is_refused() {
    for (name, fields) in good() {
        for (field, value) in fields.as_object().unwrap() {
            let text = fields.to_string();
            let twice = format!("{{\"{field}\":{value},{}", &text[1..]);
            let refusal = refused(name, &twice);
            assert!(
                refusal.detail.contains("duplicate field"),
                "{}",
                refusal.detail
            );
        }
    }
    let inside =
        r#"{"transfer_id":"tr_1","amount_reversed":{"amount":"1","amount":"9","currency":"usd"}}"#;
    assert!(
        refused("reverse-transfer", inside)
            .detail
            .contains("amount_reversed")
    );
}

#[test]
fn only_one_json_object_is_a_command() {
    let good = r#"{"payout_id":"00000000-0000-0000-0000-000000000001"}"#;
    assert!(Command::parse("cancel-payout", good.as_bytes()).is_ok());
    assert!(Command::parse("cancel-payout", format!(" {good}\n").as_bytes()).is_ok());
    for bad in [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        format!("[{good}]"),
        format!("{good}x"),
        format!("{good}{good}"),
        format!("{good},"),
        format!("\u{feff}{good}"),
        good.replace('}', ",}"),
        good.replace('}', "} // done"),
        good[..good.len() - 1].to_owned(),
        "[".repeat(100_000),
    ] {
        refused("cancel-payout", &bad);
    }
    assert!(Command::parse("cancel-payout", b"{\"reason\":\"\xff\"}").is_err());
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_and_its_place_named() {
    let transaction = transaction_json("t1", "payment", "1");
    for (more, place) in [
        (json!({"gross": {"amount": 1, "currency": "usd"}}), "gross"),
        (
            json!({"gross": {"amount": 1.5, "currency": "usd"}}),
            "gross",
        ),
        (json!({"gross": "1"}), "gross"),
        (
            json!({"gross": {"amount": "1e3", "currency": "usd"}}),
            "gross",
        ),
        (
            json!({"gross": {"amount": "1.5", "currency": "jpy"}}),
            "gross",
        ),
        (
            json!({"gross": {"amount": "1", "currency": "USD"}}),
            "gross",
        ),
        (json!({"fee": {"amount": "1"}}), "fee"),
        (json!({"kind": "gift"}), "kind"),
        (json!({"kind": null}), "kind"),
        (json!({"transaction_id": 1}), "transaction_id"),
        (json!({"transaction_id": ""}), "transaction_id"),
        (json!({"transaction_id": "a b"}), "transaction_id"),
        (json!({"transaction_id": "a\u{0}"}), "transaction_id"),
        (json!({"transaction_id": "x".repeat(256)}), "transaction_id"),
        (json!({"seller_id": "x".repeat(129)}), "seller_id"),
        (json!({"seller_id": "\u{202e}ada"}), "seller_id"),
        (json!({"seller_id": "ada\u{200b}"}), "seller_id"),
        (json!({"seller_id": "ada\n"}), "seller_id"),
        (json!({"available_on": "tomorrow"}), "available_on"),
        (json!({"available_on": 1_764_000_000}), "available_on"),
    ] {
        let refusal = refused(
            "record-transaction",
            &with(transaction.clone(), more).to_string(),
        );
        assert!(
            refusal.detail.contains(place),
            "{place}: {}",
            refusal.detail
        );
    }
    for id in [
        json!("po_1"),
        json!(""),
        json!(7),
        json!("00000000-0000-0000-0000-00000000000g"),
    ] {
        refused("cancel-payout", &json!({"payout_id": id}).to_string());
    }
    let named = json!({"seller_id": "ada", "currency": "usd", "transactions": "t1"});
    refused("request-payout", &named.to_string());
}

#[test]
fn a_date_is_a_moment_or_a_day() {
    let read = |text: &str| Arrival::try_from(text.to_owned());
    for (text, written) in [
        ("2026-11-25", "2026-11-25T00:00:00Z"),
        ("2026-11-25T10:11:12Z", "2026-11-25T10:11:12Z"),
        ("2026-11-25T10:11:12.9Z", "2026-11-25T10:11:12Z"),
        ("2026-11-25T00:30:00+01:00", "2026-11-24T23:30:00Z"),
    ] {
        assert_eq!(read(text).unwrap().to_string(), written);
    }
    for text in [
        "",
        "25.11.2026",
        "2026-02-30",
        "2026-11-25T25:00:00Z",
        "2026-11-25 10:11",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
    // Years that RFC 3339 cannot write in UTC.
    for text in ["9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00"] {
        assert!(read(text).is_err(), "{text}");
    }
    for seconds in [i64::MIN, i64::MAX, -62_167_219_201, 253_402_300_800] {
        assert!(Arrival::from_unix(seconds).is_err(), "{seconds}");
    }
}

#[test]
fn ids_have_their_rules() {
    for good in ["default", "a", "shop_1-eu", &"x".repeat(32)] {
        assert!(Tenant::new(good).is_ok(), "{good}");
    }
    for bad in ["", "A", "a.b", "a b", "a*", ">", "ü", &"x".repeat(33)] {
        assert!(Tenant::new(bad).is_err(), "{bad}");
    }
    assert!(SellerId::new("ü".repeat(127)).is_ok());
    assert!(SellerId::new("x".repeat(129)).is_err());
    assert!(
        TransactionId::new("'; drop table events; --").is_err(),
        "white space"
    );
    assert!(IdempotencyKey::new("x".repeat(255)).is_ok());
    assert!(IdempotencyKey::new("x".repeat(256)).is_err());
}

#[test]
fn stream_ids_are_read_back_and_sort_in_lock_order() {
    for text in [
        "seller-a",
        "payment-pi_1",
        "balance-a-b-usd",
        "transfer-tr_1",
        "payout-x",
    ] {
        let stream = StreamId::parse(text).unwrap();
        assert_eq!(stream.as_str(), text);
        assert_eq!(
            format!("{}-{}", stream.aggregate().prefix(), stream.key()),
            text
        );
    }
    for text in ["", "seller", "seller-", "order-1", "Seller-a", "payouts-1"] {
        assert!(StreamId::parse(text).is_err(), "{text}");
    }
    let order = [
        "seller-z",
        "payment-z",
        "balance-y",
        "balance-z",
        "transfer-a",
        "payout-a",
    ];
    assert!(order.map(|text| StreamId::parse(text).unwrap()).is_sorted());
}

#[test]
fn every_rejection_is_final_and_only_trouble_of_the_moment_is_not() {
    let retried: Vec<_> = Code::ALL.iter().filter(|code| !code.is_final()).collect();
    assert_eq!(
        retried,
        [
            &Code::PayoutDeadlockError,
            &Code::PayoutTransactionError,
            &Code::Unavailable
        ]
    );
    let rejection = Rejection::PayoutNotFound(payout_id(1));
    let refusal = Refusal::from(rejection);
    assert_eq!(refusal.code.http_status(), 404);
    let json = serde_json::to_value(&refusal).unwrap();
    assert_eq!(json["code"], "PAYOUT_NOT_FOUND");
    assert_eq!(serde_json::from_value::<Refusal>(json).unwrap(), refusal);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_bring_the_reader_down(
        name in select(Command::NAMES),
        bytes: Vec<u8>,
        cut in any::<proptest::sample::Index>(),
    ) {
        let _ = Command::parse(name, &bytes);
        for (name, fields) in good() {
            let text = fields.to_string();
            let mut broken = text.into_bytes();
            let at = cut.index(broken.len());
            broken[at] = bytes.first().copied().unwrap_or_default();
            let _ = Command::parse(name, &broken);
        }
    }
}
