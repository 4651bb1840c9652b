//! `transactions`: one row a transaction, from the events of its balance.

use domain::{
    balance::event::{
        FundsReserved, Item, ReservationPaidOut, ReservationReturned, TransactionRecorded,
        TransactionsFailed, TransactionsHeld, TransactionsReleased,
    },
    id::{PayoutId, TransactionId},
};
use store::{BulkRow, Columns, Kind, Recorded, StoreError};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    change::{self, Changes, Keyed, Script},
    statements,
};

type Key<'e> = (&'e str, &'e str);

/// The version of what is written here: raise it when other rows come of the same events.
pub(crate) const VERSION: i64 = 1;

/// What a batch does to the table.
#[derive(Debug, Default)]
pub(crate) struct Transactions<'e>(Changes<Key<'e>, Transaction<'e>, Patch>);

#[derive(Debug)]
struct Transaction<'e> {
    event: &'e TransactionRecorded,
    status: &'static str,
    blocked: bool,
    reservation: Option<Reservation>,
    updated_at: OffsetDateTime,
    payout_changed_at: Option<OffsetDateTime>,
}

/// The payout a transaction is in.
#[derive(Debug, Clone, Copy)]
struct Reservation {
    payout_id: Uuid,
    at: OffsetDateTime,
}

#[derive(Debug)]
struct Patch {
    status: Option<&'static str>,
    blocked: Option<bool>,
    /// Into a payout, or out of one.
    reservation: Option<Option<Reservation>>,
    updated_at: OffsetDateTime,
    payout_changed_at: Option<OffsetDateTime>,
}

impl change::Patch<Transaction<'_>> for Patch {
    fn apply(self, row: &mut Transaction<'_>) {
        row.status = self.status.unwrap_or(row.status);
        row.blocked = self.blocked.unwrap_or(row.blocked);
        row.reservation = self.reservation.unwrap_or(row.reservation);
        row.updated_at = self.updated_at;
        row.payout_changed_at = row.payout_changed_at.max(self.payout_changed_at);
    }

    fn then(&mut self, later: Self) {
        self.status = later.status.or(self.status);
        self.blocked = later.blocked.or(self.blocked);
        self.reservation = later.reservation.or(self.reservation);
        self.updated_at = later.updated_at;
        self.payout_changed_at = self.payout_changed_at.max(later.payout_changed_at);
    }
}

impl Patch {
    fn status(recorded: &Recorded, status: &'static str) -> Self {
        Self {
            status: Some(status),
            blocked: None,
            reservation: None,
            updated_at: recorded.recorded_at,
            payout_changed_at: None,
        }
    }

    fn payout(recorded: &Recorded, status: &'static str) -> Self {
        Self {
            payout_changed_at: Some(recorded.recorded_at),
            ..Self::status(recorded, status)
        }
    }
}

impl<'e> Transactions<'e> {
    pub(crate) fn recorded(&mut self, recorded: &'e Recorded, event: &'e TransactionRecorded) {
        let row = Transaction {
            event,
            status: event.status.as_str(),
            blocked: event.blocked,
            reservation: None,
            updated_at: recorded.recorded_at,
            payout_changed_at: None,
        };
        self.0.add(key(recorded, &event.transaction_id), row);
    }

    pub(crate) fn held(&mut self, recorded: &'e Recorded, event: &'e TransactionsHeld) {
        for id in &event.transaction_ids {
            self.0
                .patch(key(recorded, id), Patch::status(recorded, "held"));
        }
    }

    pub(crate) fn released(&mut self, recorded: &'e Recorded, event: &'e TransactionsReleased) {
        for one in &event.transactions {
            let patch = Patch::status(recorded, "available");
            self.0.patch(key(recorded, &one.transaction_id), patch);
        }
    }

    pub(crate) fn failed(&mut self, recorded: &'e Recorded, event: &'e TransactionsFailed) {
        for one in &event.transactions {
            let patch = Patch::status(recorded, "failed");
            self.0.patch(key(recorded, &one.transaction_id), patch);
        }
    }

