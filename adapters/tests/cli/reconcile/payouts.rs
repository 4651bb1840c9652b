//! Verdicts on payouts, and which of the ledger's a report should have.

use super::*;

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
    assert_eq!(differing["effective_at"], "2026-11-25T00:00:00.000000Z");
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
