//! Postings and daily rollups follow the log.

use projections::{
    backlog::{self, Behind},
    follower::{self, Followers},
    query::Table,
};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::{
    books::{Books, columns},
    history,
};

async fn postings_behind(books: &Books) -> Behind {
    backlog::followers(&books.database).await.unwrap().postings
}

#[tokio::test]
async fn a_follower_counts_every_event_once() {
    for books in Books::each().await {
        books.transaction("a", json!({})).await;
        books.transaction("b", json!({})).await;
        let id = books.payout(1).await;
        assert!(postings_behind(&books).await.events > 0);
        let log = books.log().await.len() as u64;
        assert_eq!(follower::catch_up(&books.database).await.unwrap(), log);
        assert_eq!(follower::catch_up(&books.database).await.unwrap(), 0);
        assert_eq!(postings_behind(&books).await, Behind::default());

        books
            .accepted("mark-payout-paid", json!({ "payout_id": id }))
            .await;
        let failed = json!({ "payout_id": id, "failure_code": "account_closed" });
        books.accepted("mark-payout-failed", failed).await;
        follower::catch_up(&books.database).await.unwrap();
        let rows = books.rows(Table::DailyRollups).await;
        let names = [
            "seller_id",
            "transactions_count",
            "transactions_net_minor",
            "payouts_requested_count",
            "payouts_requested_minor",
            "payouts_paid_count",
            "payouts_paid_minor",
            "payouts_failed_count",
            "payouts_failed_minor",
        ];
        let told = json!(["seller", 2, 2000, 1, 2000, 1, 2000, 1, 2000]);
        assert_eq!(columns(&rows[0], &names), told);
        assert_eq!(rows.len(), 1);
    }
}

#[tokio::test]
async fn postings_are_the_lines_of_the_books() {
    for books in Books::each().await {
        books
            .transaction(
                "a",
                json!({ "fee": { "amount": "1.00", "currency": "usd" } }),
            )
            .await;
        books.payout(1).await;
        follower::catch_up(&books.database).await.unwrap();
        let rows = books.rows(Table::Postings).await;
        let lines: Vec<_> = rows
            .iter()
            .map(|row| columns(row, &["account", "amount_minor", "line"]))
            .collect();
        assert_eq!(
            lines,
            [
                json!(["clearing", -1000, 1]),
                json!(["fees", 100, 2]),
                json!(["seller/seller/available", 900, 3]),
                json!(["seller/seller/available", -900, 1]),
                json!(["seller/seller/reserved", 900, 2]),
            ]
        );
    }
}

#[tokio::test]
async fn several_followers_of_one_log_do_not_disturb_each_other() {
    for books in Books::each().await {
        let stop = CancellationToken::new();
        let follow = || {
            let followers = Followers::new(books.database.clone());
            tokio::spawn(followers.run(books.ledger.committed(), stop.clone()))
        };
        let running = [follow(), follow(), follow()];
        history::live(&books, 5, 200).await;
        follower::catch_up(&books.database).await.unwrap();
        stop.cancel();
        for one in running {
            one.await.unwrap();
        }
        let report = books.verify().await;
        assert!(report.holds(), "{report:#?}");
    }
}
