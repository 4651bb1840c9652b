//! How far each follower of the log has come. A follower writes its rows and its
//! checkpoint in one transaction.

use crate::{
    database::Database, error::StoreError, log::Cursor, row::Row, settings::Isolation, sql::Value,
    statements, transaction::Tx,
};

fn cursor(rows: &[Row]) -> Result<Cursor, StoreError> {
    rows.first().map_or(Ok(Cursor::START), |row| {
        Ok(Cursor {
            txid: row.int("txid")?,
            position: row.int("position")?,
        })
    })
}

/// How far a follower has come.
///
/// # Errors
/// When the database fails.
pub async fn load(database: &Database, follower: &str) -> Result<Cursor, StoreError> {
    cursor(
        &database
            .fetch(&statements::LOAD_CHECKPOINT, &[Value::Text(follower)])
            .await?,
    )
}

/// The same inside a transaction.
///
/// # Errors
/// When the database fails.
pub async fn load_in(tx: &mut Tx, follower: &str) -> Result<Cursor, StoreError> {
    cursor(
        &tx.fetch(&statements::LOAD_CHECKPOINT, &[Value::Text(follower)])
            .await?,
    )
}

/// Moves a follower on that keeps nothing else: in a transaction of its own.
///
/// # Errors
/// As [`advance`], and when the database fails.
pub async fn advance_alone(
    database: &Database,
    follower: &str,
    from: Cursor,
    to: Cursor,
) -> Result<(), StoreError> {
    let mut tx = database
        .gated("checkpoint")
        .isolation(Isolation::ReadCommitted)
        .open()
        .await?;
    match advance(&mut tx, follower, from, to).await {
        Ok(()) => tx.commit().await,
        Err(error) => {
            tx.rollback().await?;
            Err(error)
        }
    }
}

/// Moves a follower on. Two instances of one follower cannot both: the second
/// finds that it is not at `from` any more.
///
/// # Errors
/// [`StoreError::StreamsMoved`] when another instance was faster.
pub async fn advance(
    tx: &mut Tx,
    follower: &str,
    from: Cursor,
    to: Cursor,
) -> Result<(), StoreError> {
    let moved = if from == Cursor::START {
        let new = [
            Value::Text(follower),
            Value::Int(to.txid),
            Value::Int(to.position),
        ];
        tx.execute(&statements::INSERT_CHECKPOINT, &new).await?
    } else {
        let guarded = [
            Value::Text(follower),
            Value::Int(to.txid),
            Value::Int(to.position),
            Value::Int(from.txid),
            Value::Int(from.position),
        ];
        tx.execute(&statements::ADVANCE_CHECKPOINT, &guarded)
            .await?
    };
    if moved == 1 {
        Ok(())
    } else {
        Err(StoreError::StreamsMoved {
            moved: 0,
            expected: 1,
        })
    }
}
