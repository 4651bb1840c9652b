//! A payout's way: submitted, in transit, paid, failed, canceled; told by
//! commands and by Stripe, in order and out of it.

use domain::{
    Code, Event,
    id::{PayoutId, StripeAccount},
    payout::{Origin, Standing, event::CanceledBy, event::PayoutPutInDoubt},
    stripe::{
        Fact, PayoutReport,
        PayoutStatus::{self, Canceled, InTransit, Paid, Pending},
    },
};
use serde_json::{Value, json};

use super::scenario::{
    Ledger, day, dollars, failed, names, our_report, payout_id, report, request, requested,
    stripe_id, with,
};

fn number_1(more: Value) -> Value {
    with(json!({"payout_id": payout_id(1)}), more)
}

fn submission() -> Value {
    number_1(json!({"stripe_payout_id": "po_1"}))
}

fn failure() -> Value {
    number_1(json!({"failure_code": "account_closed"}))
}

fn submitted() -> Ledger {
    let mut ledger = requested();
    ledger.accepts("submit-payout", submission());
    ledger
}

fn in_doubt() -> Ledger {
    let mut past: Vec<_> = requested()
        .log
        .into_iter()
        .map(|(_, event)| event)
        .collect();
    past.push(
        PayoutPutInDoubt {
            payout_id: payout_id(1),
            reason: "the answer was lost".to_owned(),
        }
        .into(),
    );
    Ledger::given(past)
}

/// Payout 1 in each standing that is reached through Stripe.
fn told(status: PayoutStatus) -> Ledger {
    let mut ledger = requested();
    ledger.hears(Fact::Payout(our_report(status)));
    ledger
}

fn canceled_by_command() -> Ledger {
    let mut ledger = requested();
    ledger.accepts("cancel-payout", number_1(json!({"reason": "a mistake"})));
    ledger
}

#[test]
fn the_usual_way_ends_with_the_money_out() {
    let mut ledger = submitted();
    assert_eq!(ledger.status(1), "pending");
    let on_its_way = ledger.hears(Fact::Payout(report(InTransit)));
    assert_eq!(names(&on_its_way), ["payout-in-transit"]);
    assert_eq!(ledger.totals(), [0, 0, 60_00, 0]);
    let paid = ledger.hears(Fact::Payout(report(Paid)));
    assert_eq!(names(&paid), ["reservation-paid-out", "payout-paid"]);
    assert_eq!(ledger.totals(), [0, 0, 0, 60_00]);
    assert_eq!(ledger.place_of("t1"), None);
    assert_eq!(ledger.payout(1).arrival_date(), Some(day(3)));
}

#[test]
fn a_failed_payout_gives_exactly_its_items_back() {
    let mut ledger = submitted();
    ledger.owes("t4", "5");
    let events = ledger.hears(Fact::Payout(report(failed())));
    assert_eq!(names(&events), ["reservation-returned", "payout-failed"]);
    assert_eq!(ledger.totals(), [0, 65_00, 0, 0]);
    for id in ["t1", "t2", "t3"] {
        assert_eq!(ledger.place_of(id), Some("available"));
    }
}

#[test]
fn a_payout_that_was_paid_can_fail_later() {
    let mut ledger = told(Paid);
    let events = ledger.hears(Fact::Payout(report(failed())));
    assert_eq!(names(&events), ["reservation-returned", "payout-failed"]);
    assert_eq!(ledger.totals(), [0, 60_00, 0, 0]);
    let again = request(json!({"payout_id": payout_id(2)}));
    ledger.accepts("request-payout", again);
    assert_eq!(ledger.payout(2).items().len(), 3);
}

#[test]
fn a_webhook_before_the_submission_names_the_payout() {
    for (status, expected, at) in [
        (Pending, vec!["payout-submitted"], "pending"),
        (
            InTransit,
            vec!["payout-submitted", "payout-in-transit"],
            "in_transit",
        ),
        (
            Paid,
            vec!["reservation-paid-out", "payout-submitted", "payout-paid"],
            "paid",
        ),
        (
            failed(),
            vec!["reservation-returned", "payout-submitted", "payout-failed"],
            "failed",
        ),
        (
            Canceled,
            vec![
                "reservation-returned",
                "payout-submitted",
                "payout-canceled",
            ],
            "canceled",
        ),
    ] {
        let mut ledger = requested();
        let events = ledger.hears(Fact::Payout(our_report(status)));
        assert_eq!(names(&events), expected);
        assert_eq!(ledger.status(1), at);
        assert!(
            ledger.accepts("submit-payout", submission()).is_empty(),
            "{at}"
        );
        assert_eq!(
            ledger.payout(1).stripe_payout_id(),
            Some(&stripe_id("po_1"))
        );
    }
}

