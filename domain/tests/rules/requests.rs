//! Requesting a payout: what it takes, and when it is refused.

use domain::{
    Code, Context, Event, Input, Missing, Stream, View, balance::MAX_PAYOUT_ITEMS, decide,
    event::Method, id::StreamId, payout::Origin,
};
use serde_json::{Value, json};

use super::scenario::{
    Ledger, START, command, currency, names, payout_id, request, requested, transaction_json, usd,
    with,
};

fn numbered(more: Value) -> Value {
    request(with(json!({"payout_id": payout_id(1)}), more))
}

fn items(ledger: &Ledger, number: u128) -> Vec<String> {
    let payout = ledger.payout(number);
    let items = payout.items().iter();
    items.map(|item| item.transaction_id.to_string()).collect()
}

#[test]
fn all_that_is_eligible_is_reserved() {
    let mut ledger = Ledger::new();
    ledger.owes("t1", "10");
    ledger.owes("t2", "20.50");
    let events = ledger.accepts(
        "request-payout",
        numbered(json!({"description": "week 47"})),
    );
    assert_eq!(names(&events), ["funds-reserved", "payout-requested"]);
    assert_eq!(ledger.totals(), [0, 0, 30_50, 0]);
    let payout = ledger.payout(1);
    assert_eq!(payout.amount().to_string(), "30.50 usd");
    assert_eq!(payout.seller_id().as_str(), "ada");
    assert_eq!(payout.method(), Method::Standard);
    assert_eq!(payout.description(), Some("week 47"));
    assert_eq!(payout.origin(), Origin::Ledger);
    assert_eq!(payout.stripe_payout_id(), None);
    assert_eq!(payout.arrival_date(), None);
    assert_eq!(ledger.status(1), "requested");
    assert_eq!(ledger.place_of("t1"), Some("reserved"));
}

#[test]
fn debts_come_first_and_then_the_oldest() {
    let mut ledger = Ledger::new();
    for (id, amount) in [
        ("t1", "10"),
        ("t2", "20"),
        ("d1", "-5"),
        ("t3", "30"),
        ("d2", "-1"),
    ] {
        ledger.owes(id, amount);
    }
    ledger.accepts("request-payout", numbered(json!({})));
    assert_eq!(items(&ledger, 1), ["d1", "d2", "t1", "t2", "t3"]);
    assert_eq!(ledger.totals(), [0, 0, 54_00, 0]);
}

#[test]
fn only_the_named_ones_are_taken() {
    let mut ledger = Ledger::new();
    for id in ["t1", "t2", "t3"] {
        ledger.owes(id, "10");
    }
    ledger.accepts(
        "request-payout",
        numbered(json!({"transactions": ["t3", "t1"]})),
    );
    assert_eq!(items(&ledger, 1), ["t3", "t1"]);
    assert_eq!(ledger.totals(), [0, 10_00, 20_00, 0]);
}

#[test]
fn an_item_carries_the_transfer_of_its_transaction() {
    let mut ledger = Ledger::new();
    let fields = with(
        transaction_json("t1", "payment", "10"),
        json!({"transfer": "tr_1"}),
    );
    ledger.accepts("record-transaction", fields);
    ledger.accepts("request-payout", numbered(json!({})));
    let payout = ledger.payout(1);
    assert_eq!(
        payout.items()[0].transfer_id.as_ref().unwrap().as_str(),
        "tr_1"
    );
}

#[test]
fn without_an_id_the_fresh_one_is_taken_and_its_stream_not_looked_at() {
    let mut view = View::default();
    let mut ledger = Ledger::new();
    ledger.owes("t1", "10");
    let balance = super::scenario::account("ada", "usd").stream();
    let loaded = Stream {
        version: 1,
        state: ledger.state(&balance),
    };
    let context = Context {
        now: START,
        fresh_payout_id: payout_id(7),
    };
    let input = Input::Command(command("request-payout", &request(json!({}))));
    assert_eq!(
        decide(&view, &input, &context),
        Err(Missing::Stream(balance.clone()))
    );
    view.insert_stream(balance.clone(), loaded);
    let decision = decide(&view, &input, &context).unwrap();
    assert_eq!(decision.read, [balance]);
    let accepted = decision.outcome.unwrap();
    assert_eq!(accepted.payout_id, Some(payout_id(7)));
    assert_eq!(accepted.events[1].0, StreamId::payout(payout_id(7)));
}

#[test]
fn what_has_become_due_is_released_first() {
    let mut ledger = Ledger::new();
    for (id, day) in [
        ("t1", "2026-11-22"),
        ("t2", "2026-11-23"),
        ("t3", "2026-11-30"),
    ] {
        let fields = transaction_json(id, "payment", "10");
        let on = json!({"available_on": format!("{day}T00:00:00Z")});
        ledger.accepts("record-transaction", with(fields, on));
    }
    ledger.refuses(
        "request-payout",
        numbered(json!({})),
        Code::NoEligibleTransactions,
    );
    ledger.days_pass(3);
    let named = json!({"transactions": ["t2"]});
    let events = ledger.accepts("request-payout", numbered(named));
    assert_eq!(
        names(&events),
        [
            "transactions-released",
            "funds-reserved",
            "payout-requested"
        ]
    );
    assert_eq!(ledger.place_of("t1"), Some("available"));
    assert_eq!(ledger.place_of("t2"), Some("reserved"));
    assert_eq!(ledger.place_of("t3"), Some("held"));
    assert_eq!(ledger.totals(), [10_00, 10_00, 10_00, 0]);
    let early = request(json!({"transactions": ["t3"]}));
    ledger.refuses("request-payout", early, Code::TransactionNotEligible);
}

