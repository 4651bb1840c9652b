//! Blocks held against the log, a few at a time and over and over: what `verify` does as a whole,
//! for a service that has other things to do.

use domain::id::Tenant;

use super::{block::Block, hash::Hash, sealer::PAGE, table::blocks};
use crate::{
    database::Database,
    error::StoreError,
    log::{self, Cursor},
};

/// What a look at one block has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scrubbed {
    /// After which block to go on; 0 once the end of the chain was met.
    pub after: u64,
    /// What is wrong, if anything.
    pub flaw: Option<String>,
}

/// Looks at the block after a number: whether it is whole, follows the one before, and its events
/// are as they were sealed. After one that is not, the same is looked at again.
///
/// # Errors
/// When the database fails.
pub async fn scrub(
    database: &Database,
    tenant: &Tenant,
    after: u64,
) -> Result<Scrubbed, StoreError> {
    let mut tx = database.gated("scrub").snapshot().open().await?;
    // The one before as well, for its hash.
    let read = blocks(&mut tx, tenant, after.saturating_sub(1), 2).await;
    tx.rollback().await?;
    let mut read = read?.into_iter();
    let before = match after {
        0 => None,
        _ => read.next(),
    };
    let Some(block) = read.next() else {
        return Ok(Scrubbed {
            after: 0,
            flaw: None,
        });
    };
    let number = block.header.number;
    let flaw = match chained(&block, before.as_ref(), after) {
        Some(flaw) => Some(flaw),
        None => altered(database, tenant, &block).await?,
    };
    Ok(Scrubbed {
        after: if flaw.is_some() { after } else { number },
        flaw,
    })
}

/// What is wrong with the block itself.
fn chained(block: &Block, before: Option<&Block>, after: u64) -> Option<String> {
    let number = block.header.number;
    let previous = before.map_or(Hash::ZERO, |before| before.hash);
    if number != after + 1 {
        Some(format!("block {} is missing", after + 1))
    } else if let Some(flaw) = block.flaw() {
        Some(format!("block {number} was altered: {flaw}"))
    } else if block.header.previous != previous {
        Some(format!("block {number} does not follow block {after}"))
    } else {
        None
    }
}

/// The first event of a block that is not as it was sealed.
async fn altered(
    database: &Database,
    tenant: &Tenant,
    block: &Block,
) -> Result<Option<String>, StoreError> {
    let number = block.header.number;
    let mut sealed = block.entries.iter().peekable();
    let mut from = Cursor {
        txid: block.header.first.txid,
        position: block.header.first.position - 1,
    };
    while sealed.peek().is_some() {
        let events = log::read_stored(database, from, PAGE).await?;
        let Some(last) = events.last().map(|event| event.cursor) else {
            break;
        };
        from = last;
        for event in events
            .iter()
            .filter(|event| event.tenant == tenant.as_str())
        {
            let Some(entry) = sealed.next() else {
                return Ok(None);
            };
            if event.entry() != *entry {
                let position = entry.place.position;
                return Ok(Some(format!(
                    "event {position} is not as block {number} sealed it"
                )));
            }
        }
    }
    Ok(sealed.next().map(|entry| {
        let position = entry.place.position;
        format!("event {position}, sealed in block {number}, is gone")
    }))
}
