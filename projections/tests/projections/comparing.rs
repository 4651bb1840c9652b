//! A table held against its rebuild in another database.

use projections::{
    Inline,
    compare::{Compared, Difference, Sides, compare},
    read_table::ReadTable,
};
use serde_json::json;
use store::{Database, Scratch, Sql};

use crate::{
    books::{Books, tenant},
    history,
};

/// What the log tells, in a database of its own.
async fn rebuilt(books: &Books) -> Scratch {
    let scratch = Scratch::new().await.unwrap();
    let mut tx = scratch.database().transaction("test").open().await.unwrap();
    for page in books.log().await.chunks(100) {
        Inline.apply(&mut tx, page).await.unwrap();
    }
    tx.commit().await.unwrap();
    scratch
}

async fn compared(
    live: &Database,
    rebuilt: &Scratch,
    table: ReadTable,
) -> (Compared, Vec<Difference>) {
    let mut live = live.transaction("test").snapshot().open().await.unwrap();
    let mut rebuilt = rebuilt
        .database()
        .transaction("test")
        .snapshot()
        .open()
        .await
        .unwrap();
    let mut found = Vec::new();
    let sides = Sides {
        live: &mut live,
        rebuilt: &mut rebuilt,
    };
    let tenant = tenant();
    let mut keep = |difference| found.push(difference);
    let compared = compare(sides, table, Some(&tenant), &mut keep).await;
    let compared = compared.unwrap();
    live.rollback().await.unwrap();
    rebuilt.rollback().await.unwrap();
    (compared, found)
}

#[tokio::test]
async fn each_kind_of_table_equals_its_rebuild_whatever_the_database() {
    for books in Books::each().await {
        history::live(&books, 3, 400).await;
        let scratch = rebuilt(&books).await;
        let mut rows = 0;
        for table in ReadTable::ALL {
            if table.checkpoint().is_none() {
                let (compared, found) = compared(&books.database, &scratch, table).await;
                assert_eq!(found, [], "{table:?}");
                assert_eq!(compared.rows, compared.live_rows);
                rows += compared.rows;
            }
        }
        assert!(rows > 100, "{rows} rows are not much");
        scratch.close().await.unwrap();
    }
}

#[tokio::test]
async fn what_was_edited_is_missing_or_extra_is_told_apart() {
    for books in Books::each().await {
        for id in ["a", "b", "c", "d"] {
            books.transaction(id, json!({})).await;
        }
        let scratch = rebuilt(&books).await;
        for statement in [
            "UPDATE transactions SET net_minor = 7, order_id = 'x' WHERE transaction_id = 'a'",
            "DELETE FROM transactions WHERE transaction_id = 'b'",
            "UPDATE transactions SET transaction_id = 'e' WHERE transaction_id = 'd'",
        ] {
            books.tamper(statement).await;
        }
        let (compared, found) = compared(&books.database, &scratch, ReadTable::Transactions).await;
        let mut told: Vec<_> = found.iter().map(ToString::to_string).collect();
        told.sort();
        assert_eq!(
            told,
            [
                "transaction a is not as the log tells: net_minor is 7, not 1000; \
                 order_id is \"x\", not null",
                "transaction b is in the log but not in the table",
                "transaction d is in the log but not in the table",
                "transaction e is in the table but not in the log",
            ]
        );
        assert_eq!(compared.differences(), 4);
        assert_eq!(
            (compared.edited, compared.missing, compared.extra),
            (1, 2, 1)
        );
        scratch.close().await.unwrap();
    }
}

#[tokio::test]
async fn no_column_is_left_out_of_a_comparison() {
    for books in Books::each().await {
        history::live(&books, 5, 300).await;
        projections::follower::catch_up(&books.database)
            .await
            .unwrap();
        for table in ReadTable::ALL {
            let text: &'static str = format!("SELECT * FROM {}", table.name()).leak();
            let all = Sql::alike("all", text);
            let rows = books.database.fetch(&all, &[]).await.unwrap();
            let mut names = rows.first().unwrap_or_else(|| panic!("{table:?}")).names();
            let mut told: Vec<_> = table.columns().iter().map(|(name, _)| *name).collect();
            names.sort();
            told.sort_unstable();
            assert_eq!(told, names, "{table:?}");
        }
    }
}

#[tokio::test]
async fn values_that_no_column_can_hold_are_a_difference_and_no_failure() {
    for books in Books::each().await {
        books.transaction("a", json!({})).await;
        let scratch = rebuilt(&books).await;
        let moment = match books.database.backend() {
            store::Backend::Postgres => "'infinity'",
            // It takes nothing that is no moment.
            store::Backend::MariaDb => "'1000-01-01'",
            store::Backend::Sqlite => "'some day'",
        };
        books
            .tamper(&format!("UPDATE transactions SET updated_at = {moment}"))
            .await;
        let (compared, _) = compared(&books.database, &scratch, ReadTable::Transactions).await;
        assert_eq!(compared.edited, 1);
        scratch.close().await.unwrap();
    }
}
