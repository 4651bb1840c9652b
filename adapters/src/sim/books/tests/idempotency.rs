//! What an idempotency key remembers, and what it does not.

use time::Duration;

use super::{Answer, Call, Desk, Fault, Reply, SELLER, call, keyed, payout, platform};
use crate::sim::{Known, Owner};

fn made(desk: &Desk) -> usize {
    desk.books.payouts().len()
}

#[test]
fn the_same_key_gets_the_first_answer_again() {
    let mut desk = Desk::new();
    let first = desk.answer(&keyed(payout("100"), "k"));
    let again = desk.answer(&keyed(payout("100"), "k"));
    let expected = Answer {
        replayed: true,
        ..first
    };
    assert_eq!(again, expected);
    assert_eq!((made(&desk), desk.available(Some(SELLER))), (1, 4_900));
}

#[test]
fn parameters_may_come_in_another_order() {
    let mut desk = Desk::new();
    desk.done(&keyed(payout("100"), "k"));
    let swapped = call(
        "POST",
        "/v1/payouts",
        &[("currency", "usd"), ("amount", "100")],
    );
    assert!(desk.answer(&keyed(swapped, "k")).replayed);
}

#[test]
fn the_same_key_for_something_else_is_refused() {
    let mut desk = Desk::new();
    desk.done(&keyed(payout("100"), "k"));
    let refused = desk.refused(&keyed(payout("101"), "k"));
    assert_eq!(refused, (400, "idempotency_error".to_owned()));
    assert_eq!(made(&desk), 1);
}

#[test]
fn keys_belong_to_the_account_they_were_used_in() {
    let mut desk = Desk::new();
    desk.done(&keyed(payout("100"), "k"));
    let own = platform(
        "POST",
        "/v1/payouts",
        &[("amount", "100"), ("currency", "usd")],
    );
    assert!(!desk.answer(&keyed(own, "k")).replayed);
    assert_eq!(made(&desk), 2);
}

#[test]
fn after_a_day_a_key_is_new_and_money_can_move_twice() {
    let mut desk = Desk::new();
    desk.done(&keyed(payout("100"), "k"));
    desk.later(Duration::hours(24) - Duration::SECOND);
    assert!(desk.answer(&keyed(payout("100"), "k")).replayed);
    desk.later(Duration::SECOND);
    assert!(!desk.answer(&keyed(payout("100"), "k")).replayed);
    assert_eq!(made(&desk), 2);
}

#[test]
fn what_failed_validation_is_not_remembered() {
    let mut desk = Desk::new();
    let bad = call("POST", "/v1/payouts", &[("amount", "100")]);
    assert_eq!(
        desk.refused(&keyed(bad, "k")),
        (400, "parameter_missing".to_owned())
    );
    desk.done(&keyed(payout("100"), "k"));
}

#[test]
fn too_little_money_is_remembered() {
    let mut desk = Desk::new();
    let insufficient = (400, "balance_insufficient".to_owned());
    assert_eq!(desk.refused(&keyed(payout("6000"), "k")), insufficient);
    desk.fund(Some(SELLER), 6_000);
    assert_eq!(desk.refused(&keyed(payout("6000"), "k")), insufficient);
    desk.done(&keyed(payout("6000"), "another key"));
}

#[test]
fn reads_need_no_key_and_keep_nothing() {
    let mut desk = Desk::new();
    let list = keyed(call("GET", "/v1/payouts", &[]), "k");
    desk.done(&list);
    assert!(!desk.answer(&list).replayed);
    assert!(!desk.answer(&keyed(payout("100"), "k")).replayed);
}

#[test]
fn a_key_has_at_most_255_characters() {
    let mut desk = Desk::new();
    desk.done(&keyed(payout("1"), &"k".repeat(255)));
    assert_eq!(
        desk.answer(&keyed(payout("1"), &"k".repeat(256))).status,
        400
    );
}

#[test]
fn a_key_in_flight_is_in_use() {
    let mut desk = Desk::new();
    let slow = keyed(payout("100"), "k");
    assert!(desk.books.hold(&slow));
    assert!(!desk.books.hold(&slow));
    let answer = desk.answer(&slow);
    assert_eq!((answer.status, answer.should_retry), (409, Some(true)));
    desk.books.release(&slow);
    assert!(!desk.answer(&slow).replayed, "nothing had been remembered");
}

/// What each fault does to the books, what it answers, and what the key answers then.
#[test]
fn faults_and_the_key_that_is_sent_again() {
    let limit = Known::find("rate_limit").expect("known");
    let closed = Known::find("account_closed").expect("known");
    let table = [
        (Fault::Timeout, 1, None, (200, true)),
        (Fault::ResetAfter, 1, None, (200, true)),
        (Fault::ResetBefore, 0, None, (200, false)),
        (Fault::ErrorAfter, 1, Some(500), (500, true)),
        (Fault::ErrorBefore, 0, Some(500), (500, true)),
        (Fault::Refuse(limit, true), 0, Some(429), (200, false)),
        (Fault::Refuse(limit, false), 0, Some(429), (200, false)),
        (Fault::Refuse(closed, false), 0, Some(400), (400, true)),
    ];
    for (fault, effect, answered, again) in table {
        let mut desk = Desk::new();
        let call: Call = keyed(payout("100"), "k");
        let status = match desk.reply(&call, Some(fault)) {
            Reply::Answer(answer) => Some(answer.status),
            Reply::Silence | Reply::Reset => None,
        };
        assert_eq!(
            (made(&desk), status),
            (effect, answered),
            "{}",
            fault.name()
        );
        let second = desk.answer(&call);
        assert_eq!((second.status, second.replayed), again, "{}", fault.name());
        assert!(made(&desk) <= 1, "{}", fault.name());
    }
}

#[test]
fn an_error_on_a_replay_does_not_hide_the_first_answer() {
    let mut desk = Desk::new();
    let call = keyed(payout("100"), "k");
    desk.done(&call);
    match desk.reply(&call, Some(Fault::ErrorBefore)) {
        Reply::Answer(answer) => assert_eq!((answer.status, answer.replayed), (200, true)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_locked_account_answers_no_key() {
    let mut desk = Desk::new();
    desk.done(&keyed(payout("100"), "k"));
    let conduct = crate::sim::Conduct {
        calls: Known::find("platform_api_key_expired"),
        ..crate::sim::Conduct::default()
    };
    desk.books
        .conduct(&Owner::named(Some(SELLER)), conduct, desk.now);
    assert_eq!(desk.answer(&keyed(payout("100"), "k")).status, 401);
}
