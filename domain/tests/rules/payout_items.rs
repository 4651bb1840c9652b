//! What Stripe put into a payout of its own: recorded once, from its report, and of no
//! effect on what the ledger owes.

#![expect(
    clippy::panic,
    reason = "an event that is another one is a failed test"
)]

use domain::{
    Code, Event,
    id::PayoutId,
    payout::{MAX_PAID_ITEMS, Origin},
    stripe::{
        Fact, PayoutStatus,
        PayoutStatus::{Canceled, Paid, Pending},
    },
};
use serde_json::{Value, json};

use super::scenario::{Ledger, failed, names, payout_id, report, requested, stripe_id, usd, with};

/// Stripe has made `po_1`, of 60.00 usd, by itself; `ada` has money here too.
fn adopted(status: PayoutStatus) -> Ledger {
    let mut ledger = Ledger::new();
    ledger.owes("t1", "10");
    ledger.hears(Fact::Payout(report(status)));
    ledger
}

fn ours() -> PayoutId {
    PayoutId::adopted(&stripe_id("po_1"))
}

fn item(id: &str, net: &str) -> Value {
    json!({ "balance_transaction_id": id, "net": usd(net) })
}

fn items(items: &[Value]) -> Value {
    json!({ "stripe_payout_id": "po_1", "items": items })
}

/// A charge and a refund that make 60.00.
fn listed() -> Value {
    items(&[
        with(
            item("txn_2", "70"),
            json!({ "category": "charge", "source": "ch_1", "payment_intent": "pi_1" }),
        ),
        item("txn_1", "-10"),
    ])
}

fn recorded(events: &[Event]) -> (Vec<&str>, bool) {
    let [Event::PayoutItemsRecorded(event)] = events else {
        panic!("{events:?}")
    };
    let ids = event
        .items
        .iter()
        .map(|item| item.balance_transaction_id.as_str());
    (ids.collect(), event.returned)
}

#[test]
fn the_items_of_a_payout_of_stripes_own_are_recorded_in_the_order_of_their_ids() {
    let mut ledger = adopted(Paid);
    let events = ledger.accepts("record-payout-items", listed());
    assert_eq!(recorded(&events), (vec!["txn_1", "txn_2"], false));
}

#[test]
fn they_move_no_balance_and_are_not_items_of_the_ledger() {
    let mut ledger = adopted(Paid);
    let before = ledger.balance();
    ledger.accepts("record-payout-items", listed());
    assert_eq!(ledger.balance(), before);
    let payout = ledger.payout_by_id(ours());
    assert_eq!(payout.origin(), Origin::Stripe);
    assert!(payout.items().is_empty());
    assert!(payout.paid_items().is_some());
}

#[test]
fn a_payout_with_listed_items_that_fails_asks_no_balance_for_anything() {
    for (first, then) in [
        (Pending, Paid),
        (Pending, failed()),
        (Paid, failed()),
        (Pending, Canceled),
    ] {
        let mut ledger = adopted(first);
        ledger.accepts("record-payout-items", listed());
        let before = ledger.balance();
        let events = ledger.hears(Fact::Payout(report(then)));
        assert_eq!(events.len(), 1, "{events:?}");
        assert_eq!(ledger.balance(), before);
    }
}

#[test]
fn items_of_a_payout_that_came_to_nothing_are_recorded_as_returned() {
    for status in [failed(), Canceled] {
        let mut ledger = adopted(status);
        let events = ledger.accepts("record-payout-items", listed());
        assert!(recorded(&events).1);
    }
}

#[test]
fn the_payout_may_be_named_by_either_id() {
    let mut fields = listed();
    fields.as_object_mut().unwrap().remove("stripe_payout_id");
    fields["payout_id"] = json!(ours());
    adopted(Paid).accepts("record-payout-items", fields.clone());
    fields["stripe_payout_id"] = json!("po_1");
    adopted(Paid).refuses("record-payout-items", fields, Code::InvalidCommand);
}

#[test]
fn the_same_list_again_changes_nothing_in_whatever_order() {
    let mut ledger = adopted(Paid);
    ledger.accepts("record-payout-items", listed());
    let mut again = listed();
    again["items"].as_array_mut().unwrap().reverse();
    assert!(ledger.accepts("record-payout-items", again).is_empty());
}

#[test]
fn another_list_for_the_same_payout_is_refused() {
    let mut ledger = adopted(Paid);
    ledger.accepts("record-payout-items", listed());
    for other in [
        items(&[item("txn_1", "60")]),
        items(&[item("txn_1", "-10"), item("txn_2", "70")]),
    ] {
        ledger.refuses("record-payout-items", other, Code::AlreadyExists);
    }
}

#[test]
fn the_items_must_sum_to_the_payout() {
    let mut ledger = adopted(Paid);
    for wrong in ["59.99", "60.01", "-60"] {
        let fields = items(&[item("txn_1", wrong)]);
        ledger.refuses("record-payout-items", fields, Code::AmountMismatch);
    }
}

#[test]
fn a_list_that_makes_no_sense_is_refused() {
    let mut ledger = adopted(Paid);
    let most = i64::MAX.to_string();
    let (whole, cents) = most.split_at(most.len() - 2);
    let most = format!("{whole}.{cents}");
    let euros = json!({ "amount": "60", "currency": "eur" });
    for wrong in [
        items(&[]),
        items(&[item("txn_1", "30"), item("txn_1", "30")]),
        items(&[with(item("txn_1", "60"), json!({ "net": euros }))]),
        items(&[item("txn_1", &most), item("txn_2", &most)]),
        items(
            &(0..=MAX_PAID_ITEMS)
                .map(|n| item(&format!("txn_{n}"), "0"))
                .collect::<Vec<_>>(),
        ),
    ] {
        ledger.refuses("record-payout-items", wrong, Code::InvalidCommand);
    }
}

#[test]
fn a_payout_of_the_ledgers_own_has_its_items_already() {
    let mut ledger = requested();
    let fields = json!({ "payout_id": payout_id(1), "items": [item("txn_1", "60")] });
    ledger.refuses("record-payout-items", fields, Code::IllegalTransition);
}

#[test]
fn a_payout_that_nobody_told_of_is_not_found() {
    let mut ledger = Ledger::new();
    ledger.refuses("record-payout-items", listed(), Code::PayoutNotFound);
}

/// Published, each event has to fit what NATS carries.
#[test]
fn a_long_list_is_several_events_and_one_list() {
    let mut ledger = adopted(Paid);
    let mut long: Vec<_> = (0..5_000)
        .map(|n| item(&format!("txn_{n:05}"), "0.01"))
        .collect();
    long.push(item("txn_last", "10"));
    let events = ledger.accepts("record-payout-items", items(&long));
    assert_eq!(names(&events), ["payout-items-recorded"; 3]);
    assert!(events.iter().all(|event| event.encode().len() < 1_000_000));
    assert!(
        ledger
            .accepts("record-payout-items", items(&long))
            .is_empty()
    );
    long.swap(0, 1);
    assert!(
        ledger
            .accepts("record-payout-items", items(&long))
            .is_empty()
    );
    long.pop();
    long.push(item("txn_other", "10"));
    ledger.refuses("record-payout-items", items(&long), Code::AlreadyExists);
}
