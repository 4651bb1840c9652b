//! Transfers: recorded by either side, reversed bit by bit.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a story that cannot be told is a failed test"
)]

use domain::{
    Code, State,
    id::{StreamId, StripeAccount, TransferId},
    stripe::{Fact, TransferReport},
    transfer::Known,
};
use serde_json::{Value, json};

use super::scenario::{Ledger, currency, dollars, names, usd, with};

fn recording(more: Value) -> Value {
    with(
        json!({"transfer_id": "tr_1", "seller_id": "ada", "amount": usd("50")}),
        more,
    )
}

fn reversal(amount: Value) -> Value {
    json!({"transfer_id": "tr_1", "amount_reversed": amount})
}

fn id() -> TransferId {
    TransferId::new("tr_1").unwrap()
}

fn told(reversed: i64) -> Fact {
    Fact::Transfer(TransferReport {
        transfer_id: id(),
        destination: Some(StripeAccount::new("acct_1").unwrap()),
        amount: dollars(50_00),
        reversed: dollars(reversed),
    })
}

fn transfer(ledger: &Ledger) -> Known {
    match ledger.state(&StreamId::transfer(&id())) {
        State::Transfer(transfer) => transfer.known().unwrap().clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_transfer_is_recorded_once() {
    let mut ledger = Ledger::new();
    let fields = recording(json!({"transaction_id": "t1"}));
    assert_eq!(
        names(&ledger.accepts("record-transfer", fields.clone())),
        ["transfer-recorded"]
    );
    assert!(ledger.accepts("record-transfer", fields.clone()).is_empty());
    for other in [
        json!({"amount": usd("51")}),
        json!({"amount": {"amount": "50", "currency": "eur"}}),
        json!({"seller_id": "bob"}),
        json!({"transaction_id": "t2"}),
        json!({"transaction_id": null}),
    ] {
        let fields = with(fields.clone(), other);
        ledger.refuses("record-transfer", fields, Code::AlreadyExists);
    }
    let known = transfer(&ledger);
    assert_eq!(known.amount(), dollars(50_00));
    assert_eq!(known.transaction_id().unwrap().as_str(), "t1");
}

#[test]
fn a_transfer_is_of_something() {
    for amount in ["0", "-1"] {
        let fields = recording(json!({"amount": usd(amount)}));
        Ledger::new().refuses("record-transfer", fields, Code::InvalidCommand);
    }
}

#[test]
fn stripe_may_tell_first_and_the_command_adds_what_stripe_does_not_know() {
    let fields = recording(json!({"transaction_id": "t1"}));
    let mut by_stripe = Ledger::new();
    assert_eq!(names(&by_stripe.hears(told(0))), ["transfer-recorded"]);
    assert_eq!(transfer(&by_stripe).seller_id().as_str(), "acct_1");
    let linked = by_stripe.accepts("record-transfer", fields.clone());
    assert_eq!(names(&linked), ["transfer-linked"]);
    assert!(
        by_stripe
            .accepts("record-transfer", fields.clone())
            .is_empty()
    );
    let other = with(fields.clone(), json!({"seller_id": "bob"}));
    by_stripe.refuses("record-transfer", other, Code::AlreadyExists);

    let mut by_command = Ledger::new();
    by_command.accepts("record-transfer", fields);
    assert!(by_command.hears(told(0)).is_empty());
    assert_eq!(transfer(&by_command), transfer(&by_stripe));
}

#[test]
fn the_command_must_not_contradict_what_stripe_told() {
    let mut ledger = Ledger::new();
    ledger.hears(told(0));
    let other = recording(json!({"amount": usd("49")}));
    ledger.refuses("record-transfer", other, Code::AlreadyExists);
}

#[test]
fn the_account_decides_whose_a_transfer_of_stripes_is() {
    let mut ledger = Ledger::new();
    let seller = json!({"seller_id": "ada", "stripe_account": "acct_1"});
    ledger.accepts("register-seller", seller);
    ledger.hears(told(0));
    assert_eq!(transfer(&ledger).seller_id().as_str(), "ada");
}

#[test]
fn a_reversal_is_cumulative_and_never_decreases() {
    let mut ledger = Ledger::new();
    ledger.accepts("record-transfer", recording(json!({})));
    let reversed = ledger.accepts("reverse-transfer", reversal(usd("20")));
    assert_eq!(names(&reversed), ["transfer-reversed"]);
    assert!(
        ledger
            .accepts("reverse-transfer", reversal(usd("20")))
            .is_empty()
    );
    assert!(
        ledger
            .accepts("reverse-transfer", reversal(usd("5")))
            .is_empty()
    );
    assert!(ledger.hears(told(10_00)).is_empty());
    assert_eq!(names(&ledger.hears(told(50_00))), ["transfer-reversed"]);
    assert_eq!(transfer(&ledger).reversed().minor(), 50_00);
}

#[test]
fn a_reversal_may_be_the_first_that_is_heard_of_a_transfer() {
    let mut ledger = Ledger::new();
    let events = ledger.hears(told(20_00));
    assert_eq!(names(&events), ["transfer-recorded", "transfer-reversed"]);
    assert!(ledger.hears(told(0)).is_empty());
}

#[test]
fn a_reversal_fits_its_transfer() {
    let mut ledger = Ledger::new();
    ledger.refuses(
        "reverse-transfer",
        reversal(usd("1")),
        Code::TransferNotFound,
    );
    ledger.accepts("record-transfer", recording(json!({})));
    for amount in [
        usd("50.01"),
        usd("-1"),
        json!({"amount": "1", "currency": "eur"}),
    ] {
        ledger.refuses("reverse-transfer", reversal(amount), Code::InvalidCommand);
    }
    ledger.rejects(told(50_01), Code::InvalidCommand);
}

#[test]
fn a_report_that_contradicts_the_record_is_refused() {
    let mut ledger = Ledger::new();
    ledger.accepts("record-transfer", recording(json!({})));
    let mut euros = dollars(50_00);
    euros.currency = currency("eur");
    for amount in [dollars(49_00), euros] {
        let report = TransferReport {
            transfer_id: id(),
            destination: None,
            amount,
            reversed: domain::money::Money::new(domain::money::Amount::ZERO, amount.currency),
        };
        ledger.rejects(Fact::Transfer(report), Code::AlreadyExists);
    }
}
