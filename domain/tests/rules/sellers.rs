//! Sellers and their accounts at Stripe.

use domain::{Code, seller::Schedule};
use serde_json::{Value, json};

use super::scenario::{Ledger, names, with};

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
    ] {
        ledger.refuses("register-seller", with(ada(), other), Code::AlreadyExists);
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
