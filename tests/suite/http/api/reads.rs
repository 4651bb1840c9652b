//! Reads: pages, filters, one payout, and the past.

use std::{collections::BTreeSet, time::Duration};

use adapters::http::Limits;
use serde_json::{Value as Json, json};
use sqlx::{Connection, PgConnection};
use support::{Answer, Postgres};

use super::stage::{
    AUDITOR, Caller, OPERATOR, end, launch, on_each_database, payout, sell, sent, transaction,
};
use crate::http::{
    answers::problem,
    service::{Inside, Service},
};

/// All rows, page by page.
async fn all_pages(caller: &Caller, path: &str) -> Vec<Json> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = caller.get(&format!("{path}{cursor}")).await;
        assert_eq!(page.status, 200, "{page:?}");
        rows.extend(page.body["rows"].as_array().expect("rows").iter().cloned());
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

#[tokio::test]
async fn pages_lead_through_all_rows_once_and_in_order() {
    for (service, database) in on_each_database().await {
        let operator = Caller::with(&service, OPERATOR);
        let commands: Vec<_> = (0..25)
            .map(|n| {
                (
                    "record-transaction",
                    transaction(&format!("t{n:02}"), "anna", "1.00"),
                )
            })
            .collect();
        operator.does(&commands).await;
        for (table, key) in [("transactions", "transaction_id"), ("events", "position")] {
            let whole = operator.rows(&format!("/v1/{table}?limit=1000")).await;
            for limit in [1, 7, 25, 26] {
                let rows = all_pages(&operator, &format!("/v1/{table}?limit={limit}")).await;
                assert_eq!(rows, whole, "{table} by {limit}");
            }
            let keys: BTreeSet<_> = whole.iter().map(|row| row[key].to_string()).collect();
            assert_eq!((keys.len(), whole.len()), (25, 25), "{table}");
        }
        end((service, database)).await;
    }
}

#[tokio::test]
async fn rows_have_the_columns_that_are_described() {
    for (service, database) in on_each_database().await {
        let operator = Caller::with(&service, OPERATOR);
        sell(&operator).await;
        let document = operator.get("/openapi.json").await.body;
        for (path, operations) in document["paths"].as_object().expect("paths") {
            let answer = &operations["get"]["responses"]["200"]["content"]["application/json"];
            let row = answer["schema"]["properties"]["rows"]["items"]["$ref"].as_str();
            // Of the tables. Dead letters are not made by selling.
            let Some(row) = row.filter(|row| row.ends_with("Row")) else {
                continue;
            };
            let described = document.pointer(&row[1..]).expect("a schema");
            let described: Vec<_> = described["properties"]
                .as_object()
                .expect("columns")
                .keys()
                .collect();
            let rows = operator
                .rows(&path.replace("{payout_id}", &payout(1)))
                .await;
            assert!(!rows.is_empty(), "{path}");
            for row in rows {
                let columns: Vec<_> = row.as_object().expect("a row").keys().collect();
                assert_eq!(columns, described, "{path}");
            }
        }
        end((service, database)).await;
    }
}

#[tokio::test]
async fn one_payout_is_shown_with_what_happened_to_it_and_as_it_was() {
    for (service, database) in on_each_database().await {
        let operator = Caller::with(&service, OPERATOR);
        sell(&operator).await;
        let auditor = Caller::with(&service, AUDITOR);
        let id = payout(1);
        let path = format!("/v1/payouts/{id}");
        let now = auditor.get(&path).await;
        assert_eq!(now.body["status"], "paid", "{now:?}");
        assert_eq!(
            now.body["amount"],
            json!({ "amount": "120.50", "currency": "usd" })
        );
        assert_eq!(
            auditor.rows(&format!("/v1/payouts?payout={id}")).await,
            [now.body]
        );

        let events = all_pages(&auditor, &format!("{path}/history?limit=1")).await;
        let types: Vec<_> = events.iter().map(|event| &event["type"]).collect();
        assert_eq!(
            types,
            ["payout-requested", "payout-submitted", "payout-paid"]
        );
        for (event, status) in events.iter().zip(["requested", "pending", "paid"]) {
            let then = auditor
                .get(&format!("{path}?as_of={}", event["position"]))
                .await;
            assert_eq!(then.body["status"], status, "{then:?}");
            let rows = format!("/v1/payouts?payout={id}&as_of={}", event["position"]);
            assert_eq!(auditor.rows(&rows).await, [then.body]);
        }
        for unknown in [
            format!("{path}?as_of=0"),
            format!("/v1/payouts/{}", payout(3)),
        ] {
            problem(&auditor.get(&unknown).await, 404, "PAYOUT_NOT_FOUND");
        }
        let history = format!("/v1/payouts/{}/history", payout(3));
        problem(&auditor.get(&history).await, 404, "PAYOUT_NOT_FOUND");
        for no_id in [
            "/v1/payouts/po_1",
            "/v1/payouts/%FF",
            "/v1/payouts/7/history",
        ] {
            problem(&auditor.get(no_id).await, 400, "INVALID_COMMAND");
        }
        end((service, database)).await;
    }
}