    pub(crate) fn blocked(
        &mut self,
        recorded: &'e Recorded,
        ids: &'e [TransactionId],
        blocked: bool,
    ) {
        for id in ids {
            let patch = Patch {
                status: None,
                blocked: Some(blocked),
                reservation: None,
                updated_at: recorded.recorded_at,
                payout_changed_at: None,
            };
            self.0.patch(key(recorded, id), patch);
        }
    }

    pub(crate) fn reserved(&mut self, recorded: &'e Recorded, event: &'e FundsReserved) {
        let PayoutId(payout_id) = event.payout_id;
        let reservation = Some(Reservation {
            payout_id,
            at: recorded.recorded_at,
        });
        self.moved(recorded, &event.items, "reserved", Some(reservation));
    }

    pub(crate) fn returned(&mut self, recorded: &'e Recorded, event: &'e ReservationReturned) {
        self.moved(recorded, &event.items, "available", Some(None));
    }

    pub(crate) fn paid_out(&mut self, recorded: &'e Recorded, event: &'e ReservationPaidOut) {
        self.moved(recorded, &event.items, "paid_out", None);
    }

    fn moved(
        &mut self,
        recorded: &'e Recorded,
        items: &'e [Item],
        status: &'static str,
        reservation: Option<Option<Reservation>>,
    ) {
        for item in items {
            let patch = Patch {
                reservation,
                ..Patch::payout(recorded, status)
            };
            self.0.patch(key(recorded, &item.transaction_id), patch);
        }
    }

    /// Its rows name the changed ones that a recorded transfer carries.
    pub(crate) fn script(&mut self, script: &mut Script) -> Result<(), StoreError> {
        script.add(&statements::INSERT_TRANSACTIONS, &self.0.take_added())?;
        script.add(&statements::UPDATE_TRANSACTIONS, &self.0.take_patched())
    }
}

fn key<'e>(recorded: &'e Recorded, id: &'e TransactionId) -> Key<'e> {
    (recorded.tenant.as_str(), id.as_str())
}

impl BulkRow for Keyed<Key<'_>, Transaction<'_>> {
    const KINDS: &'static [Kind] = &[
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Flag,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Uuid,
        Kind::Time,
        Kind::Time,
        Kind::Time,
        Kind::Text,
        Kind::Time,
    ];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        let (tenant, transaction_id) = self.key;
        let row = &self.value;
        let event = row.event;
        columns
            .text(tenant)
            .text(transaction_id)
            .text(event.seller_id.as_str())
            .text(event.kind.as_str())
            .text(row.status)
            .flag(row.blocked)
            .int(event.gross_minor.minor())
            .int(event.fee_minor.minor())
            .int(event.net_minor.minor())
            .text(event.currency.as_str())
            .opt_text(event.payment_intent.as_ref().map(|id| id.as_str()))
            .opt_text(event.order_id.as_ref().map(|id| id.as_str()))
            .opt_uuid(row.reservation.map(|reservation| reservation.payout_id))
            .opt_time(event.available_on)
            .opt_time(row.reservation.map(|reservation| reservation.at))
            .time(row.updated_at)
            .opt_text(event.transfer_id.as_ref().map(|id| id.as_str()))
            .opt_time(row.payout_changed_at);
    }
}

impl BulkRow for Keyed<Key<'_>, Patch> {
    const KINDS: &'static [Kind] = &[
        Kind::Tenant,
        Kind::Text,
        Kind::Text,
        Kind::Flag,
        Kind::Flag,
        Kind::Uuid,
        Kind::Time,
        Kind::Now,
        Kind::Time,
    ];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        let (tenant, transaction_id) = self.key;
        let patch = &self.value;
        let reservation = patch.reservation.flatten();
        columns
            .text(tenant)
            .text(transaction_id)
            .opt_text(patch.status)
            .opt_flag(patch.blocked)
            .opt_flag(patch.reservation.map(|reservation| reservation.is_some()))
            .opt_uuid(reservation.map(|reservation| reservation.payout_id))
            .opt_time(reservation.map(|reservation| reservation.at))
            .time(patch.updated_at)
            .opt_time(patch.payout_changed_at);
    }
}
