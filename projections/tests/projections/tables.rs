//! What the tables show, in the words of the contract.

use projections::query::Table;
use serde_json::{Value as Json, json};

use crate::books::{Books, columns, payout_id, usd};

async fn payout(books: &Books, id: &str) -> Json {
    let row = books.row(Table::Payouts, id).await;
    columns(
        &row,
        &[
            "status",
            "amount_minor",
            "item_count",
            "origin",
            "failure_code",
        ],
    )
}

async fn transaction(books: &Books, id: &str) -> Json {
    let row = books.row(Table::Transactions, id).await;
    assert_eq!(
        row["payed_out"].as_bool().unwrap(),
        !row["actual_release_date"].is_null()
    );
    assert_eq!(
        row["payed_out"].as_bool().unwrap(),
        !row["payout_id"].is_null()
    );
    columns(&row, &["status", "payed_out", "payout_id"])
}

async fn transfer(books: &Books, id: &str) -> Json {
    columns(
        &books.row(Table::Transfers, id).await,
        &["status", "payout_id"],
    )
}

/// Pending, available, reserved, paid out.
async fn balance(books: &Books) -> Json {
    let row = books.row(Table::Balances, "seller").await;
    let names = [
        "pending_minor",
        "available_minor",
        "reserved_minor",
        "paid_out_minor",
    ];
    columns(&row, &names)
}

#[tokio::test]
async fn a_payout_reserves_pays_and_gives_back_its_transactions() {
    for books in Books::each().await {
        books.transaction("tx", json!({ "transfer": "tr" })).await;
        books
            .accepted(
                "record-transfer",
                json!({
                    "transfer_id": "tr", "seller_id": "seller", "amount": usd("10.00"),
                }),
            )
            .await;
        assert_eq!(
            transaction(&books, "tx").await,
            json!(["available", false, null])
        );
        assert_eq!(balance(&books).await, json!([0, 1000, 0, 0]));

        let id = books.payout(1).await;
        assert_eq!(
            payout(&books, &id).await,
            json!(["requested", 1000, 1, "ledger", null])
        );
        assert_eq!(
            transaction(&books, "tx").await,
            json!(["reserved", true, id])
        );
        assert_eq!(transfer(&books, "tr").await, json!(["created", id]));
        assert_eq!(balance(&books).await, json!([0, 0, 1000, 0]));

        books
            .accepted("mark-payout-paid", json!({ "payout_id": id }))
            .await;
        assert_eq!(
            payout(&books, &id).await,
            json!(["paid", 1000, 1, "ledger", null])
        );
        assert_eq!(
            transaction(&books, "tx").await,
            json!(["paid_out", true, id])
        );
        assert_eq!(transfer(&books, "tr").await, json!(["paid", id]));
        assert_eq!(balance(&books).await, json!([0, 0, 0, 1000]));
        assert!(!books.row(Table::Payouts, &id).await["paid_at"].is_null());

        let failed = json!({ "payout_id": id, "failure_code": "account_closed" });
        books.accepted("mark-payout-failed", failed).await;
        let told = json!(["failed", 1000, 1, "ledger", "account_closed"]);
        assert_eq!(payout(&books, &id).await, told);
        assert_eq!(
            transaction(&books, "tx").await,
            json!(["available", false, null])
        );
        assert_eq!(transfer(&books, "tr").await, json!(["created", null]));
        assert_eq!(balance(&books).await, json!([0, 1000, 0, 0]));
        assert!(books.row(Table::Payouts, &id).await["paid_at"].is_null());
        assert_eq!(books.row(Table::PayoutItems, &id).await["returned"], true);

        let second = books.payout(2).await;
        assert_eq!(
            transaction(&books, "tx").await,
            json!(["reserved", true, second])
        );
        assert!(books.verify().await.holds());
    }
}

/// Told with the transaction or with the transfer; before, between or after.
#[tokio::test]
async fn a_transfer_shows_its_payout_whenever_and_however_it_was_told() {
    for books in Books::each().await {
        let by_transfer = [("a", "tr_a"), ("b", "tr_b"), ("c", "tr_c")];
        let by_transaction = [("d", "tr_d"), ("e", "tr_e"), ("f", "tr_f")];
        let record = async |transaction: Option<&str>, transfer: &str| {
            let mut body = json!({
                "transfer_id": transfer, "seller_id": "seller", "amount": usd("10.00"),
            });
            if let Some(id) = transaction {
                body["transaction_id"] = json!(id);
            }
            books.accepted("record-transfer", body).await;
        };

        record(Some("a"), "tr_a").await;
        record(None, "tr_d").await;
        for (transaction, _) in by_transfer {
            books.transaction(transaction, json!({})).await;
        }
        for (transaction, transfer) in by_transaction {
            books
                .transaction(transaction, json!({ "transfer": transfer }))
                .await;
        }
        record(Some("b"), "tr_b").await;
        record(None, "tr_e").await;
        let id = books.payout(1).await;
        books
            .accepted("mark-payout-paid", json!({ "payout_id": id }))
            .await;
        record(Some("c"), "tr_c").await;
        record(None, "tr_f").await;

        for (_, name) in by_transfer.into_iter().chain(by_transaction) {
            assert_eq!(transfer(&books, name).await, json!(["paid", id]), "{name}");
        }
        assert!(books.verify().await.holds());
    }
}

