//! `transfers`: one row a transfer, from the events of its stream and from the
//! payouts of the transactions it carries.
//!
//! A transfer carries the transactions that were told with its id, and the one it
//! was told with itself; whichever is recorded first, and whatever the payouts of
//! those did meanwhile, the row ends up the same. So payout and status are not
//! patched but computed anew from `transactions` (`settle_transfers.sql`), each
//! time either side changes. Most transactions have no transfer to tell: those
//! that have are marked (`transactions.linked`), and their changes ask for it.
//!
//! Two writers can do both at once, one the transfer and one a payout. The mark is
//! written into the very row that the payout changes, so the second of them
//! waits, or is told to try again, and sees the first. Only where the transaction
//! itself is recorded at the same moment is there no such row yet. SERIALIZABLE
//! refuses one of the two then; less strict levels do not, so a follower looks
//! again when both are in the log ([`look_again`]).

use std::mem;

use domain::{
    Event,
    id::TransferId,
    transfer::event::{TransferLinked, TransferRecorded, TransferReversed},
};
use store::{BulkRow, Columns, Kind, Recorded, Row, StoreError, Tx};
use time::OffsetDateTime;

use crate::{
    change::{self, Changes, Keyed, Script},
    statements,
};

type Key<'e> = (&'e str, &'e str);

/// The version of what is written here: raise it when other rows come of the same events.
pub(crate) const VERSION: i64 = 1;

/// What a batch does to the table.
#[derive(Debug, Default)]
pub(crate) struct Transfers<'e> {
    changes: Changes<Key<'e>, Transfer<'e>, Patch<'e>>,
    /// Transfers that carry a transaction since this batch.
    links: Vec<Link<'e>>,
    /// Transfers with an event in this batch.
    touched: Vec<Named>,
}

#[derive(Debug)]
struct Transfer<'e> {
    event: &'e TransferRecorded,
    to: To<'e>,
    reversed_minor: i64,
    updated_at: OffsetDateTime,
}

/// Whose transfer it is, and what for.
#[derive(Debug, Clone, Copy)]
struct To<'e> {
    seller_id: &'e str,
    transaction_id: Option<&'e str>,
}

#[derive(Debug)]
struct Patch<'e> {
    to: Option<To<'e>>,
    reversed_minor: Option<i64>,
    updated_at: OffsetDateTime,
}

impl<'e> change::Patch<Transfer<'e>> for Patch<'e> {
    fn apply(self, row: &mut Transfer<'e>) {
        row.to = self.to.unwrap_or(row.to);
        row.reversed_minor = self.reversed_minor.map_or(row.reversed_minor, |reversed| {
            reversed.max(row.reversed_minor)
        });
        row.updated_at = row.updated_at.max(self.updated_at);
    }

    fn then(&mut self, later: Self) {
        self.to = later.to.or(self.to);
        self.reversed_minor = self.reversed_minor.max(later.reversed_minor);
        self.updated_at = self.updated_at.max(later.updated_at);
    }
}

/// Names transfers: by their id, or by the transaction they carry, or both.
#[derive(Debug)]
pub(crate) struct Named {
    tenant: String,
    transfer_id: Option<String>,
    transaction_id: Option<String>,
}

impl Named {
    /// The transfers that an event may have linked.
    fn by_event(recorded: &Recorded) -> Option<Self> {
        let (transfer, transaction) = match &recorded.event {
            Event::TransactionRecorded(event) => {
                (event.transfer_id.as_ref(), Some(&event.transaction_id))
            }
            Event::TransferRecorded(event) => (Some(&event.transfer_id), None),
            Event::TransferLinked(event) => (Some(&event.transfer_id), None),
            _ => return None,
        };
        Some(Self {
            tenant: recorded.tenant.as_str().to_owned(),
            transfer_id: transfer.map(|id| id.as_str().to_owned()),
            transaction_id: transaction.map(|id| id.as_str().to_owned()),
        })
    }

    /// Reads columns tenant, transfer_id, transaction_id.
    pub(crate) fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            tenant: row.text("tenant")?,
            transfer_id: row.opt_text("transfer_id")?,
            transaction_id: row.opt_text("transaction_id")?,
        })
    }
}

#[derive(Debug)]
struct Link<'e> {
    key: Key<'e>,
    transaction_id: Option<&'e str>,
}

