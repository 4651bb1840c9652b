//! Rebuilds: what they find, what they mend, and what they leave as it was.

use std::sync::Arc;

use projections::{
    compare::Difference,
    follower,
    read_table::ReadTable,
    rebuild::{Order, Rebuilt, Report, Watch, rebuild},
};
use store::SystemClock;
use tokio_util::sync::CancellationToken;

use crate::{books::Books, history};

pub(crate) fn order(tables: &[ReadTable]) -> Order {
    Order {
        tables: tables.to_vec(),
        dry_run: false,
        fresh: false,
        stop: CancellationToken::new(),
        clock: Arc::new(SystemClock),
    }
}

/// Keeps what was found.
#[derive(Debug, Default)]
struct Found(Vec<Difference>);

impl Watch for Found {
    fn found(&mut self, difference: &Difference) {
        self.0.push(difference.clone());
    }
}

async fn done(books: &Books, order: &Order) -> (Report, Vec<Difference>) {
    let mut found = Found::default();
    let report = rebuild(&books.database, order, &mut found).await;
    (
        report.unwrap_or_else(|error| panic!("{}", error.told())),
        found.0,
    )
}

/// Books with a bit of everything.
async fn lived(seed: u64) -> Vec<Books> {
    let all = Books::each().await;
    for books in &all {
        history::live(books, seed, 250).await;
        follower::catch_up(&books.database).await.unwrap();
    }
    all
}

fn rows(report: &Report, table: ReadTable) -> u64 {
    let is = |rebuilt: &&Rebuilt| rebuilt.table == table;
    report.tables.iter().find(is).unwrap().compared.rows
}

#[tokio::test]
async fn tables_that_are_right_equal_their_rebuild_and_stay_so() {
    for books in lived(40).await {
        for _ in 0..3 {
            let (report, found) = done(&books, &order(&[])).await;
            assert!(report.is_clean(), "{report:?} {found:?}");
            assert_eq!(report.tables.len(), ReadTable::ALL.len());
            assert!(rows(&report, ReadTable::Transactions) > 20);
            assert!(rows(&report, ReadTable::Postings) > 20);
            assert!(books.verify().await.holds());
            // Commands find the tables.
            books
                .transaction(&format!("after-{}", report.position), serde_json::json!({}))
                .await;
        }
    }
}

/// What is done to the table, and how many rows differ then.
const EDITS: &[(ReadTable, &str)] = &[
    (
        ReadTable::Sellers,
        "UPDATE sellers SET payout_schedule = 'weekly:sun'",
    ),
    (
        ReadTable::Payouts,
        "UPDATE payouts SET amount_minor = amount_minor + 1",
    ),
    (ReadTable::PayoutItems, "DELETE FROM payout_items"),
    (
        ReadTable::Transactions,
        "UPDATE transactions SET net_minor = 7, order_id = 'o'",
    ),
    (ReadTable::Transfers, "UPDATE transfers SET status = 'lost'"),
    (
        ReadTable::Balances,
        "UPDATE balances SET available_minor = available_minor - 1",
    ),
    (
        ReadTable::Postings,
        "UPDATE postings SET amount_minor = -amount_minor WHERE line = 1",
    ),
    (ReadTable::DailyRollups, "DELETE FROM daily_rollups"),
];

#[tokio::test]
async fn every_row_that_was_changed_is_told_with_both_values_and_mended() {
    for books in lived(41).await {
        for (table, edit) in EDITS {
            books.tamper(edit).await;
            let mut looking = order(&[*table]);
            looking.dry_run = true;
            let (looked, told) = done(&books, &looking).await;
            assert!(!looked.is_clean() && !told.is_empty(), "{edit}");

            let (report, found) = done(&books, &order(&[*table])).await;
            assert_eq!(found, told, "{edit}");
            let differences: u64 = report.tables.iter().map(|t| t.compared.differences()).sum();
            assert_eq!(differences, found.len() as u64, "{edit}");
            for difference in &found {
                assert_eq!(difference.table, *table, "{edit}");
                assert_ne!(difference.live, difference.rebuilt);
                assert!(difference.rebuilt.is_some());
                assert_eq!(difference.live.is_none(), edit.starts_with("DELETE"));
            }
            let (after, found) = done(&books, &order(&[])).await;
            assert!(after.is_clean(), "{edit}: {found:?}");
        }
        assert!(books.verify().await.holds());
    }
}
