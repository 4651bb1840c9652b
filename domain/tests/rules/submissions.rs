//! The ledger makes a payout at Stripe: never twice on a guess.

use domain::{
    Code,
    payout::Stage,
    stripe::{
        Fact,
        PayoutStatus::{self, Canceled, InTransit, Paid, Pending},
    },
};
use serde_json::{Value, json};

use super::scenario::{
    Ledger, START, day, failed, names, our_report, payout_id, requested, usd, with,
};

/// The fields of a command about payout 1.
fn of_1(more: Value) -> Value {
    with(json!({"payout_id": payout_id(1)}), more)
}

fn begun() -> Ledger {
    let mut ledger = requested();
    ledger.accepts("begin-submission", of_1(json!({"attempt": 1})));
    ledger
}

fn refused(try_again_at: Value) -> Ledger {
    let mut ledger = begun();
    let told = json!({"attempt": 1, "code": "balance_insufficient", "try_again_at": try_again_at});
    ledger.accepts("refuse-submission", of_1(told));
    ledger
}

fn in_doubt() -> Ledger {
    let mut ledger = begun();
    let told = json!({"attempt": 1, "reason": "no answer in time"});
    ledger.accepts("put-payout-in-doubt", of_1(told));
    ledger
}

/// What Stripe's API answers of payout 1.
fn answer(status: &str) -> Value {
    json!({
        "stripe_payout_id": "po_1", "payout_id": payout_id(1), "amount": usd("60"),
        "status": status, "arrival_date": day(3),
    })
}

/// Payout 1 as the ledger has made it, in each standing.
fn made(status: &str) -> Ledger {
    let mut ledger = begun();
    ledger.accepts("report-payout", answer(status));
    ledger
}

#[test]
fn an_attempt_is_recorded_before_stripe_is_called_and_its_answer_after() {
    let mut ledger = requested();
    let begun = ledger.accepts("begin-submission", of_1(json!({"attempt": 1})));
    assert_eq!(names(&begun), ["payout-submission-begun"]);
    assert_eq!(ledger.payout(1).submission().attempts, 1);
    assert_eq!(
        ledger.payout(1).submission().stage,
        Stage::Begun { at: START }
    );
    assert_eq!(ledger.status(1), "requested");

    let told = ledger.accepts("report-payout", answer("pending"));
    assert_eq!(names(&told), ["payout-submitted"]);
    assert_eq!(ledger.status(1), "pending");
    assert_eq!(ledger.totals(), [0, 0, 60_00, 0]);
}

#[test]
fn of_two_who_begin_the_same_attempt_one_is_answered_with_an_event() {
    let mut ledger = requested();
    let first = ledger.accepts("begin-submission", of_1(json!({"attempt": 1})));
    let second = ledger.accepts("begin-submission", of_1(json!({"attempt": 1})));
    assert_eq!((first.len(), second.len()), (1, 0));
}

#[test]
fn nobody_begins_again_while_an_attempt_may_be_under_way() {
    let mut ledger = begun();
    let again = of_1(json!({"attempt": 2}));
    ledger.refuses("begin-submission", again, Code::IllegalTransition);
}

#[test]
fn attempts_are_counted_without_a_gap() {
    let mut ledger = requested();
    for attempt in [0, 2, u32::MAX] {
        let wrong = of_1(json!({"attempt": attempt}));
        ledger.refuses("begin-submission", wrong, Code::InvalidCommand);
    }
}

#[test]
fn what_stripe_refused_for_now_keeps_its_money_and_is_begun_again() {
    let later = json!("2026-11-21T13:00:00Z");
    let mut ledger = refused(later.clone());
    assert_eq!(ledger.status(1), "requested");
    assert_eq!(ledger.totals(), [0, 0, 60_00, 0]);
    assert!(matches!(
        ledger.payout(1).submission().stage,
        Stage::Waiting { .. }
    ));
    let same = json!({"attempt": 1, "code": "balance_insufficient", "try_again_at": later});
    assert!(ledger.accepts("refuse-submission", of_1(same)).is_empty());

    let again = ledger.accepts("begin-submission", of_1(json!({"attempt": 2})));
    assert_eq!(names(&again), ["payout-submission-begun"]);
}

