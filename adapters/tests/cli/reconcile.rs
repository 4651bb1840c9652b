//! `payoutd reconcile`: Stripe's reports against a ledger.
//!
//! The reports are written by hand, with the columns that Stripe documents for them
//! (<https://docs.stripe.com/reports/report-types>).

use serde_json::{Value as Json, json};

use crate::{
    books::{PAYOUT, payout_event},
    run::{Ended, Folder},
};

const PAYOUTS: &str = "payout_id,effective_at_utc,effective_at,currency,gross,fee,net,\
    reporting_category,balance_transaction_id,description,payout_expected_arrival_date,\
    payout_status";

const ITEMS: &str = "automatic_payout_id,automatic_payout_effective_at_utc,\
    balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id,\
    payment_intent_id,description";

/// A payouts report about November 2026.
fn payouts_report(rows: &[(&str, &str, &str)]) -> String {
    let mut report = format!("{PAYOUTS}\n");
    for (id, gross, status) in rows {
        report += &format!(
            "\"{id}\",\"2026-11-25 00:00:00\",\"2026-11-24 19:00:00\",\"usd\",\"{gross}\",\
             \"0.00\",\"{gross}\",\"payout\",\"txn_{id}\",\"STRIPE PAYOUT\",\"2026-11-25\",\
             \"{status}\"\n"
        );
    }
    report
}

/// What the payouts `po_auto` is made of: a charge, a transfer and a refund.
const LISTED: [(&str, &str, &str, &str); 3] = [
    ("txn_1", "70.00", "charge", "ch_1"),
    ("txn_2", "12.50", "transfer", "tr_1"),
    ("txn_3", "-2.50", "refund", "re_1"),
];

fn items_report(payout: &str, items: &[(&str, &str, &str, &str)]) -> String {
    let mut report = format!("{ITEMS}\n");
    for (id, net, category, source) in items {
        report += &format!(
            "{payout},2026-11-25 00:00:00,{id},2026-11-20 10:00:00,usd,{net},0.00,{net},\
             {category},{source},,\"A \"\"good\"\", one\"\n"
        );
    }
    report
}

/// Stripe tells of a payout that it has made by itself.
fn automatic(event: &str, id: &str, minor: i64, told: &str) -> Json {
    let mut event = payout_event(event, told);
    let object = &mut event["data"]["object"];
    object["id"] = json!(id);
    object["amount"] = json!(minor);
    object["metadata"] = json!({});
    object["arrival_date"] = json!(1_795_564_800);
    if told == "failed" {
        object["failure_code"] = json!("account_closed");
    }
    event
}

/// A ledger with its own payout of 125.50, which is paid, and Stripe's of 80.00.
fn folder() -> Folder {
    let folder = Folder::with_a_payout();
    folder.takes(&payout_event("evt_1", "paid"));
    folder.takes(&automatic("evt_2", "po_auto", 8_000, "paid"));
    folder
}

impl Folder {
    #[track_caller]
    fn takes(&self, event: &Json) {
        let ended = self.run_with(&["ingest", "-"], event.to_string());
        let ended = ended.with_code(0);
        assert!(ended.stdout.contains("applied           1"), "{ended:?}");
    }

    fn compare(&self, option: &str, report: &str, more: &[&str]) -> Ended {
        let file = self.file("report.csv", report);
        let mut args = vec!["reconcile", option, &file];
        args.extend_from_slice(more);
        self.run(&args)
    }

    #[track_caller]
    fn holds(&self) {
        self.run(&["verify"]).with_code(0);
    }
}

/// Verdicts, with Stripe's id or ours.
fn verdicts(json: &Json) -> Vec<(String, String)> {
    let findings = json["findings"].as_array().unwrap().iter();
    let shown = findings.map(|finding| {
        let id = ["item", "stripe_payout_id", "payout_id"]
            .into_iter()
            .find_map(|name| finding[name].as_str())
            .unwrap_or_default();
        (
            id.to_owned(),
            finding["verdict"].as_str().unwrap().to_owned(),
        )
    });
    shown.collect()
}

