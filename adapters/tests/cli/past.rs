//! The past, sums, statements and stories, as their callers see them.

use serde_json::{Value as Json, json};

use crate::{
    books::{PAYOUT, payout_event},
    run::Folder,
};

/// A sale, a payout that is paid, and one more sale.
fn lived() -> Folder {
    let folder = Folder::with_a_payout();
    let submitted = json!({ "payout_id": PAYOUT, "stripe_payout_id": "po_1" });
    folder.accept("submit-payout", &submitted);
    let paid = payout_event("evt_1", "paid").to_string();
    folder.run_with(&["ingest", "-"], paid).with_code(0);
    folder.sell("sale-2", "4.50");
    folder
}

fn first(rows: &Json) -> &Json {
    &rows.as_array().unwrap()[0]
}

#[test]
fn a_question_is_answered_as_of_a_position_a_time_and_a_day() {
    let folder = lived();
    let ask = |table: &str, as_of: &str| {
        let args = ["query", table, "--json", "--as-of", as_of];
        folder.run(&args).with_code(0).json()
    };
    assert_eq!(ask("payouts", "1"), json!([]));
    assert_eq!(first(&ask("payouts", "3"))["status"], "requested");
    let now = folder.run(&["query", "payouts", "--json"]).json();
    assert_eq!(ask("payouts", "2999-12-31"), now);
    assert_eq!(ask("payouts", "2001-01-01"), json!([]));
    let requested = first(&now)["requested_at"].as_str().unwrap().to_owned();
    let then = ask("balances", &requested);
    assert_eq!(first(&then)["reserved_minor"], 12550);
    assert_eq!(then, ask("balances", "3"));
    assert_eq!(ask("transactions", "1").as_array().unwrap().len(), 1);
}

#[test]
fn what_has_no_past_and_what_is_no_point_in_time_is_wrong_usage() {
    let folder = lived();
    let ended = folder.run(&["query", "transfers", "--as-of", "3"]);
    let ended = ended.with_code(2);
    assert!(
        ended
            .stderr
            .contains("payouts, transactions and balances can"),
        "{}",
        ended.stderr
    );
    let ended = folder.run(&["query", "payouts", "--as-of", "yesterday"]);
    let ended = ended.with_code(2);
    assert!(
        ended.stderr.contains("or a position in the log"),
        "{}",
        ended.stderr
    );
}

#[test]
fn the_trial_balance_is_even_and_says_so_by_its_exit_code() {
    let folder = lived();
    let ask = |more: &[&str]| {
        let args = [&["query", "trial-balance", "--json"], more].concat();
        folder.run(&args).with_code(0).json()
    };
    let trial = ask(&[]);
    let rows = trial.as_array().unwrap();
    assert_eq!(rows.len(), 7);
    assert_eq!(
        rows[0],
        json!({
            "currency": "usd", "account": "clearing", "amount_minor": -13000,
            "amount": { "amount": "-130.00", "currency": "usd" },
        })
    );
    assert_eq!(rows[6]["account"], "total");
    assert_eq!(rows[6]["amount_minor"], 0);
    assert_eq!(ask(&["--seller", "anna"]), trial);
    assert_eq!(ask(&["--currency", "eur"]), json!([]));
    assert_eq!(ask(&["--as-of", "1"])[0]["amount_minor"], -12550);

    let sheet = folder
        .run(&["query", "trial-balance", "--csv"])
        .with_code(0);
    assert!(
        sheet
            .stdout
            .starts_with("currency,account,amount_minor,amount\n")
    );
    let ended = folder.run(&["query", "trial-balance", "--status", "paid"]);
    let ended = ended.with_code(2);
    assert!(
        ended.stderr.contains("knows no --status"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_statement_has_the_same_lines_in_every_form() {
    let folder = lived();
    let rows = folder
        .run(&["statement", "anna", "--json"])
        .with_code(0)
        .json();
    let rows = rows.as_array().unwrap();
    let said: Vec<_> = rows
        .iter()
        .map(|row| [&row["line"], &row["what"]])
        .collect();
    assert_eq!(
        json!(said),
        json!([
            ["opening", null],
            ["movement", "sale"],
            ["movement", "payout_requested"],
            ["movement", "payout_paid"],
            ["movement", "sale"],
            ["closing", null],
        ])
    );
    assert_eq!(
        rows[5]["owed"],
        json!({ "amount": "4.50", "currency": "usd" })
    );
    assert_eq!(rows[5]["paid_out_minor"], 12550);

    let lines = folder
        .run(&["statement", "anna", "--jsonl"])
        .with_code(0)
        .stdout;
    let lines: Vec<Json> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(&lines, rows);
    let sheet = folder
        .run(&["statement", "anna", "--csv"])
        .with_code(0)
        .stdout;
    assert_eq!(sheet.lines().count(), rows.len() + 1);
    assert!(
        sheet.starts_with("seller_id,currency,line,position,"),
        "{sheet}"
    );
    let shown = folder.run(&["statement", "anna"]).with_code(0).stdout;
    assert!(shown.contains("payout_paid"), "{shown}");
    assert!(!shown.contains("_minor"), "{shown}");
}

#[test]
fn a_statement_of_a_period_begins_with_what_was_there() {
    let folder = lived();
    let ask = |more: &[&str]| {
        let args = [&["statement", "anna", "--json"], more].concat();
        folder.run(&args).with_code(0).json()
    };
    let whole = ask(&[]);
    let second = whole[4]["recorded_at"].as_str().unwrap();
    let later = ask(&["--since", second]);
    assert_eq!(later.as_array().unwrap().len(), 3);
    assert_eq!(later[0]["paid_out_minor"], 12550);
    let earlier = ask(&["--until", second]);
    assert_eq!(earlier.as_array().unwrap().len(), 5);
    assert_eq!(earlier[4]["owed_minor"], later[0]["owed_minor"]);
    assert_eq!(ask(&["--currency", "jpy"]), json!([]));
    let ended = folder.run(&["statement", "nobody"]).with_code(1);
    assert!(
        ended.stderr.contains("there is no seller nobody"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_payout_is_explained_on_a_page_and_as_json() {
    let folder = lived();
    let page = folder
        .run(&["explain", "payout", "po_1"])
        .with_code(0)
        .stdout;
    for text in [
        "125.50 usd to anna, paid",
        "command  request-payout: accepted",
        "webhook  payout.paid evt_1: applied",
        "reservation-paid-out",
        "sale-1",
        "seller/anna/paid_out",
        "✓ the payout's row is what its events make of it",
    ] {
        assert!(page.contains(text), "no {text:?} in {page}");
    }
    let report = folder
        .run(&["explain", "payout", PAYOUT, "--json"])
        .with_code(0)
        .json();
    assert_eq!(report["stripe_payout_id"], "po_1");
    assert_eq!(report["now"]["payout"]["status"], "paid");
    assert_eq!(report["now"]["payout_equals_its_events"], true);
    let quick = folder.run(&["explain", "payout", PAYOUT, "--quick", "--json"]);
    assert_eq!(quick.with_code(0).json()["timeline"], report["timeline"]);
}

#[test]
fn a_payout_that_is_not_there_or_has_no_possible_name_is_not_explained() {
    let folder = lived();
    let ended = folder.run(&["explain", "payout", "po_9"]).with_code(1);
    assert!(
        ended.stderr.contains("there is no payout po_9"),
        "{}",
        ended.stderr
    );
    let ended = folder.run(&["explain", "payout", "seller-1"]).with_code(2);
    assert!(
        ended.stderr.contains("a UUID, or Stripe's id"),
        "{}",
        ended.stderr
    );
}
