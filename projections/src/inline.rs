//! The tables that are written in the transaction of the events they come from.

use domain::Event;
use futures::future::BoxFuture;
use store::{InlineProjection, Recorded, StoreError, Tx};

use crate::{
    balances::Balances, payout_items::PayoutItems, payouts::Payouts, transactions::Transactions,
    transfers::Transfers,
};

/// Keeps payouts, payout items, transactions, transfers and balances up to date.
#[derive(Debug, Clone, Copy, Default)]
pub struct Inline;

impl InlineProjection for Inline {
    fn apply<'a>(
        &'a self,
        tx: &'a mut Tx,
        events: &'a [Recorded],
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let mut tables = Tables::default();
            events.iter().for_each(|recorded| tables.fold(recorded));
            tables.write(tx).await
        })
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
            | Event::DisputeClosed(_) => {}

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

    /// All transactions are written before any transfer: two writers that touch
    /// the same rows take them in one order.
    async fn write(mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let carried = self.transactions.write(tx).await?;
        self.transfers.write(tx, carried).await?;
        self.payout_items.write(tx).await?;
        self.payouts.write(tx).await?;
        self.balances.write(tx).await
    }
}
