//! The chain as it is in the database.

use std::collections::BTreeMap;

use domain::id::{PayoutId, StreamId, Tenant};
use futures::{StreamExt, TryStreamExt};
use time::OffsetDateTime;

use super::{
    block::{Block, Header},
    event::Stored,
    hash::Hash,
    head::{Chain, Head},
    merkle::PathFinder,
    proof::{BlockProof, EventProof, Proof},
};
use crate::{
    cell::Cell, columns::Kind, database::Database, error::StoreError, log::Cursor, row::Row,
    sql::Value, statements, transaction::Tx,
};

/// Why no proof can be made.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such payout.
    #[error("payout {0} is not in the log")]
    NoPayout(PayoutId),
    /// None of its events is in a block of the head.
    #[error("payout {0} is not sealed yet, or not below this head")]
    NotSealed(PayoutId),
    /// The log is not what was sealed.
    #[error("event {version} of payout {payout_id} is not what was sealed; see payoutd verify")]
    Altered {
        /// Which payout.
        payout_id: PayoutId,
        /// Which of its events.
        version: i64,
    },
    /// The head is not one of this chain.
    #[error("the chain of seals does not lead to this head: it has been rewritten since")]
    AnotherChain,
}

/// Some blocks of a tenant's chain after a number, in order, with their entries.
///
/// # Errors
/// When the database fails.
pub async fn blocks(
    tx: &mut Tx,
    tenant: &Tenant,
    after: u64,
    limit: u32,
) -> Result<Vec<Block>, StoreError> {
    let values = [
        Value::Text(tenant.as_str()),
        Value::Int(i64::try_from(after).unwrap_or(i64::MAX)),
        Value::Int(i64::from(limit)),
    ];
    let rows = tx.fetch(&statements::LOAD_SEALS, &values).await?;
    rows.iter().map(block).collect()
}

/// The number and hash of the last block of a tenant's chain.
pub(super) async fn last(tx: &mut Tx, tenant: &str) -> Result<Option<(u64, Hash)>, StoreError> {
    let rows = tx
        .fetch(&statements::LAST_SEAL, &[Value::Text(tenant)])
        .await?;
    rows.first()
        .map(|row| Ok((row.count("number")?, hash(row, "hash")?)))
        .transpose()
}

pub(super) async fn insert(
    tx: &mut Tx,
    block: &Block,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let header = &block.header;
    let count = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
    let blob = block.blob();
    let values = [
        Value::Text(&header.tenant),
        count(header.number),
        count(header.events),
        Value::Int(header.first.txid),
        Value::Int(header.first.position),
        Value::Int(header.last.txid),
        Value::Int(header.last.position),
        Value::Bytes(&header.root.0),
        Value::Bytes(&header.previous.0),
        Value::Bytes(&block.hash.0),
        Value::Time(now),
        Value::Bytes(&blob),
    ];
    tx.execute(&statements::INSERT_SEAL, &values)
        .await
        .map(|_| ())
}

/// What everything sealed so far comes to, not signed.
///
/// # Errors
/// When the database fails.
pub async fn head(
    database: &Database,
    tenant: &Tenant,
    now: OffsetDateTime,
) -> Result<Head, StoreError> {
    let mut tx = database.gated("seal_head").snapshot().open().await?;
    let chain = walk(&mut tx, tenant, u64::MAX, &mut BTreeMap::new()).await;
    tx.rollback().await?;
    Ok(Head::new(tenant.as_str(), &chain?, now))
}

/// Shows that a payout is below a head: the given one, or else that of now, unsigned. And
/// how many of its events are later than that head.
///
/// # Errors
/// [`ProveError`].
pub async fn prove(
    database: &Database,
    (tenant, payout): (&Tenant, PayoutId),
    head: Option<&Head>,
    now: OffsetDateTime,
) -> Result<(Proof, u64), ProveError> {
    let mut tx = database.gated("seal_proof").snapshot().open().await?;
    let proof = prove_in(&mut tx, (tenant, payout), head, now).await;
    tx.rollback().await?;
    proof
}

async fn prove_in(
    tx: &mut Tx,
    (tenant, payout): (&Tenant, PayoutId),
    head: Option<&Head>,
    now: OffsetDateTime,
) -> Result<(Proof, u64), ProveError> {
    let stream = StreamId::payout(payout);
    let values = [Value::Text(tenant.as_str()), Value::Text(stream.as_str())];
    let rows = tx.fetch(&statements::LOAD_STORED, &values).await?;
    let (mut events, mut later) = (Vec::new(), 0);
    let mut sealing: BTreeMap<u64, Block> = BTreeMap::new();
    let most = head.map_or(u64::MAX, |head| head.blocks);
    for row in &rows {
        let stored = Stored::from_row(row)?;
        let known = sealing
            .values()
            .find(|block| block.header.first <= stored.cursor && stored.cursor <= block.header.last)
            .map(|block| block.header.number);
        let number = match known {
            Some(number) => number,
            None => match find(tx, tenant, stored.cursor).await? {
                Some(block) if block.header.number <= most => {
                    let number = block.header.number;
                    sealing.insert(number, block);
                    number
                }
                _ => {
                    later += 1;
                    continue;
                }
            },
        };
        let version = stored.version;
        let shown = sealing
            .get(&number)
            .and_then(|block| event_proof(stored, block));
        events.push(shown.ok_or(ProveError::Altered {
            payout_id: payout,
            version,
        })?);
    }
    if rows.is_empty() {
        return Err(ProveError::NoPayout(payout));
    }
    if events.is_empty() {
        return Err(ProveError::NotSealed(payout));
    }
    let size = match head {
        Some(head) => head.blocks,
        None => last(tx, tenant.as_str()).await?.map_or(0, |(size, _)| size),
    };
    let mut paths = sealing
        .keys()
        .map(|number| (*number, PathFinder::new(number - 1, size)))
        .collect();
    let chain = walk(tx, tenant, size, &mut paths).await?;
    let current = Head::new(tenant.as_str(), &chain, now);
    if head.is_some_and(|head| !head.stands_for_the_same(&current)) {
        return Err(ProveError::AnotherChain);
    }
    let blocks = sealing.into_values().filter_map(|block| {
        let path = paths.remove(&block.header.number)?.path();
        let header = block.header;
        Some(BlockProof { header, path })
    });
    let blocks = blocks.collect();
    let head = head.cloned().unwrap_or(current);
    Ok((Proof::new(payout, head, events, blocks), later))
}

