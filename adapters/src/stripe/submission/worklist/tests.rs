//! Given events, what is to be done at Stripe?

use domain::{
    event::Method,
    id::SellerId,
    money::{Amount, Currency},
    payout::event::{
        PayoutCancellationRefused, PayoutCancellationRequested, PayoutPaid, PayoutPutInDoubt,
        PayoutRequested, PayoutSubmissionBegun, PayoutSubmissionRefused, PayoutSubmitted,
    },
};
use time::macros::datetime;
use uuid::Uuid;

use super::*;

const LEASE: Duration = Duration::minutes(2);
const START: OffsetDateTime = datetime!(2026-11-21 12:00:00 UTC);

fn id(number: u128) -> PayoutId {
    PayoutId(Uuid::from_u128(number))
}

fn seller() -> SellerId {
    SellerId::new("ada").unwrap()
}

fn stripe_id() -> StripePayoutId {
    StripePayoutId::new("po_1").unwrap()
}

fn requested(number: u128) -> Event {
    PayoutRequested {
        payout_id: id(number),
        seller_id: seller(),
        amount_minor: Amount::from_minor(60_00),
        currency: Currency::parse("usd").unwrap(),
        method: Method::Standard,
        description: None,
        items: Vec::new(),
    }
    .into()
}

fn begun(number: u128, attempt: u32, begun_at: OffsetDateTime) -> Event {
    let payout_id = id(number);
    PayoutSubmissionBegun {
        payout_id,
        attempt,
        begun_at,
    }
    .into()
}

fn refused(number: u128, try_again_at: Option<OffsetDateTime>) -> Event {
    PayoutSubmissionRefused {
        payout_id: id(number),
        attempt: 1,
        code: "balance_insufficient".to_owned(),
        message: None,
        try_again_at,
    }
    .into()
}

fn in_doubt(number: u128) -> Event {
    let reason = "no answer in time".to_owned();
    PayoutPutInDoubt {
        payout_id: id(number),
        reason,
    }
    .into()
}

fn submitted(number: u128) -> Event {
    PayoutSubmitted {
        payout_id: id(number),
        stripe_payout_id: stripe_id(),
        arrival_date: None,
    }
    .into()
}

fn cancellation(number: u128) -> Event {
    PayoutCancellationRequested {
        payout_id: id(number),
        seller_id: seller(),
        stripe_payout_id: stripe_id(),
        reason: None,
    }
    .into()
}

fn payout_id_of(event: &Event) -> PayoutId {
    let data: serde_json::Value = serde_json::from_str(&event.encode()).unwrap();
    PayoutId(data["payout_id"].as_str().unwrap().parse().unwrap())
}

/// A worklist after these events; the first is at position 11.
fn after(events: impl IntoIterator<Item = Event>) -> Worklist {
    let mut worklist = Worklist::new(Tenant::default_tenant(), LEASE, at(10));
    for (position, event) in (11..).zip(events) {
        hear(&mut worklist, position, event);
    }
    worklist
}

fn at(position: i64) -> Cursor {
    Cursor { txid: 0, position }
}

fn hear(worklist: &mut Worklist, position: i64, event: Event) {
    worklist.take(&recorded(position, event));
}

fn recorded(position: i64, event: Event) -> Recorded {
    Recorded {
        cursor: at(position),
        tenant: Tenant::default_tenant(),
        stream: StreamId::payout(payout_id_of(&event)),
        version: 1,
        event,
        metadata: "{}".to_owned(),
        recorded_at: START,
    }
}

