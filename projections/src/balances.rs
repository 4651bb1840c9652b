//! `balances`: what each seller is owed in each currency, as sums of moves.

use domain::{
    balance::event::{
        FundsReserved, OpenStatus, ReservationPaidOut, ReservationReturned, ReturnedFrom,
        TransactionRecorded, TransactionsFailed, TransactionsReleased,
    },
    id::SellerId,
    money::{Amount, Currency},
};
use store::{BulkRow, Columns, Kind, Recorded, StoreError};

use crate::{
    change::{self, Changes, Keyed, Script, Stamp},
    statements,
};

type Key<'e> = (&'e str, &'e str, &'e str);

/// The version of what is written here: raise it when other rows come of the same events.
pub(crate) const VERSION: i64 = 1;

/// What a batch does to the table.
#[derive(Debug, Default)]
pub(crate) struct Balances<'e>(Changes<Key<'e>, Moves, Moves>);

/// How much each column gains. A balance begins at nothing, so its row is the
/// moves of its first batch.
#[derive(Debug, Clone, Copy)]
struct Moves {
    pending: i64,
    available: i64,
    reserved: i64,
    paid_out: i64,
    stamp: Stamp,
}

impl change::Patch<Self> for Moves {
    fn apply(self, row: &mut Self) {
        row.then(self);
    }

    fn then(&mut self, later: Self) {
        // The rules keep every total of a balance, and so every sum of moves
        // between two of them, within range.
        self.pending = self.pending.saturating_add(later.pending);
        self.available = self.available.saturating_add(later.available);
        self.reserved = self.reserved.saturating_add(later.reserved);
        self.paid_out = self.paid_out.saturating_add(later.paid_out);
        self.stamp = later.stamp;
    }
}

#[derive(Debug, Clone, Copy)]
enum Column {
    Pending,
    Available,
    Reserved,
    PaidOut,
}

impl Moves {
    const fn none(stamp: Stamp) -> Self {
        Self {
            pending: 0,
            available: 0,
            reserved: 0,
            paid_out: 0,
            stamp,
        }
    }

    const fn gain(&mut self, column: Column, minor: i64) {
        let total = match column {
            Column::Pending => &mut self.pending,
            Column::Available => &mut self.available,
            Column::Reserved => &mut self.reserved,
            Column::PaidOut => &mut self.paid_out,
        };
        *total = total.saturating_add(minor);
    }
}

impl<'e> Balances<'e> {
    pub(crate) fn recorded(&mut self, recorded: &'e Recorded, event: &'e TransactionRecorded) {
        let mut moves = Moves::none(Stamp::of(recorded));
        let column = match event.status {
            OpenStatus::Pending | OpenStatus::Held => Column::Pending,
            OpenStatus::Available => Column::Available,
        };
        moves.gain(column, event.net_minor.minor());
        self.add(recorded, &event.seller_id, &event.currency, moves);
    }

    pub(crate) fn failed(&mut self, recorded: &'e Recorded, event: &'e TransactionsFailed) {
        let mut moves = Moves::none(Stamp::of(recorded));
        for one in &event.transactions {
            moves.gain(Column::Pending, one.net_minor.minor().saturating_neg());
        }
        self.add(recorded, &event.seller_id, &event.currency, moves);
    }

    pub(crate) fn released(&mut self, recorded: &'e Recorded, event: &'e TransactionsReleased) {
        let mut moves = Moves::none(Stamp::of(recorded));
        for one in &event.transactions {
            moves.gain(Column::Pending, one.net_minor.minor().saturating_neg());
            moves.gain(Column::Available, one.net_minor.minor());
        }
        self.add(recorded, &event.seller_id, &event.currency, moves);
    }

    pub(crate) fn reserved(&mut self, recorded: &'e Recorded, event: &'e FundsReserved) {
        let moves = moved(
            recorded,
            event.amount_minor,
            Column::Available,
            Column::Reserved,
        );
        self.add(recorded, &event.seller_id, &event.currency, moves);
    }

    pub(crate) fn returned(&mut self, recorded: &'e Recorded, event: &'e ReservationReturned) {
        let from = match event.from {
            ReturnedFrom::Reserved => Column::Reserved,
            ReturnedFrom::PaidOut => Column::PaidOut,
        };
        let moves = moved(recorded, event.amount_minor, from, Column::Available);
        self.add(recorded, &event.seller_id, &event.currency, moves);
    }

    pub(crate) fn paid_out(&mut self, recorded: &'e Recorded, event: &'e ReservationPaidOut) {
        let moves = moved(
            recorded,
            event.amount_minor,
            Column::Reserved,
            Column::PaidOut,
        );
        self.add(recorded, &event.seller_id, &event.currency, moves);
    }

    /// An event that moves no money: only the version changes.
    pub(crate) fn unmoved(
        &mut self,
        recorded: &'e Recorded,
        seller: &'e SellerId,
        currency: &'e Currency,
    ) {
        self.add(recorded, seller, currency, Moves::none(Stamp::of(recorded)));
    }

    fn add(
        &mut self,
        recorded: &'e Recorded,
        seller: &'e SellerId,
        currency: &'e Currency,
        moves: Moves,
    ) {
        let key = (recorded.tenant.as_str(), seller.as_str(), currency.as_str());
        if recorded.version == 1 {
            self.0.add(key, moves);
        } else {
            self.0.patch(key, moves);
        }
    }

    pub(crate) fn script(&mut self, script: &mut Script) -> Result<(), StoreError> {
        script.add(&statements::INSERT_BALANCES, &self.0.take_added())?;
        script.add(&statements::UPDATE_BALANCES, &self.0.take_patched())
    }
}

fn moved(recorded: &Recorded, amount: Amount, from: Column, to: Column) -> Moves {
    let mut moves = Moves::none(Stamp::of(recorded));
    moves.gain(from, amount.minor().saturating_neg());
    moves.gain(to, amount.minor());
    moves
}

impl BulkRow for Keyed<Key<'_>, Moves> {
    const KINDS: &'static [Kind] = &[
        Kind::Tenant,
        Kind::Text,
        Kind::Text,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Now,
    ];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        let (tenant, seller_id, currency) = self.key;
        let moves = &self.value;
        columns
            .text(tenant)
            .text(seller_id)
            .text(currency)
            .int(moves.pending)
            .int(moves.available)
            .int(moves.reserved)
            .int(moves.paid_out)
            .int(moves.stamp.version)
            .time(moves.stamp.at);
    }
}
