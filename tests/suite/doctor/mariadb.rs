//! What the doctor finds at MariaDB.

use std::time::Duration;

use sqlx::{Connection, MySqlConnection};
use store::{Database, Isolation, examine};
use support::{MariaDb, MariaDbServer, eventually};

use super::{doctor, expect, problems, worst};

const SOON: Duration = Duration::from_secs(20);

async fn migrated() -> MariaDb {
    let mariadb = MariaDb::fresh_database().await;
    migrate(&mariadb.url()).await;
    mariadb
}

async fn migrate(url: &str) {
    let database = Database::open(url).await.expect("a database");
    database.migrate().await.expect("a schema");
    database.close().await;
}

async fn root(url: &str) -> MySqlConnection {
    let connection = MySqlConnection::connect(url).await;
    connection.expect("a connection")
}

async fn run(root: &mut MySqlConnection, sql: &'static str) {
    let done = sqlx::raw_sql(sql).execute(root).await;
    done.expect("it runs");
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

    // The suite's server has no binary log.
    let seen = "others see a commit some milliseconds before it is on the disk";
    expect(
        &found,
        ("commits", "warning"),
        [seen, "set log_bin and sync_binlog = 1"],
    );

    let mut root = root(&mariadb.url()).await;
    run(&mut root, "SET GLOBAL innodb_flush_log_at_trx_commit = 2").await;
    run(&mut root, "DROP INDEX payouts_seller ON payouts").await;
    let told = doctor(&args).await;
    run(&mut root, "SET GLOBAL innodb_flush_log_at_trx_commit = 1").await;

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
async fn a_binary_log_is_in_order_if_every_commit_waits_for_it() {
    let server = MariaDbServer::with(&["--log-bin", "--sync-binlog=1"]).await;
    let url = server.url();
    migrate(&url).await;
    let args = ["--database-url", &url];

    let (code, found) = doctor(&args).await;
    assert_eq!((code, problems(&found).len()), (0, 0), "{found:?}");
    let seen = "nobody sees a commit that is not on the disk";
    expect(&found, ("commits", "ok"), [seen, ""]);

    let mut root = root(&url).await;
    run(&mut root, "SET GLOBAL sync_binlog = 1000").await;
    run(&mut root, "SET GLOBAL binlog_format = 'STATEMENT'").await;
    let (code, found) = doctor(&args).await;
    assert_eq!(code, 1);
    let lost = "sync_binlog is 1000. A crash of the machine loses the last commits";
    expect(
        &found,
        ("commits", "problem"),
        [lost, "set sync_binlog = 1"],
    );
    let refused = "binlog_format is STATEMENT";
    expect(&found, ("binary-log", "problem"), [refused, "ROW or MIXED"]);
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
    // For as long as others ask too, the server shows what it showed them before.
    let found = eventually(SOON, async || {
        let (_, found) = doctor(&args).await;
        match worst(&found, "long-transactions").0 {
            "ok" => Err(found),
            _ => Ok(found),
        }
    });

    expect(
        &found.await,
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
