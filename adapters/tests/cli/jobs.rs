//! `payoutd jobs`: looked at, and run by hand.

use serde_json::{Value as Json, json};

use crate::run::Folder;

fn command(folder: &Folder, name: &str, fields: &Json) {
    folder
        .run(&["command", name, &fields.to_string()])
        .with_code(0);
}

/// A seller who is paid every day, and is owed 10.00 usd and half a forint.
fn ledger() -> Folder {
    let folder = Folder::new();
    let seller = json!({
        "seller_id": "anna", "stripe_account": "acct_1", "payout_schedule": "daily",
    });
    command(&folder, "register-seller", &seller);
    for (amount, currency) in [("10.00", "usd"), ("0.50", "huf")] {
        let sale = json!({
            "transaction_id": currency, "seller_id": "anna", "kind": "payment",
            "gross": {"amount": amount, "currency": currency},
        });
        command(&folder, "record-transaction", &sale);
    }
    folder
}

#[test]
fn a_job_that_never_ran_is_listed_with_its_time() {
    let folder = ledger();
    let jobs = folder.run(&["jobs", "list", "--json"]).with_code(0).json();
    let told: Vec<_> = jobs
        .as_array()
        .unwrap()
        .iter()
        .map(|job| [&job["job"], &job["due"], &job["runs"], &job["last_outcome"]])
        .map(|told| json!(told))
        .collect();
    let expected = [
        json!(["release", "every 60 s", 0, null]),
        json!(["payouts", "daily at 00:05 UTC", 0, null]),
        json!(["roll-up", "daily at 00:15 UTC", 0, null]),
        json!(["sync", "every 3600 s", 0, null]),
    ];
    assert_eq!(told, expected);
    let table = folder.run(&["jobs", "list"]).with_code(0).stdout;
    assert!(table.contains("release") && table.contains("roll-up"));
}

#[test]
fn nothing_is_fetched_from_stripe_without_a_key() {
    let run = ledger().run(&["jobs", "run", "sync"]).with_code(2);
    assert!(run.stderr.contains("STRIPE_SECRET_KEY"), "{}", run.stderr);
}

#[test]
fn payouts_are_run_by_hand_and_told_with_reasons() {
    let folder = ledger();
    let run = ["jobs", "run", "payouts"];
    let report = folder.run(&[&run[..], &["--json"]].concat());
    let expected = json!({
        "job": "payouts", "tenant": "default", "outcome": "done",
        "done": 1, "skipped": 1, "failed": 0,
        "reasons": {"skipped": {"AMOUNT_NOT_PAYABLE": 1}}, "error": null,
    });
    assert_eq!(report.with_code(0).json(), expected);
    let again = folder.run(&run).with_code(0).stdout;
    assert!(again.contains("payouts: done"), "{again}");
    assert!(again.contains("AMOUNT_NOT_PAYABLE"), "{again}");

    let payouts = folder.run(&["query", "payouts", "--json"]).with_code(0);
    assert_eq!(payouts.json().as_array().unwrap().len(), 1);
    let jobs = folder.run(&["jobs", "list", "--json"]).with_code(0).json();
    assert_eq!(jobs[1]["last_outcome"], "done");
    assert_eq!(jobs[1]["runs"], 2);
    folder.run(&["verify"]).with_code(0);
}

#[test]
fn a_day_is_for_jobs_that_know_days_and_not_in_the_future() {
    let folder = ledger();
    for (arguments, told) in [
        (["payouts", "--day", "2999-01-01"], "have begun"),
        (["roll-up", "--day", "2999-01-01"], "are over"),
        (["release", "--day", "2026-01-01"], "knows no days"),
        (["payouts", "--day", "tomorrow"], "2026-11-25"),
    ] {
        let ended = folder.run(&[&["jobs", "run"], &arguments[..]].concat());
        assert!(ended.with_code(2).stderr.contains(told), "{told}");
    }
    let past = ["jobs", "run", "roll-up", "--day", "2020-02-29", "--json"];
    let report = folder.run(&past).with_code(0);
    assert_eq!(report.json()["done"], 1);
    assert!(report.stderr.contains("closed a day"), "{report:?}");
}

#[test]
fn an_unknown_job_is_wrong_usage_and_the_known_ones_are_named() {
    let ended = Folder::new().run(&["jobs", "run", "tidy-up"]).with_code(2);
    assert!(
        ended.stderr.contains("release, payouts, roll-up"),
        "{ended:?}"
    );
}
