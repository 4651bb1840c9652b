//! The life of payouts and transfers: states, money and events.

use serde_json::json;
use time::Duration;

use super::{Desk, Rules, SELLER, call, keyed, payout, platform, read, told, transfer};
use crate::sim::{Act, Opening, Outcome, Status};

fn paced(pace: Duration) -> Desk {
    let mut desk = Desk::with(Rules {
        pace,
        opening: Opening::Exactly(Vec::new()),
        ..Rules::default()
    });
    desk.books.take_fresh();
    desk
}

fn ending(outcome: &str) -> crate::sim::Call {
    let wanted = [
        ("amount", "100"),
        ("currency", "usd"),
        ("metadata[sim]", outcome),
    ];
    call("POST", "/v1/payouts", &wanted)
}

fn status(desk: &Desk) -> Status {
    desk.books.payouts()[0].status
}

#[test]
fn a_payout_goes_its_way_by_the_clock() {
    let mut desk = paced(Duration::SECOND);
    desk.done(&payout("100"));
    assert_eq!(status(&desk), Status::Pending);
    desk.later(Duration::SECOND);
    assert_eq!(status(&desk), Status::InTransit);
    desk.later(Duration::SECOND);
    assert_eq!(status(&desk), Status::Paid);
    assert!(desk.books.payouts()[0].trace_id.is_some());
    assert_eq!(desk.books.next_due(), None);
    let told = [
        "payout.created",
        "payout.updated",
        "payout.paid",
        "payout.updated",
    ];
    assert_eq!(desk.kinds(), told);
}

#[test]
fn without_a_pace_nothing_happens_by_itself() {
    let mut desk = paced(Duration::ZERO);
    desk.done(&payout("100"));
    desk.later(Duration::days(30));
    assert_eq!(status(&desk), Status::Pending);
}

#[test]
fn metadata_says_how_a_payout_ends() {
    let table = [
        ("pay", Status::Paid, 4_900),
        ("fail:account_closed", Status::Failed, 5_000),
        ("pay-then-fail:no_account", Status::Failed, 5_000),
        ("cancel", Status::Canceled, 5_000),
        ("hold", Status::Pending, 4_900),
    ];
    for (outcome, expected, left) in table {
        let mut desk = paced(Duration::SECOND);
        desk.done(&ending(outcome));
        desk.later(Duration::seconds(10));
        assert_eq!(status(&desk), expected, "{outcome}");
        assert_eq!(desk.available(Some(SELLER)), left, "{outcome}");
        let code = outcome.split_once(':').map(|(_, code)| code);
        assert_eq!(desk.books.payouts()[0].failure_code.as_deref(), code);
    }
}

#[test]
fn the_end_of_the_amount_says_it_too() {
    let mut desk = Desk::with(Rules {
        pace: Duration::SECOND,
        outcomes: vec![("13".to_owned(), Outcome::Fail("declined".to_owned()))],
        ..Rules::default()
    });
    desk.done(&payout("1213"));
    desk.done(&payout("1313"));
    desk.done(&payout("1312"));
    desk.later(Duration::seconds(10));
    let ended: Vec<_> = desk
        .books
        .payouts()
        .iter()
        .map(|payout| payout.status)
        .collect();
    assert_eq!(ended, [Status::Failed, Status::Failed, Status::Paid]);
}

#[test]
fn an_instant_payout_is_never_seen_on_its_way() {
    let mut desk = paced(Duration::SECOND);
    let wanted = [
        ("amount", "100"),
        ("currency", "usd"),
        ("method", "instant"),
    ];
    desk.done(&call("POST", "/v1/payouts", &wanted));
    desk.later(Duration::SECOND);
    assert_eq!(desk.kinds(), ["payout.created", "payout.paid"]);
}

#[test]
fn a_payout_that_failed_after_it_was_paid_gives_the_money_back() {
    let mut desk = paced(Duration::ZERO);
    let made = desk.done(&payout("100"));
    desk.act(&made["id"], &Act::Pay).expect("it is paid");
    assert_eq!(desk.available(Some(SELLER)), 4_900);
    let failed = desk
        .act(&made["id"], &Act::Fail("account_closed".to_owned()))
        .expect("it fails");
    assert_eq!(desk.available(Some(SELLER)), 5_000);
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["failure_code"], "account_closed");
    assert!(failed["failure_message"].is_string());
    let back = failed["failure_balance_transaction"]
        .as_str()
        .expect("a transaction");
    assert_ne!(failed["balance_transaction"], back);
    let shown = desk.done(&call(
        "GET",
        &format!("/v1/balance_transactions/{back}"),
        &[],
    ));
    assert_eq!(shown["reporting_category"], "payout_reversal");
    assert_eq!(
        (&shown["amount"], &shown["type"]),
        (&json!(100), &json!("payout_failure"))
    );
}

