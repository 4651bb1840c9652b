//! The API against its own description, by a fuzzer that others made.

use std::fmt::Write;

use serde_json::Value as Json;
use support::{Postgres, fuzz};

use super::stage::{Caller, OPERATOR, Server, end, launch, sell};
use crate::http::service::Service;

/// Examples of each operation that are made up at random, besides those at the edges.
const EXAMPLES: &str = "5";

/// A cursor for each operation that takes one: a made-up one is no cursor, which no schema can
/// say. That those are refused is tested elsewhere.
async fn cursors(operator: &Caller, document: &Json) -> String {
    let mut config = String::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        let operation = &operations["get"];
        let parameters = operation["parameters"].as_array();
        let takes_cursor =
            parameters.is_some_and(|all| all.iter().any(|parameter| parameter["name"] == "cursor"));
        if !takes_cursor {
            continue;
        }
        // A cursor of theirs is a number, which any schema can say.
        if path == "/v1/dead-letters" || path == "/v1/alerts" {
            continue;
        }
        let path = path.replace("{payout_id}", &super::stage::payout(1));
        let page = operator.get(&format!("{path}?limit=1")).await;
        let cursor = page.body["next_cursor"].as_str();
        let cursor = cursor.unwrap_or_else(|| panic!("{path} has two rows: {page:?}"));
        let _ = writeln!(
            config,
            "[[operations]]\ninclude-operation-id = {}\nparameters = {{ cursor = \"{cursor}\" }}",
            operation["operationId"]
        );
        // Some parameters do not go together, which no schema of each can say.
        if parameters.is_some_and(|all| all.iter().any(|parameter| parameter["name"] == "order")) {
            config.push_str(
                "[operations.checks.positive_data_acceptance]\nexpected-statuses = [200, 400]\n",
            );
        }
    }
    config
}

/// All checks are on. What is asked of a command by rules between its fields, or by the books, no
/// schema can say: then it is refused though it has the right form.
fn config(cursors: &str) -> String {
    format!(
        "headers = {{ Authorization = \"Bearer {OPERATOR}\" }}\n\
         [phases.coverage]\n\
         unexpected-methods = [\"DELETE\", \"TRACE\"]\n\
         {cursors}\n\
         [[operations]]\n\
         include-path = \"/v1/live\"\n\
         enabled = false\n\
         [[operations]]\n\
         include-tag = \"commands\"\n\
         [operations.checks.positive_data_acceptance]\n\
         expected-statuses = [200, 400, 404, 409, 422]\n"
    )
}

async fn count(operator: &Caller, table: &str) -> usize {
    operator
        .rows(&format!("/v1/{table}?limit=10000"))
        .await
        .len()
}

#[tokio::test]
async fn a_fuzzer_finds_no_server_error_and_no_answer_that_is_not_described() {
    let database = Postgres::fresh_database().await;
    let service = Service::start(launch().env("DATABASE_URL", database.url())).await;
    let operator = Caller::with(&service, OPERATOR);
    sell(&operator).await;
    let mut before = Vec::new();
    for table in ["sellers", "transactions", "transfers", "payouts"] {
        before.push((table, count(&operator, table).await));
    }
    let document = operator.get("/openapi.json").await.body;
    let config = config(&cursors(&operator, &document).await);

    let args = ["--max-examples", EXAMPLES, "--checks", "all"];
    let fuzzed = fuzz(&service.addr, &config, &args).await;
    println!("{}", fuzzed.report);
    assert!(fuzzed.passed, "{}", fuzzed.report);
    // All but the description itself, which it leaves out, and what has no end.
    let all = document["paths"].as_object().expect("paths").len() - 2;
    let tested = format!("Tested: {all}\n");
    assert!(
        fuzzed.report.contains(&tested),
        "{tested}\n{}",
        fuzzed.report
    );
    // It came through to the books, and did not only knock.
    for (table, had) in before {
        let has = count(&operator, table).await;
        assert!(has > had, "{table}: {has}");
    }
    end((service, Server::Postgres(database))).await;
}
