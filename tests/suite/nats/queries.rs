//! Queries over NATS.

use async_nats::HeaderMap;
use projections::follower;
use serde_json::{Value as Json, json};
use store::Database;

use super::service::{Service, header, json_of, key_header, transaction};

async fn ask(service: &Service, tenant: &str, filter: &str) -> Json {
    let subject = format!("payouts.v1.{tenant}.query.transactions");
    json_of(
        &service
            .client
            .request(subject, filter.to_owned().into())
            .await
            .expect("a reply"),
    )
}

#[tokio::test]
async fn a_query_answers_with_the_rows_of_its_own_tenant() {
    let service = Service::start().await;
    for (tenant, id) in [("acme", "a1"), ("acme", "a2"), ("globex", "g1")] {
        let subject = format!("payouts.v1.{tenant}.command.record-transaction");
        service
            .request(&subject, key_header(id), transaction(id, "1.00"))
            .await;
    }

    let acme = ask(&service, "acme", "").await;
    let ids: Vec<&Json> = rows(&acme)
        .iter()
        .map(|row| &row["transaction_id"])
        .collect();
    assert_eq!(ids, ["a1", "a2"]);
    assert_eq!(
        rows(&ask(&service, "globex", r#"{"seller":"s1"}"#).await).len(),
        1
    );
    assert_eq!(rows(&ask(&service, "initech", "").await).len(), 0);
    service.stop().await;
}

#[tokio::test]
async fn pages_follow_each_other_by_cursor() {
    let service = Service::start().await;
    for id in ["t1", "t2", "t3"] {
        service
            .command("record-transaction", id, transaction(id, "1.00"))
            .await;
    }

    let first = ask(&service, "default", r#"{"limit":2}"#).await;
    assert_eq!(rows(&first).len(), 2);
    let next = json!({ "limit": 2, "cursor": first["next_cursor"] }).to_string();
    let second = ask(&service, "default", &next).await;
    assert_eq!(rows(&second).len(), 1);
    assert_eq!(second["next_cursor"], Json::Null);
    service.stop().await;
}

#[tokio::test]
async fn what_cannot_be_a_query_is_refused() {
    let service = Service::start().await;

    let foreign = ask(&service, "acme", r#"{"tenant":"globex"}"#).await;
    assert_eq!(
        foreign["code"], "INVALID_COMMAND",
        "the subject names the tenant"
    );
    assert_eq!(
        ask(&service, "acme", r#"{"colour":"red"}"#).await["code"],
        "INVALID_COMMAND"
    );
    assert_eq!(ask(&service, "acme", "[]").await["code"], "INVALID_COMMAND");

    let subject = "payouts.v1.acme.query.secrets";
    let reply = service.request(subject, HeaderMap::new(), json!({})).await;
    assert_eq!(json_of(&reply)["code"], "UNKNOWN_COMMAND");
    assert_eq!(header(&reply, "Nats-Service-Error-Code"), "404");
    service.stop().await;
}

fn rows(answer: &Json) -> &[Json] {
    answer["rows"]
        .as_array()
        .unwrap_or_else(|| panic!("no rows: {answer}"))
}

async fn put(service: &Service, name: &str, body: Json) -> Json {
    let subject = format!("payouts.v1.default.query.{name}");
    let reply = service.request(&subject, HeaderMap::new(), body).await;
    json_of(&reply)
}

#[tokio::test]
async fn the_past_is_answered_by_position_and_by_time() {
    let service = Service::start().await;
    for id in ["t1", "t2"] {
        let body = transaction(id, "1.00");
        service.command("record-transaction", id, body).await;
    }
    let now = put(&service, "transactions", json!({})).await;
    let (one, two) = (&rows(&now)[0], &rows(&now)[1]);
    let then = put(
        &service,
        "transactions",
        json!({ "as_of": one["updated_at"] }),
    )
    .await;
    assert_eq!(rows(&then), std::slice::from_ref(one));
    let then = put(
        &service,
        "transactions",
        json!({ "as_of": two["updated_at"] }),
    )
    .await;
    assert_eq!(then, now);
    let none = put(&service, "transactions", json!({ "as_of": 0 })).await;
    assert_eq!(rows(&none).len(), 0);
    for (name, as_of) in [("transactions", json!("soon")), ("postings", json!(1))] {
        let refused = put(&service, name, json!({ "as_of": as_of })).await;
        assert_eq!(refused["code"], "INVALID_COMMAND", "{name}");
    }
    service.stop().await;
}

#[tokio::test]
async fn sums_statements_and_stories_are_told() {
    let service = Service::start().await;
    let sale = transaction("t1", "1.00");
    service.command("record-transaction", "t1", sale).await;
    let payout = "0193a1b2-0000-7000-8000-000000000001";
    let request = json!({ "seller_id": "s1", "currency": "usd", "payout_id": payout });
    service.command("request-payout", "p1", request).await;

    let behind = put(&service, "trial-balance", json!({})).await;
    assert_eq!(behind["complete"], false, "nobody follows the log here");
    let database = Database::open(&service.database.url())
        .await
        .expect("the database");
    follower::catch_up(&database).await.expect("the followers");
    database.close().await;
    let trial = put(&service, "trial-balance", json!({})).await;
    assert_eq!(trial["complete"], true);
    assert_eq!(trial["balanced"], true);
    assert_eq!(rows(&trial).len(), 7);
    let before = put(
        &service,
        "trial-balance",
        json!({ "as_of": 0, "seller": "s1" }),
    )
    .await;
    assert_eq!((&before["position"], rows(&before).len()), (&json!(0), 0));

    let statement = put(&service, "statement", json!({ "seller": "s1" })).await;
    let lines: Vec<_> = rows(&statement).iter().map(|row| &row["line"]).collect();
    assert_eq!(lines, ["opening", "movement", "movement", "closing"]);
    let unknown = put(&service, "statement", json!({ "seller": "nobody" })).await;
    assert_eq!(unknown["code"], "SELLER_NOT_FOUND");
    assert_eq!(
        put(&service, "statement", json!({})).await["code"],
        "INVALID_COMMAND"
    );

    let story = put(&service, "explain", json!({ "payout": payout })).await;
    assert_eq!(story["timeline"][0]["command"], "request-payout");
    assert_eq!(story["now"]["payout"]["status"], "requested");
    assert_eq!(story["now"]["payout_equals_its_events"], true);
    let unknown = put(&service, "explain", json!({ "payout": "po_9" })).await;
    assert_eq!(unknown["code"], "PAYOUT_NOT_FOUND");
    let foreign = "payouts.v1.acme.query.explain";
    let body = json!({ "payout": payout });
    let reply = service.request(foreign, HeaderMap::new(), body).await;
    assert_eq!(
        json_of(&reply)["code"],
        "PAYOUT_NOT_FOUND",
        "of another tenant"
    );
    service.stop().await;
}
