//! Commands over HTTP: the same as elsewhere, with the statuses of HTTP.

use serde_json::{Value as Json, json};
use support::Answer;

use super::stage::{
    Caller, OPERATOR, end, launch, money, on_each_database, payout, sent, transaction,
};
use crate::http::{answers::problem, service::Service};

#[tokio::test]
async fn a_command_sent_twice_under_a_key_is_carried_out_once() {
    for (service, database) in on_each_database().await {
        let operator = Caller::with(&service, OPERATOR);
        let fields = transaction("t1", "anna", "10.00");
        let record =
            async |key, fields: &Json| operator.command("record-transaction", key, fields).await;
        let first = record("k1", &fields).await;
        assert_eq!(first.status, 200, "{first:?}");
        assert_eq!(first.body["status"], "accepted");
        assert_eq!(first.body["duplicate"], false);
        let again = record("k1", &fields).await;
        assert_eq!(again.body["duplicate"], true);
        assert_eq!(again.body["events"], first.body["events"]);
        assert_eq!(operator.rows("/v1/transactions").await.len(), 1);

        let other = record("k1", &transaction("t2", "anna", "10.00")).await;
        problem(&other, 409, "IDEMPOTENCY_KEY_REUSED");
        let taken = record("", &transaction("t1", "anna", "11.00")).await;
        problem(&taken, 409, "ALREADY_EXISTS");
        end((service, database)).await;
    }
}

#[tokio::test]
async fn a_refusal_has_the_status_of_its_code() {
    let service = Service::start(launch()).await;
    let operator = Caller::with(&service, OPERATOR);
    let request = json!({ "seller_id": "anna", "currency": "usd" });
    let named = json!({ "payout_id": payout(1) });
    for (name, fields, status, code) in [
        ("request-payout", request, 422, "NO_ELIGIBLE_TRANSACTIONS"),
        ("cancel-payout", named, 404, "PAYOUT_NOT_FOUND"),
        ("pay-me", json!({}), 404, "UNKNOWN_COMMAND"),
        ("Request-Payout", json!({}), 404, "UNKNOWN_COMMAND"),
        ("%FF", json!({}), 404, "UNKNOWN_COMMAND"),
        ("cancel-payout", json!([]), 400, "INVALID_COMMAND"),
        (
            "cancel-payout",
            json!({ "tenant": "acme" }),
            400,
            "INVALID_COMMAND",
        ),
    ] {
        problem(&operator.command(name, "", &fields).await, status, code);
    }
    operator
        .does(&[("record-transaction", transaction("t1", "anna", "10.00"))])
        .await;
    let request = json!({ "seller_id": "anna", "currency": "usd", "expected_amount": money("9") });
    let refused = operator.command("request-payout", "k", &request).await;
    problem(&refused, 422, "AMOUNT_MISMATCH");
    let again = operator.command("request-payout", "k", &request).await;
    assert_eq!(again.body, refused.body, "a refusal is the answer for ever");
    service.stop().await;
}

#[tokio::test]
async fn what_is_no_command_is_refused_before_the_ledger_hears_of_it() {
    let service = Service::start(launch()).await;
    let operator = Caller::with(&service, OPERATOR);
    let ask = async |headers: &[(&str, &str)], body: &str| -> Answer {
        let mut request = operator.prepare("POST", "/v1/commands/record-transaction");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        sent(request.body(body.to_owned())).await
    };
    let fields = transaction("t1", "anna", "10.00").to_string();
    let kind = ("content-type", "application/json");
    let long_key = "k".repeat(256);
    for (header, status, code) in [
        (("idempotency-key", ""), 400, "INVALID_COMMAND"),
        (("idempotency-key", "a b"), 400, "INVALID_COMMAND"),
        (("idempotency-key", &*long_key), 400, "INVALID_COMMAND"),
        (("idempotency-key", "ü"), 400, "INVALID_COMMAND"),
        (("content-encoding", "gzip"), 415, "UNSUPPORTED_ENCODING"),
        (
            ("content-type", "text/plain"),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
    ] {
        problem(&ask(&[kind, header], &fields).await, status, code);
    }
    let keys = [kind, ("idempotency-key", "a"), ("idempotency-key", "a")];
    problem(&ask(&keys, &fields).await, 400, "INVALID_COMMAND");
    problem(&ask(&[], &fields).await, 415, "UNSUPPORTED_MEDIA_TYPE");
    problem(&ask(&[kind], "").await, 400, "INVALID_COMMAND");
    problem(&ask(&[kind], "{").await, 400, "INVALID_COMMAND");
    problem(
        &ask(&[kind], &" ".repeat(1024 * 1024 + 1)).await,
        413,
        "BODY_TOO_LARGE",
    );
    assert_eq!(operator.rows("/v1/events").await.len(), 0);

    let utf8 = ("content-type", "Application/JSON; charset=utf-8");
    assert_eq!(ask(&[utf8], &fields).await.status, 200);
    service.stop().await;
}
