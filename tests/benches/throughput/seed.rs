//! Two databases with the same content, made by the ledger itself.
//!
//! Payout k is for seller k mod SELLERS and pays out that seller's transactions
//! 3·(k / SELLERS) to + 2: the numbering of the pgbench scripts.

use std::sync::Arc;

use domain::{
    Command,
    id::{IdempotencyKey, Tenant},
};
use futures::{StreamExt, stream};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use store::{Database, Ledger, Reply, Request, Settings};
use support::Postgres;

use crate::{SELLERS, TURNS};

/// In flight while preparing.
const IN_FLIGHT: usize = 1024;

/// How many payouts all measurements together may request: three of the ledger's in
/// each turn, at rates well above those measured.
pub fn requests(seconds: u64) -> usize {
    usize::try_from(seconds).expect("seconds are few") * TURNS * 24_000
}

/// The UUID of payout k.
pub fn payout_id(k: usize) -> String {
    format!("00000000-0000-7000-8000-{k:012x}")
}

/// The command that requests payout k, under an id of its own or one that the
/// ledger mints.
pub fn request_payout(k: usize, payout_id: Option<String>) -> Command {
    let (seller, first) = (k % SELLERS, k / SELLERS * 3);
    let transactions: Vec<_> = (first..first + 3)
        .map(|j| format!("t-{seller}-{j}"))
        .collect();
    parse(
        "request-payout",
        serde_json::json!({
            "seller_id": format!("seller-{seller}"), "currency": "usd",
            "payout_id": payout_id, "transactions": transactions,
        }),
    )
}

fn record(seller: usize, j: usize) -> Command {
    parse(
        "record-transaction",
        serde_json::json!({
            "transaction_id": format!("t-{seller}-{j}"), "seller_id": format!("seller-{seller}"),
            "kind": "payment", "gross": {"amount": "10.00", "currency": "usd"},
        }),
    )
}

fn submit(k: usize) -> Command {
    parse(
        "submit-payout",
        serde_json::json!({"payout_id": payout_id(k), "stripe_payout_id": format!("po_{k}")}),
    )
}

fn parse(name: &str, json: serde_json::Value) -> Command {
    Command::parse(name, json.to_string().as_bytes()).expect("the benchmark's commands are valid")
}

/// Opens the ledger as the service does.
pub async fn open(url: &str) -> Ledger {
    let database = Database::open(url).await.expect("the database is there");
    database.migrate().await.expect("the schema is ours");
    let settings = Settings {
        queue: 16 * IN_FLIGHT,
        ..Settings::default()
    };
    Ledger::start(database, Arc::new(projections::Inline), settings)
}

/// Carries out one command under its own key; panics unless it is accepted.
pub async fn accepted(ledger: &Ledger, command: Command, key: String) {
    let key = Some(IdempotencyKey::new(key).expect("the benchmark's keys are valid"));
    let request = Request {
        tenant: Tenant::default_tenant(),
        command,
        key,
    };
    match ledger.execute(request).await {
        Reply::Accepted(_) => {}
        Reply::Refused(refusal) => panic!("refused: {refusal}"),
    }
}

async fn all(ledger: &Ledger, what: &str, commands: impl Iterator<Item = Command>) {
    stream::iter(commands.enumerate())
        .for_each_concurrent(IN_FLIGHT, |(n, command)| {
            accepted(ledger, command, format!("{what}-{n}"))
        })
        .await;
}

/// Records transactions for everything that will be requested, and requests and
/// submits the payouts that events will tell of.
pub async fn fill(url: &str, submitted: usize, requests: usize) {
    let ledger = open(url).await;
    let each = (submitted + requests).div_ceil(SELLERS) * 3;
    let transactions = (0..each).flat_map(|j| (0..SELLERS).map(move |seller| record(seller, j)));
    all(&ledger, "record", transactions).await;
    all(
        &ledger,
        "request",
        (0..submitted).map(|k| request_payout(k, Some(payout_id(k)))),
    )
    .await;
    all(&ledger, "submit", (0..submitted).map(submit)).await;
    ledger.close().await;
    ledger.database().close().await;
    run(url, "VACUUM ANALYZE").await;
}

/// A second database with the same content.
pub async fn copy_of(original: &Postgres) -> Postgres {
    let copy = Postgres::fresh_database().await;
    let name = |url: String| url.rsplit('/').next().unwrap_or_default().to_owned();
    let (from, to) = (name(original.url()), name(copy.url()));
    let (server, _) = original
        .url()
        .rsplit_once('/')
        .map(|(s, d)| (s.to_owned(), d.to_owned()))
        .expect("a URL names a database");
    let server = format!("{server}/postgres");
    run(&server, &format!("DROP DATABASE {to}")).await;
    run(&server, &format!("CREATE DATABASE {to} TEMPLATE {from}")).await;
    run(&server, "CHECKPOINT").await;
    copy
}

async fn run(url: &str, sql: &str) {
    let mut connection = PgConnection::connect(url)
        .await
        .expect("the server is there");
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut connection)
        .await
        .expect(sql);
    connection.close().await.expect("the server is there");
}
