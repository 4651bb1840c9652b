//! `payoutd reconcile`: Stripe's reports against a ledger.
//!
//! The reports are written by hand, with the columns that Stripe documents for them
//! (<https://docs.stripe.com/reports/report-types>).

mod items;
mod output;
mod payouts;

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
