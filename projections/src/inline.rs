//! The tables that are written in the transaction of the events they come from.

use std::sync::Arc;

use domain::Event;
use futures::future::BoxFuture;
use store::{Backend, InlineProjection, Prepared, Recorded, StoreError, Tx};

use crate::{
    balances::Balances,
    change::Script,
    payout_items::PayoutItems,
    payouts::Payouts,
    transactions::Transactions,
    transfers::{self, Named, Transfers},
};

/// Keeps payouts, payout items, transactions, transfers and balances up to date.
#[derive(Debug, Clone, Copy, Default)]
pub struct Inline;

impl Inline {
    /// Works out what events do to the tables, and writes it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn apply(self, tx: &mut Tx, events: &[Recorded]) -> Result<(), StoreError> {
        let changes = Tables::of(events).changes(tx.backend())?;
        changes.write(tx).await
    }
}

impl InlineProjection for Inline {
    fn prepare(
        self: Arc<Self>,
        backend: Backend,
        events: &[Recorded],
    ) -> Result<Box<dyn Prepared>, StoreError> {
        Ok(Box::new(Tables::of(events).changes(backend)?))
    }
}

/// What a batch writes, table by table.
struct Ready {
    /// Returns the changed ones that a recorded transfer carries.
    transactions: Script,
    transfers: Script,
    /// Transfers that change with their transactions.
    touched: Vec<Named>,
    others: Script,
}

impl Ready {
    /// All transactions are written before any transfer: two writers that touch
    /// the same rows take them in one order.
    async fn write(self, tx: &mut Tx) -> Result<(), StoreError> {
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

    /// Which event touches which tables. No wildcard: a new event has to be answered.
    fn fold(&mut self, recorded: &'e Recorded) {
        match &recorded.event {
            Event::SellerRegistered(_)
            | Event::TransactionLinked(_)
            | Event::PaymentSucceeded(_)
            | Event::PaymentCanceled(_)
            | Event::PaymentAttemptFailed(_)
            | Event::PaymentRefunded(_)
            | Event::DisputeOpened(_)
            | Event::DisputeClosed(_)
            | Event::WebhookDropped(_) => {}

            Event::TransactionRecorded(event) => {
                self.transactions.recorded(recorded, event);
                self.balances.recorded(recorded, event);
            }
            Event::TransactionsHeld(event) => {
                self.transactions.held(recorded, event);
                self.balances
                    .unmoved(recorded, &event.seller_id, &event.currency);
            }
            Event::TransactionsReleased(event) => {
                self.transactions.released(recorded, event);
                self.balances.released(recorded, event);
            }
            Event::TransactionsFailed(event) => {
                self.transactions.failed(recorded, event);
                self.balances.failed(recorded, event);
            }
            Event::TransactionsBlocked(event) => {
                self.transactions
                    .blocked(recorded, &event.transaction_ids, true);
                self.balances
                    .unmoved(recorded, &event.seller_id, &event.currency);
            }
            Event::TransactionsUnblocked(event) => {
                self.transactions
                    .blocked(recorded, &event.transaction_ids, false);
                self.balances
                    .unmoved(recorded, &event.seller_id, &event.currency);
            }
            Event::FundsReserved(event) => {
                self.payout_items.reserved(recorded, event);
                self.transactions.reserved(recorded, event);
                self.balances.reserved(recorded, event);
            }
            Event::ReservationReturned(event) => {
                self.payout_items.returned(recorded, event);
                self.transactions.returned(recorded, event);
                self.balances.returned(recorded, event);
            }
            Event::ReservationPaidOut(event) => {
                self.transactions.paid_out(recorded, event);
                self.balances.paid_out(recorded, event);
            }

            Event::TransferRecorded(event) => self.transfers.recorded(recorded, event),
            Event::TransferLinked(event) => self.transfers.linked(recorded, event),
            Event::TransferReversed(event) => self.transfers.reversed(recorded, event),

            Event::PayoutRequested(event) => self.payouts.requested(recorded, event),
            Event::PayoutAdopted(event) => self.payouts.adopted(recorded, event),
            Event::PayoutSubmitted(event) => self.payouts.submitted(recorded, event),
            Event::PayoutPutInDoubt(event) => self.payouts.put_in_doubt(recorded, event),
            Event::PayoutInTransit(event) => self.payouts.in_transit(recorded, event),
            Event::PayoutRescheduled(event) => self.payouts.rescheduled(recorded, event),
            Event::PayoutPaid(event) => self.payouts.paid(recorded, event),
            Event::PayoutFailed(event) => self.payouts.failed(recorded, event),
            Event::PayoutCanceled(event) => self.payouts.canceled(recorded, event),
        }
    }

    fn changes(mut self, backend: Backend) -> Result<Ready, StoreError> {
        let script = || Script::new(backend);
        let (mut transactions, mut transfers, mut others) = (script(), script(), script());
        self.transactions.script(&mut transactions)?;
        let touched = self.transfers.script(&mut transfers)?;
        self.payout_items.script(&mut others)?;
        self.payouts.script(&mut others)?;
        self.balances.script(&mut others)?;
        Ok(Ready {
            transactions,
            transfers,
            touched,
            others,
        })
    }
}