#[test]
fn what_waits_for_a_person_is_not_begun_until_resumed() {
    let mut ledger = refused(Value::Null);
    assert_eq!(ledger.payout(1).submission().stage, Stage::Stopped);
    let again = of_1(json!({"attempt": 2}));
    ledger.refuses("begin-submission", again.clone(), Code::IllegalTransition);

    let resumed = ledger.accepts("resume-submission", of_1(json!({})));
    assert_eq!(names(&resumed), ["payout-submission-resumed"]);
    assert!(
        ledger
            .accepts("resume-submission", of_1(json!({})))
            .is_empty()
    );
    ledger.accepts("begin-submission", again);
}

#[test]
fn a_payout_in_doubt_keeps_its_money_until_stripe_has_told() {
    let mut ledger = in_doubt();
    assert_eq!(ledger.status(1), "in_doubt");
    assert_eq!(ledger.totals(), [0, 0, 60_00, 0]);
    for name in ["cancel-payout", "resume-submission"] {
        ledger.refuses(name, of_1(json!({})), Code::IllegalTransition);
    }
    ledger.hears(Fact::Payout(our_report(Pending)));
    assert_eq!(ledger.status(1), "pending");
}

#[test]
fn a_payout_in_doubt_that_is_known_to_have_made_nothing_is_begun_anew() {
    let mut ledger = in_doubt();
    let same = of_1(json!({"attempt": 1}));
    ledger.refuses("begin-submission", same, Code::InvalidCommand);
    ledger.accepts("begin-submission", of_1(json!({"attempt": 2})));
    assert_eq!(
        (ledger.status(1), ledger.payout(1).submission().attempts),
        ("requested", 2)
    );
}

#[test]
fn a_doubt_that_comes_after_stripes_word_changes_nothing() {
    let mut ledger = begun();
    ledger.hears(Fact::Payout(our_report(InTransit)));
    let late = of_1(json!({"attempt": 1, "reason": "no answer in time"}));
    assert!(ledger.accepts("put-payout-in-doubt", late).is_empty());
    assert_eq!(ledger.status(1), "in_transit");
}

#[test]
fn nothing_is_begun_once_stripe_has_told_of_the_payout() {
    for status in [Pending, InTransit, Paid, failed(), Canceled] {
        let mut ledger = requested();
        ledger.hears(Fact::Payout(our_report(status)));
        let late = of_1(json!({"attempt": 1}));
        ledger.refuses("begin-submission", late, Code::IllegalTransition);
    }
}

#[test]
fn a_refusal_for_good_gives_the_items_back() {
    let mut ledger = begun();
    let told = of_1(json!({"failure_code": "no_account"}));
    let events = ledger.accepts("mark-payout-failed", told);
    assert_eq!(names(&events), ["reservation-returned", "payout-failed"]);
    assert_eq!(ledger.totals(), [0, 60_00, 0, 0]);
}

#[test]
fn what_the_api_tells_is_taken_like_a_webhook_in_any_order() {
    for (status, told) in [
        ("in_transit", InTransit),
        ("paid", Paid),
        ("canceled", Canceled),
    ] {
        let mut by_api = begun();
        by_api.accepts("report-payout", answer(status));
        let mut by_webhook = begun();
        by_webhook.hears(Fact::Payout(our_report(told)));
        assert_eq!(by_api.payout(1), by_webhook.payout(1), "{status}");
        assert!(
            by_api
                .accepts("report-payout", answer("pending"))
                .is_empty()
        );
    }
    let mut ledger = made("pending");
    let told = with(answer("failed"), json!({"failure_code": "account_closed"}));
    let events = ledger.accepts("report-payout", told);
    assert_eq!(names(&events), ["reservation-returned", "payout-failed"]);
}

#[test]
fn another_amount_than_the_payouts_is_a_contradiction() {
    let mut ledger = begun();
    let other = with(answer("pending"), json!({"amount": usd("59.99")}));
    ledger.refuses("report-payout", other, Code::AlreadyExists);
}

#[test]
fn a_payout_is_not_called_off_while_it_is_being_sent() {
    begun().refuses("cancel-payout", of_1(json!({})), Code::IllegalTransition);
    for mut ledger in [requested(), refused(Value::Null)] {
        let events = ledger.accepts("cancel-payout", of_1(json!({})));
        assert_eq!(names(&events), ["reservation-returned", "payout-canceled"]);
    }
}

