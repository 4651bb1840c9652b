//! Reading the log in order, without ever skipping an event.
//!
//! On PostgreSQL, positions commit out of order: a reader that goes by position
//! alone can pass a gap that a slower transaction fills later. So events carry
//! their transaction's id, a reader sees only those below its snapshot's `xmin`
//! (every such transaction has ended), and the order is (transaction id,
//! position). Within a stream that is the order of versions too: a writer reads
//! a stream before its transaction begins, so its transaction id is younger than
//! that of every event it read. On SQLite there is one writer and no gap; the
//! transaction id is 0.
//! See <https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT>.

use domain::id::Tenant;
use serde::{Deserialize, Serialize};

use crate::{
    database::Database, error::StoreError, recorded::Recorded, seal::Stored, sql::Value,
    statements, transaction::Tx,
};

/// A place in the log: everything up to and including it has been read.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Serialize, Deserialize,
)]
pub struct Cursor {
    /// PostgreSQL's transaction id; 0 on SQLite.
    pub txid: i64,
    /// The event's position.
    pub position: i64,
}

impl Cursor {
    /// Before the first event.
    pub const START: Self = Self {
        txid: 0,
        position: 0,
    };
}

/// Some events in log order.
#[derive(Debug)]
pub struct Page {
    /// The events.
    pub events: Vec<Recorded>,
    /// Where to go on.
    pub next: Cursor,
}

fn page(rows: &[crate::row::Row], after: Cursor) -> Result<Page, StoreError> {
    let events = rows
        .iter()
        .map(Recorded::from_row)
        .collect::<Result<Vec<_>, _>>()?;
    let next = events.last().map_or(after, |event| event.cursor);
    Ok(Page { events, next })
}

fn values(after: Cursor, limit: u32) -> [Value<'static>; 3] {
    [
        Value::Int(after.txid),
        Value::Int(after.position),
        Value::Int(i64::from(limit)),
    ]
}

/// The next events after a cursor that no later commit can precede.
///
/// # Errors
/// When the database fails, or holds an event of a newer program.
pub async fn read(database: &Database, after: Cursor, limit: u32) -> Result<Page, StoreError> {
    let rows = database
        .look_up(&statements::READ_LOG, &values(after, limit))
        .await?;
    page(&rows, after)
}

/// The last event of the log; [`Cursor::START`] while there is none.
///
/// # Errors
/// When the database fails.
pub async fn end(database: &Database) -> Result<Cursor, StoreError> {
    let rows = database.fetch(&statements::END_OF_LOG, &[]).await?;
    rows.first().map_or(Ok(Cursor::START), |row| {
        Ok(Cursor {
            txid: row.int("txid")?,
            position: row.int("position")?,
        })
    })
}

/// The next events that the transaction's own snapshot shows, including those
/// that are not yet safe for a cursor: for comparing the log with tables that
/// are written together with it.
///
/// # Errors
/// As [`read`].
pub async fn read_snapshot(tx: &mut Tx, after: Cursor, limit: u32) -> Result<Page, StoreError> {
    let rows = tx
        .fetch(&statements::READ_LOG_SNAPSHOT, &values(after, limit))
        .await?;
    page(&rows, after)
}

/// What [`read`] reads, as it is stored.
///
/// # Errors
/// When the database fails.
pub async fn read_stored(
    database: &Database,
    after: Cursor,
    limit: u32,
) -> Result<Vec<Stored>, StoreError> {
    let rows = database
        .look_up(&statements::READ_LOG, &values(after, limit))
        .await?;
    rows.iter().map(Stored::from_row).collect()
}

/// What [`read_snapshot`] reads of one tenant's events, as it is stored.
///
/// # Errors
/// When the database fails.
pub async fn snapshot_stored(
    tx: &mut Tx,
    tenant: &Tenant,
    after: Cursor,
    limit: u32,
) -> Result<Vec<Stored>, StoreError> {
    let values = [
        Value::Text(tenant.as_str()),
        Value::Int(after.txid),
        Value::Int(after.position),
        Value::Int(i64::from(limit)),
    ];
    let rows = tx.fetch(&statements::PAGE_TENANT, &values).await?;
    rows.iter().map(Stored::from_row).collect()
}