fn found(id: &str, verdict: &str) -> (String, String) {
    (id.to_owned(), verdict.to_owned())
}

/// The ledger's own payout is as old as the test, not as the report.
const ALWAYS: [&str; 4] = ["--since", "2000-01-01", "--until", "2100-01-01"];

#[test]
fn a_report_that_agrees_ends_with_0_and_prints_only_the_sum() {
    let folder = folder();
    for gross in [["125.50", "80.00"], ["-125.50", "-80.00"]] {
        let report = payouts_report(&[("po_1", gross[0], "paid"), ("po_auto", gross[1], "paid")]);
        let ended = folder
            .compare("--payouts-csv", &report, &ALWAYS)
            .with_code(0);
        assert!(
            ended.stdout.starts_with(
                "payouts   2 matched; 100.00 % explained\n          205.50 usd matched, 0.00 usd"
            ),
            "{ended:?}"
        );
        assert!(ended.stdout.ends_with("all agrees\n"), "{ended:?}");
    }
}

#[test]
fn every_verdict_on_payouts_is_told_with_both_values() {
    let folder = folder();
    folder.takes(&automatic("evt_3", "po_amount", 1_000, "paid"));
    folder.takes(&automatic("evt_4", "po_status", 2_000, "paid"));
    folder.sell("sale-2", "7.00");
    let waiting = "0193c7a0-0000-7000-8000-000000000002";
    let fields = json!({ "seller_id": "anna", "currency": "usd", "payout_id": waiting });
    folder.accept("request-payout", &fields);
    let mut report = payouts_report(&[
        ("po_1", "125.50", "paid"),
        ("po_amount", "10.01", "paid"),
        ("po_status", "20.00", "failed"),
        ("po_new", "3.00", "paid"),
    ]);
    report += "po_bad,,,usd,\"1,000.00\",,,payout,,,,\n";
    let mut args = ALWAYS.to_vec();
    args.extend(["--json", "--all"]);
    let json = folder
        .compare("--payouts-csv", &report, &args)
        .with_code(1)
        .json();
    assert_eq!(
        verdicts(&json),
        [
            found("", "unreadable"),
            found("po_1", "matched"),
            found("po_amount", "amount_differs"),
            found("po_status", "status_differs"),
            found("po_new", "missing_here"),
            found(waiting, "not_submitted"),
            found("po_auto", "missing_at_stripe"),
        ]
    );
    let findings = &json["findings"];
    assert_eq!(findings[0]["line"], 6);
    assert_eq!(findings[1]["payout_id"], PAYOUT);
    let differing = &findings[2];
    assert_eq!(differing["subject"], "payout");
    assert_eq!(differing["stripe_amount_minor"], 1_001);
    assert_eq!(
        differing["ledger_amount"],
        json!({ "amount": "10.00", "currency": "usd" })
    );
    assert_eq!(findings[3]["stripe_status"], "failed");
    assert_eq!(findings[3]["ledger_status"], "paid");
    let summary = &json["summary"];
    assert_eq!(summary["agrees"], false);
    assert_eq!(
        summary["payouts"],
        json!({
            "matched": 1, "missing_here": 1, "missing_at_stripe": 1, "amount_differs": 1,
            "status_differs": 1, "not_submitted": 1, "explained": "20.00",
        })
    );
    assert_eq!(summary["unreadable"], 1);
    let usd = |amount: &str| json!({ "amount": amount, "currency": "usd" });
    let amounts = &summary["amounts"][0];
    assert_eq!(amounts["matched"], usd("125.50"));
    // 0.01 of amount, 20 of status, 3 missing here, 80 at Stripe.
    assert_eq!(amounts["differing"], usd("103.01"));
    assert_eq!(summary["period"]["since"], "2000-01-01T00:00:00.000000Z");
}

#[test]
fn what_only_waits_to_be_submitted_is_no_difference() {
    let folder = Folder::with_a_payout();
    let report = payouts_report(&[]);
    let json = folder.compare(
        "--payouts-csv",
        &report,
        &[&ALWAYS[..], &["--json"]].concat(),
    );
    let json = json.with_code(0).json();
    assert_eq!(verdicts(&json), [found(PAYOUT, "not_submitted")]);
}