#[test]
fn a_payout_has_a_limit_and_the_rest_waits() {
    let mut ledger = Ledger::new();
    for n in 0..=MAX_PAYOUT_ITEMS {
        ledger.owes(&format!("t{n}"), "0.01");
    }
    ledger.owes("debt", "-1");
    ledger.accepts("request-payout", numbered(json!({})));
    let taken = items(&ledger, 1);
    assert_eq!(taken.len(), MAX_PAYOUT_ITEMS);
    assert_eq!(taken[0], "debt");
    assert_eq!(ledger.totals()[1], 2);
    let named: Vec<_> = (0..=MAX_PAYOUT_ITEMS).map(|n| format!("t{n}")).collect();
    let too_many = request(json!({"transactions": named}));
    ledger.refuses("request-payout", too_many, Code::InvalidCommand);
}

#[test]
fn what_comes_back_is_the_first_to_go_out_again() {
    let mut ledger = Ledger::new();
    for id in ["t1", "t2", "t3"] {
        ledger.owes(id, "10");
    }
    ledger.accepts(
        "request-payout",
        numbered(json!({"transactions": ["t1", "t2"]})),
    );
    ledger.accepts("cancel-payout", json!({"payout_id": payout_id(1)}));
    ledger.accepts(
        "request-payout",
        request(json!({"payout_id": payout_id(2)})),
    );
    assert_eq!(items(&ledger, 2), ["t1", "t2", "t3"]);
}

#[test]
fn nothing_to_pay_is_refused() {
    let mut ledger = Ledger::new();
    ledger.refuses(
        "request-payout",
        numbered(json!({})),
        Code::NoEligibleTransactions,
    );
    ledger.owes("t1", "10");
    let none = numbered(json!({"transactions": []}));
    ledger.refuses("request-payout", none, Code::NoEligibleTransactions);
    let in_euro = numbered(json!({"currency": "eur"}));
    ledger.refuses("request-payout", in_euro, Code::NoEligibleTransactions);
    ledger.accepts("request-payout", numbered(json!({})));
    ledger.refuses(
        "request-payout",
        request(json!({})),
        Code::NoEligibleTransactions,
    );
}

#[test]
fn a_sum_that_is_not_positive_is_refused() {
    let mut ledger = Ledger::new();
    ledger.owes("t1", "10");
    ledger.owes("d1", "-10");
    ledger.refuses(
        "request-payout",
        numbered(json!({})),
        Code::InsufficientFunds,
    );
    let debt = numbered(json!({"transactions": ["d1"]}));
    ledger.refuses("request-payout", debt, Code::InsufficientFunds);
}

#[test]
fn naming_transactions_does_not_dodge_a_debt() {
    let mut ledger = Ledger::new();
    ledger.owes("t1", "10");
    ledger.owes("t2", "10");
    ledger.owes("d1", "-5");
    let both = numbered(json!({"transactions": ["t1", "t2"]}));
    ledger.refuses("request-payout", both, Code::InsufficientFunds);
    ledger.accepts("request-payout", numbered(json!({"transactions": ["t1"]})));
}

#[test]
fn a_debt_that_is_due_but_not_released_counts() {
    let mut ledger = Ledger::new();
    ledger.owes("t1", "10");
    let debt = transaction_json("d1", "refund", "-5");
    let on = json!({"available_on": "2026-11-22T00:00:00Z"});
    ledger.accepts("record-transaction", with(debt, on));
    ledger.days_pass(2);
    let named = numbered(json!({"transactions": ["t1"]}));
    ledger.refuses("request-payout", named, Code::InsufficientFunds);
}

#[test]
fn a_named_transaction_must_be_known_free_and_named_once() {
    let mut ledger = Ledger::new();
    ledger.owes("t1", "10");
    ledger.owes("t2", "10");
    let fields = transaction_json("t3", "payment", "10");
    ledger.accepts(
        "record-transaction",
        with(fields, json!({"payment_intent": "pi_1"})),
    );
    ledger.accepts("request-payout", numbered(json!({"transactions": ["t2"]})));
    for (named, code) in [
        (json!(["t1", "nobody's"]), Code::TransactionNotFound),
        (json!(["t1", "t1"]), Code::InvalidCommand),
        (json!(["t1", "t2"]), Code::TransactionNotEligible),
        (json!(["t1", "t3"]), Code::TransactionNotEligible),
    ] {
        ledger.refuses(
            "request-payout",
            request(json!({"transactions": named})),
            code,
        );
    }
    ledger.accepts("mark-payout-paid", json!({"payout_id": payout_id(1)}));
    let gone = request(json!({"transactions": ["t2"]}));
    ledger.refuses("request-payout", gone, Code::TransactionNotEligible);
    let of_bob = request(json!({"seller_id": "bob", "transactions": ["t1"]}));
    ledger.refuses("request-payout", of_bob, Code::TransactionNotFound);
}

