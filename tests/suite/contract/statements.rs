//! Statements and migrations: every database understands all of them.

use std::collections::BTreeSet;

use projections::read_table::ReadTable;
use store::{Database, Isolation, Sql, Value, error::chain};

use super::ground::{Ground, sql};

mod every {
    //! On every database.
    use super::{
        every_statement_is_understood, migrating_again_changes_nothing,
        rebuilds_compare_every_column, two_processes_may_migrate_at_once,
    };
    on_every_database! {
        every_statement_is_understood
        rebuilds_compare_every_column
        migrating_again_changes_nothing
        two_processes_may_migrate_at_once
    }
}

on_mariadb! {
    migrations_that_were_cut_off_are_finished
}

async fn every_statement_is_understood(ground: &Ground) {
    let all = store::statements::ALL
        .iter()
        .chain(projections::statements::ALL);
    for statement in all {
        let prepared = ground.database().prepare(statement).await;
        prepared.unwrap_or_else(|error| panic!("{}: {}", statement.name, chain(&error)));
    }
}

const COLUMNS: Sql = Sql {
    name: "columns_of_a_test",
    postgres: "SELECT column_name::text AS name FROM information_schema.columns \
        WHERE table_schema = current_schema() AND table_name = $1",
    mariadb: "SELECT column_name AS name FROM information_schema.columns \
        WHERE table_schema = DATABASE() AND table_name = ?1",
    sqlite: "SELECT name FROM pragma_table_info(?1)",
};

/// A column that a migration adds is known to what compares and rebuilds, or it would be wrong
/// unseen.
async fn rebuilds_compare_every_column(ground: &Ground) {
    for table in ReadTable::ALL {
        let values = [Value::Text(table.name())];
        let rows = ground.database().fetch(&COLUMNS, &values).await;
        let rows = rows.expect("the schema can be read");
        let is: BTreeSet<_> = rows
            .iter()
            .map(|row| row.text("name").expect("a name"))
            .collect();
        let known = table.columns().iter().map(|(name, _)| (*name).to_owned());
        assert_eq!(is, known.collect(), "{}", table.name());
    }
}

async fn migrating_again_changes_nothing(ground: &Ground) {
    let before = migrations(ground).await;
    ground.database().migrate().await.expect("nothing to do");
    assert!(before > 1);
    assert_eq!(migrations(ground).await, before);
}

async fn migrations(ground: &Ground) -> i64 {
    let applied = "SELECT count(*) AS n FROM _sqlx_migrations";
    ground.number(applied).await
}

/// Two instances of the service that start at the same moment, on a database without a schema.
async fn two_processes_may_migrate_at_once(ground: &Ground) {
    let fresh = ground.empty_like().await;
    let open = async || Database::open(&fresh.url()).await.expect("a database");
    let (one, other) = (open().await, open().await);
    let (first, second) = tokio::join!(one.migrate(), other.migrate());
    first.expect("a schema");
    second.expect("a schema");
    assert!(migrations(&fresh).await > 1);
}

/// Where each statement of a migration commits by itself: all of them may be run again.
async fn migrations_that_were_cut_off_are_finished(ground: &Ground) {
    let migrated = migrations(ground).await;
    let tx = ground.database().transaction("test");
    let tx = tx.isolation(Isolation::ReadCommitted).open().await;
    let mut tx = tx.expect("a transaction");
    let cut_off = sql("UPDATE _sqlx_migrations SET success = FALSE");
    tx.execute(&cut_off, &[]).await.expect("an update");
    tx.commit().await.expect("a commit");

    ground.database().migrate().await.expect("a schema");

    assert_eq!(migrations(ground).await, migrated);
    let cut_off = "SELECT count(*) AS n FROM _sqlx_migrations WHERE NOT success";
    assert_eq!(ground.number(cut_off).await, 0);
}
