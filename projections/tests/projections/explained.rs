//! One payout explained: everything that led to it and came of it, in order.

use projections::{
    explain::{self, Question, Report},
    query::{QueryError, Table},
};
use serde_json::{Value as Json, json};

use crate::{
    books::{Books, payout_id, tenant, usd},
    history::Dice,
    marketplace,
};

fn about(name: &str) -> Question {
    Question {
        tenant: tenant(),
        payout: name.parse().unwrap(),
        thorough: true,
    }
}

async fn explained(books: &Books, name: &str) -> Report {
    explain::payout(&books.database, &about(name))
        .await
        .unwrap()
}

/// The story in words: kind and name of each entry.
fn story(report: &Report) -> Vec<String> {
    let report = serde_json::to_value(report).unwrap();
    let entries = report["timeline"].as_array().unwrap().iter();
    entries
        .map(|entry| match entry["kind"].as_str().unwrap() {
            "command" => format!(
                "{} {}",
                entry["outcome"].as_str().unwrap(),
                entry["command"]
            ),
            "webhook" => format!("{} {}", entry["outcome"].as_str().unwrap(), entry["type"]),
            _ => format!("event {}", entry["type"]),
        })
        .map(|line| line.replace('"', ""))
        .collect()
}

async fn news(books: &Books, event: &str, status: &str, more: Json) {
    let mut object = json!({
        "id": "po_1", "object": "payout", "amount": 1000, "currency": "usd", "status": status,
        "arrival_date": 1_800_000_000, "metadata": { "payout_id": payout_id(1) },
    });
    if let (Json::Object(object), Json::Object(more)) = (&mut object, more) {
        object.extend(more);
    }
    let name = format!(
        "payout.{}",
        if status == "pending" {
            "created"
        } else {
            status
        }
    );
    books.told(event, &name, object).await;
}

async fn a_payout_that_failed(books: &Books) -> String {
    let more = json!({ "transfer": "tr_1", "available_on": "2020-01-01T00:00:00Z" });
    books.transaction("a", more).await;
    let body = json!({ "transfer_id": "tr_1", "seller_id": "seller", "amount": usd("10.00") });
    books.accepted("record-transfer", body).await;
    let id = books.payout(1).await;
    let body = json!({ "payout_id": id, "stripe_payout_id": "po_1" });
    books.accepted("submit-payout", body).await;
    news(books, "evt_paid", "paid", json!({})).await;
    books
        .command("cancel-payout", json!({ "payout_id": id }))
        .await;
    news(books, "evt_again", "paid", json!({})).await;
    news(
        books,
        "evt_failed",
        "failed",
        json!({ "failure_code": "account_closed" }),
    )
    .await;
    id
}

#[tokio::test]
async fn a_payout_is_told_in_order_from_its_command_to_its_failure() {
    for books in Books::each().await {
        let id = a_payout_that_failed(&books).await;
        books.payout(2).await;
        let report = explained(&books, &id).await;
        assert_eq!(
            story(&report),
            [
                "accepted request-payout",
                "event funds-reserved",
                "event payout-requested",
                "accepted submit-payout",
                "event payout-submitted",
                "applied payout.paid",
                "event reservation-paid-out",
                "event payout-paid",
                "refused cancel-payout",
                "applied payout.paid",
                "applied payout.failed",
                "event reservation-returned",
                "event payout-failed",
            ]
        );
        assert_eq!(explained(&books, "po_1").await, report, "by Stripe's name");

        let now = &report.now;
        assert!(now.payout_equals_its_events);
        assert_eq!(now.payout.as_ref().unwrap()["status"], "failed");
        assert_eq!(now.items.len(), 1);
        assert_eq!(now.items[0].item["returned"], true);
        assert_eq!(
            now.items[0].transaction.as_ref().unwrap()["transaction_id"],
            "a"
        );
        assert_eq!(now.items[0].transfers[0]["transfer_id"], "tr_1");
        assert_eq!(now.balance.as_ref().unwrap()["seller_id"], "seller");

        let sum: i64 = report
            .postings
            .iter()
            .map(|line| line["amount_minor"].as_i64().unwrap())
            .sum();
        assert_eq!((report.postings.len(), sum), (6, 0));
    }
}

