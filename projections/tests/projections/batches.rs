//! A table's content is a function of the log alone, however the log is cut.

use projections::{Inline, query::Table};
use store::{InlineProjection, Isolation, Mode, Recorded, Tx};

use crate::{
    books::{Books, Row},
    history,
};

const INLINE: [Table; 5] = [
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
        let mut tx = Tx::begin(&books.database, Mode::Write(isolation))
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

#[tokio::test]
async fn random_histories_reach_every_status() {
    let books = Books::new().await;
    for seed in 0..4 {
        history::live(&books, seed, 300).await;
    }
    for table in [Table::Payouts, Table::Transfers, Table::Transactions] {
        let rows = books.rows(table).await;
        for status in table.statuses() {
            // Nothing puts a payout in doubt yet, or in transit without Stripe.
            if ["in_doubt", "in_transit"].contains(status) {
                continue;
            }
            let reached = rows.iter().any(|row| row["status"] == *status);
            assert!(reached, "no {} is {status}", table.name());
        }
    }
}