#[test]
fn a_payout_that_stripe_has_and_the_ledger_still_waits_for_is_found_by_its_metadata() {
    let folder = Folder::with_a_payout();
    let report = format!(
        "payout_id,currency,gross,reporting_category,payout_metadata[payout_id]\n\
         po_1,usd,125.50,payout,{PAYOUT}\n"
    );
    let json = folder.compare(
        "--payouts-csv",
        &report,
        &[&ALWAYS[..], &["--json"]].concat(),
    );
    let json = json.with_code(1).json();
    assert_eq!(verdicts(&json), [found("po_1", "status_differs")]);
    assert_eq!(json["findings"][0]["stripe_status"], "accepted");
    assert_eq!(json["findings"][0]["ledger_status"], "requested");
}

#[test]
fn a_second_payout_at_stripe_for_one_of_ours_is_told() {
    let folder = folder();
    let report = format!(
        "payout_id,currency,gross,reporting_category,payout_metadata[payout_id]\n\
         po_1,usd,125.50,payout,{PAYOUT}\npo_again,usd,125.50,payout,{PAYOUT}\n"
    );
    let json = folder
        .compare("--payouts-csv", &report, &["--json"])
        .with_code(1)
        .json();
    assert_eq!(verdicts(&json), [found("po_again", "missing_here")]);
    let note = json["findings"][0]["note"].as_str().unwrap();
    assert!(
        note.contains(PAYOUT) && note.contains("paid twice"),
        "{note}"
    );
}

#[test]
fn without_a_period_the_report_itself_tells_which_payouts_it_should_have() {
    let folder = folder();
    folder.takes(&automatic("evt_3", "po_same_day", 500, "paid"));
    let mut later = automatic("evt_4", "po_later", 600, "paid");
    later["data"]["object"]["arrival_date"] = json!(1_795_564_800 + 86_400);
    folder.takes(&later);
    let report = payouts_report(&[("po_auto", "80.00", "paid")]);
    let json = folder
        .compare("--payouts-csv", &report, &["--json"])
        .with_code(1)
        .json();
    assert_eq!(verdicts(&json), [found("po_same_day", "missing_at_stripe")]);
    assert_eq!(
        json["summary"]["period"]["until"],
        "2026-11-25T00:00:01.000000Z"
    );

    let timeless = "payout_id,currency,gross,reporting_category\npo_auto,usd,80.00,payout\n";
    let json = folder
        .compare("--payouts-csv", timeless, &["--json"])
        .with_code(0)
        .json();
    assert_eq!(json["summary"]["period"], Json::Null);
    assert!(
        json["summary"]["notes"].to_string().contains("--since"),
        "{json}"
    );
}

#[test]
fn a_report_of_one_account_is_held_against_one_seller() {
    let folder = folder();
    let report = payouts_report(&[("po_auto", "80.00", "paid")]);
    let mut args = ALWAYS.to_vec();
    args.extend(["--json", "--seller", "platform"]);
    folder.compare("--payouts-csv", &report, &args).with_code(0);
    args[6] = "anna";
    let json = folder
        .compare("--payouts-csv", &report, &args)
        .with_code(1)
        .json();
    assert_eq!(verdicts(&json), [found("po_1", "missing_at_stripe")]);
}