#[tokio::test]
async fn what_changed_nothing_is_left_out_unless_it_is_asked_for() {
    for books in Books::each().await {
        let id = a_payout_that_failed(&books).await;
        let question = Question {
            thorough: false,
            ..about(&id)
        };
        let report = explain::payout(&books.database, &question).await.unwrap();
        let story = story(&report);
        assert!(
            !story.contains(&"refused cancel-payout".to_owned()),
            "{story:?}"
        );
        assert_eq!(story.len(), 11);
    }
}

#[tokio::test]
async fn no_body_of_a_webhook_is_shown_but_its_hash() {
    let books = Books::new().await;
    let id = a_payout_that_failed(&books).await;
    let report = serde_json::to_value(explained(&books, &id).await).unwrap();
    let entries = report["timeline"].as_array().unwrap();
    let webhook = entries.iter().find(|it| it["kind"] == "webhook").unwrap();
    assert_eq!(webhook["event_id"], "evt_paid");
    assert_eq!(webhook["body_hash"].as_str().unwrap().len(), 64);
    assert_eq!(webhook.get("body"), None);
    let event = entries.iter().find(|it| it["kind"] == "event").unwrap();
    assert_eq!(event["data"]["items_count"], 1);
    assert_eq!(event["cause"]["command"], "request-payout");
}

#[tokio::test]
async fn a_payout_of_stripes_own_has_no_command() {
    for books in Books::each().await {
        let object = json!({
            "id": "po_auto", "object": "payout", "amount": 100, "currency": "usd",
            "status": "paid", "metadata": {},
        });
        books.told("evt_1", "payout.paid", object).await;
        let report = explained(&books, "po_auto").await;
        assert_eq!(
            story(&report),
            [
                "applied payout.paid",
                "event payout-adopted",
                "event payout-paid"
            ]
        );
        assert_eq!(report.stripe_payout_id.as_deref(), Some("po_auto"));
        assert_eq!(report.now.balance, None);
        assert_eq!(report.postings, []);
    }
}

#[tokio::test]
async fn a_payout_that_nobody_knows_is_an_error() {
    let books = Books::new().await;
    for name in [payout_id(9), "po_9".to_owned()] {
        let error = explain::payout(&books.database, &about(&name))
            .await
            .expect_err("unknown");
        assert!(matches!(error, QueryError::PayoutNotFound(_)));
        assert_eq!(error.to_string(), format!("there is no payout {name}"));
    }
    for text in ["", "payout", "tr_1", "po 1"] {
        assert!(text.parse::<explain::Name>().is_err(), "{text}");
    }
}

#[tokio::test]
async fn a_row_that_was_tampered_with_is_told_from_its_events() {
    let books = Books::new().await;
    let id = a_payout_that_failed(&books).await;
    books.tamper("UPDATE payouts SET amount_minor = 1").await;
    assert!(!explained(&books, &id).await.now.payout_equals_its_events);
    books.tamper("DELETE FROM payouts").await;
    let report = explained(&books, &id).await;
    assert_eq!(report.now.payout, None);
    assert!(report.timeline.len() > 10, "the log still knows it");
}

#[tokio::test]
async fn every_event_of_every_payout_is_in_its_story() {
    for books in Books::each().await {
        let mut dice = Dice::new(61);
        for number in 0..300 {
            marketplace::step(&books, &mut dice, number).await;
        }
        let log = books.log().await;
        for row in books.rows(Table::Payouts).await {
            let id = row["payout_id"].as_str().unwrap();
            let report = explained(&books, id).await;
            assert!(report.now.payout_equals_its_events, "{id}");
            let mut wanted: Vec<i64> = log
                .iter()
                .filter(|it| {
                    let data = it.event.encode();
                    it.stream.as_str() == format!("payout-{id}")
                        || it.stream.as_str().starts_with("balance-") && data.contains(id)
                })
                .map(|it| it.position())
                .collect();
            wanted.sort_unstable();
            let report = serde_json::to_value(&report).unwrap();
            let entries = report["timeline"].as_array().unwrap().iter();
            let told: Vec<i64> = entries
                .clone()
                .filter(|it| it["type"] != "transactions-released")
                .filter_map(|it| it["position"].as_i64())
                .collect();
            assert_eq!(told, wanted, "{id}");
            let times: Vec<_> = entries.map(|it| it["at"].as_str().unwrap()).collect();
            assert!(times.is_sorted(), "{id}");
        }
    }
}
