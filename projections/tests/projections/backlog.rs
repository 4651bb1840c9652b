//! What waits for somebody, counted on each database.

use projections::{
    backlog::{self, Behind, Payouts},
    follower,
};
use serde_json::json;
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::books::Books;

const ARRIVAL: OffsetDateTime = datetime!(2026-11-20 00:00 UTC);

async fn payouts(books: &Books, arrived_before: OffsetDateTime) -> Payouts {
    backlog::payouts(&books.database, arrived_before)
        .await
        .unwrap()
}

#[tokio::test]
async fn payouts_in_doubt_and_overdue_are_counted_with_the_age_of_the_oldest() {
    for books in Books::each().await {
        books.transaction("a", json!({})).await;
        let doubted = books.payout(1).await;
        let attempt = json!({ "payout_id": doubted, "attempt": 1 });
        books.accepted("begin-submission", attempt).await;
        books.transaction("b", json!({})).await;
        let sent = books.payout(2).await;
        let submitted = json!({
            "payout_id": sent, "stripe_payout_id": "po_2", "arrival_date": "2026-11-20T00:00:00Z",
        });
        books.accepted("submit-payout", submitted).await;
        let later = ARRIVAL + Duration::seconds(1);
        let none = payouts(&books, ARRIVAL).await;
        assert_eq!(none, Payouts::default(), "nothing is wrong yet");

        let lost = json!({ "payout_id": doubted, "attempt": 1, "reason": "no answer" });
        books.accepted("put-payout-in-doubt", lost).await;
        let found = payouts(&books, later).await;
        assert_eq!((found.in_doubt.count, found.overdue.count), (1, 1));
        assert!(found.in_doubt.since.unwrap() > ARRIVAL);
        let money = found.money_in_doubt.iter().map(ToString::to_string);
        assert_eq!(money.collect::<Vec<_>>(), ["10.00 usd"]);
        assert_eq!(found.overdue.since, Some(ARRIVAL));

        for payout in [sent, doubted] {
            let told = json!({ "payout_id": payout });
            books.accepted("mark-payout-paid", told).await;
        }
        assert_eq!(payouts(&books, later).await, Payouts::default());
        books.ledger.close().await;
    }
}

#[tokio::test]
async fn dead_and_parked_events_are_counted_with_the_age_of_the_oldest() {
    for books in Books::each().await {
        let payout = |id: &str, status: &str, more: serde_json::Value| {
            let mut object = json!({
                "id": id, "object": "payout", "amount": 100, "currency": "usd", "status": status,
            });
            object["metadata"] = more;
            object
        };
        let ours = json!({ "payout_id": "01890a5d-ac96-774b-bcce-b302099a8057" });
        let parked = payout("po_1", "paid", ours);
        books.told("evt_1", "payout.paid", parked).await;
        let dead = payout("po_2", "failed", json!({}));
        books.told("evt_2", "payout.paid", dead).await;
        let letters = backlog::letters(&books.database).await.unwrap();
        assert_eq!((letters.parked.count, letters.dead.count), (1, 1));
        assert!(letters.parked.since <= letters.dead.since);
        books.ledger.close().await;
    }
}

#[tokio::test]
async fn a_follower_is_behind_since_the_first_event_that_it_has_not_come_to() {
    for books in Books::each().await {
        let none = backlog::followers(&books.database).await.unwrap();
        assert_eq!((none.position, none.seals), (0, Behind::default()));
        books.transaction("a", json!({})).await;
        follower::catch_up(&books.database).await.unwrap();
        books.transaction("b", json!({})).await;
        books.transaction("c", json!({})).await;
        let log = books.log().await;
        let found = backlog::followers(&books.database).await.unwrap();
        assert_eq!(found.position, log[2].position().unsigned_abs());
        for (behind, first) in [(found.postings, 1), (found.links, 1), (found.outbox, 0)] {
            assert_eq!(behind.since, Some(log[first].recorded_at));
        }
        assert!(found.postings.events >= 2 && found.outbox.events >= 3);
        books.ledger.close().await;
    }
}
