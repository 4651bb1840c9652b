//! Over NATS: the subject says whose books.

use domain::Command;
use projections::query::Table;
use serde_json::{Value as Json, json};

use super::stage::{ACME, PAYOUT, SALE, SELLER, Stage, cursor, holds_no_mark};

/// Each command, about what is globex's.
fn commands() -> Vec<(&'static str, Json)> {
    let money = json!({"amount": "1.00", "currency": "usd"});
    let transaction = json!({"transaction_id": SALE, "seller_id": SELLER, "currency": "usd"});
    let payout = json!({"payout_id": PAYOUT});
    vec![
        (
            "register-seller",
            json!({"seller_id": SELLER, "stripe_account": "acct_canary"}),
        ),
        (
            "change-payout-schedule",
            json!({"seller_id": SELLER, "payout_schedule": "daily"}),
        ),
        (
            "record-transaction",
            json!({"transaction_id": SALE, "seller_id": SELLER, "kind": "payment", "gross": money}),
        ),
        ("release-transaction", transaction.clone()),
        (
            "release-due-transactions",
            json!({"seller_id": SELLER, "currency": "usd"}),
        ),
        ("fail-transaction", transaction),
        (
            "record-transfer",
            json!({"transfer_id": "tr_canary", "seller_id": SELLER, "amount": money}),
        ),
        (
            "reverse-transfer",
            json!({"transfer_id": "tr_canary", "amount_reversed": money}),
        ),
        ("cancel-payout", payout.clone()),
        (
            "submit-payout",
            json!({"payout_id": PAYOUT, "stripe_payout_id": "po_canary"}),
        ),
        ("mark-payout-paid", payout.clone()),
        (
            "mark-payout-failed",
            json!({"payout_id": PAYOUT, "failure_code": "x"}),
        ),
        (
            "begin-submission",
            json!({"payout_id": PAYOUT, "attempt": 1}),
        ),
        (
            "refuse-submission",
            json!({"payout_id": PAYOUT, "attempt": 1, "code": "x"}),
        ),
        (
            "put-payout-in-doubt",
            json!({"payout_id": PAYOUT, "attempt": 1, "reason": "x"}),
        ),
        ("resume-submission", payout),
        (
            "refuse-cancellation",
            json!({"payout_id": PAYOUT, "code": "x"}),
        ),
        (
            "report-payout",
            json!({
                "payout_id": PAYOUT, "stripe_payout_id": "po_canary", "amount": money,
                "status": "paid",
            }),
        ),
        (
            "record-payout-items",
            json!({
                "payout_id": PAYOUT,
                "items": [{"balance_transaction_id": "txn_1", "net": money}],
            }),
        ),
        (
            "request-payout",
            json!({"seller_id": SELLER, "currency": "usd", "transactions": [SALE]}),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nats_shows_and_changes_nothing_of_another_tenant() {
    let stage = Stage::start().await;
    let before = stage.canary().await;
    let client = async_nats::connect(stage.nats.url())
        .await
        .expect("a connection");
    let ask = async |kind: &str, name: &str, body: Json| {
        let subject = format!("payouts.v1.{ACME}.{kind}.{name}");
        let body = body.to_string();
        let asked = client.request(subject, body.clone().into()).await;
        let answer = asked.unwrap_or_else(|error| panic!("{kind} {name}: {error}"));
        let question = format!("{name} {body}");
        holds_no_mark(&question, &String::from_utf8_lossy(&answer.payload));
        for (header, values) in answer.headers.iter().flat_map(async_nats::HeaderMap::iter) {
            holds_no_mark(&question, &format!("{header}: {values:?}"));
        }
    };

    let commands = commands();
    for name in Command::NAMES {
        assert!(
            commands.iter().any(|(known, _)| known == name),
            "add a line for {name}"
        );
    }
    // Reading first: afterwards acme has rows of the same names, and they are its own.
    for table in Table::NAMES {
        ask("query", table, json!({})).await;
        ask("query", table, json!({"seller": SELLER})).await;
        ask("query", table, json!({"payout": PAYOUT})).await;
        ask("query", table, json!({"tenant": "globex"})).await;
        if let Some(cursor) = cursor(&stage, table).await {
            ask("query", table, json!({"cursor": cursor})).await;
        }
    }
    ask("query", "trial-balance", json!({})).await;
    ask("query", "trial-balance", json!({"seller": SELLER})).await;
    ask("query", "statement", json!({"seller": SELLER})).await;
    ask(
        "query",
        "explain",
        json!({"payout": PAYOUT, "thorough": true}),
    )
    .await;
    ask("query", "alerts", json!({})).await;
    ask("query", "alerts", json!({"tenant": "globex"})).await;
    for (name, body) in commands {
        ask("command", name, body).await;
    }
    assert_eq!(stage.canary().await, before, "globex has what it had");
    stage.stop().await;
}