#[test]
fn a_payout_in_doubt_keeps_its_money_until_stripe_has_told() {
    let mut ledger = in_doubt();
    assert_eq!(ledger.status(1), "in_doubt");
    assert_eq!(ledger.totals(), [0, 0, 60_00, 0]);
    ledger.refuses(
        "cancel-payout",
        number_1(json!({})),
        Code::IllegalTransition,
    );
    ledger.hears(Fact::Payout(our_report(Pending)));
    assert_eq!(ledger.status(1), "pending");

    let mut ledger = in_doubt();
    ledger.accepts("submit-payout", submission());
    assert_eq!(ledger.status(1), "pending");
    let mut ledger = in_doubt();
    ledger.accepts("mark-payout-failed", failure());
    assert_eq!(ledger.totals(), [0, 60_00, 0, 0]);
    let mut ledger = in_doubt();
    ledger.accepts("mark-payout-paid", number_1(json!({})));
    assert_eq!(ledger.totals(), [0, 0, 0, 60_00]);
}

#[test]
fn repeated_and_overtaken_news_change_nothing() {
    for (status, overtaken) in [
        (Pending, vec![Pending]),
        (InTransit, vec![InTransit, Pending]),
        (Paid, vec![Paid, InTransit, Pending]),
        (failed(), vec![failed(), Paid, InTransit, Pending]),
        (Canceled, vec![Canceled, Paid, InTransit, Pending]),
    ] {
        let mut ledger = told(status);
        for news in overtaken {
            assert!(ledger.hears(Fact::Payout(our_report(news))).is_empty());
        }
    }
}

#[test]
fn failed_and_canceled_exclude_each_other() {
    told(failed()).rejects(Fact::Payout(report(Canceled)), Code::IllegalTransition);
    told(Canceled).rejects(Fact::Payout(report(failed())), Code::IllegalTransition);
}

#[test]
fn of_dates_told_with_one_status_the_latest_stands() {
    for status in [Pending, InTransit, Paid] {
        let mut ledger = told(status.clone());
        let on = |date| PayoutReport {
            arrival_date: Some(day(date)),
            ..our_report(status.clone())
        };
        assert!(ledger.hears(Fact::Payout(on(2))).is_empty());
        assert_eq!(
            names(&ledger.hears(Fact::Payout(on(4)))),
            ["payout-rescheduled"]
        );
        assert_eq!(ledger.payout(1).arrival_date(), Some(day(4)));
    }
}

#[test]
fn a_report_that_contradicts_the_record_is_refused() {
    let other_amount = PayoutReport {
        amount: dollars(59_99),
        ..our_report(Paid)
    };
    requested().rejects(Fact::Payout(other_amount), Code::AlreadyExists);
    let other_name = PayoutReport {
        stripe_payout_id: stripe_id("po_2"),
        ..our_report(Paid)
    };
    submitted().rejects(Fact::Payout(other_name), Code::AlreadyExists);
}

#[test]
fn a_name_at_stripe_belongs_to_one_payout() {
    let mut ledger = submitted();
    ledger.owes("t4", "60");
    let second = json!({"payout_id": payout_id(2)});
    ledger.accepts("request-payout", request(second.clone()));
    let same_name = with(second, json!({"stripe_payout_id": "po_1"}));
    ledger.refuses("submit-payout", same_name, Code::AlreadyExists);
    let claims_both = PayoutReport {
        payout_id: Some(payout_id(2)),
        ..report(Paid)
    };
    ledger.rejects(Fact::Payout(claims_both), Code::AlreadyExists);
}

#[test]
fn a_payout_named_in_metadata_that_is_not_there_is_waited_for() {
    Ledger::new().rejects(Fact::Payout(our_report(Paid)), Code::PayoutNotFound);
    // Stripe's id finds it all the same, if the metadata was somebody else's.
    let mut ledger = submitted();
    let foreign = PayoutReport {
        payout_id: Some(payout_id(99)),
        ..report(Paid)
    };
    ledger.hears(Fact::Payout(foreign));
    assert_eq!(ledger.status(1), "paid");
}