#[test]
fn a_payout_that_the_ledger_has_made_is_called_off_at_stripe_first() {
    let mut ledger = made("pending");
    let asked = ledger.accepts("cancel-payout", of_1(json!({"reason": "a mistake"})));
    assert_eq!(names(&asked), ["payout-cancellation-requested"]);
    assert!(ledger.accepts("cancel-payout", of_1(json!({}))).is_empty());
    assert_eq!(
        ledger.totals(),
        [0, 0, 60_00, 0],
        "its money stays reserved"
    );

    let told = ledger.accepts("report-payout", answer("canceled"));
    assert_eq!(names(&told), ["reservation-returned", "payout-canceled"]);
}

#[test]
fn a_payout_that_stripe_does_not_call_off_goes_on() {
    let mut ledger = made("pending");
    ledger.accepts("cancel-payout", of_1(json!({})));
    let told = of_1(json!({"code": "payout_not_cancelable"}));
    let refused = ledger.accepts("refuse-cancellation", told.clone());
    assert_eq!(names(&refused), ["payout-cancellation-refused"]);
    assert!(ledger.accepts("refuse-cancellation", told).is_empty());
    assert_eq!(ledger.status(1), "pending");
    let status: PayoutStatus = Paid;
    ledger.hears(Fact::Payout(our_report(status)));
    assert_eq!(ledger.totals(), [0, 0, 0, 60_00]);
}

#[test]
fn a_payout_that_somebody_else_has_made_is_called_off_on_their_word() {
    let mut ledger = requested();
    let named = of_1(json!({"stripe_payout_id": "po_1"}));
    ledger.accepts("submit-payout", named);
    let events = ledger.accepts("cancel-payout", of_1(json!({})));
    assert_eq!(names(&events), ["reservation-returned", "payout-canceled"]);
}

#[test]
fn a_refusal_for_good_counts_for_the_attempt_under_way_alone() {
    let told = of_1(json!({"attempt": 1, "code": "no_account", "give_up": true}));
    let mut ledger = begun();
    let events = ledger.accepts("refuse-submission", told.clone());
    assert_eq!(names(&events), ["reservation-returned", "payout-failed"]);
    assert_eq!(ledger.totals(), [0, 60_00, 0, 0]);
    assert!(ledger.accepts("refuse-submission", told.clone()).is_empty());

    // Another call under the same key was heard meanwhile, or may have been.
    for mut ledger in [made("pending"), made("paid"), in_doubt(), requested()] {
        let before = ledger.totals();
        ledger.refuses("refuse-submission", told.clone(), Code::IllegalTransition);
        assert_eq!(ledger.totals(), before, "its money stays where it is");
    }

    let twice = with(told, json!({"try_again_at": "2026-11-21T13:00:00Z"}));
    begun().refuses("refuse-submission", twice, Code::InvalidCommand);
}

#[test]
fn a_doubt_goes_before_a_refusal_of_the_same_attempt() {
    let told = of_1(json!({"attempt": 1, "reason": "no answer in time"}));
    for mut ledger in [refused(Value::Null), refused(json!("2026-11-21T13:00:00Z"))] {
        let events = ledger.accepts("put-payout-in-doubt", told.clone());
        assert_eq!(names(&events), ["payout-put-in-doubt"]);
        ledger.refuses("cancel-payout", of_1(json!({})), Code::IllegalTransition);
        ledger.accepts("begin-submission", of_1(json!({"attempt": 2})));
    }
    let none = of_1(json!({"attempt": 0, "reason": "a guess"}));
    requested().refuses("put-payout-in-doubt", none, Code::IllegalTransition);
    let told = of_1(json!({"attempt": 1, "code": "balance_insufficient"}));
    in_doubt().refuses("refuse-submission", told, Code::IllegalTransition);
}

#[test]
fn a_payout_that_stripe_refused_and_makes_all_the_same_needs_a_person() {
    for status in ["pending", "in_transit", "paid"] {
        let mut ledger = begun();
        let told = of_1(json!({"attempt": 1, "code": "no_account", "give_up": true}));
        ledger.accepts("refuse-submission", told);
        ledger.refuses("report-payout", answer(status), Code::IllegalTransition);
    }
}
