//! Queries: a filter in, rows out. The tenant is the subject's and nobody else's.

use std::sync::Arc;

use async_nats::{Client, Message, service::endpoint::Endpoint};
use domain::{Code, Refusal};
use projections::query::{self, Filter, Table};
use serde_json::{Map, Value as Json, json};
use store::Database;
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
        let Ok(turn) = Arc::clone(&turns).acquire_owned().await else { break };
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
        let detail = format!("there is no query {name:?}; there are: {}", Table::NAMES.join(", "));
        Refusal::new(Code::UnknownCommand, detail)
    })?;
    let filter = Filter { tenant, ..read(&message.payload)? };
    let answer = query::run(database, table, &filter).await.map_err(refused)?;
    metrics::counter!("payoutd_nats_queries_total", "query" => table.name()).increment(1);
    Ok(json!({ "rows": answer.rows, "next_cursor": answer.next_cursor }))
}
