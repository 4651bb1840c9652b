//! `payout_items`: what was reserved for each payout of the ledger, what Stripe put into
//! those of its own, and whether it came back.

use domain::{
    balance::event::{FundsReserved, Item, ReservationReturned},
    id::PayoutId,
    payout::event::{PaidItem, PayoutItemsRecorded},
};
use store::{BulkRow, Columns, Kind, Recorded, StoreError};
use uuid::Uuid;

use crate::{
    change::{self, Changes, Keyed, Script},
    statements,
};

type Key<'e> = (&'e str, Uuid);

/// What Stripe's ids of transfers begin with.
const TRANSFER: &str = "tr_";

/// The version of what is written here: raise it when other rows come of the same events.
pub(crate) const VERSION: i64 = 1;

/// What a batch does to the table, payout by payout.
#[derive(Debug, Default)]
pub(crate) struct PayoutItems<'e> {
    reserved: Changes<Key<'e>, Reserved<'e>, Returned>,
    /// Several events may be of one payout.
    paid: Vec<(Key<'e>, &'e PayoutItemsRecorded)>,
}

#[derive(Debug)]
struct Reserved<'e> {
    items: &'e [Item],
    currency: &'e str,
    returned: bool,
}

/// All items of a payout came back.
#[derive(Debug)]
struct Returned;

impl change::Patch<Reserved<'_>> for Returned {
    fn apply(self, row: &mut Reserved<'_>) {
        row.returned = true;
    }

    fn then(&mut self, Self: Self) {}
}

impl<'e> PayoutItems<'e> {
    pub(crate) fn reserved(&mut self, recorded: &'e Recorded, event: &'e FundsReserved) {
        let reserved = Reserved {
            items: &event.items,
            currency: event.currency.as_str(),
            returned: false,
        };
        self.reserved.add(key(recorded, event.payout_id), reserved);
    }

    pub(crate) fn returned(&mut self, recorded: &'e Recorded, event: &'e ReservationReturned) {
        self.came_back(recorded, event.payout_id);
    }

    /// The payout came to nothing. Rows that are written in the same batch are there by
    /// the time the patches are.
    pub(crate) fn came_back(&mut self, recorded: &'e Recorded, payout_id: PayoutId) {
        self.reserved.patch(key(recorded, payout_id), Returned);
    }

    pub(crate) fn paid(&mut self, recorded: &'e Recorded, event: &'e PayoutItemsRecorded) {
        self.paid.push((key(recorded, event.payout_id), event));
    }

    pub(crate) fn script(&mut self, script: &mut Script) -> Result<(), StoreError> {
        let added = self.reserved.take_added();
        let reserved = added.iter().flat_map(reserved_rows);
        let paid = self
            .paid
            .iter()
            .flat_map(|(key, event)| paid_rows(*key, event));
        let rows: Vec<_> = reserved.chain(paid).collect();
        script.add(&statements::INSERT_PAYOUT_ITEMS, &rows)?;
        script.add(
            &statements::UPDATE_PAYOUT_ITEMS,
            &self.reserved.take_patched(),
        )
    }
}

fn key(recorded: &Recorded, payout_id: PayoutId) -> Key<'_> {
    (recorded.tenant.as_str(), payout_id.0)
}

struct ItemRow<'e> {
    key: Key<'e>,
    transaction_id: &'e str,
    amount_minor: i64,
    currency: &'e str,
    transfer_id: Option<&'e str>,
    returned: bool,
}

fn reserved_rows<'e>(
    payout: &Keyed<Key<'e>, Reserved<'e>>,
) -> impl Iterator<Item = ItemRow<'e>> + use<'e> {
    let Keyed { key, value } = payout;
    let (key, currency, returned) = (*key, value.currency, value.returned);
    value.items.iter().map(move |item| ItemRow {
        key,
        transaction_id: item.transaction_id.as_str(),
        amount_minor: item.net_minor.minor(),
        currency,
        transfer_id: item.transfer_id.as_ref().map(|id| id.as_str()),
        returned,
    })
}

fn paid_rows<'e>(
    key: Key<'e>,
    event: &'e PayoutItemsRecorded,
) -> impl Iterator<Item = ItemRow<'e>> {
    event.items.iter().map(move |item| ItemRow {
        key,
        transaction_id: item.balance_transaction_id.as_str(),
        amount_minor: item.net_minor.minor(),
        currency: event.currency.as_str(),
        transfer_id: transfer(item),
        returned: event.returned,
    })
}

fn transfer(item: &PaidItem) -> Option<&str> {
    let source = item.source.as_ref()?.as_str();
    source.starts_with(TRANSFER).then_some(source)
}

impl BulkRow for ItemRow<'_> {
    const KINDS: &'static [Kind] = &[
        Kind::Text,
        Kind::Uuid,
        Kind::Text,
        Kind::Int,
        Kind::Text,
        Kind::Text,
        Kind::Flag,
    ];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        columns
            .text(self.key.0)
            .uuid(self.key.1)
            .text(self.transaction_id)
            .int(self.amount_minor)
            .text(self.currency)
            .opt_text(self.transfer_id)
            .flag(self.returned);
    }
}

impl BulkRow for Keyed<Key<'_>, Returned> {
    const KINDS: &'static [Kind] = &[Kind::Text, Kind::Uuid];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        columns.text(self.key.0).uuid(self.key.1);
    }
}
