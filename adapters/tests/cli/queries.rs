//! `payoutd query` and `payoutd verify`.

use serde_json::{Value as Json, json};

use crate::{
    books::{PAYOUT, payout_event, sale},
    run::Folder,
};

const TABLES: [&str; 8] = [
    "payouts",
    "payout-items",
    "transfers",
    "transactions",
    "balances",
    "postings",
    "daily-rollups",
    "events",
];

#[test]
fn every_table_answers_in_every_form() {
    let folder = Folder::with_a_payout();
    for table in TABLES {
        let rows = folder.run(&["query", table, "--json"]).with_code(0).json();
        let rows = rows.as_array().unwrap();
        let lines = folder.run(&["query", table, "--jsonl"]).with_code(0).stdout;
        let lines: Vec<Json> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(rows, &lines, "{table}");
        let sheet = folder.run(&["query", table, "--csv"]).with_code(0).stdout;
        assert_eq!(sheet.lines().count(), rows.len() + 1, "{table}: {sheet}");
        folder.run(&["query", table]).with_code(0);
    }
}

#[test]
fn a_person_sees_money_in_major_units() {
    let folder = Folder::with_a_payout();
    let shown = folder.run(&["query", "payouts"]).with_code(0).stdout;
    assert!(shown.contains("125.50 usd"), "{shown}");
    assert!(shown.contains(PAYOUT), "{shown}");
    assert!(!shown.contains("amount_minor"), "{shown}");
}

#[test]
fn csv_has_the_columns_of_the_contract_and_money_in_both_units() {
    let folder = Folder::with_a_payout();
    let sheet = folder
        .run(&["query", "payouts", "--csv"])
        .with_code(0)
        .stdout;
    let mut lines = sheet.lines();
    let header = lines.next().unwrap();
    assert!(header.starts_with("payout_id,seller_id,status,amount_minor,amount,currency,"));
    assert!(
        lines
            .next()
            .unwrap()
            .contains("anna,requested,12550,125.50,usd,"),
        "{sheet}"
    );
}

#[test]
fn csv_cells_are_no_formulas() {
    let folder = Folder::new();
    folder.accept("record-transaction", &sale("=cmd|'calc'!A1", "1.00"));
    folder.accept("record-transaction", &{
        let mut refund = sale("@refund", "-0.50");
        refund["kind"] = json!("refund");
        refund
    });
    let sheet = folder
        .run(&["query", "transactions", "--csv"])
        .with_code(0)
        .stdout;
    assert!(sheet.contains("\n'=cmd|'calc'!A1,"), "{sheet}");
    assert!(sheet.contains("\n'@refund,"), "{sheet}");
    assert!(sheet.contains(",-50,-0.50,"), "{sheet}");
}

#[test]
fn filters_narrow_and_cursors_go_on() {
    let folder = Folder::with_a_payout();
    folder.sell("sale-2", "2.00");
    let count = |args: &[&str]| {
        let args = [&["query", "transactions", "--json"], args].concat();
        folder
            .run(&args)
            .with_code(0)
            .json()
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(count(&[]), 2);
    assert_eq!(count(&["--seller", "anna"]), 2);
    assert_eq!(count(&["--seller", "nobody"]), 0);
    assert_eq!(count(&["--status", "available"]), 1);
    assert_eq!(count(&["--currency", "eur"]), 0);
    assert_eq!(count(&["--payout", PAYOUT]), 1);
    assert_eq!(count(&["--since", "2026-01-01"]), 2);
    assert_eq!(count(&["--until", "2000-01-01T00:00:00Z"]), 0);

    let first = folder
        .run(&["query", "transactions", "--json", "--limit", "1"])
        .with_code(0);
    let cursor = first
        .stderr
        .split("--cursor ")
        .nth(1)
        .expect("a hint on stderr")
        .trim();
    let second = folder.run(&[
        "query",
        "transactions",
        "--json",
        "--limit",
        "1",
        "--cursor",
        cursor,
    ]);
    let (first, second) = (first.json(), second.with_code(0).json());
    assert_ne!(first[0]["transaction_id"], second[0]["transaction_id"]);
}

#[test]
fn a_wrong_filter_is_wrong_usage() {
    let folder = Folder::with_a_payout();
    for args in [
        &["query", "money"][..],
        &["query", "payouts", "--currency", "gold"],
        &["query", "payouts", "--payout", "po_1"],
        &["query", "payouts", "--since", "yesterday"],
        &["query", "payouts", "--cursor", "!"],
        &["query", "payouts", "--json", "--csv"],
    ] {
        folder.run(args).with_code(2);
    }
}

#[test]
fn a_question_to_a_ledger_that_is_not_there_is_not_answered_with_nothing() {
    let folder = Folder::new();
    for args in [&["query", "payouts"][..], &["verify"]] {
        let ended = folder.run(args).with_code(1);
        assert!(ended.stderr.contains("payoutd migrate"), "{ended:?}");
    }
    assert!(!folder.path("payout-ledger.db").exists());
    folder.run(&["migrate"]).with_code(0);
    folder.run(&["query", "payouts"]).with_code(0);
}

#[test]
fn the_laws_hold_for_books_in_order() {
    let folder = Folder::with_a_payout();
    let file = folder.file("events.json", payout_event("evt_1", "paid").to_string());
    folder.run(&["ingest", &file]).with_code(0);
    let shown = folder.run(&["verify"]).with_code(0).stdout;
    assert!(
        !shown.is_empty() && shown.lines().all(|line| line.starts_with('✓')),
        "{shown}"
    );
    let report = folder.run(&["verify", "--json"]).with_code(0).json();
    assert_eq!(report["holds"], true);
    assert!(
        report["laws"]
            .as_array()
            .unwrap()
            .iter()
            .all(|law| law["holds"] == true)
    );
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = Folder::with_a_payout();
    let mut command = folder.payoutd(&["query", "payouts"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = command.stdout(writer).status().unwrap();
    assert_eq!(status.code(), Some(0));
}