/// Nothing if the block says something else of the event.
fn event_proof(stored: Stored, block: &Block) -> Option<EventProof> {
    let entry = stored.entry();
    let index = block.entries.iter().position(|sealed| *sealed == entry)?;
    let leaves: Vec<_> = block.entries.iter().map(super::Entry::leaf).collect();
    let index = u64::try_from(index).ok()?;
    let path = super::merkle::path(index, &leaves);
    Some(EventProof::new(stored, block.header.number, index, path))
}

/// Some events as they are stored, in no order, each with the number of the block that seals
/// its place. Whether the block says the same of it is for `verify` to tell.
///
/// # Errors
/// When the database fails.
pub async fn sealed(
    database: &Database,
    tenant: &Tenant,
    places: &[Cursor],
) -> Result<Vec<(Stored, Option<i64>)>, StoreError> {
    let values = [
        Value::Text(tenant.as_str()),
        Value::Ints(places.iter().map(|place| place.txid).collect()),
        Value::Ints(places.iter().map(|place| place.position).collect()),
    ];
    let rows = database.fetch(&statements::SEALED_EVENTS, &values).await?;
    rows.iter()
        .map(|row| Ok((Stored::from_row(row)?, row.opt_int("block")?)))
        .collect()
}

/// The block that seals a place.
async fn find(tx: &mut Tx, tenant: &Tenant, place: Cursor) -> Result<Option<Block>, StoreError> {
    let values = [
        Value::Text(tenant.as_str()),
        Value::Int(place.txid),
        Value::Int(place.position),
    ];
    let rows = tx.fetch(&statements::FIND_SEAL, &values).await?;
    rows.first().map(block).transpose()
}

/// Goes through the first `most` blocks, and lets each pass by those who look for a path.
async fn walk(
    tx: &mut Tx,
    tenant: &Tenant,
    most: u64,
    paths: &mut BTreeMap<u64, PathFinder>,
) -> Result<Chain, StoreError> {
    let values = [
        Value::Text(tenant.as_str()),
        Value::Int(i64::try_from(most).unwrap_or(i64::MAX)),
    ];
    let mut chain = Chain::default();
    let mut rows = tx.scan(&statements::SCAN_SEALS, &values);
    while let Some(row) = rows.try_next().await? {
        let header = header(&row)?;
        let leaf = header.leaf();
        chain.tree.push(leaf);
        paths.values_mut().for_each(|finder| finder.pass(leaf));
        chain.events += header.events;
        chain.last = Some((header.hash(), header.last, header.sealed_at));
    }
    Ok(chain)
}

/// All headers of a tenant's chain, one after the other.
///
/// # Errors
/// When the database fails.
pub async fn headers(
    tx: &mut Tx,
    tenant: &Tenant,
    mut found: impl FnMut(Header),
) -> Result<(), StoreError> {
    let values = [Value::Text(tenant.as_str()), Value::Int(i64::MAX)];
    let mut rows = tx.scan(&statements::SCAN_SEALS, &values);
    while let Some(row) = rows.next().await {
        found(header(&row?)?);
    }
    Ok(())
}

fn hash(row: &Row, column: &str) -> Result<Hash, StoreError> {
    let bytes = row.bytes(column)?;
    // One of another length equals no hash.
    Ok(Hash::read(&bytes).unwrap_or(Hash::ZERO))
}

fn header(row: &Row) -> Result<Header, StoreError> {
    let mut packed = Vec::new();
    row.pack("sealed_at", Kind::Time, &mut packed)?;
    let sealed_at = match Cell::unpack(&mut packed.as_slice()) {
        Some(Cell::Time(micros)) => micros,
        _ => i64::MIN,
    };
    let place = |txid, position| -> Result<_, StoreError> {
        Ok(Cursor {
            txid: row.int(txid)?,
            position: row.int(position)?,
        })
    };
    Ok(Header {
        tenant: row.text("tenant")?,
        number: u64::try_from(row.int("number")?).unwrap_or(0),
        events: u64::try_from(row.int("events")?).unwrap_or(0),
        first: place("first_txid", "first_position")?,
        last: place("last_txid", "last_position")?,
        root: hash(row, "root")?,
        previous: hash(row, "previous")?,
        sealed_at,
    })
}

fn block(row: &Row) -> Result<Block, StoreError> {
    let (entries, surplus) = Block::entries(&row.bytes("entries")?);
    Ok(Block {
        header: header(row)?,
        hash: hash(row, "hash")?,
        entries,
        surplus,
    })
}
