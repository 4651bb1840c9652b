//! Forms of the result, and reports and calls that cannot be used.

use super::*;

#[test]
fn rows_for_programs_are_lines_and_the_sum_goes_to_stderr() {
    let folder = folder();
    let report = payouts_report(&[("po_auto", "80.00", "paid"), ("po_new", "1.00", "paid")]);
    let args = ["--all", "--jsonl"];
    let ended = folder.compare("--payouts-csv", &report, &args).with_code(1);
    let lines: Vec<Json> = ended
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["verdict"], "missing_here");
    assert!(
        ended
            .stderr
            .contains("1 matched, 1 missing_here; 50.00 % explained"),
        "{ended:?}"
    );

    let ended = folder
        .compare("--payouts-csv", &report, &["--csv"])
        .with_code(1);
    let lines: Vec<_> = ended.stdout.lines().collect();
    assert!(
        lines[0].starts_with("subject,verdict,stripe_payout_id,"),
        "{ended:?}"
    );
    assert!(
        lines[1].starts_with("payout,missing_here,po_new,"),
        "{ended:?}"
    );
    assert_eq!(lines.len(), 2);
}

#[test]
fn what_a_report_holds_is_shown_safely() {
    let folder = folder();
    let header = "payout_id,currency,gross,reporting_category";
    let report = format!("{header}\n=cmd(),usd,1.00,payout\npo_1,usd,\u{1b}[2J1,payout\n");
    let ended = folder.compare("--payouts-csv", &report, &[]).with_code(1);
    assert!(!ended.stdout.contains('\u{1b}'), "{ended:?}");
    assert!(ended.stdout.contains("\\u{1b}[2J1"), "{ended:?}");
    let ended = folder
        .compare("--payouts-csv", &report, &["--csv"])
        .with_code(1);
    assert!(ended.stdout.contains(",'=cmd(),"), "{ended:?}");
    assert!(!ended.stdout.contains('\u{1b}'), "{ended:?}");
}

#[test]
fn a_report_that_lacks_columns_is_named_with_what_it_has() {
    let folder = folder();
    let ended = folder
        .compare("--payouts-csv", "id,amount\n1,2\n", &[])
        .with_code(1);
    assert!(ended.stdout.is_empty(), "{ended:?}");
    assert_eq!(
        ended.stderr,
        "payoutd: cannot use the report report.csv: it has no column payout_id, currency, \
         gross, reporting_category; its columns are: id, amount\n"
    );
    folder.compare("--items-csv", "", &[]).with_code(1);
}

#[test]
fn wrong_calls_are_told_and_leave_nothing_behind() {
    let folder = Folder::new();
    let file = folder.file("report.csv", payouts_report(&[]));
    for args in [
        &["reconcile"][..],
        &["reconcile", "--adopt", "--payouts-csv", &file],
        &["reconcile", "--payouts-csv", "-", "--items-csv", "-"],
        &[
            "reconcile",
            "--payouts-csv",
            &file,
            "--since",
            "2026-02-01",
            "--until",
            "2026-01-01",
        ],
    ] {
        folder.run(args).with_code(2);
    }
    folder
        .run(&["reconcile", "--payouts-csv", "missing.csv"])
        .with_code(1);
    let ended = folder
        .run(&["reconcile", "--payouts-csv", &file])
        .with_code(1);
    assert!(ended.stderr.contains("there is no ledger"), "{ended:?}");
    assert!(!folder.path("payout-ledger.db").exists());
}
