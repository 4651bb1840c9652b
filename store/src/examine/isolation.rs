//! Whether the database keeps transactions apart as it is asked to: tried, not believed.
//!
//! Write skew, the anomaly that SERIALIZABLE exists to prevent: two transactions each see that
//! the other has left no mark, and each leaves one. Had one run after the other, the second would
//! have seen a mark. The marks are in a table of their own, and are taken away again.

use crate::{
    database::Database,
    error::{Class, StoreError},
    settings::Isolation,
    sql::Value,
    statements,
    transaction::Tx,
};

/// What its transactions are called.
const PROBE: &str = "probe";

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skew {
    /// The database ended one of the two transactions.
    Prevented,
    /// Both committed.
    Happened,
}

/// Provokes a write skew between two transactions at a level. `probe` is a name that no other
/// probe has. Not for SQLite, which lets one transaction write at a time.
///
/// # Errors
/// When the database fails otherwise than by ending one of the transactions.
pub async fn provoke_skew(
    database: &Database,
    isolation: Isolation,
    probe: &str,
) -> Result<Skew, StoreError> {
    let outcome = attempt(database, isolation, probe).await;
    let cleared = clear(database, probe).await;
    let outcome = outcome?;
    cleared?;
    Ok(outcome)
}

async fn attempt(
    database: &Database,
    isolation: Isolation,
    probe: &str,
) -> Result<Skew, StoreError> {
    let open = || database.transaction(PROBE).isolation(isolation).open();
    let (mut one, mut other) = (open().await?, open().await?);
    let seen = [Value::Text(probe)];
    one.fetch(&statements::PROBE_READ, &seen).await?;
    other.fetch(&statements::PROBE_READ, &seen).await?;
    // At once, for a database that locks lets neither write before the other gives up.
    let (first, second) = tokio::join!(mark(one, probe, 1), mark(other, probe, 2));
    match (outcome(first)?, outcome(second)?) {
        (true, true) => Ok(Skew::Happened),
        _ => Ok(Skew::Prevented),
    }
}

async fn mark(mut tx: Tx, probe: &str, side: i64) -> Result<(), StoreError> {
    let values = [Value::Text(probe), Value::Int(side)];
    match tx.execute(&statements::PROBE_WRITE, &values).await {
        Ok(_) => tx.commit().await,
        Err(error) => {
            tx.rollback().await?;
            Err(error)
        }
    }
}

/// Whether a transaction committed; one that was in another's way did not.
fn outcome(result: Result<(), StoreError>) -> Result<bool, StoreError> {
    match result {
        Ok(()) => Ok(true),
        Err(error) if error.class() == Class::Conflict => Ok(false),
        Err(error) => Err(error),
    }
}

async fn clear(database: &Database, probe: &str) -> Result<(), StoreError> {
    let mut tx = database
        .transaction(PROBE)
        .isolation(Isolation::ReadCommitted)
        .open()
        .await?;
    match tx
        .execute(&statements::PROBE_CLEAR, &[Value::Text(probe)])
        .await
    {
        Ok(_) => tx.commit().await,
        Err(error) => {
            tx.rollback().await?;
            Err(error)
        }
    }
}
