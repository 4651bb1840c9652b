//! Queries: a filter in, rows out. The tenant is the subject's and nobody else's.

use std::sync::Arc;

use async_nats::{Client, Message, service::endpoint::Endpoint};
use domain::{Code, Refusal, id::Tenant};
use projections::query::{self, Filter, QueryError, Table};
use serde_json::{Map, Value as Json, json};
use store::{Class, Database};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::warn;

use super::{
    endpoint::{self, Requests},
    subject,
};

/// How many queries run at once; further ones wait for their turn. The database
/// has about as many connections for reading.
const QUERIES_AT_ONCE: usize = 16;

/// Serves queries until the shutdown, then answers those that were taken.
pub(super) async fn serve(
    client: Client,
    endpoint: Endpoint,
    database: Database,
    shutdown: CancellationToken,
) {
    let mut requests = Requests::new(endpoint, shutdown);
    let answers = TaskTracker::new();
    let turns = Arc::new(Semaphore::new(QUERIES_AT_ONCE));
    while let Some(request) = requests.next().await {
        // The semaphore is never closed.
        let Ok(turn) = Arc::clone(&turns).acquire_owned().await else {
            break;
        };
        let (client, database) = (client.clone(), database.clone());
        answers.spawn(async move {
            let answer = run(&database, &request.message).await;
            endpoint::answer(&client, request, answer).await;
            drop(turn);
        });
    }
    answers.close();
    answers.wait().await;
}

async fn run(database: &Database, message: &Message) -> Result<Json, Refusal> {
    let (tenant, name) = subject::address(&message.subject)?;
    let table = Table::parse(name).ok_or_else(|| {
        let detail = format!(
            "there is no query {name:?}; there are: {}",
            Table::NAMES.join(", ")
        );
        Refusal::new(Code::UnknownCommand, detail)
    })?;
    let filter = filter(&tenant, &message.payload)?;
    let answer = query::run(database, table, &filter)
        .await
        .map_err(|error| refused(&error))?;
    metrics::counter!("payoutd_nats_queries_total", "query" => table.name()).increment(1);
    Ok(json!({ "rows": answer.rows, "next_cursor": answer.next_cursor }))
}

/// An empty body is no filter.
fn filter(tenant: &Tenant, body: &[u8]) -> Result<Filter, Refusal> {
    let invalid = |error: serde_json::Error| Refusal::new(Code::InvalidCommand, error.to_string());
    let mut fields: Map<String, Json> = match body {
        [] => Map::new(),
        body => serde_json::from_slice(body).map_err(invalid)?,
    };
    if fields.contains_key("tenant") {
        let detail = "unknown field `tenant`: the subject names the tenant";
        return Err(Refusal::new(Code::InvalidCommand, detail));
    }
    fields.insert("tenant".to_owned(), json!(tenant));
    serde_json::from_value(Json::Object(fields)).map_err(invalid)
}

fn refused(error: &QueryError) -> Refusal {
    match error {
        QueryError::Store(error) => {
            warn!(error = store::error::chain(error), "a query failed");
            let code = match error.class() {
                Class::Unavailable => Code::Unavailable,
                _ => Code::PayoutTransactionError,
            };
            Refusal::new(code, "the database failed; try again")
        }
        QueryError::NoSuchFilter { .. }
        | QueryError::NoSuchStatus { .. }
        | QueryError::NoPast { .. }
        | QueryError::Limit(_)
        | QueryError::Cursor(_) => Refusal::new(Code::InvalidCommand, error.to_string()),
    }
}
