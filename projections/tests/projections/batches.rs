//! A table's content is a function of the log alone, however the log is cut.

use std::collections::HashSet;

use projections::{Inline, query::Table};
use store::{Isolation, Recorded};

use crate::{
    books::{Books, Row},
    history,
};

const INLINE: [Table; 6] = [
    Table::Sellers,
    Table::Payouts,
    Table::PayoutItems,
    Table::Transfers,
    Table::Transactions,
    Table::Balances,
];

async fn rows(books: &Books) -> Vec<Vec<Row>> {
    let mut tables = Vec::new();
    for table in INLINE {
        tables.push(books.rows(table).await);
    }
    tables
}

/// Fresh tables, filled with these events so many at a time.
async fn cut(events: &[Recorded], size: usize) -> Vec<Vec<Row>> {
    let books = Books::new().await;
    for batch in events.chunks(size) {
        let isolation = Isolation::ReadCommitted;
        let mut tx = books
            .database
            .transaction("test")
            .isolation(isolation)
            .open()
            .await
            .unwrap();
        Inline.apply(&mut tx, batch).await.unwrap();
        tx.commit().await.unwrap();
    }
    rows(&books).await
}

#[tokio::test]
async fn any_cut_of_a_log_into_batches_gives_the_same_tables() {
    for seed in [1, 2, 3] {
        let books = Books::new().await;
        history::live(&books, seed, 600).await;
        let (written, log) = (rows(&books).await, books.log().await);
        assert!(log.len() > 200, "only {} events", log.len());
        for size in [1, 7, log.len()] {
            assert_eq!(
                cut(&log, size).await,
                written,
                "seed {seed}, batches of {size}"
            );
        }
    }
}

/// Else the test above would show little.
#[tokio::test]
async fn random_histories_reach_every_status() {
    let books = Books::new().await;
    let mut reached = HashSet::new();
    for seed in 0..20 {
        history::live(&books, seed, 60).await;
        for table in [Table::Payouts, Table::Transfers, Table::Transactions] {
            let rows = books.rows(table).await;
            reached.extend(rows.iter().map(|row| (table, row["status"].to_string())));
        }
    }
    for table in [Table::Payouts, Table::Transfers, Table::Transactions] {
        for status in table.statuses() {
            // Commands put no payout in doubt, and none in transit.
            let beyond = ["in_doubt", "in_transit"].contains(status);
            let found = reached.contains(&(table, format!("{status:?}")));
            assert!(found || beyond, "no row of {} is {status}", table.name());
        }
    }
}