#[test]
fn the_expected_amount_must_be_the_sum() {
    let mut ledger = Ledger::new();
    ledger.owes("t1", "10");
    for other in [
        usd("10.01"),
        usd("9.99"),
        json!({"amount": "10", "currency": "eur"}),
    ] {
        let fields = numbered(json!({"expected_amount": other}));
        ledger.refuses("request-payout", fields, Code::AmountMismatch);
    }
    ledger.accepts(
        "request-payout",
        numbered(json!({"expected_amount": usd("10.00")})),
    );
}

#[test]
fn a_sum_below_the_minimum_is_refused() {
    let mut ledger = Ledger::new();
    ledger.owes("t1", "10");
    let minimum = |money: Value| numbered(json!({"minimum_amount": money}));
    ledger.refuses(
        "request-payout",
        minimum(usd("10.01")),
        Code::InsufficientFunds,
    );
    let euros = json!({"amount": "1.00", "currency": "eur"});
    ledger.refuses("request-payout", minimum(euros), Code::InvalidCommand);
    ledger.accepts("request-payout", minimum(usd("10.00")));
    // It was a condition, and is nothing of the payout's.
    for again in [minimum(usd("20.00")), numbered(json!({}))] {
        assert!(ledger.accepts("request-payout", again).is_empty());
    }
}

#[test]
fn what_is_due_counts_towards_the_minimum() {
    let mut ledger = Ledger::new();
    let on = json!({"available_on": "2026-11-22T00:00:00Z"});
    ledger.accepts(
        "record-transaction",
        with(transaction_json("t1", "payment", "10"), on),
    );
    let fields = || numbered(json!({"minimum_amount": usd("10.00")}));
    ledger.refuses("request-payout", fields(), Code::NoEligibleTransactions);
    ledger.days_pass(1);
    let events = ledger.accepts("request-payout", fields());
    let expected = [
        "transactions-released",
        "funds-reserved",
        "payout-requested",
    ];
    assert_eq!(names(&events), expected);
}

#[test]
fn stripes_rule_for_the_currency_holds() {
    for (code, payable, not_payable) in [
        ("huf", "10.00", "10.50"),
        ("twd", "10.00", "10.01"),
        ("isk", "10.00", "10.10"),
        ("ugx", "10.00", "10.99"),
        ("kwd", "1.230", "1.234"),
        ("jpy", "7", ""),
        ("usd", "0.01", ""),
    ] {
        for (amount, fits) in [(payable, true), (not_payable, false)] {
            if amount.is_empty() {
                continue;
            }
            let mut ledger = Ledger::new();
            let gross = json!({"amount": amount, "currency": currency(code)});
            let fields = transaction_json("t1", "payment", "1");
            ledger.accepts("record-transaction", with(fields, json!({"gross": gross})));
            let fields = numbered(json!({"currency": code}));
            if fits {
                ledger.accepts("request-payout", fields);
            } else {
                ledger.refuses("request-payout", fields, Code::AmountNotPayable);
            }
        }
    }
}

#[test]
fn the_same_request_again_is_accepted_wherever_the_payout_is_by_now() {
    let mut ledger = requested();
    for again in [
        json!({}),
        json!({"transactions": ["t3", "t2", "t1"]}),
        json!({"expected_amount": usd("60")}),
    ] {
        assert!(ledger.accepts("request-payout", numbered(again)).is_empty());
    }
    ledger.accepts("mark-payout-paid", json!({"payout_id": payout_id(1)}));
    assert!(
        ledger
            .accepts("request-payout", numbered(json!({})))
            .is_empty()
    );
}

#[test]
fn the_same_id_for_another_payout_is_refused() {
    let mut ledger = requested();
    for other in [
        json!({"seller_id": "bob"}),
        json!({"currency": "eur"}),
        json!({"method": "instant"}),
        json!({"description": "another"}),
        json!({"transactions": ["t1"]}),
        json!({"transactions": ["t1", "t2", "t3", "t3"]}),
        json!({"expected_amount": usd("61")}),
    ] {
        ledger.refuses("request-payout", numbered(other), Code::AlreadyExists);
    }
}

#[test]
fn text_for_people_is_short_and_printable() {
    let mut ledger = Ledger::new();
    ledger.owes("t1", "10");
    for description in [
        "\u{0}".to_owned(),
        "\u{1b}[2J".to_owned(),
        "x".repeat(1_001),
    ] {
        let fields = numbered(json!({"description": description}));
        ledger.refuses("request-payout", fields, Code::InvalidCommand);
    }
    let fields = numbered(json!({"description": "ü".repeat(1_000)}));
    let events = ledger.accepts("request-payout", fields);
    assert!(matches!(&events[1], Event::PayoutRequested(_)));
}
