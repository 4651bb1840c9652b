//! The tables that are written in the transaction of the events they come from.

use std::sync::Arc;

use domain::{
    event::of,
    payout::event::{PayoutCanceled, PayoutFailed, PayoutItemsRecorded},
};
use futures::future::BoxFuture;
use store::{Backend, InlineProjection, Prepared, Recorded, StoreError, Tx};

use crate::{
    balances::Balances,
    change::Script,
    payout_items::PayoutItems,
    payouts::Payouts,
    read_table::ReadTable,
    sellers::Sellers,
    transactions::Transactions,
    transfers::{self, Named, Transfers},
};

/// Keeps sellers, payouts, payout items, transactions, transfers and balances up to date.
#[derive(Debug, Clone, Copy, Default)]
pub struct Inline;

impl Inline {
    /// Works out what events do to the tables, and writes it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn apply(self, tx: &mut Tx, events: &[Recorded]) -> Result<(), StoreError> {
        let changes = Ready::of(events, tx.backend(), |_| true)?;
        changes.write(tx).await
    }
}

impl InlineProjection for Inline {
    fn prepare(
        self: Arc<Self>,
        backend: Backend,
        events: &[Recorded],
    ) -> Result<Box<dyn Prepared>, StoreError> {
        Ok(Box::new(Ready::of(events, backend, |_| true)?))
    }
}

/// What a batch writes, table by table.
pub(crate) struct Ready {
    /// Returns the changed ones that a recorded transfer carries.
    transactions: Script,
    transfers: Script,
    /// Transfers that change with their transactions.
    touched: Vec<Named>,
    others: Script,
}

impl Ready {
    /// Works out what events do to some of the tables.
    pub(crate) fn of(
        events: &[Recorded],
        backend: Backend,
        wanted: impl Fn(ReadTable) -> bool,
    ) -> Result<Self, StoreError> {
        Tables::of(events).changes(backend, wanted)
    }

    /// All transactions are written before any transfer: two writers that touch
    /// the same rows take them in one order.
    pub(crate) async fn write(self, tx: &mut Tx) -> Result<(), StoreError> {
        let mut touched = self.touched;
        for carried in self.transactions.run(tx).await? {
            touched.push(Named::from_row(&carried)?);
        }
        self.transfers.run(tx).await?;
        transfers::settle(tx, &touched).await?;
        self.others.run(tx).await?;
        Ok(())
    }
}

impl Prepared for Ready {
    fn write(self: Box<Self>, tx: &mut Tx) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(Self::write(*self, tx))
    }
}

/// What a batch does to each table.
#[derive(Debug, Default)]
struct Tables<'e> {
    sellers: Sellers<'e>,
    payouts: Payouts<'e>,
    payout_items: PayoutItems<'e>,
    transactions: Transactions<'e>,
    transfers: Transfers<'e>,
    balances: Balances<'e>,
}

impl<'e> Tables<'e> {
    fn of(events: &'e [Recorded]) -> Self {
        let mut tables = Self::default();
        events.iter().for_each(|recorded| tables.fold(recorded));
        tables
    }

    /// Which event touches which tables. No wildcard but for those of other streams:
    /// a new event has to be answered.
    fn fold(&mut self, recorded: &'e Recorded) {
        let event = &recorded.event;
        if let Some(event) = of::Balance::of(event) {
            self.fold_balance(recorded, event);
        } else if let Some(event) = of::Transfer::of(event) {
            self.fold_transfer(recorded, event);
        } else if let Some(event) = of::Payout::of(event) {
            self.fold_payout(recorded, event);
        } else if let Some(event) = of::Seller::of(event) {
            self.fold_seller(recorded, event);
        }
    }

    fn fold_seller(&mut self, recorded: &'e Recorded, event: of::Seller<'e>) {
        match event {
            of::Seller::SellerRegistered(event) => self.sellers.registered(recorded, event),
            of::Seller::PayoutScheduleChanged(event) => {
                self.sellers.schedule_changed(recorded, event);
            }
        }
    }