#[test]
fn whoever_acts_on_a_payout_takes_it_out_of_the_clocks_hands() {
    let mut desk = paced(Duration::SECOND);
    let made = desk.done(&ending("fail:declined"));
    desk.act(&made["id"], &Act::Pay).expect("it is paid");
    desk.later(Duration::days(1));
    assert_eq!(status(&desk), Status::Paid);
}

#[test]
fn the_api_cancels_only_what_is_pending_and_manual() {
    let mut desk = paced(Duration::ZERO);
    let made = desk.done(&payout("100"));
    let id = made["id"].as_str().expect("an id").to_owned();
    let cancel = call("POST", &format!("/v1/payouts/{id}/cancel"), &[]);
    let canceled = desk.done(&cancel);
    assert_eq!(canceled["status"], "canceled");
    assert_eq!(desk.available(Some(SELLER)), 5_000);
    assert_eq!(desk.answer(&cancel).status, 400, "not twice");

    let made = desk.done(&payout("100"));
    desk.act(&made["id"], &Act::Post).expect("it is sent");
    let id = made["id"].as_str().expect("an id").to_owned();
    let cancel = call("POST", &format!("/v1/payouts/{id}/cancel"), &[]);
    assert_eq!(desk.answer(&cancel).status, 400, "not in transit");
}

#[test]
fn a_reversal_is_a_payout_of_its_own_that_brings_the_money_back() {
    let mut desk = paced(Duration::ZERO);
    let made = desk.done(&payout("100"));
    let id = made["id"].as_str().expect("an id").to_owned();
    let reverse = call("POST", &format!("/v1/payouts/{id}/reverse"), &[]);
    assert_eq!(desk.answer(&reverse).status, 400, "not before it is paid");
    desk.act(&made["id"], &Act::Pay).expect("it is paid");
    desk.kinds();

    let back = desk.done(&reverse);
    assert_eq!(
        (&back["amount"], &back["original_payout"]),
        (&json!(-100), &json!(id))
    );
    assert_eq!(desk.kinds(), ["payout.created", "payout.updated"]);
    let original = desk.done(&call("GET", &format!("/v1/payouts/{id}"), &[]));
    assert_eq!(
        (&original["status"], &original["reversed_by"]),
        (&json!("paid"), &back["id"])
    );
    assert_eq!(
        desk.available(Some(SELLER)),
        4_900,
        "not before the bank has paid"
    );
    assert_eq!(desk.answer(&reverse).status, 400, "not twice");

    desk.act(&back["id"], &Act::Pay).expect("it is paid");
    assert_eq!(desk.available(Some(SELLER)), 5_000);
    desk.act(&back["id"], &Act::Fail("declined".to_owned()))
        .expect("it fails");
    assert_eq!(desk.available(Some(SELLER)), 4_900);
}

#[test]
fn the_platforms_and_instant_payouts_are_not_reversed() {
    let mut desk = paced(Duration::ZERO);
    let wanted = [("amount", "100"), ("currency", "usd")];
    let own = desk.done(&platform("POST", "/v1/payouts", &wanted));
    let wanted = [
        ("amount", "100"),
        ("currency", "usd"),
        ("method", "instant"),
    ];
    let instant = desk.done(&call("POST", "/v1/payouts", &wanted));
    for (made, call) in [(own, platform as fn(&_, &_, &_) -> _), (instant, call)] {
        desk.act(&made["id"], &Act::Pay).expect("it is paid");
        let path = format!(
            "/v1/payouts/{}/reverse",
            made["id"].as_str().expect("an id")
        );
        assert_eq!(desk.answer(&call("POST", &path, &[])).status, 400);
    }
}

#[test]
fn metadata_can_be_set_and_taken_away() {
    let mut desk = paced(Duration::ZERO);
    let made = desk.done(&ending("hold"));
    let path = format!("/v1/payouts/{}", made["id"].as_str().expect("an id"));
    desk.kinds();
    let change = [("metadata[order]", "7"), ("metadata[sim]", "")];
    let changed = desk.done(&call("POST", &path, &change));
    assert_eq!(changed["metadata"], json!({ "order": "7" }));
    let body = &told(&mut desk)[0];
    assert_eq!(body["type"], "payout.updated");
    let previous = json!({ "metadata": { "order": null, "sim": "hold" } });
    assert_eq!(body["data"]["previous_attributes"], previous);
    desk.done(&call("POST", &path, &[("metadata[order]", "7")]));
    assert!(desk.kinds().is_empty(), "nothing changed");
}