#[test]
fn a_payout_of_stripes_own_gets_its_items_and_only_if_asked() {
    let folder = folder();
    let report = items_report("po_auto", &LISTED);
    for _ in 0..2 {
        let json = folder
            .compare("--items-csv", &report, &["--json"])
            .with_code(1)
            .json();
        let missing = ["txn_1", "txn_2", "txn_3"].map(|id| found(id, "missing_here"));
        assert_eq!(verdicts(&json), missing, "comparing writes nothing");
    }

    let adopted = folder.compare("--items-csv", &report, &["--json", "--adopt"]);
    let json = adopted.with_code(0).json();
    assert_eq!(
        json["summary"]["recorded"],
        json!({ "payouts": 1, "items": 3 })
    );
    assert_eq!(json["summary"]["items"]["matched"], 3);
    let again = folder.compare("--items-csv", &report, &["--json", "--adopt"]);
    let json = again.with_code(0).json();
    assert_eq!(
        json["summary"]["recorded"],
        json!({ "payouts": 0, "items": 0 })
    );

    let rows = folder
        .run(&["query", "payout-items", "--json"])
        .with_code(0)
        .json();
    let transfer = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["transaction_id"] == "txn_2");
    assert_eq!(transfer.unwrap()["transfer_id"], "tr_1");
    assert_eq!(transfer.unwrap()["amount_minor"], 1_250);
    folder.holds();

    folder.takes(&automatic("evt_9", "po_auto", 8_000, "failed"));
    let rows = folder
        .run(&["query", "payout-items", "--json"])
        .with_code(0)
        .json();
    let returned = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["returned"] == true);
    assert_eq!(returned.count(), 3);
    folder.holds();
}

#[test]
fn every_verdict_on_items_is_told() {
    let folder = folder();
    folder
        .compare(
            "--items-csv",
            &items_report("po_auto", &LISTED),
            &["--adopt"],
        )
        .with_code(0);
    let other = [
        ("txn_1", "70.00", "charge", "ch_1"),
        ("txn_2", "12.00", "transfer", "tr_1"),
        ("txn_4", "1.00", "charge", "ch_4"),
    ];
    let report = items_report("po_auto", &other) + "po_auto,yesterday,txn_9,,usd,,,1.00,,,,\n";
    let json = folder
        .compare("--items-csv", &report, &["--json", "--all"])
        .with_code(1)
        .json();
    assert_eq!(
        verdicts(&json),
        [
            found("", "unreadable"),
            found("po_auto", "amount_differs"),
            found("txn_1", "matched"),
            found("txn_2", "amount_differs"),
            found("txn_4", "missing_here"),
            found("txn_3", "missing_at_stripe"),
        ]
    );
    // A list that does not make the payout is not recorded over the one that did.
    let adopted = folder
        .compare("--items-csv", &report, &["--json", "--adopt"])
        .with_code(1);
    assert_eq!(adopted.json()["summary"]["recorded"]["payouts"], 0);

    let unknown = items_report("po_unknown", &LISTED[..1]);
    let json = folder
        .compare("--items-csv", &unknown, &["--json", "--adopt"])
        .with_code(1)
        .json();
    assert_eq!(
        verdicts(&json),
        [
            found("po_unknown", "missing_here"),
            found("txn_1", "missing_here"),
            found("po_auto", "missing_at_stripe"),
        ]
    );
}

#[test]
fn a_list_that_does_not_make_the_payout_is_not_adopted() {
    let folder = folder();
    let report = items_report("po_auto", &LISTED[..2]);
    let json = folder
        .compare("--items-csv", &report, &["--json", "--adopt"])
        .with_code(1)
        .json();
    assert_eq!(verdicts(&json)[0], found("po_auto", "amount_differs"));
    let rows = folder.run(&["query", "payout-items", "--payout", PAYOUT, "--json"]);
    assert_eq!(rows.json().as_array().unwrap().len(), 1);
    let rows = folder.run(&["query", "payout-items", "--json"]);
    assert_eq!(rows.json().as_array().unwrap().len(), 1);
}

#[test]
fn both_reports_are_compared_at_once_and_one_may_come_from_stdin() {
    let folder = folder();
    let payouts = payouts_report(&[("po_1", "125.50", "paid"), ("po_auto", "80.00", "paid")]);
    let payouts = folder.file("payouts.csv", payouts);
    let args = [
        "reconcile",
        "--payouts-csv",
        &payouts,
        "--items-csv",
        "-",
        "--adopt",
        "--json",
    ];
    let json = folder
        .run_with(&args, items_report("po_auto", &LISTED))
        .with_code(0)
        .json();
    assert_eq!(json["summary"]["payouts"]["matched"], 3);
    assert_eq!(json["summary"]["items"]["matched"], 3);
}

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
