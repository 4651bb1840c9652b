//! What background jobs find to do.

use domain::{id::Tenant, money::Currency};
use projections::{follower, work};
use serde_json::json;
use time::{
    OffsetDateTime,
    macros::{date, datetime},
};

use crate::books::{Books, tenant, usd};

const EPOCH: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

#[tokio::test]
async fn tenants_are_those_with_sellers_or_money() {
    for books in Books::each().await {
        assert_eq!(work::tenants(&books.database).await.unwrap(), []);
        books.transaction("a", json!({})).await;
        for name in ["z", "b", "e"] {
            let seller = json!({ "seller_id": "s", "stripe_account": "acct_1" });
            let command =
                domain::Command::parse("register-seller", seller.to_string().as_bytes()).unwrap();
            let request = store::Request {
                tenant: Tenant::new(name).unwrap(),
                command,
                key: None,
            };
            books.ledger.execute(request).await;
        }
        let tenants = work::tenants(&books.database).await.unwrap();
        let names: Vec<_> = tenants.iter().map(Tenant::as_str).collect();
        assert_eq!(names, ["b", "default", "e", "z"]);
    }
}

#[tokio::test]
async fn due_are_held_transactions_of_a_span_of_time() {
    for books in Books::each().await {
        let on = |time: &str| json!({ "available_on": time });
        books.transaction("a", on("2999-01-01T00:00:00Z")).await;
        books.transaction("b", on("2999-01-02T00:00:00Z")).await;
        books.transaction("past", on("2020-01-01T00:00:00Z")).await;
        books.transaction("none", json!({})).await;
        let due = async |after, until| {
            let due = work::due(&books.database, &tenant(), after, until).await;
            due.unwrap().len()
        };
        assert_eq!(due(EPOCH, datetime!(2998-12-31 23:59 UTC)).await, 0);
        let (first, second) = (
            datetime!(2999-01-01 00:00 UTC),
            datetime!(2999-01-02 00:00 UTC),
        );
        assert_eq!(due(EPOCH, first).await, 1, "up to the moment itself");
        assert_eq!(due(EPOCH, second).await, 1, "a balance is one unit");
        assert_eq!(due(first, second).await, 1, "after the other");
        assert_eq!(due(second, datetime!(3000-01-01 00:00 UTC)).await, 0);
    }
}

#[tokio::test]
async fn payable_are_balances_with_money_of_sellers_who_are_paid_that_day() {
    for books in Books::each().await {
        let seller = json!({
            "seller_id": "seller", "stripe_account": "acct_1", "payout_schedule": "monthly:31",
            "minimum_payout": usd("20.00"),
        });
        books.accepted("register-seller", seller).await;
        let payable = async |day| {
            let payable = work::payable(&books.database, &tenant(), day, None).await;
            payable.unwrap()
        };
        assert_eq!(payable(date!(2027 - 02 - 28)).await, [], "no money");
        books.transaction("a", json!({})).await;
        let euros = json!({ "amount": "3.00", "currency": "eur" });
        books.transaction("b", json!({ "gross": euros })).await;
        books
            .transaction("c", json!({ "seller_id": "nobody" }))
            .await;

        assert_eq!(payable(date!(2027 - 02 - 27)).await, [], "not that day");
        let found = payable(date!(2027 - 02 - 28)).await;
        let told: Vec<_> = found
            .iter()
            .map(|one| {
                (
                    one.available.to_string(),
                    one.minimum.map(|m| m.to_string()),
                )
            })
            .collect();
        let expected = [
            ("3.00 eur".to_owned(), None),
            ("10.00 usd".to_owned(), Some("20.00 usd".to_owned())),
        ];
        assert_eq!(told, expected);
        let last = &found[0].account;
        assert_eq!(last.currency, Currency::parse("eur").unwrap());
        let (tenant, day) = (tenant(), date!(2027 - 02 - 28));
        let rest = work::payable(&books.database, &tenant, day, Some(last));
        assert_eq!(rest.await.unwrap(), found[1..]);
    }
}

#[tokio::test]
async fn a_day_is_rolled_up_once_all_its_events_are_followed() {
    for books in Books::each().await {
        books.transaction("a", json!({})).await;
        let recorded_at = books.log().await[0].recorded_at;
        let later = recorded_at + time::Duration::SECOND;
        let is_rolled_up = async |until| {
            let rolled_up = work::is_rolled_up(&books.database, until).await;
            rolled_up.unwrap()
        };
        assert!(!is_rolled_up(later).await);
        assert!(is_rolled_up(recorded_at).await, "nothing was before it");
        assert_eq!(
            work::first_day(&books.database, &tenant()).await.unwrap(),
            None
        );
        follower::catch_up(&books.database).await.unwrap();
        assert!(is_rolled_up(later).await);
        let first = work::first_day(&books.database, &tenant()).await.unwrap();
        assert_eq!(first, Some(recorded_at.date()));
    }
}