#[test]
fn an_event_names_its_account_and_the_call_that_caused_it() {
    let mut desk = paced(Duration::ZERO);
    let answer = desk.answer(&keyed(payout("100"), "k"));
    desk.done(&transfer("100"));
    let bodies = told(&mut desk);
    let cause = json!({ "id": answer.request, "idempotency_key": "k" });
    assert_eq!(
        (&bodies[0]["account"], &bodies[0]["request"]),
        (&json!(SELLER), &cause)
    );
    assert_eq!(bodies[0]["data"]["object"], read(&answer.body));
    assert_eq!(bodies[1]["account"], json!(null), "the platform's own");
    assert!(bodies[1].get("account").is_none());
}

#[test]
fn a_transfer_moves_money_and_goes_back_in_parts() {
    let mut desk = paced(Duration::ZERO);
    let made = desk.done(&transfer("1000"));
    assert_eq!(
        (desk.available(None), desk.available(Some(SELLER))),
        (9_000, 6_000)
    );
    let path = format!(
        "/v1/transfers/{}/reversals",
        made["id"].as_str().expect("an id")
    );
    let back = desk.done(&platform("POST", &path, &[("amount", "300")]));
    assert_eq!(
        (&back["object"], &back["amount"]),
        (&json!("transfer_reversal"), &json!(300))
    );
    assert_eq!(
        (desk.available(None), desk.available(Some(SELLER))),
        (9_300, 5_700)
    );
    assert_eq!(
        desk.answer(&platform("POST", &path, &[("amount", "701")]))
            .status,
        400
    );
    desk.done(&platform("POST", &path, &[]));
    assert_eq!(
        (desk.available(None), desk.available(Some(SELLER))),
        (10_000, 5_000)
    );
    assert_eq!(
        desk.answer(&platform("POST", &path, &[])).status,
        400,
        "nothing is left"
    );

    let told = told(&mut desk);
    let (partly, fully) = (&told[1]["data"], &told[2]["data"]);
    assert_eq!(partly["object"]["reversed"], false);
    assert_eq!(partly["previous_attributes"]["amount_reversed"], 0);
    assert_eq!(fully["object"]["reversed"], true);
    assert_eq!(fully["previous_attributes"]["amount_reversed"], 300);
    assert_eq!(fully["object"]["reversals"]["total_count"], 2);
}

#[test]
fn a_reversal_takes_only_what_the_account_still_has() {
    let mut desk = paced(Duration::ZERO);
    let made = desk.done(&transfer("1000"));
    desk.done(&payout("5500"));
    let path = format!(
        "/v1/transfers/{}/reversals",
        made["id"].as_str().expect("an id")
    );
    let refused = desk.refused(&platform("POST", &path, &[]));
    assert_eq!(refused, (400, "balance_insufficient".to_owned()));
}

#[test]
fn an_automatic_payout_lists_what_it_is_made_of_once_it_is_paid() {
    let mut desk = paced(Duration::ZERO);
    desk.done(&transfer("1000"));
    let owner = crate::sim::Owner::named(Some(SELLER));
    let usd = super::money("usd");
    let made = desk.books.sweep(&owner, usd, desk.now).expect("a payout");
    assert_eq!(
        (&made["amount"], &made["automatic"]),
        (&json!(6_000), &json!(true))
    );
    let id = made["id"].as_str().expect("an id").to_owned();
    let list = call("GET", "/v1/balance_transactions", &[("payout", &id)]);
    let refused = desk.refused(&list);
    assert_eq!(refused, (400, "payout_reconciliation_not_ready".to_owned()));
    desk.act(&made["id"], &Act::Pay).expect("it is paid");
    let items = desk.done(&list)["data"].as_array().expect("a list").clone();
    let sum: i64 = items
        .iter()
        .filter_map(|item| item["amount"].as_i64())
        .sum();
    assert_eq!((items.len(), sum), (3, 0), "{items:#?}");

    desk.fund(Some(SELLER), 100);
    let manual = desk.done(&payout("100"));
    let id = manual["id"].as_str().expect("an id");
    let none = desk.done(&call("GET", "/v1/balance_transactions", &[("payout", id)]));
    assert_eq!(none["data"], json!([]));
}
