//! `payout_items`: what was reserved for each payout, and whether it came back.

use domain::balance::event::{FundsReserved, Item, ReservationReturned};
use store::{BulkRow, Columns, Kind, Recorded, StoreError};
use uuid::Uuid;

use crate::{
    change::{self, Changes, Keyed, Script},
    statements,
};

type Key<'e> = (&'e str, Uuid);

/// What a batch does to the table, payout by payout.
#[derive(Debug, Default)]
pub(crate) struct PayoutItems<'e>(Changes<Key<'e>, Reserved<'e>, Returned>);

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
        self.0
            .add((recorded.tenant.as_str(), event.payout_id.0), reserved);
    }

    pub(crate) fn returned(&mut self, recorded: &'e Recorded, event: &'e ReservationReturned) {
        self.0
            .patch((recorded.tenant.as_str(), event.payout_id.0), Returned);
    }

    pub(crate) fn script(&mut self, script: &mut Script) -> Result<(), StoreError> {
        let added = self.0.take_added();
        let rows: Vec<_> = added.iter().flat_map(rows).collect();
        script.add(&statements::INSERT_PAYOUT_ITEMS, &rows)?;
        script.add(&statements::UPDATE_PAYOUT_ITEMS, &self.0.take_patched())
    }
}

struct ItemRow<'e> {
    key: Key<'e>,
    item: &'e Item,
    currency: &'e str,
    returned: bool,
}

fn rows<'e>(payout: &Keyed<Key<'e>, Reserved<'e>>) -> impl Iterator<Item = ItemRow<'e>> {
    let Keyed { key, value } = payout;
    let (key, currency, returned) = (*key, value.currency, value.returned);
    value.items.iter().map(move |item| ItemRow {
        key,
        item,
        currency,
        returned,
    })
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
            .text(self.item.transaction_id.as_str())
            .int(self.item.net_minor.minor())
            .text(self.currency)
            .opt_text(self.item.transfer_id.as_ref().map(|id| id.as_str()))
            .flag(self.returned);
    }
}

impl BulkRow for Keyed<Key<'_>, Returned> {
    const KINDS: &'static [Kind] = &[Kind::Text, Kind::Uuid];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        columns.text(self.key.0).uuid(self.key.1);
    }
}
