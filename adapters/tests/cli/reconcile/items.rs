//! Items, and payouts of Stripe's own that get theirs.

use super::*;

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
    // Each payout counts once, although both reports have one of them.
    assert_eq!(json["summary"]["payouts"]["matched"], 2);
    assert_eq!(json["summary"]["items"]["matched"], 3);
}
