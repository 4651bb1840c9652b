//! What the doctor finds at a server that is set badly, or away.

use std::time::Duration;

use sqlx::{Connection, PgConnection};
use store::Database;
use support::{Postgres, PostgresServer, eventually};

use super::{doctor, expect, worst};

const SOON: Duration = Duration::from_secs(20);

async fn connection(url: &str) -> PgConnection {
    PgConnection::connect(url).await.expect("a connection")
}

#[tokio::test]
async fn settings_that_lose_data_and_a_transaction_in_the_way_are_told() {
    let server = PostgresServer::start().await;
    let postgres = Postgres::fresh_database_on(&server.url()).await;
    let url = postgres.url();
    let database = Database::open(&url).await.expect("a database");
    database.migrate().await.expect("a schema");
    database.close().await;
    let mut superuser = connection(&url).await;
    for statement in [
        "ALTER SYSTEM SET fsync = off",
        "ALTER SYSTEM SET full_page_writes = off",
        "SELECT pg_reload_conf()",
        "SELECT pg_create_physical_replication_slot('nobody', true)",
    ] {
        let done = sqlx::raw_sql(statement).execute(&mut superuser).await;
        done.expect("it runs");
    }
    let mut holder = connection(&url).await;
    let hold = "SET application_name = 'forgotten'; BEGIN; \
        INSERT INTO checkpoints (follower, txid, position) VALUES ('t', 0, 0)";
    sqlx::raw_sql(hold)
        .execute(&mut holder)
        .await
        .expect("it holds");

    // The server takes its time to read its settings again.
    let found = eventually(SOON, async || {
        let (code, found) = doctor(&["--database-url", &url, "--long-transaction-secs", "0"]).await;
        match worst(&found, "durability").0 {
            "problem" => Ok((code, found)),
            _ => Err(found),
        }
    })
    .await;

    let (code, found) = found;
    assert_eq!(code, 1);
    expect(
        &found,
        ("durability", "problem"),
        [
            "off: fsync, full_page_writes",
            "fsync = on and full_page_writes = on",
        ],
    );
    expect(
        &found,
        ("long-transactions", "warning"),
        ["forgotten", "end them"],
    );
    expect(
        &found,
        ("replication-slots", "warning"),
        ["1 replication slots", "drop them"],
    );
}

#[tokio::test]
async fn a_database_that_does_not_answer_ends_it_with_4() {
    let nobody = "postgres://postgres@127.0.0.1:1/postgres";
    let (code, found) = doctor(&["--database-url", nobody]).await;
    assert_eq!(code, 4);
    expect(
        &found,
        ("database-connection", "problem"),
        [
            "cannot reach the PostgreSQL database",
            "whether the server runs",
        ],
    );
}
