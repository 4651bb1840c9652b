//! Rebuilds on MariaDB, where rows are replaced and the tables stay what they were.

use projections::rebuild::{RebuildError, Unwatched, rebuild};
use sqlx::{Connection, Executor, MySqlConnection, Row, mysql::MySqlRow};
use store::{Database, Isolation};

use super::{
    ground::{Ground, sql},
    rebuilds::{Found, fill, laws_hold, order, rebuilt},
};

on_mariadb! {
    what_deletes_along_is_named
    a_reader_who_does_not_know_the_gate_keeps_what_they_saw
}

async fn change(database: &Database, text: &'static str) {
    let order = database
        .transaction("change")
        .isolation(Isolation::ReadCommitted);
    let mut tx = order.open().await.expect("a transaction");
    tx.execute(&sql(text), &[]).await.expect("a change");
    tx.commit().await.expect("a commit");
}

async fn what_deletes_along_is_named(ground: &Ground) {
    let _ledger = fill(ground, 5).await;
    for (made, dropped, told) in [
        (
            "CREATE TRIGGER theirs AFTER DELETE ON balances FOR EACH ROW SET @gone = 1",
            "DROP TRIGGER theirs",
            "trigger theirs",
        ),
        (
            "CREATE TABLE notes (tenant VARCHAR(32) NOT NULL, payout_id CHAR(36) NOT NULL, \
             CONSTRAINT of_payout FOREIGN KEY (tenant, payout_id) \
             REFERENCES payouts (tenant, payout_id) ON DELETE CASCADE) ENGINE=InnoDB \
             DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin",
            "DROP TABLE notes",
            "foreign key of_payout",
        ),
    ] {
        change(ground.database(), made).await;
        let result = rebuild(ground.database(), &order(&[]), &mut Unwatched).await;
        let Err(RebuildError::Blocked(named)) = result else {
            panic!("{result:?}");
        };
        assert_eq!(named, [told]);
        change(ground.database(), dropped).await;
    }
    rebuilt(ground.database(), &mut Unwatched).await;
}

/// He is no hindrance either: every row that is replaced is kept for whoever may still see it.
async fn a_reader_who_does_not_know_the_gate_keeps_what_they_saw(ground: &Ground) {
    let _ledger = fill(ground, 50).await;
    change(ground.database(), "UPDATE transactions SET net_minor = 1").await;
    let mut stranger = MySqlConnection::connect(&ground.url())
        .await
        .expect("a connection");
    let begin = "START TRANSACTION WITH CONSISTENT SNAPSHOT";
    stranger.execute(begin).await.expect("a snapshot");

    let mut found = Found::default();
    let report = rebuilt(ground.database(), &mut found).await;
    assert_eq!((report.waited, found.0.len()), (0, 50), "{report:?}");

    let seen = "SELECT CAST(SUM(net_minor) AS SIGNED) FROM transactions";
    let sum = |row: MySqlRow| row.get::<i64, _>(0);
    assert_eq!(stranger.fetch_one(seen).await.map(sum).expect("rows"), 50);
    stranger.execute("ROLLBACK").await.expect("an end");
    let now = stranger.fetch_one(seen).await.map(sum).expect("rows");
    assert_eq!(now, (100..150).sum::<i64>());
    laws_hold(ground).await;
}
