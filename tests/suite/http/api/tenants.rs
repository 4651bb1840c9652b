//! Two tenants in one service: neither sees, names or moves anything of the other's.

use serde_json::{Value as Json, json};

use super::stage::{
    ACME, ACME_AUDITOR, Caller, OPERATOR, end, money, on_each_database, payout, sell, transaction,
};
use crate::http::answers::problem;

const TABLES: [&str; 9] = [
    "sellers",
    "payouts",
    "payout-items",
    "transfers",
    "transactions",
    "balances",
    "postings",
    "daily-rollups",
    "events",
];

#[tokio::test]
async fn no_answer_and_no_cursor_shows_another_tenants_data() {
    for (service, database) in on_each_database().await {
        let (operator, acme) = (
            Caller::with(&service, OPERATOR),
            Caller::with(&service, ACME),
        );
        sell(&operator).await;
        for table in TABLES {
            assert_eq!(
                acme.rows(&format!("/v1/{table}")).await,
                [] as [Json; 0],
                "{table}"
            );
        }
        let theirs = format!("/v1/payouts/{}", payout(1));
        for path in [
            &theirs,
            &format!("{theirs}/history"),
            &format!("{theirs}?as_of=1000"),
        ] {
            problem(&acme.get(path).await, 404, "PAYOUT_NOT_FOUND");
        }
        for path in [&format!("{theirs}/explain"), "/v1/payouts/po_1/explain"] {
            problem(&acme.get(path).await, 404, "PAYOUT_NOT_FOUND");
        }
        let statement = acme.get("/v1/sellers/anna/statement").await;
        problem(&statement, 404, "SELLER_NOT_FOUND");
        for path in [
            "/v1/payouts?as_of=1000",
            "/v1/trial-balance",
            "/v1/trial-balance?as_of=1000",
        ] {
            assert_eq!(acme.rows(path).await.len(), 0, "{path}");
        }

        // With books of its own, of the same names.
        let own = [
            ("record-transaction", transaction("anna-t0", "anna", "1.00")),
            ("record-transaction", transaction("zoe-t9", "zoe", "2.00")),
        ];
        acme.does(&own).await;
        let mine = acme.rows("/v1/transactions").await;
        assert_eq!(mine.len(), 2);
        let page = operator.get("/v1/transactions?limit=1").await;
        let cursor = page.body["next_cursor"]
            .as_str()
            .expect("a cursor")
            .to_owned();
        let shown = acme
            .rows(&format!("/v1/transactions?cursor={cursor}"))
            .await;
        assert_eq!(
            shown,
            mine[1..],
            "the place is another's, the rows are its own"
        );
        let auditor = Caller::with(&service, ACME_AUDITOR);
        assert_eq!(auditor.rows("/v1/transactions").await, mine);
        let tenant = auditor.get("/v1/transactions?tenant=default").await;
        problem(&tenant, 400, "INVALID_COMMAND");
        end((service, database)).await;
    }
}

#[tokio::test]
async fn no_command_moves_another_tenants_money() {
    for (service, database) in on_each_database().await {
        let (operator, acme) = (
            Caller::with(&service, OPERATOR),
            Caller::with(&service, ACME),
        );
        sell(&operator).await;
        let before = operator.rows("/v1/events?limit=1000").await;
        for (name, fields) in [
            ("cancel-payout", json!({ "payout_id": payout(1) })),
            (
                "mark-payout-failed",
                json!({ "stripe_payout_id": "po_1", "failure_code": "x" }),
            ),
            ("resume-submission", json!({ "payout_id": payout(1) })),
        ] {
            problem(
                &acme.command(name, "", &fields).await,
                404,
                "PAYOUT_NOT_FOUND",
            );
        }
        let reverse = json!({ "transfer_id": "anna-tr1", "amount_reversed": money("1.00") });
        let refused = acme.command("reverse-transfer", "", &reverse).await;
        problem(&refused, 404, "TRANSFER_NOT_FOUND");
        let request = json!({ "seller_id": "anna", "currency": "usd" });
        let refused = acme.command("request-payout", "k", &request).await;
        problem(&refused, 422, "NO_ELIGIBLE_TRANSACTIONS");
        // The same key is another one in other books.
        let request = operator.command("request-payout", "k", &request).await;
        assert_eq!(
            (request.status, &request.body["duplicate"]),
            (200, &json!(false))
        );

        let events = operator.rows("/v1/events?limit=1000").await;
        assert_eq!(events[..before.len()], before[..]);
        assert_eq!(
            events.len() - before.len(),
            request.body["events"].as_array().unwrap().len()
        );
        end((service, database)).await;
    }
}