#[test]
fn stripes_own_payouts_are_adopted_without_items() {
    let id = PayoutId::adopted(&stripe_id("po_1"));
    let mut ledger = Ledger::new();
    ledger.owes("t1", "60");
    let before = ledger.totals();
    let events = ledger.hears(Fact::Payout(report(Paid)));
    assert_eq!(names(&events), ["payout-adopted", "payout-paid"]);
    let payout = ledger.payout_by_id(id);
    assert_eq!(payout.origin(), Origin::Stripe);
    assert_eq!(payout.seller_id().as_str(), "platform");
    assert_eq!(payout.items(), []);
    assert_eq!(ledger.totals(), before);
    assert!(ledger.hears(Fact::Payout(report(Pending))).is_empty());
    assert_eq!(
        names(&ledger.hears(Fact::Payout(report(failed())))),
        ["payout-failed"]
    );
    assert_eq!(ledger.totals(), before);
}

#[test]
fn an_adopted_payout_may_be_a_debit() {
    let mut ledger = Ledger::new();
    let debit = PayoutReport {
        amount: dollars(-60_00),
        ..report(Pending)
    };
    ledger.hears(Fact::Payout(debit.clone()));
    ledger.rejects(Fact::Payout(report(Pending)), Code::AlreadyExists);
    let status = failed();
    ledger.hears(Fact::Payout(PayoutReport { status, ..debit }));
}

#[test]
fn the_account_decides_whose_an_adopted_payout_is() {
    let account = StripeAccount::new("acct_1").unwrap();
    let of_account = PayoutReport {
        account: Some(account),
        ..report(Pending)
    };
    let id = PayoutId::adopted(&stripe_id("po_1"));
    let mut ledger = Ledger::new();
    ledger.hears(Fact::Payout(of_account.clone()));
    assert_eq!(ledger.payout_by_id(id).seller_id().as_str(), "acct_1");

    let mut ledger = Ledger::new();
    let seller = json!({"seller_id": "ada", "stripe_account": "acct_1"});
    ledger.accepts("register-seller", seller);
    ledger.hears(Fact::Payout(of_account));
    assert_eq!(ledger.payout_by_id(id).seller_id().as_str(), "ada");
}

#[test]
fn a_submission_is_taken_once_and_late() {
    let mut ledger = submitted();
    assert!(ledger.accepts("submit-payout", submission()).is_empty());
    let later = with(submission(), json!({"arrival_date": "2026-11-25"}));
    assert_eq!(
        names(&ledger.accepts("submit-payout", later)),
        ["payout-rescheduled"]
    );
    let other = number_1(json!({"stripe_payout_id": "po_2"}));
    ledger.refuses("submit-payout", other.clone(), Code::AlreadyExists);
    ledger.hears(Fact::Payout(report(Paid)));
    assert!(ledger.accepts("submit-payout", submission()).is_empty());
    ledger.refuses("submit-payout", other, Code::AlreadyExists);

    let mut ledger = requested();
    ledger.accepts("mark-payout-paid", number_1(json!({})));
    let named = ledger.accepts("submit-payout", submission());
    assert_eq!(names(&named), ["payout-submitted"]);
    assert_eq!(ledger.status(1), "paid");
}

#[test]
fn what_was_called_off_cannot_be_submitted() {
    canceled_by_command().refuses("submit-payout", submission(), Code::IllegalTransition);
    let mut ledger = submitted();
    ledger.accepts("cancel-payout", number_1(json!({})));
    assert!(ledger.accepts("submit-payout", submission()).is_empty());
}

#[test]
fn a_payout_can_be_marked_paid_by_either_id() {
    let mut ledger = submitted();
    let by_name = json!({"stripe_payout_id": "po_1", "arrival_date": "2026-11-25"});
    let events = ledger.accepts("mark-payout-paid", by_name.clone());
    assert_eq!(names(&events), ["reservation-paid-out", "payout-paid"]);
    assert!(ledger.accepts("mark-payout-paid", by_name).is_empty());
    assert!(
        ledger
            .accepts("mark-payout-paid", number_1(json!({})))
            .is_empty()
    );
}

#[test]
fn marked_paid_without_a_date_keeps_the_estimate() {
    let mut ledger = told(InTransit);
    ledger.accepts("mark-payout-paid", number_1(json!({})));
    assert_eq!(ledger.payout(1).arrival_date(), Some(day(3)));
}