#[tokio::test]
async fn what_was_taken_back_of_a_transfer_stands_over_what_was_paid() {
    for books in Books::each().await {
        books.transaction("tx", json!({ "transfer": "tr" })).await;
        books
            .accepted(
                "record-transfer",
                json!({
                    "transfer_id": "tr", "seller_id": "seller", "amount": usd("10.00"),
                }),
            )
            .await;
        let id = books.payout(1).await;
        let reverse = async |amount: &str| {
            let body = json!({ "transfer_id": "tr", "amount_reversed": usd(amount) });
            books.accepted("reverse-transfer", body).await;
        };
        reverse("4.00").await;
        books
            .accepted("mark-payout-paid", json!({ "payout_id": id }))
            .await;
        assert_eq!(
            transfer(&books, "tr").await,
            json!(["partially_reversed", id])
        );
        reverse("10.00").await;
        assert_eq!(transfer(&books, "tr").await, json!(["reversed", id]));
    }
}

#[tokio::test]
async fn a_transaction_waits_for_its_payment_and_is_blocked_while_it_is_disputed() {
    for books in Books::each().await {
        books
            .transaction("tx", json!({ "payment_intent": "pi", "order_id": "o" }))
            .await;
        assert_eq!(
            transaction(&books, "tx").await,
            json!(["pending", false, null])
        );
        assert_eq!(balance(&books).await, json!([1000, 0, 0, 0]));
        let succeeded = json!({ "id": "pi", "object": "payment_intent", "status": "succeeded" });
        books
            .told("evt_1", "payment_intent.succeeded", succeeded)
            .await;
        assert_eq!(
            transaction(&books, "tx").await,
            json!(["available", false, null])
        );

        let dispute = |status: &str| {
            let (id, payment) = ("dp", "pi");
            json!({ "id": id, "object": "dispute", "payment_intent": payment, "status": status })
        };
        books
            .told("evt_2", "charge.dispute.created", dispute("needs_response"))
            .await;
        assert_eq!(books.row(Table::Transactions, "tx").await["blocked"], true);
        books
            .told("evt_3", "charge.dispute.closed", dispute("won"))
            .await;
        assert_eq!(books.row(Table::Transactions, "tx").await["blocked"], false);
        assert_eq!(books.row(Table::Balances, "seller").await["version"], 5);
    }
}

#[tokio::test]
async fn a_payout_follows_stripe_and_keeps_what_goes_with_its_status() {
    for books in Books::each().await {
        books.transaction("tx", json!({})).await;
        let id = books.payout(1).await;
        let told = async |event: &str, name: &str, status: &str| {
            let object = json!({
                "id": "po_1", "object": "payout", "amount": 1000, "currency": "usd",
                "status": status, "arrival_date": 1_700_000_000, "method": "standard",
                "metadata": { "payout_id": payout_id(1) },
                "failure_code": if status == "failed" { json!("no_account") } else { json!(null) },
            });
            books.told(event, name, object).await;
        };
        let row = async || {
            let row = books.row(Table::Payouts, &id).await;
            columns(
                &row,
                &["status", "stripe_payout_id", "arrival_date", "failure_code"],
            )
        };
        let arrival = "2023-11-14T22:13:20.000000Z";

        told("evt_1", "payout.paid", "paid").await;
        assert_eq!(row().await, json!(["paid", "po_1", arrival, null]));
        told("evt_2", "payout.created", "pending").await;
        assert_eq!(row().await, json!(["paid", "po_1", arrival, null]));
        told("evt_3", "payout.failed", "failed").await;
        assert_eq!(row().await, json!(["failed", "po_1", null, "no_account"]));
    }
}

#[tokio::test]
async fn a_payout_of_stripes_own_is_adopted_without_items() {
    for books in Books::each().await {
        let object = json!({
            "id": "po_9", "object": "payout", "amount": 700, "currency": "usd",
            "status": "in_transit", "arrival_date": 1_700_000_000, "method": "instant",
        });
        books.told("evt_1", "payout.updated", object).await;
        let rows = books.rows(Table::Payouts).await;
        let names = ["status", "amount_minor", "item_count", "origin", "method"];
        assert_eq!(
            columns(&rows[0], &names),
            json!(["in_transit", 700, 0, "stripe", "instant"])
        );
        assert!(books.verify().await.holds());
    }
}

#[tokio::test]
async fn a_seller_shows_the_schedule_that_holds_now() {
    for books in Books::each().await {
        let seller = json!({
            "seller_id": "seller", "stripe_account": "acct_1", "payout_schedule": "daily",
            "minimum_payout": usd("20.00"),
        });
        books.accepted("register-seller", seller).await;
        let names = [
            "stripe_account",
            "payout_schedule",
            "minimum_payout_minor",
            "minimum_payout",
            "minimum_payout_currency",
            "version",
        ];
        let row = books.row(Table::Sellers, "seller").await;
        assert_eq!(
            columns(&row, &names),
            json!(["acct_1", "daily", 2000, usd("20.00"), "usd", 1])
        );
        assert_eq!(row["registered_at"], row["updated_at"]);

        let change = json!({ "seller_id": "seller", "payout_schedule": "weekly:fri" });
        books.accepted("change-payout-schedule", change).await;
        let row = books.row(Table::Sellers, "seller").await;
        assert_eq!(
            columns(&row, &names),
            json!(["acct_1", "weekly:fri", null, null, null, 2])
        );
        assert!(row["registered_at"].as_str() < row["updated_at"].as_str());
        assert!(books.verify().await.holds());
    }
}
