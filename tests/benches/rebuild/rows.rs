//! What the baseline writes: the rows of each event of a sample, with the values that they
//! have in the read tables.
//!
//! All of it is put together beforehand. So the baseline neither reads the log nor folds
//! events nor looks up what a row was before: it only writes, and is faster than a program
//! that has to do these things too.

use std::{collections::HashMap, sync::Arc};

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row as _};
use store::{Cursor, Database, Recorded};

/// A row's table, and its key without the tenant.
type Key = (&'static str, Vec<String>);

/// The read tables with the columns of their keys, after the tenant's.
const TABLES: [(&str, &[&str]); 8] = [
    ("sellers", &["seller_id"]),
    ("payouts", &["payout_id"]),
    ("payout_items", &["payout_id", "transaction_id"]),
    ("transactions", &["transaction_id"]),
    ("transfers", &["transfer_id"]),
    ("balances", &["seller_id", "currency"]),
    ("postings", &["position", "line"]),
    ("daily_rollups", &["day", "seller_id", "currency"]),
];

/// One row to be written: the statement's index, and the values as text.
pub struct Upsert {
    pub statement: usize,
    pub values: Vec<Option<String>>,
}

/// Events of the middle of the log, as the rows that they write.
pub struct Sample {
    /// Statements, one a table.
    pub statements: Vec<Arc<str>>,
    /// For each event its position and rows.
    pub events: Vec<(i64, Vec<Upsert>)>,
}

impl Sample {
    pub fn rows(&self) -> usize {
        self.events.iter().map(|(_, rows)| rows.len()).sum()
    }
}

/// Puts a sample together.
pub async fn sample(database: &Database, url: &str, after: u64, count: u32) -> Sample {
    let mut connection = PgConnection::connect(url)
        .await
        .expect("the server is there");
    let mut statements = Vec::new();
    let mut columns = HashMap::new();
    for (index, (table, key)) in TABLES.into_iter().enumerate() {
        let (names, upsert) = upsert(&mut connection, table, key).await;
        statements.push(upsert.into());
        columns.insert(table, (index, names, key));
    }
    let mut sample = Sample {
        statements,
        events: Vec::new(),
    };
    for recorded in events(database, after, count).await {
        let mut rows = Vec::new();
        for (table, key) in touched(&recorded) {
            let (statement, names, key_columns) = &columns[table];
            let found = row(
                &mut connection,
                &recorded,
                (table, names, key_columns),
                &key,
            )
            .await;
            rows.extend(found.map(|values| Upsert {
                statement: *statement,
                values,
            }));
        }
        sample.events.push((recorded.position(), rows));
    }
    sample
}

/// A page of the log from its middle: how far in, and how many.
async fn events(database: &Database, after: u64, count: u32) -> Vec<Recorded> {
    const PAGE: u32 = 10_000;
    let (mut cursor, mut passed, mut found) = (Cursor::START, 0, Vec::new());
    while found.len() < usize::try_from(count).expect("it fits") {
        let page = store::log::read(database, cursor, PAGE)
            .await
            .expect("the log");
        if page.events.is_empty() {
            break;
        }
        passed += page.events.len() as u64;
        cursor = page.next;
        if passed > after {
            found.extend(page.events);
        }
    }
    found.truncate(usize::try_from(count).expect("it fits"));
    found
}

/// Columns of a table, and the statement that writes one row of it. Every value is sent as
/// text and read by the server.
async fn upsert(connection: &mut PgConnection, table: &str, key: &[&str]) -> (Vec<String>, String) {
    let catalog = "SELECT column_name::text, udt_name::text FROM information_schema.columns \
        WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position";
    let columns = sqlx::query(catalog)
        .bind(table)
        .fetch_all(connection)
        .await
        .expect("columns");
    let names: Vec<String> = columns.iter().map(|row| row.get(0)).collect();
    let places: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(n, row)| format!("(${}::text)::{}", n + 1, row.get::<String, _>(1)))
        .collect();
    let set: Vec<String> = names
        .iter()
        .filter(|name| *name != "tenant" && !key.contains(&name.as_str()))
        .map(|name| format!("{name} = excluded.{name}"))
        .collect();
    let upsert = format!(
        "INSERT INTO {table} ({}) VALUES ({}) ON CONFLICT (tenant, {}) DO UPDATE SET {}",
        names.join(", "),
        places.join(", "),
        key.join(", "),
        set.join(", "),
    );
    (names, upsert)
}