    fn fold_balance(&mut self, recorded: &'e Recorded, event: of::Balance<'e>) {
        match event {
            of::Balance::TransactionRecorded(event) => {
                self.transactions.recorded(recorded, event);
                self.balances.recorded(recorded, event);
            }
            of::Balance::TransactionsHeld(event) => {
                self.transactions.held(recorded, event);
                self.balances
                    .unmoved(recorded, &event.seller_id, &event.currency);
            }
            of::Balance::TransactionsReleased(event) => {
                self.transactions.released(recorded, event);
                self.balances.released(recorded, event);
            }
            of::Balance::TransactionsFailed(event) => {
                self.transactions.failed(recorded, event);
                self.balances.failed(recorded, event);
            }
            of::Balance::TransactionsBlocked(event) => {
                self.transactions
                    .blocked(recorded, &event.transaction_ids, true);
                self.balances
                    .unmoved(recorded, &event.seller_id, &event.currency);
            }
            of::Balance::TransactionsUnblocked(event) => {
                self.transactions
                    .blocked(recorded, &event.transaction_ids, false);
                self.balances
                    .unmoved(recorded, &event.seller_id, &event.currency);
            }
            of::Balance::FundsReserved(event) => {
                self.payout_items.reserved(recorded, event);
                self.transactions.reserved(recorded, event);
                self.balances.reserved(recorded, event);
            }
            of::Balance::ReservationReturned(event) => {
                self.payout_items.returned(recorded, event);
                self.transactions.returned(recorded, event);
                self.balances.returned(recorded, event);
            }
            of::Balance::ReservationPaidOut(event) => {
                self.transactions.paid_out(recorded, event);
                self.balances.paid_out(recorded, event);
            }
        }
    }

    fn fold_transfer(&mut self, recorded: &'e Recorded, event: of::Transfer<'e>) {
        match event {
            of::Transfer::TransferRecorded(event) => self.transfers.recorded(recorded, event),
            of::Transfer::TransferLinked(event) => self.transfers.linked(recorded, event),
            of::Transfer::TransferReversed(event) => self.transfers.reversed(recorded, event),
        }
    }

    fn fold_payout(&mut self, recorded: &'e Recorded, event: of::Payout<'e>) {
        let payouts = &mut self.payouts;
        match event {
            of::Payout::PayoutRequested(event) => payouts.requested(recorded, event),
            of::Payout::PayoutAdopted(event) => payouts.adopted(recorded, event),
            of::Payout::PayoutSubmitted(event) => payouts.submitted(recorded, event),
            of::Payout::PayoutPutInDoubt(event) => payouts.put_in_doubt(recorded, event),
            of::Payout::PayoutSubmissionBegun(event) => payouts.begun(recorded, event),
            of::Payout::PayoutSubmissionRefused(event) => payouts.refused(recorded, event),
            of::Payout::PayoutSubmissionResumed(event) => payouts.resumed(recorded, event),
            of::Payout::PayoutCancellationRequested(event) => {
                payouts.noted(recorded, event.payout_id);
            }
            of::Payout::PayoutCancellationRefused(event) => {
                payouts.noted(recorded, event.payout_id);
            }
            of::Payout::PayoutInTransit(event) => payouts.in_transit(recorded, event),
            of::Payout::PayoutRescheduled(event) => payouts.rescheduled(recorded, event),
            of::Payout::PayoutPaid(event) => payouts.paid(recorded, event),
            of::Payout::PayoutFailed(event) => self.payout_failed(recorded, event),
            of::Payout::PayoutCanceled(event) => self.payout_canceled(recorded, event),
            of::Payout::PayoutItemsRecorded(event) => self.items_recorded(recorded, event),
        }
    }

    /// No balance gives back what Stripe put into a payout of its own: its items come
    /// back with the payout.
    fn payout_failed(&mut self, recorded: &'e Recorded, event: &'e PayoutFailed) {
        self.payouts.failed(recorded, event);
        self.payout_items.came_back(recorded, event.payout_id);
    }

    fn payout_canceled(&mut self, recorded: &'e Recorded, event: &'e PayoutCanceled) {
        self.payouts.canceled(recorded, event);
        self.payout_items.came_back(recorded, event.payout_id);
    }

    fn items_recorded(&mut self, recorded: &'e Recorded, event: &'e PayoutItemsRecorded) {
        self.payouts.items_recorded(recorded, event);
        self.payout_items.paid(recorded, event);
    }

    /// Transactions and transfers show each other: both are wanted, or none.
    fn changes(
        mut self,
        backend: Backend,
        wanted: impl Fn(ReadTable) -> bool,
    ) -> Result<Ready, StoreError> {
        let script = || Script::new(backend);
        let (mut transactions, mut transfers, mut others) = (script(), script(), script());
        let mut touched = Vec::new();
        if wanted(ReadTable::Transactions) || wanted(ReadTable::Transfers) {
            self.transactions.script(&mut transactions)?;
            touched = self.transfers.script(&mut transfers)?;
        }
        if wanted(ReadTable::Sellers) {
            self.sellers.script(&mut others)?;
        }
        if wanted(ReadTable::PayoutItems) {
            self.payout_items.script(&mut others)?;
        }
        if wanted(ReadTable::Payouts) {
            self.payouts.script(&mut others)?;
        }
        if wanted(ReadTable::Balances) {
            self.balances.script(&mut others)?;
        }
        Ok(Ready {
            transactions,
            transfers,
            touched,
            others,
        })
    }
}