impl<'e> Transfers<'e> {
    pub(crate) fn recorded(&mut self, recorded: &'e Recorded, event: &'e TransferRecorded) {
        let transaction_id = event.transaction_id.as_ref().map(|id| id.as_str());
        let row = Transfer {
            event,
            to: To {
                seller_id: event.seller_id.as_str(),
                transaction_id,
            },
            reversed_minor: 0,
            updated_at: recorded.recorded_at,
        };
        let key = self.touch(recorded, &event.transfer_id);
        self.links.push(Link {
            key,
            transaction_id,
        });
        self.changes.add(key, row);
    }

    pub(crate) fn linked(&mut self, recorded: &'e Recorded, event: &'e TransferLinked) {
        let transaction_id = event.transaction_id.as_ref().map(|id| id.as_str());
        let patch = Patch {
            to: Some(To {
                seller_id: event.seller_id.as_str(),
                transaction_id,
            }),
            reversed_minor: None,
            updated_at: recorded.recorded_at,
        };
        let key = self.touch(recorded, &event.transfer_id);
        self.links.push(Link {
            key,
            transaction_id,
        });
        self.changes.patch(key, patch);
    }

    pub(crate) fn reversed(&mut self, recorded: &'e Recorded, event: &'e TransferReversed) {
        let patch = Patch {
            to: None,
            reversed_minor: Some(event.reversed_minor.minor()),
            updated_at: recorded.recorded_at,
        };
        let key = self.touch(recorded, &event.transfer_id);
        self.changes.patch(key, patch);
    }

    fn touch(&mut self, recorded: &'e Recorded, id: &'e TransferId) -> Key<'e> {
        self.touched.push(Named {
            tenant: recorded.tenant.as_str().to_owned(),
            transfer_id: Some(id.as_str().to_owned()),
            transaction_id: None,
        });
        (recorded.tenant.as_str(), id.as_str())
    }

    /// To be settled afterwards: those that are returned.
    pub(crate) fn script(&mut self, script: &mut Script) -> Result<Vec<Named>, StoreError> {
        script.add(&statements::LINK_TRANSACTIONS, &self.links)?;
        script.add(&statements::INSERT_TRANSFERS, &self.changes.take_added())?;
        script.add(&statements::UPDATE_TRANSFERS, &self.changes.take_patched())?;
        Ok(mem::take(&mut self.touched))
    }
}

/// What transfers show of the transactions they carry.
pub(crate) async fn settle(tx: &mut Tx, named: &[Named]) -> Result<(), StoreError> {
    change::write(tx, &statements::SETTLE_TRANSFERS, named).await?;
    Ok(())
}

/// Links and settles what two writers recorded at the same time.
pub(crate) async fn look_again(tx: &mut Tx, events: &[Recorded]) -> Result<(), StoreError> {
    let named: Vec<_> = events.iter().filter_map(Named::by_event).collect();
    let rows = change::write(tx, &statements::RELINK_TRANSACTIONS, &named).await?;
    let missed = rows
        .iter()
        .map(Named::from_row)
        .collect::<Result<Vec<_>, _>>()?;
    settle(tx, &missed).await
}

impl BulkRow for Keyed<Key<'_>, Transfer<'_>> {
    const KINDS: &'static [Kind] = &[
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Int,
        Kind::Int,
        Kind::Text,
        Kind::Text,
        Kind::Time,
    ];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        let (tenant, transfer_id) = self.key;
        let row = &self.value;
        columns
            .text(tenant)
            .text(transfer_id)
            .text(row.to.seller_id)
            .int(row.event.amount_minor.minor())
            .int(row.reversed_minor)
            .text(row.event.currency.as_str())
            .opt_text(row.to.transaction_id)
            .time(row.updated_at);
    }
}

impl BulkRow for Keyed<Key<'_>, Patch<'_>> {
    const KINDS: &'static [Kind] = &[
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Int,
        Kind::Time,
    ];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        let (tenant, transfer_id) = self.key;
        let patch = &self.value;
        columns
            .text(tenant)
            .text(transfer_id)
            .opt_text(patch.to.map(|to| to.seller_id))
            .opt_text(patch.to.and_then(|to| to.transaction_id))
            .opt_int(patch.reversed_minor)
            .time(patch.updated_at);
    }
}

impl BulkRow for Link<'_> {
    const KINDS: &'static [Kind] = &[Kind::Text, Kind::Text, Kind::Text];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        let (tenant, transfer_id) = self.key;
        columns
            .text(tenant)
            .text(transfer_id)
            .opt_text(self.transaction_id);
    }
}

impl BulkRow for Named {
    const KINDS: &'static [Kind] = &[Kind::Text, Kind::Text, Kind::Text];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        columns
            .text(&self.tenant)
            .opt_text(self.transfer_id.as_deref())
            .opt_text(self.transaction_id.as_deref());
    }
}
