//! `payoutd command`: replies, refusals and idempotency keys.

use serde_json::json;

use crate::{
    books::{PAYOUT, sale},
    run::Folder,
};

#[test]
fn an_accepted_command_prints_the_reply_of_the_contract() {
    let folder = Folder::new();
    let reply = folder.sell("sale-1", "125.50");
    assert_eq!(
        reply,
        json!({
            "status": "accepted",
            "events": [{
                "stream": "balance-anna-usd",
                "version": 1,
                "type": "transaction-recorded",
                "position": 1,
            }],
            "duplicate": false,
        })
    );
}

#[test]
fn the_fields_are_read_from_stdin_too() {
    for args in [
        &["command", "record-transaction"][..],
        &["command", "record-transaction", "-"],
    ] {
        let folder = Folder::new();
        let reply = folder
            .run_with(args, sale("sale-1", "1.00").to_string())
            .with_code(0)
            .json();
        assert_eq!(reply["status"], "accepted");
    }
}

#[test]
fn the_same_key_has_one_effect_and_the_same_answer() {
    let folder = Folder::new();
    let send = |gross: &str| {
        let fields = sale("sale-1", gross).to_string();
        folder.run(&[
            "command",
            "record-transaction",
            &fields,
            "--idempotency-key",
            "k1",
        ])
    };
    let first = send("1.00").with_code(0).json();
    let mut again = send("1.00").with_code(0).json();
    assert_eq!(again["duplicate"], true);
    again["duplicate"] = json!(false);
    assert_eq!(first, again);
    assert_eq!(
        send("2.00").with_code(3).json()["code"],
        "IDEMPOTENCY_KEY_REUSED"
    );
}

#[test]
fn a_refusal_is_a_problem_on_stdout_and_exit_code_3() {
    let folder = Folder::with_a_payout();
    let payout = json!({ "seller_id": "anna", "currency": "usd" }).to_string();
    let unknown = json!({ "payout_id": PAYOUT.replace('1', "2") }).to_string();
    let cases = [
        (
            "request-payout",
            payout.as_str(),
            "NO_ELIGIBLE_TRANSACTIONS",
        ),
        ("cancel-payout", unknown.as_str(), "PAYOUT_NOT_FOUND"),
        ("cancel-payout", r#"{"payout_id":1}"#, "INVALID_COMMAND"),
        ("cancel-payout", "{", "INVALID_COMMAND"),
        ("pay-everybody", "{}", "UNKNOWN_COMMAND"),
    ];
    for (name, fields, code) in cases {
        let problem = folder.run(&["command", name, fields]).with_code(3).json();
        assert_eq!(problem["code"], code);
        for field in ["status", "type", "title", "detail"] {
            assert!(!problem[field].is_null(), "{field} is missing in {problem}");
        }
    }
}

#[test]
fn what_is_accepted_can_be_read_at_once() {
    let folder = Folder::with_a_payout();
    let rows = folder
        .run(&["query", "payouts", "--json"])
        .with_code(0)
        .json();
    assert_eq!(rows[0]["payout_id"], PAYOUT);
    assert_eq!(rows[0]["status"], "requested");
    assert_eq!(rows[0]["amount_minor"], 12550);
    let rows = folder
        .run(&["query", "transactions", "--json"])
        .with_code(0)
        .json();
    assert_eq!(rows[0]["status"], "reserved");
    assert_eq!(rows[0]["payed_out"], true);
}

#[test]
fn tenants_do_not_see_each_other() {
    let folder = Folder::with_a_payout();
    let other = folder
        .run(&["query", "payouts", "--json", "--tenant", "other"])
        .with_code(0);
    assert_eq!(other.json(), json!([]));
}