async fn row(
    connection: &mut PgConnection,
    recorded: &Recorded,
    (table, names, key_columns): (&str, &[String], &[&str]),
    key: &[String],
) -> Option<Vec<Option<String>>> {
    let shown: Vec<String> = names.iter().map(|name| format!("{name}::text")).collect();
    let by: Vec<String> = key_columns
        .iter()
        .enumerate()
        .map(|(n, name)| format!("{name}::text = ${}", n + 2))
        .collect();
    // By the key as text no index would be walked: uuid and bigint are asked for as such.
    let by = by.join(" AND ");
    let by = by.replace("payout_id::text = $2", "payout_id = $2::uuid");
    let by = by.replace("position::text = $2", "position = $2::bigint");
    let by = by
        .replace("line::text = $3", "line = $3::bigint")
        .replace("::text = ", " = ");
    let select = format!(
        "SELECT {} FROM {table} WHERE tenant = $1 AND {by}",
        shown.join(", ")
    );
    let mut query = sqlx::query(AssertSqlSafe(select)).bind(recorded.tenant.as_str());
    for part in key {
        query = query.bind(part.clone());
    }
    let row = query.fetch_optional(connection).await.expect("a row")?;
    Some((0..names.len()).map(|n| row.get(n)).collect())
}

/// The rows that an event writes, by its fields. Left out, in the baseline's favour: the
/// day's sums of payouts that are paid or fail.
fn touched(recorded: &Recorded) -> Vec<Key> {
    let data: Value = serde_json::from_str(&recorded.event.encode()).expect("JSON");
    let text = |name: &str| data[name].as_str().map(str::to_owned);
    let name = recorded.event.name();
    let mut keys: Vec<Key> = Vec::new();
    match recorded
        .stream
        .as_str()
        .split('-')
        .next()
        .unwrap_or_default()
    {
        "seller" => keys.extend(text("seller_id").map(|id| ("sellers", vec![id]))),
        "transfer" => keys.extend(text("transfer_id").map(|id| ("transfers", vec![id]))),
        "payout" => keys.extend(text("payout_id").map(|id| ("payouts", vec![id]))),
        "balance" => of_balance(name, &data, &mut keys),
        _ => {}
    }
    let lines = domain::postings::postings(&recorded.event).len();
    let position = recorded.position().to_string();
    keys.extend((1..=lines).map(|line| ("postings", vec![position.clone(), line.to_string()])));
    if ["transaction-recorded", "payout-requested", "payout-adopted"].contains(&name) {
        let day = recorded.recorded_at.date().to_string();
        let of = text("seller_id").zip(text("currency"));
        keys.extend(of.map(|(seller, currency)| ("daily_rollups", vec![day, seller, currency])));
    }
    keys
}

fn of_balance(name: &str, data: &Value, keys: &mut Vec<Key>) {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let account = text(&data["seller_id"]).zip(text(&data["currency"]));
    keys.extend(account.map(|(seller, currency)| ("balances", vec![seller, currency])));
    keys.extend(text(&data["transaction_id"]).map(|id| ("transactions", vec![id])));
    let listed = |name: &str| data[name].as_array().cloned().unwrap_or_default();
    for id in listed("transaction_ids").iter().filter_map(text) {
        keys.push(("transactions", vec![id]));
    }
    for one in listed("transactions").iter().chain(&listed("items")) {
        keys.extend(text(&one["transaction_id"]).map(|id| ("transactions", vec![id])));
        keys.extend(text(&one["transfer_id"]).map(|id| ("transfers", vec![id])));
    }
    if !["funds-reserved", "reservation-returned"].contains(&name) {
        return;
    }
    if let Some(payout) = text(&data["payout_id"]) {
        let items = listed("items");
        let ids = items.iter().filter_map(|one| text(&one["transaction_id"]));
        keys.extend(ids.map(|id| ("payout_items", vec![payout.clone(), id])));
    }
}