#[tokio::test]
async fn sums_statements_and_stories_are_told_as_they_are_described() {
    for (service, database) in on_each_database().await {
        let operator = Caller::with(&service, OPERATOR);
        sell(&operator).await;
        let auditor = Caller::with(&service, AUDITOR);
        let sums = auditor.get("/v1/trial-balance?currency=usd").await;
        assert_eq!(sums.body["balanced"], true, "{sums:?}");
        assert_eq!(sums.body["rows"].as_array().expect("rows").len(), 7);
        let before = auditor.get("/v1/trial-balance?as_of=0").await;
        assert_eq!(before.body["rows"], json!([]), "{before:?}");

        // An opening, a closing, and what happened in between.
        let statement = "/v1/sellers/bj%C3%B6rn/statement";
        let lines = auditor.rows(statement).await;
        assert_eq!(lines[0]["line"], "opening");
        let last = lines.last().expect("a closing");
        assert_eq!(
            (&last["line"], &last["owed"]["amount"]),
            (&json!("closing"), &json!("7.00"))
        );
        let later = auditor
            .rows(&format!("{statement}?since=2100-01-01T00:00:00Z"))
            .await;
        assert_eq!(later.len(), 2, "{later:?}");

        for name in [&*payout(1), "po_1"] {
            let story = auditor.get(&format!("/v1/payouts/{name}/explain")).await;
            assert_eq!(story.body["payout_id"], payout(1), "{story:?}");
            assert!(story.body["timeline"].as_array().expect("a timeline").len() > 3);
        }
        end((service, database)).await;
    }
}

#[tokio::test]
async fn what_cannot_be_a_question_is_refused() {
    for (service, database) in on_each_database().await {
        let operator = Caller::with(&service, OPERATOR);
        sell(&operator).await;
        let page = operator.get("/v1/payouts?limit=1").await;
        let cursor = page.body["next_cursor"]
            .as_str()
            .expect("a second page")
            .to_owned();
        let (head, tail) = cursor.split_at(cursor.len() - 1);
        let changed = format!("{head}{}", if tail == "0" { "1" } else { "0" });
        for question in [
            "/v1/payouts?colour=red".to_owned(),
            "/v1/payouts?tenant=default".to_owned(),
            "/v1/payouts?limit=0".to_owned(),
            "/v1/payouts?limit=10001".to_owned(),
            "/v1/payouts?limit=5&limit=5".to_owned(),
            "/v1/payouts?status=asleep".to_owned(),
            "/v1/payouts?since=9999-12-31T23:59:59-23:59".to_owned(),
            "/v1/payouts?as_of=0000-01-01T00:00:00%2B23:59".to_owned(),
            "/v1/payouts?seller=%00".to_owned(),
            "/v1/sellers/a%20b/statement".to_owned(),
            "/v1/sellers/anna/statement?until=9999-12-31T23:59:59-23:59".to_owned(),
            "/v1/sellers/anna/statement?seller=anna".to_owned(),
            "/v1/trial-balance?as_of=9999-12-31T23:59:59-23:59".to_owned(),
            "/v1/payouts/tr_1/explain".to_owned(),
            "/v1/balances?status=paid".to_owned(),
            "/v1/events?as_of=1".to_owned(),
            "/v1/payouts?cursor=".to_owned(),
            format!("/v1/payouts?cursor={changed}"),
            format!("/v1/payouts?cursor={head}"),
            format!("/v1/transfers?cursor={cursor}"),
        ] {
            problem(&operator.get(&question).await, 400, "INVALID_COMMAND");
        }
        end((service, database)).await;
    }
}

#[tokio::test]
async fn every_answer_has_a_name_and_is_not_kept_by_anybody() {
    let service = Service::start(launch()).await;
    let operator = Caller::with(&service, OPERATOR);
    for path in [
        "/v1/payouts",
        "/v1/payouts?x=1",
        "/v1/nothing",
        "/healthz",
        "/openapi.json",
    ] {
        let own = sent(
            operator
                .prepare("GET", path)
                .header("x-request-id", "abc-1"),
        )
        .await;
        assert_eq!(own.headers["x-request-id"], "abc-1", "{path}");
        let long = "x".repeat(65);
        for given in ["", "a b", "<script>", &long] {
            let answer = sent(operator.prepare("GET", path).header("x-request-id", given)).await;
            let name = answer.headers["x-request-id"].to_str().expect("a name");
            assert!(uuid::Uuid::parse_str(name).is_ok(), "{name}");
            assert_eq!(answer.headers["cache-control"], "no-store");
            assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        }
    }
    service.stop().await;
}

/// A table that is locked makes all who ask for it wait.
#[tokio::test]
async fn a_query_that_takes_too_long_is_given_up_and_so_is_one_that_waits_for_its_turn() {
    let database = Postgres::fresh_database().await;
    let ledger = crate::nats::service::ledger(&database.url(), store::Settings::default()).await;
    let limits = Limits {
        queue: Duration::from_millis(500),
        answer: Duration::from_secs(2),
        ..Limits::default()
    };
    let inside = Inside::start(ledger, limits).await;
    let mut other = PgConnection::connect(&database.url())
        .await
        .expect("a connection");
    sqlx::raw_sql("BEGIN; LOCK TABLE payouts")
        .execute(&mut other)
        .await
        .expect("a lock");
    let client = support::http_client();
    let asked = (0..17).map(|_| {
        let request = client.get(format!("http://{}/v1/payouts", inside.addr));
        async move {
            Answer::of(request.send().await.expect("an answer"))
                .await
                .expect("a body")
        }
    });
    let answers = futures::future::join_all(asked).await;
    for answer in &answers {
        problem(answer, 503, "UNAVAILABLE");
        assert_eq!(answer.headers["retry-after"], "1");
    }
    let waited = |text: &str| {
        let told = answers
            .iter()
            .filter(|answer| answer.body["detail"].to_string().contains(text));
        told.count()
    };
    assert_eq!((waited("took too long"), waited("at once")), (16, 1));
    sqlx::raw_sql("ROLLBACK")
        .execute(&mut other)
        .await
        .expect("an end");
    inside.stop().await;
}
