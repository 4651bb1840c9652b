//! Queries over NATS.

use async_nats::HeaderMap;
use serde_json::{Value as Json, json};

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
