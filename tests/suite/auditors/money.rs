//! Amounts in major units, on every database, against the domain's table.

use domain::money::{Amount, Currency, Money};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, MySqlConnection, PgConnection, Row, SqliteConnection};
use store::Database;
use support::{MariaDb, Postgres};
use tempfile::TempDir;

/// Digits before and behind every point there is, of both signs, and the ends of the range.
const MINOR: [i64; 12] = [
    0,
    1,
    -1,
    99,
    -100,
    999,
    1000,
    -1005,
    123_456,
    -987_654_321,
    i64::MAX,
    i64::MIN,
];

/// The amount as the domain writes it.
fn written(minor: i64, currency: Currency) -> String {
    let money = json!(Money::new(Amount::from_minor(minor), currency));
    money["amount"].as_str().expect("text").to_owned()
}

/// Every amount of every currency, as rows to insert: a payout item each.
fn all() -> Vec<(i64, Currency)> {
    Currency::all()
        .flat_map(|currency| MINOR.map(|minor| (minor, currency)))
        .collect()
}

fn insert(number: usize, minor: i64, currency: Currency) -> String {
    format!(
        "INSERT INTO payout_items (tenant, payout_id, transaction_id, amount_minor, currency, \
         returned) VALUES ('default', '00000000-0000-7000-8000-000000000001', 't-{number:06}', \
         {minor}, '{currency}', FALSE)"
    )
}

const SHOWN: &str = "SELECT CAST(amount AS TEXT) FROM audit_payout_items ORDER BY transaction_id";

#[track_caller]
fn agree(shown: &[String]) {
    let all = all();
    assert_eq!(shown.len(), all.len());
    for ((minor, currency), shown) in all.into_iter().zip(shown) {
        assert_eq!(*shown, written(minor, currency), "{minor} {currency}");
    }
}

#[tokio::test]
async fn postgres_shows_amounts_of_every_currency_as_the_domain_does() {
    let server = Postgres::fresh_database().await;
    migrate(&server.url()).await;
    let mut connection = PgConnection::connect(&server.url())
        .await
        .expect("a connection");
    let mut script = String::from("BEGIN;");
    for (number, (minor, currency)) in all().into_iter().enumerate() {
        script += &insert(number, minor, currency);
        script += ";";
    }
    script += "INSERT INTO audit_access VALUES (current_user, 'default'); COMMIT";
    let filled = sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut connection);
    filled.await.expect("rows");

    let rows = sqlx::query(SHOWN)
        .fetch_all(&mut connection)
        .await
        .expect("rows");
    let shown: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    agree(&shown);
}

/// With three decimals whatever the currency, for a column has one type.
#[tokio::test]
async fn mariadb_shows_amounts_of_every_currency_as_the_domain_does() {
    let server = MariaDb::fresh_database().await;
    migrate(&server.url()).await;
    let mut connection = MySqlConnection::connect(&server.url())
        .await
        .expect("a connection");
    let mut script = String::from("START TRANSACTION;");
    for (number, (minor, currency)) in all().into_iter().enumerate() {
        script += &insert(number, minor, currency);
        script += ";";
    }
    script += "INSERT INTO audit_access VALUES ('root', 'default'); COMMIT";
    let filled = sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut connection);
    filled.await.expect("rows");

    let shown = SHOWN.replace("AS TEXT", "AS CHAR");
    let rows = sqlx::query(AssertSqlSafe(shown))
        .fetch_all(&mut connection)
        .await
        .expect("rows");
    let all = all();
    assert_eq!(rows.len(), all.len());
    for ((minor, currency), row) in all.into_iter().zip(rows) {
        let written = written(minor, currency);
        let (whole, decimals) = written.split_once('.').unwrap_or((&written, ""));
        let shown: String = row.get(0);
        assert_eq!(
            shown,
            format!("{whole}.{decimals:0<3}"),
            "{minor} {currency}"
        );
    }
}

#[tokio::test]
async fn sqlite_shows_amounts_of_every_currency_as_the_domain_does() {
    let folder = TempDir::new().expect("a folder");
    let url = format!("sqlite://{}/ledger.db", folder.path().display());
    migrate(&url).await;
    let mut connection = SqliteConnection::connect(&url).await.expect("a connection");
    let mut script = String::from("BEGIN;");
    for (number, (minor, currency)) in all().into_iter().enumerate() {
        script += &insert(number, minor, currency);
        script += ";";
    }
    script += "COMMIT";
    let filled = sqlx::raw_sql(AssertSqlSafe(script)).execute(&mut connection);
    filled.await.expect("rows");

    let rows = sqlx::query(SHOWN)
        .fetch_all(&mut connection)
        .await
        .expect("rows");
    let shown: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    agree(&shown);
}

async fn migrate(url: &str) {
    let database = Database::open(url).await.expect("a database");
    database.migrate().await.expect("a schema");
    database.close().await;
}
