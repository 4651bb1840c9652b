//! Databases that hold no ledger: transactions are for whoever wants them.

use store::{Database, RetryPolicy, Sql, StoreError, Tx, Value};
use support::{MariaDb, Postgres};
use tempfile::TempDir;

const OPEN: Sql = Sql::alike("open", "CREATE TABLE notes (id BIGINT PRIMARY KEY)");
const COUNT: Sql = Sql::alike("count", "SELECT COUNT(*) AS n FROM notes");
const ADD: Sql = Sql {
    name: "add",
    postgres: "INSERT INTO notes VALUES ($1)",
    mariadb: "INSERT INTO notes VALUES (?1)",
    sqlite: "INSERT INTO notes VALUES (?1)",
};

async fn add(tx: &mut Tx, id: i64) -> Result<u64, StoreError> {
    tx.execute(&ADD, &[Value::Int(id)]).await
}

async fn count(database: &Database) -> i64 {
    let snapshot = database.transaction("count").snapshot();
    let counted = snapshot.run(|tx| Box::pin(async { tx.fetch(&COUNT, &[]).await?[0].int("n") }));
    counted.await.expect("a count")
}

/// Commits, undoes, nests and refuses, as on a database with a ledger.
async fn a_stranger_is_served(url: &str) {
    let database = Database::open(url).await.expect("a database");
    let write = || database.transaction("notes").retry(RetryPolicy::NEVER);
    let opened = write().run(|tx| Box::pin(tx.execute(&OPEN, &[])));
    opened.await.expect("a table");

    let kept = write().run(|tx| {
        Box::pin(async move {
            add(tx, 1).await?;
            let inner = tx.nest("inner", async |tx| {
                add(tx, 2).await?;
                add(tx, 1).await
            });
            assert!(inner.await.is_err(), "it is there already");
            add(tx, 3).await
        })
    });
    kept.await.expect("a commit");
    let refused = write().run(|tx| {
        Box::pin(async move {
            add(tx, 4).await?;
            add(tx, 3).await
        })
    });
    assert!(refused.await.is_err(), "it is there already");

    assert_eq!(count(&database).await, 2);
    database.close().await;
}

#[tokio::test]
async fn a_stranger_is_served_on_postgres() {
    let database = Postgres::fresh_database().await;
    a_stranger_is_served(&database.url()).await;
}

#[tokio::test]
async fn a_stranger_is_served_on_mariadb() {
    let database = MariaDb::fresh_database().await;
    a_stranger_is_served(&database.url()).await;
}

#[tokio::test]
async fn a_stranger_is_served_on_sqlite() {
    let folder = TempDir::new().expect("a throw-away folder");
    a_stranger_is_served(&format!("sqlite://{}/notes.db", folder.path().display())).await;
}

/// What nobody looked at may have failed: PostgreSQL would roll back and call that a COMMIT.
#[tokio::test]
async fn a_failure_that_nobody_saw_is_not_committed() {
    const ROWS: Sql = Sql::alike(
        "rows",
        "SELECT 1 / (900 - n) FROM generate_series(1, 1000) AS n",
    );
    use futures::StreamExt as _;

    let postgres = Postgres::fresh_database().await;
    let database = Database::open(&postgres.url()).await.expect("a database");
    let write = || database.transaction("notes").retry(RetryPolicy::NEVER);
    let opened = write().run(|tx| Box::pin(tx.execute(&OPEN, &[])));
    opened.await.expect("a table");

    let mut tx = write().open().await.expect("a transaction");
    add(&mut tx, 1).await.expect("a note");
    let first = tx.scan(&ROWS, &[]).next().await;
    assert!(matches!(first, Some(Ok(_))), "{first:?}");
    let committed = tx.commit().await;

    assert!(committed.is_err(), "the 900th row divides by nothing");
    assert_eq!(count(&database).await, 0);
    database.close().await;
}
