//! A big balance is not slower: what is named is looked up, not searched for.
#![expect(
    clippy::unwrap_used,
    reason = "a story that cannot be told is a failed test"
)]

use std::time::{Duration, Instant};

use domain::{
    Context, Event, Input, State, Stream, View,
    balance::event::{Kind, OpenStatus, TransactionRecorded},
    decide,
    id::{Aggregate, StreamId},
    money::Amount,
};
use serde_json::json;

use super::scenario::{START, account, command, payout_id, request, transaction};

fn recorded(n: usize) -> Event {
    let account = account("ada", "usd");
    TransactionRecorded {
        transaction_id: transaction(&format!("t{n}")),
        seller_id: account.seller_id,
        currency: account.currency,
        kind: Kind::Payment,
        gross_minor: Amount::from_minor(100),
        fee_minor: Amount::ZERO,
        net_minor: Amount::from_minor(100),
        status: OpenStatus::Available,
        blocked: false,
        payment_intent: None,
        order_id: None,
        transfer_id: None,
        available_on: None,
    }
    .into()
}

/// The quickest of many payouts of three named transactions, out of so many.
fn quickest(open: usize) -> Duration {
    let balance = account("ada", "usd").stream();
    let state = (0..open).fold(State::initial(Aggregate::Balance), |state, n| {
        state.evolve(&recorded(n))
    });
    assert_eq!(state.weight(), 1 + open);
    let mut view = View::default();
    view.insert_stream(balance, Stream { version: 1, state });
    let mut best = Duration::MAX;
    for n in 0..50 {
        let id = payout_id(n);
        let names: Vec<_> = (0..3).map(|k| format!("t{}", n * 3 + k)).collect();
        let fields = request(json!({"payout_id": id, "transactions": names}));
        let input = Input::Command(command("request-payout", &fields));
        let empty = Stream::empty(Aggregate::Payout);
        view.insert_stream(StreamId::payout(id), empty);
        let context = Context {
            now: START,
            fresh_payout_id: payout_id(999),
        };
        let began = Instant::now();
        let decision = decide(&view, &input, &context).unwrap();
        let accepted = decision.outcome.unwrap();
        for (stream, event) in &accepted.events {
            view.apply(stream, event);
        }
        best = best.min(began.elapsed());
        assert_eq!(accepted.events.len(), 2);
    }
    best
}

#[test]
fn naming_three_of_a_hundred_thousand_costs_as_much_as_naming_three_of_a_thousand() {
    let small = quickest(1_000);
    let large = quickest(100_000);
    eprintln!("three named of 1,000 open: {small:?}; of 100,000: {large:?}");
    // A search would take a hundred times as long.
    assert!(large < small * 20, "{large:?} against {small:?}");
}