#[test]
fn a_payout_can_be_marked_failed_from_anywhere_before() {
    for mut ledger in [
        requested(),
        in_doubt(),
        submitted(),
        told(InTransit),
        told(Paid),
    ] {
        let events = ledger.accepts("mark-payout-failed", failure());
        assert_eq!(names(&events), ["reservation-returned", "payout-failed"]);
        assert_eq!(ledger.totals(), [0, 60_00, 0, 0]);
        assert!(ledger.accepts("mark-payout-failed", failure()).is_empty());
    }
}

#[test]
fn the_end_of_a_payout_is_final_for_commands() {
    for mut ledger in [told(failed()), told(Canceled), canceled_by_command()] {
        ledger.refuses(
            "mark-payout-paid",
            number_1(json!({})),
            Code::IllegalTransition,
        );
    }
    for mut ledger in [told(Canceled), canceled_by_command()] {
        ledger.refuses("mark-payout-failed", failure(), Code::IllegalTransition);
    }
}

#[test]
fn exactly_one_id_is_needed() {
    let mut ledger = submitted();
    let both = number_1(json!({"stripe_payout_id": "po_1", "failure_code": "x"}));
    ledger.refuses("mark-payout-failed", both, Code::InvalidCommand);
    ledger.refuses("mark-payout-paid", json!({}), Code::InvalidCommand);
}

#[test]
fn a_payout_is_called_off_while_it_cannot_have_left() {
    for mut ledger in [requested(), submitted()] {
        let events = ledger.accepts("cancel-payout", number_1(json!({})));
        assert_eq!(names(&events), ["reservation-returned", "payout-canceled"]);
        assert_eq!(ledger.totals(), [0, 60_00, 0, 0]);
        assert!(
            ledger
                .accepts("cancel-payout", number_1(json!({})))
                .is_empty()
        );
    }
    assert!(
        told(Canceled)
            .accepts("cancel-payout", number_1(json!({})))
            .is_empty()
    );
    for mut ledger in [in_doubt(), told(InTransit), told(Paid), told(failed())] {
        ledger.refuses(
            "cancel-payout",
            number_1(json!({})),
            Code::IllegalTransition,
        );
    }
}

#[test]
fn what_stripe_sends_after_we_called_it_off_needs_a_person() {
    for status in [InTransit, Paid, failed()] {
        let news = Fact::Payout(our_report(status));
        canceled_by_command().rejects(news, Code::IllegalTransition);
    }
    // That it was accepted before is no news; that it is off at Stripe too, is.
    let mut ledger = canceled_by_command();
    let named = ledger.hears(Fact::Payout(our_report(Pending)));
    assert_eq!(names(&named), ["payout-submitted"]);
    assert_eq!(ledger.status(1), "canceled");
    let confirmed = ledger.hears(Fact::Payout(our_report(Canceled)));
    assert_eq!(names(&confirmed), ["payout-canceled"]);
    let by = CanceledBy::Stripe;
    assert_eq!(*ledger.payout(1).standing(), Standing::Canceled { by });
    assert_eq!(ledger.totals(), [0, 60_00, 0, 0]);
    assert!(ledger.hears(Fact::Payout(our_report(InTransit))).is_empty());
}

#[test]
fn unknown_payouts_are_not_found() {
    let mut ledger = Ledger::new();
    for (name, fields) in [
        ("submit-payout", submission()),
        ("mark-payout-paid", number_1(json!({}))),
        ("mark-payout-paid", json!({"stripe_payout_id": "po_1"})),
        ("mark-payout-failed", failure()),
        ("cancel-payout", number_1(json!({}))),
    ] {
        ledger.refuses(name, fields, Code::PayoutNotFound);
    }
}

#[test]
fn what_stripe_writes_for_people_is_made_printable() {
    let mut ledger = requested();
    let status = PayoutStatus::Failed {
        code: "account_closed".to_owned(),
        message: Some(format!("\u{0}closed{}", "x".repeat(2_000))),
    };
    let events = ledger.hears(Fact::Payout(our_report(status)));
    let Some(Event::PayoutFailed(event)) = events.last() else {
        unreachable!("{events:?}")
    };
    let message = event.failure_message.clone().unwrap_or_default();
    assert!(message.starts_with("closed"));
    assert_eq!(message.len(), 1_000);
}
