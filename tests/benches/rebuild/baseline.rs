//! The baseline: each row by a statement of its own, as simple event-sourcing libraries
//! write them, and the checkpoint with each transaction.

use std::{sync::Arc, time::Instant};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use store::Database;
use support::Postgres;

use crate::rows::{Sample, Upsert};

const CHECKPOINT: &str = "INSERT INTO checkpoints (follower, txid, position) VALUES ($1, 0, $2) \
    ON CONFLICT (follower) DO UPDATE SET position = excluded.position";

/// Writes a sample into empty tables, so many events a transaction; events a second.
///
/// Empty tables have smaller indexes than a log of that length fills: that is in the
/// baseline's favour.
pub async fn apply(sample: &Sample, events_a_transaction: usize) -> f64 {
    let copy = Postgres::fresh_database().await;
    let database = Database::open(&copy.url())
        .await
        .expect("the database is there");
    database.migrate().await.expect("the schema is ours");
    database.close().await;
    let mut connection = PgConnection::connect(&copy.url())
        .await
        .expect("the server is there");
    let started = Instant::now();
    for events in sample.events.chunks(events_a_transaction) {
        let mut transaction = connection.begin().await.expect("a transaction");
        for (position, rows) in events {
            for row in rows {
                write(&mut transaction, sample, row).await;
            }
            let checkpoint = sqlx::query(CHECKPOINT).bind("baseline").bind(position);
            checkpoint
                .execute(&mut *transaction)
                .await
                .expect("a checkpoint");
        }
        transaction.commit().await.expect("a commit");
    }
    sample.events.len() as f64 / started.elapsed().as_secs_f64()
}

/// Prepared once, and bound each time: sqlx keeps the statements of a connection.
async fn write(connection: &mut PgConnection, sample: &Sample, row: &Upsert) {
    let sql = Arc::clone(&sample.statements[row.statement]);
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for value in &row.values {
        query = query.bind(value.as_deref());
    }
    query.execute(connection).await.expect("an upsert");
}
