//! The sealer: follows the log and turns what it has read into blocks.
//!
//! It reads below the safe position only, so nothing can ever be committed before what is
//! sealed. Blocks and checkpoint are one transaction: of several instances that seal at
//! once, one moves the checkpoint, and the others' work comes to nothing.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{
    block::{Block, Entry},
    table,
};
use crate::{
    checkpoint,
    database::Database,
    error::{Class, StoreError, chain},
    log,
    log::Cursor,
    settings::{Clock, Isolation},
    transaction::Tx,
};

/// The name of its checkpoint.
pub const CHECKPOINT: &str = "seals";
/// Events that are read at once, so a block has at most as many.
pub const PAGE: u32 = 4_096;
/// How often it looks. What comes in between becomes one block.
const EVERY: Duration = Duration::from_secs(3);

/// Seals what is there, for as long as a service runs.
#[derive(Debug, Clone)]
pub struct Sealer {
    database: Database,
    clock: Arc<dyn Clock>,
}

impl Sealer {
    /// A sealer of a database's log.
    #[must_use]
    pub fn new(database: Database, clock: Arc<dyn Clock>) -> Self {
        Self { database, clock }
    }

    /// Seals until told to stop, which it does between two transactions.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match step(&self.database, self.clock.now()).await {
                Ok(read) if read == PAGE as usize => continue,
                // Another instance was faster: it sealed these.
                Err(error) if error.class() == Class::Conflict => {}
                Err(error) => warn!(error = chain(&error), "the log cannot be sealed yet"),
                Ok(_) => {}
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }
}

/// Seals one page of the log. How many events that were.
///
/// # Errors
/// When the database fails, or another instance was faster.
pub async fn step(database: &Database, now: OffsetDateTime) -> Result<usize, StoreError> {
    let from = checkpoint::load(database, CHECKPOINT).await?;
    let events = log::read_stored(database, from, PAGE).await?;
    let Some(to) = events.last().map(|event| event.cursor) else {
        return Ok(0);
    };
    let mut tenants: BTreeMap<&str, Vec<Entry>> = BTreeMap::new();
    for event in &events {
        let entries = tenants.entry(&event.tenant).or_default();
        entries.push(event.entry());
    }
    // The guarded checkpoint is all that has to be kept apart.
    let mut tx = database
        .gated("seal")
        .isolation(Isolation::ReadCommitted)
        .open()
        .await?;
    match write(&mut tx, (from, to), tenants, now).await {
        Ok(()) => tx.commit().await.map(|()| events.len()),
        Err(error) => {
            tx.rollback().await?;
            Err(error)
        }
    }
}

async fn write(
    tx: &mut Tx,
    (from, to): (Cursor, Cursor),
    tenants: BTreeMap<&str, Vec<Entry>>,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    // First: it keeps others from the chains that are read next.
    checkpoint::advance(tx, CHECKPOINT, from, to).await?;
    for (tenant, entries) in tenants {
        let previous = table::last(tx, tenant).await?;
        if let Some(block) = Block::next(tenant, previous, entries, now) {
            table::insert(tx, &block, now).await?;
        }
    }
    Ok(())
}

/// Seals all that can be sealed now. How many events that were.
///
/// # Errors
/// As [`step`].
pub async fn seal_all(database: &Database, clock: &dyn Clock) -> Result<u64, StoreError> {
    let mut total = 0;
    loop {
        match step(database, clock.now()).await {
            Ok(0) => return Ok(total),
            Ok(read) => total += u64::try_from(read).unwrap_or(u64::MAX),
            // A service that runs was faster: it is at it.
            Err(error) if error.class() == Class::Conflict => {}
            Err(error) => return Err(error),
        }
    }
}

/// How many events are not sealed yet; roughly, for positions of transactions that were
/// rolled back are never used.
///
/// # Errors
/// When the database fails.
pub async fn lag(database: &Database) -> Result<u64, StoreError> {
    let at = checkpoint::load(database, CHECKPOINT).await?;
    let end = log::end(database).await?;
    let behind = end.position.saturating_sub(at.position);
    Ok(u64::try_from(behind).unwrap_or(0))
}
