//! The fold of a balance. Total: an event that makes no sense where the balance
//! stands changes nothing, and no sum leaves its range.

use std::collections::hash_map::Entry;

use super::{
    Balance, Place, Terms, Transaction,
    event::{
        FundsReserved, OpenStatus, ReservationPaidOut, ReservationReturned, ReturnedFrom,
        TransactionRecorded,
    },
};
use crate::{
    event::{Event, of},
    id::TransactionId,
    money::Amount,
};

impl Balance {
    /// The state after one more event.
    #[must_use]
    pub fn evolve(mut self, event: &Event) -> Self {
        if let Some(event) = of::Balance::of(event) {
            self.take(event);
        }
        self
    }

    fn take(&mut self, event: of::Balance<'_>) {
        match event {
            of::Balance::TransactionRecorded(event) => self.on_recorded(event),
            of::Balance::TransactionsHeld(event) => {
                event.transaction_ids.iter().for_each(|id| self.on_held(id));
            }
            of::Balance::TransactionsReleased(event) => {
                let ids = event.transactions.iter().map(|one| &one.transaction_id);
                ids.for_each(|id| self.on_released(id));
            }
            of::Balance::TransactionsFailed(event) => {
                let ids = event.transactions.iter().map(|one| &one.transaction_id);
                ids.for_each(|id| self.on_failed(id));
            }
            of::Balance::TransactionsBlocked(event) => {
                self.blocked.extend(event.transaction_ids.iter().cloned());
            }
            of::Balance::TransactionsUnblocked(event) => {
                for id in &event.transaction_ids {
                    self.blocked.remove(id);
                }
            }
            of::Balance::FundsReserved(event) => self.on_reserved(event),
            of::Balance::ReservationReturned(event) => self.on_returned(event),
            of::Balance::ReservationPaidOut(event) => self.on_paid_out(event),
        }
    }

    fn on_recorded(&mut self, event: &TransactionRecorded) {
        let Entry::Vacant(slot) = self.transactions.entry(event.transaction_id.clone()) else {
            return;
        };
        let terms = Terms {
            gross: event.gross_minor,
            fee: event.fee_minor,
            available_on: event.available_on,
        };
        let (place, total) = match event.status {
            OpenStatus::Pending => (Place::Pending(terms), &mut self.totals.pending),
            OpenStatus::Held => (Place::Held(terms), &mut self.totals.pending),
            OpenStatus::Available => (Place::Available, &mut self.totals.available),
        };
        *total = total.saturating_plus(event.net_minor);
        slot.insert(Transaction {
            order: self.back,
            net: event.net_minor,
            transfer_id: event.transfer_id.clone(),
            place,
        });
        self.back = self.back.saturating_add(1);
        let extent = event.extent().unwrap_or(Amount::MAX);
        self.turnover = self.turnover.saturating_plus(extent);
        if let (OpenStatus::Held, Some(at)) = (event.status, event.available_on) {
            self.held_until.insert((at, event.transaction_id.clone()));
        }
        if event.blocked {
            self.blocked.insert(event.transaction_id.clone());
        }
    }

    fn on_held(&mut self, id: &TransactionId) {
        if let Some(transaction) = self.transactions.get_mut(id)
            && let Place::Pending(terms) = transaction.place
        {
            transaction.place = Place::Held(terms);
            if let Some(at) = terms.available_on {
                self.held_until.insert((at, id.clone()));
            }
        }
    }

    fn on_released(&mut self, id: &TransactionId) {
        if let Some(transaction) = self.transactions.get_mut(id)
            && let Place::Pending(terms) | Place::Held(terms) = transaction.place
        {
            transaction.place = Place::Available;
            let net = transaction.net;
            self.forget_date(id, terms);
            shift(net, &mut self.totals.pending, &mut self.totals.available);
        }
    }

    fn on_failed(&mut self, id: &TransactionId) {
        if let Some(transaction) = self.transactions.get(id)
            && let Place::Pending(terms) | Place::Held(terms) = transaction.place
        {
            self.totals.pending = self.totals.pending.saturating_minus(transaction.net);
            self.transactions.remove(id);
            self.forget_date(id, terms);
        }
    }

    fn forget_date(&mut self, id: &TransactionId, terms: Terms) {
        if let Some(at) = terms.available_on {
            self.held_until.remove(&(at, id.clone()));
        }
    }

    fn on_reserved(&mut self, event: &FundsReserved) {
        for item in &event.items {
            if let Some(transaction) = self.transactions.get_mut(&item.transaction_id)
                && transaction.place == Place::Available
            {
                transaction.place = Place::Reserved(event.payout_id);
                let totals = &mut self.totals;
                shift(transaction.net, &mut totals.available, &mut totals.reserved);
            }
        }
    }

    fn on_paid_out(&mut self, event: &ReservationPaidOut) {
        let reserved = Place::Reserved(event.payout_id);
        for item in &event.items {
            if let Entry::Occupied(slot) = self.transactions.entry(item.transaction_id.clone())
                && slot.get().place == reserved
            {
                let net = slot.remove().net;
                shift(net, &mut self.totals.reserved, &mut self.totals.paid_out);
            }
        }
    }

    /// What comes back goes to the front of the queue: it was taken from there.
    /// From wherever it comes, the state afterwards is the same.
    fn on_returned(&mut self, event: &ReservationReturned) {
        let reserved = Place::Reserved(event.payout_id);
        for item in event.items.iter().rev() {
            let totals = &mut self.totals;
            match (
                self.transactions.entry(item.transaction_id.clone()),
                event.from,
            ) {
                (Entry::Occupied(mut slot), ReturnedFrom::Reserved)
                    if slot.get().place == reserved =>
                {
                    self.front = self.front.saturating_sub(1);
                    let transaction = slot.get_mut();
                    transaction.place = Place::Available;
                    transaction.order = self.front;
                    shift(transaction.net, &mut totals.reserved, &mut totals.available);
                }
                (Entry::Vacant(slot), ReturnedFrom::PaidOut) => {
                    self.front = self.front.saturating_sub(1);
                    slot.insert(Transaction {
                        order: self.front,
                        net: item.net_minor,
                        transfer_id: item.transfer_id.clone(),
                        place: Place::Available,
                    });
                    shift(item.net_minor, &mut totals.paid_out, &mut totals.available);
                }
                (Entry::Occupied(_) | Entry::Vacant(_), _) => {}
            }
        }
    }
}

/// Moves an amount from one total to another.
fn shift(amount: Amount, from: &mut Amount, to: &mut Amount) {
    *from = from.saturating_minus(amount);
    *to = to.saturating_plus(amount);
}