/// What is due, in words.
fn due(worklist: &mut Worklist, now: OffsetDateTime) -> Vec<String> {
    let mut words: Vec<_> = worklist
        .due(now, 100)
        .iter()
        .map(|task| match task {
            Task::Begin(_, attempt) => format!("begin {}", attempt.number),
            Task::GoOn(_, attempt) => format!("go on {}", attempt.number),
            Task::LookUp(_, attempt) => format!("look up {}", attempt.number),
            Task::Cancel(wanted) => format!("cancel {}", wanted.stripe_payout_id),
        })
        .collect();
    words.sort();
    words
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_requested_payout_is_begun_once() {
    let mut worklist = after([requested(1)]);
    assert_eq!(due(&mut worklist, START), ["begin 1"]);
    assert_eq!(due(&mut worklist, START), NOTHING, "it is under way");
}

#[test]
fn an_attempt_of_somebody_else_is_left_alone_until_its_lease_is_over() {
    let mut worklist = after([requested(1), begun(1, 1, START)]);
    assert_eq!(due(&mut worklist, START + Duration::minutes(1)), NOTHING);
    assert_eq!(due(&mut worklist, START + LEASE), ["go on 1"]);
}

#[test]
fn an_attempt_of_ours_is_gone_on_with_after_its_pause() {
    let mut worklist = after([requested(1)]);
    assert_eq!(due(&mut worklist, START), ["begin 1"]);
    hear(&mut worklist, 12, begun(1, 1, START));
    worklist.ended(
        TaskId::Payout(id(1)),
        Ended::Ours(1, Duration::seconds(10)),
        START,
    );
    assert_eq!(due(&mut worklist, START + Duration::seconds(9)), NOTHING);
    assert_eq!(
        due(&mut worklist, START + Duration::seconds(10)),
        ["go on 1"]
    );
}

#[test]
fn what_was_refused_is_begun_again_when_it_is_due_and_never_without_a_time() {
    let later = START + Duration::hours(1);
    let mut waiting = after([requested(1), begun(1, 1, START), refused(1, Some(later))]);
    assert_eq!(due(&mut waiting, START), NOTHING);
    assert_eq!(due(&mut waiting, later), ["begin 2"]);
    let mut stopped = after([requested(1), begun(1, 1, START), refused(1, None)]);
    assert_eq!(due(&mut stopped, START + Duration::days(365)), NOTHING);
}

#[test]
fn what_is_in_doubt_is_looked_up_at_once_whether_the_log_or_the_call_is_faster() {
    let mut worklist = after([requested(1)]);
    due(&mut worklist, START);
    hear(&mut worklist, 12, begun(1, 1, START));
    hear(&mut worklist, 13, in_doubt(1));
    worklist.ended(TaskId::Payout(id(1)), Ended::Recorded, START);
    assert_eq!(due(&mut worklist, START), ["look up 1"]);

    let mut worklist = after([requested(1)]);
    due(&mut worklist, START);
    hear(&mut worklist, 12, begun(1, 1, START));
    worklist.ended(TaskId::Payout(id(1)), Ended::Recorded, START);
    hear(&mut worklist, 13, in_doubt(1));
    assert_eq!(due(&mut worklist, START), ["look up 1"]);
    assert_eq!(worklist.counts(), (1, 1));
}

#[test]
fn what_stripe_has_told_of_is_done() {
    for told in [
        submitted(1),
        PayoutPaid {
            payout_id: id(1),
            arrival_date: None,
        }
        .into(),
    ] {
        let mut worklist = after([requested(1), begun(1, 1, START), told]);
        assert_eq!(due(&mut worklist, START + Duration::days(1)), NOTHING);
        assert_eq!(worklist.floor(), at(13));
    }
}

#[test]
fn a_restart_begins_before_the_oldest_that_is_open() {
    let mut worklist = after([requested(1), requested(2), submitted(1), requested(3)]);
    assert_eq!(worklist.floor(), at(11), "payout 2 is at 12");
    hear(&mut worklist, 15, submitted(2));
    assert_eq!(worklist.floor(), at(13), "payout 3 is at 14");
    hear(&mut worklist, 16, submitted(3));
    assert_eq!(worklist.floor(), at(16));
}

#[test]
fn a_payout_is_called_off_until_stripe_has_answered() {
    let mut worklist = after([cancellation(1)]);
    assert_eq!(worklist.floor(), at(10));
    assert_eq!(due(&mut worklist, START), ["cancel po_1"]);
    worklist.ended(
        TaskId::Cancellation(id(1)),
        Ended::Later(Duration::seconds(10)),
        START,
    );
    assert_eq!(
        due(&mut worklist, START + Duration::seconds(10)),
        ["cancel po_1"]
    );
    let refused = PayoutCancellationRefused {
        payout_id: id(1),
        code: "payout_not_cancelable".to_owned(),
        message: None,
    };
    hear(&mut worklist, 12, refused.into());
    assert_eq!(worklist.floor(), at(12));
}

#[test]
fn other_tenants_are_none_of_its_business() {
    let mut worklist = Worklist::new(Tenant::new("elsewhere").unwrap(), LEASE, at(10));
    hear(&mut worklist, 11, requested(1));
    assert_eq!(due(&mut worklist, START), NOTHING);
    assert_eq!(worklist.floor(), at(11));
}

#[test]
fn no_more_is_begun_at_once_than_there_is_room() {
    let mut worklist = after((1..=5).map(requested));
    assert_eq!(worklist.due(START, 2).len(), 2);
    assert_eq!(worklist.due(START, 2).len(), 2);
    assert_eq!(worklist.due(START, 2).len(), 1);
}

#[test]
fn who_was_not_the_one_to_begin_leaves_the_attempt_alone() {
    let mut worklist = after([requested(1)]);
    assert_eq!(due(&mut worklist, START), ["begin 1"]);
    hear(&mut worklist, 12, begun(1, 1, START));
    worklist.ended(TaskId::Payout(id(1)), Ended::Recorded, START);
    assert_eq!(due(&mut worklist, START + Duration::minutes(1)), NOTHING);
    assert_eq!(due(&mut worklist, START + LEASE), ["go on 1"]);
}

#[test]
fn the_pause_of_an_attempt_of_ours_holds_where_the_log_is_slow() {
    let mut worklist = after([requested(1)]);
    due(&mut worklist, START);
    let pause = Duration::seconds(10);
    worklist.ended(TaskId::Payout(id(1)), Ended::Ours(1, pause), START);
    hear(&mut worklist, 12, begun(1, 1, START));
    assert_eq!(due(&mut worklist, START), NOTHING);
    assert_eq!(due(&mut worklist, START + pause), ["go on 1"]);
}

#[test]
fn stripe_is_asked_for_all_that_was_made_since_the_payout_was_requested() {
    let week = START + Duration::weeks(1);
    let mut worklist = after([requested(1), begun(1, 1, START)]);
    let mut doubt = recorded(13, in_doubt(1));
    doubt.recorded_at = week;
    worklist.take(&doubt);
    let tasks = worklist.due(week, 1);
    let [Task::LookUp(_, attempt)] = tasks.as_slice() else {
        panic!("{tasks:?}");
    };
    assert_eq!((attempt.requested_at, attempt.since), (START, week));
}

#[test]
fn what_falls_due_and_what_is_new_take_turns() {
    let later = START + Duration::hours(1);
    let waits = |n| [requested(n), begun(n, 1, START), refused(n, Some(later))];
    let mut worklist = after((1..=3).flat_map(waits).chain((4..=6).map(requested)));
    let mut order = Vec::new();
    while let [task] = worklist.due(later, 1).as_slice() {
        order.push(task.id());
    }
    let expected = [1, 4, 2, 5, 3, 6].map(|n| TaskId::Payout(id(n)));
    assert_eq!(order, expected);
}

#[test]
fn a_task_that_ends_late_does_not_free_another_one_of_its_payout() {
    let mut worklist = after([requested(1)]);
    assert_eq!(due(&mut worklist, START), ["begin 1"]);
    hear(&mut worklist, 12, submitted(1));
    hear(&mut worklist, 13, cancellation(1));
    assert_eq!(due(&mut worklist, START), ["cancel po_1"]);
    worklist.ended(TaskId::Payout(id(1)), Ended::Recorded, START);
    assert_eq!(due(&mut worklist, START + Duration::days(1)), NOTHING);
}

#[test]
fn a_hundred_thousand_that_wait_cost_nothing_at_each_look() {
    let mut worklist = Worklist::new(Tenant::default_tenant(), LEASE, at(10));
    for (n, position) in (0..100_000_u128).zip((11..).step_by(3)) {
        hear(&mut worklist, position, requested(n));
        hear(&mut worklist, position + 1, begun(n, 1, START));
        hear(&mut worklist, position + 2, refused(n, None));
    }
    let started = std::time::Instant::now();
    for _ in 0..1_000 {
        assert_eq!(worklist.due(START, 32).len(), 0);
        assert_eq!(worklist.counts(), (100_000, 0));
        assert_eq!(worklist.floor(), at(10));
    }
    // Looking at all of them each time takes longer by far.
    assert!(started.elapsed() < std::time::Duration::from_secs(1));
}
