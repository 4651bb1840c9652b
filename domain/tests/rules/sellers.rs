//! Sellers, their accounts at Stripe, and when they are paid.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "names and schedules that are known to be good"
)]

use domain::{
    Code, State,
    id::{SellerId, StreamId},
    seller::{Schedule, event::MinimumPayout},
};
use serde_json::{Value, json};
use time::{Date, macros::date};

use super::scenario::{Ledger, dollars, names, usd, with};

fn ada() -> Value {
    json!({"seller_id": "ada", "stripe_account": "acct_1"})
}

#[test]
fn a_seller_is_registered_once() {
    let mut ledger = Ledger::new();
    assert_eq!(
        names(&ledger.accepts("register-seller", ada())),
        ["seller-registered"]
    );
    assert!(ledger.accepts("register-seller", ada()).is_empty());
    let said = with(ada(), json!({"payout_schedule": "manual"}));
    assert!(ledger.accepts("register-seller", said).is_empty());
    for other in [
        json!({"stripe_account": "acct_2"}),
        json!({"payout_schedule": "daily"}),
        json!({"minimum_payout": usd("20.00")}),
    ] {
        ledger.refuses("register-seller", with(ada(), other), Code::AlreadyExists);
    }
}

#[test]
fn a_seller_who_goes_by_an_accounts_id_has_that_account() {
    let mut ledger = Ledger::new();
    let other = json!({"seller_id": "acct_1", "stripe_account": "acct_2"});
    ledger.refuses("register-seller", other, Code::InvalidCommand);
    let own = json!({"seller_id": "acct_1", "stripe_account": "acct_1"});
    ledger.accepts("register-seller", own);
}

fn schedule(ledger: &Ledger) -> Option<(String, Option<MinimumPayout>)> {
    let stream = StreamId::seller(&SellerId::new("ada").unwrap());
    let State::Seller(seller) = ledger.state(&stream) else {
        panic!("a seller's stream holds a seller");
    };
    let (schedule, minimum) = seller.schedule()?;
    Some((schedule.to_string(), minimum))
}

fn change(schedule: &str, more: Value) -> Value {
    with(
        json!({"seller_id": "ada", "payout_schedule": schedule}),
        more,
    )
}

#[test]
fn a_schedule_can_be_changed_with_its_minimum() {
    let mut ledger = Ledger::new();
    let terms = json!({"payout_schedule": "daily", "minimum_payout": usd("20.00")});
    ledger.accepts("register-seller", with(ada(), terms.clone()));
    let twenty = Some(MinimumPayout::from(dollars(20_00)));
    assert_eq!(schedule(&ledger), Some(("daily".to_owned(), twenty)));

    let same = change("daily", json!({"minimum_payout": usd("20.00")}));
    let events = ledger.accepts("change-payout-schedule", same);
    assert!(events.is_empty(), "it is so already");

    // What is not said is no longer so.
    let events = ledger.accepts("change-payout-schedule", change("weekly:fri", json!({})));
    assert_eq!(names(&events), ["payout-schedule-changed"]);
    assert_eq!(schedule(&ledger), Some(("weekly:fri".to_owned(), None)));
    let again = ledger.accepts("change-payout-schedule", change("weekly:fri", json!({})));
    assert!(again.is_empty());

    // The registration itself is what it was.
    assert!(
        ledger
            .accepts("register-seller", with(ada(), terms))
            .is_empty()
    );
    assert_eq!(schedule(&ledger), Some(("weekly:fri".to_owned(), None)));
}

#[test]
fn only_a_registered_seller_has_a_schedule() {
    let mut ledger = Ledger::new();
    ledger.refuses(
        "change-payout-schedule",
        change("daily", json!({})),
        Code::SellerNotFound,
    );
    assert_eq!(schedule(&ledger), None);
}

