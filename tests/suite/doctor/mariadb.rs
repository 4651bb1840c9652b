//! What the doctor finds at MariaDB.

use sqlx::{Connection, MySqlConnection};
use store::{Database, Isolation, examine};
use support::MariaDb;

use super::{doctor, expect, problems, worst};

async fn migrated() -> MariaDb {
    let mariadb = MariaDb::fresh_database().await;
    let database = Database::open(&mariadb.url()).await.expect("a database");
    database.migrate().await.expect("a schema");
    database.close().await;
    mariadb
}

/// One test, for the settings are those of the whole server.
#[tokio::test]
async fn a_sound_ledger_has_no_problem_and_settings_that_lose_data_are_told() {
    let mariadb = migrated().await;
    let args = ["--database-url", &mariadb.url()];

    let (code, found) = doctor(&args).await;
    assert_eq!((code, problems(&found).len()), (0, 0), "{found:?}");
    assert!(
        worst(&found, "isolation").1.contains("prevented"),
        "{found:?}"
    );
    for check in ["version", "durability", "indexes", "migrations", "tables"] {
        assert_eq!(worst(&found, check).0, "ok", "{check}: {found:?}");
    }

    let mut root = MySqlConnection::connect(&mariadb.url())
        .await
        .expect("a connection");
    let set = |value| format!("SET GLOBAL innodb_flush_log_at_trx_commit = {value}");
    let run = async |root: &mut MySqlConnection, sql: String| {
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(root).await;
        done.expect("it runs");
    };
    run(&mut root, set(2)).await;
    run(&mut root, "DROP INDEX payouts_seller ON payouts".to_owned()).await;
    let told = doctor(&args).await;
    run(&mut root, set(1)).await;

    let (code, found) = told;
    assert_eq!(code, 1);
    let lost = "innodb_flush_log_at_trx_commit is 2";
    expect(
        &found,
        ("durability", "problem"),
        [lost, "innodb_flush_log_at_trx_commit = 1"],
    );
    let index = "payouts (tenant, seller_id)";
    expect(&found, ("indexes", "problem"), [index, "create them"]);
}

#[tokio::test]
async fn a_transaction_that_is_open_for_long_is_told() {
    let mariadb = migrated().await;
    let mut holder = MySqlConnection::connect(&mariadb.url())
        .await
        .expect("a connection");
    for sql in [
        "START TRANSACTION",
        "UPDATE log_end SET position = position",
    ] {
        sqlx::raw_sql(sql)
            .execute(&mut holder)
            .await
            .expect("it holds");
    }

    let args = [
        "--database-url",
        &mariadb.url(),
        "--long-transaction-secs",
        "0",
    ];
    let (_, found) = doctor(&args).await;

    expect(
        &found,
        ("long-transactions", "warning"),
        ["connection", "end them"],
    );
}

#[tokio::test]
async fn a_write_skew_is_prevented_at_serializable_and_happens_below() {
    let mariadb = migrated().await;
    let database = Database::open(&mariadb.url()).await.expect("a database");
    for (isolation, expected) in [
        (Isolation::Serializable, examine::Skew::Prevented),
        (Isolation::ReadCommitted, examine::Skew::Happened),
    ] {
        let skew = examine::provoke_skew(&database, isolation, "a test").await;
        assert_eq!(skew.expect("it is tried"), expected, "{isolation:?}");
    }
    database.close().await;
}