#[test]
fn a_minimum_is_positive() {
    let mut ledger = Ledger::new();
    for amount in ["0.00", "-1.00"] {
        let minimum = json!({"minimum_payout": usd(amount)});
        let seller = with(ada(), minimum.clone());
        ledger.refuses("register-seller", seller, Code::InvalidCommand);
        let changed = change("daily", minimum);
        ledger.refuses("change-payout-schedule", changed, Code::InvalidCommand);
    }
}

#[test]
fn an_account_belongs_to_one_seller() {
    let mut ledger = Ledger::new();
    ledger.accepts("register-seller", ada());
    let bob = with(ada(), json!({"seller_id": "bob"}));
    ledger.refuses("register-seller", bob, Code::AlreadyExists);
}

#[test]
fn schedules_are_read_as_they_are_written() {
    for text in [
        "manual",
        "daily",
        "weekly:mon",
        "weekly:sun",
        "monthly:1",
        "monthly:31",
    ] {
        let schedule = Schedule::try_from(text.to_owned()).unwrap();
        assert_eq!(schedule.to_string(), text);
    }
    for text in [
        "",
        "Daily",
        "weekly",
        "weekly:",
        "weekly:monday",
        "monthly:0",
        "monthly:32",
    ] {
        assert!(Schedule::try_from(text.to_owned()).is_err(), "{text}");
    }
}

/// The days among some on which a schedule makes payouts.
fn due(text: &str, days: impl IntoIterator<Item = Date>) -> Vec<String> {
    let schedule = Schedule::try_from(text.to_owned()).unwrap();
    days.into_iter()
        .filter(|day| schedule.is_due_on(*day))
        .map(|day| day.to_string())
        .collect()
}

fn days_from(first: Date, count: usize) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(first), |day| day.next_day()).take(count)
}

#[test]
fn a_schedule_says_on_which_days_payouts_are_made() {
    // 2026-11-23 is a Monday.
    let week = || days_from(date!(2026 - 11 - 23), 7);
    assert_eq!(due("manual", week()), [""; 0]);
    assert_eq!(due("daily", week()).len(), 7);
    assert_eq!(due("weekly:mon", week()), ["2026-11-23"]);
    assert_eq!(due("weekly:fri", week()), ["2026-11-27"]);
    assert_eq!(due("weekly:sun", week()), ["2026-11-29"]);
    assert_eq!(due("monthly:24", week()), ["2026-11-24"]);
}

#[test]
fn a_short_month_ends_on_its_last_day() {
    let table = [
        // 2027 is no leap year; 2028 and 2000 are; 2100 is none.
        (date!(2027 - 02 - 01), "monthly:28", "2027-02-28"),
        (date!(2027 - 02 - 01), "monthly:29", "2027-02-28"),
        (date!(2027 - 02 - 01), "monthly:31", "2027-02-28"),
        (date!(2028 - 02 - 01), "monthly:28", "2028-02-28"),
        (date!(2028 - 02 - 01), "monthly:29", "2028-02-29"),
        (date!(2028 - 02 - 01), "monthly:30", "2028-02-29"),
        (date!(2000 - 02 - 01), "monthly:31", "2000-02-29"),
        (date!(2100 - 02 - 01), "monthly:29", "2100-02-28"),
        (date!(2026 - 11 - 01), "monthly:30", "2026-11-30"),
        (date!(2026 - 11 - 01), "monthly:31", "2026-11-30"),
        (date!(2026 - 12 - 01), "monthly:31", "2026-12-31"),
        (date!(2026 - 12 - 01), "monthly:1", "2026-12-01"),
    ];
    for (first, text, expected) in table {
        let month = days_from(first, first.month().length(first.year()).into());
        assert_eq!(due(text, month), [expected], "{text} from {first}");
    }
}

#[test]
fn all_schedules_of_a_day_are_known() {
    let due = |day| {
        Schedule::due_on(day)
            .map(String::from)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(due(date!(2026 - 11 - 20)), "daily weekly:fri monthly:20");
    assert_eq!(
        due(date!(2027 - 02 - 28)),
        "daily weekly:sun monthly:28 monthly:29 monthly:30 monthly:31"
    );
}
