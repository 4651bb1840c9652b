//! What other aggregates ask of a balance (`policy.rs`).

use time::OffsetDateTime;

use super::{
    Account, Balance, Place,
    decide::released,
    event::{
        Item, Released, ReservationPaidOut, ReservationReturned, ReturnedFrom, TransactionsBlocked,
        TransactionsHeld, TransactionsUnblocked,
    },
};
use crate::{
    event::Event,
    id::{DisputeId, PayoutId, TransactionId},
    money::Amount,
    policy::{Ask, Settlement},
    refusal::Rejection,
};

impl Balance {
    /// What happens when another aggregate asks for something. Asking for what
    /// is so already changes nothing.
    pub(crate) fn carry_out(
        &self,
        account: &Account,
        ask: &Ask,
        now: OffsetDateTime,
    ) -> Result<Vec<Event>, Rejection> {
        match ask {
            Ask::Hold(ids) => Ok(self.held(account, ids, now)),
            Ask::Fail(ids) => Ok(self.failed(account, ids)),
            Ask::Block(dispute, ids) => Ok(self.blocked(account, dispute, ids)),
            Ask::Unblock(dispute, ids) => Ok(self.unblocked(account, dispute, ids)),
            Ask::PayOut(settlement) => self.paid_out(account, settlement),
            Ask::Return(settlement, from) => self.returned(account, settlement, *from),
        }
    }

    /// The pending ones of these are held; those that are due, released at once.
    fn held(&self, account: &Account, ids: &[TransactionId], now: OffsetDateTime) -> Vec<Event> {
        let mut held = Vec::new();
        let mut due = Vec::new();
        for id in ids {
            if let Some(transaction) = self.transactions.get(id)
                && let Place::Pending(terms) = transaction.place
            {
                held.push(id.clone());
                if terms.is_due(now) {
                    due.push(Released {
                        transaction_id: id.clone(),
                        net_minor: transaction.net,
                    });
                }
            }
        }
        if held.is_empty() {
            return Vec::new();
        }
        let held = TransactionsHeld {
            seller_id: account.seller_id.clone(),
            currency: account.currency,
            transaction_ids: held,
        };
        let mut events = vec![held.into()];
        events.extend(released(account, due));
        events
    }

    fn blocked(&self, account: &Account, dispute: &DisputeId, ids: &[TransactionId]) -> Vec<Event> {
        let free = ids.iter().filter(|id| !self.is_blocked(id)).cloned();
        let transaction_ids: Vec<_> = free.collect();
        if transaction_ids.is_empty() {
            return Vec::new();
        }
        let blocked = TransactionsBlocked {
            seller_id: account.seller_id.clone(),
            currency: account.currency,
            dispute_id: dispute.clone(),
            transaction_ids,
        };
        vec![blocked.into()]
    }

    fn unblocked(
        &self,
        account: &Account,
        dispute: &DisputeId,
        ids: &[TransactionId],
    ) -> Vec<Event> {
        let blocked = ids.iter().filter(|id| self.is_blocked(id)).cloned();
        let transaction_ids: Vec<_> = blocked.collect();
        if transaction_ids.is_empty() {
            return Vec::new();
        }
        let unblocked = TransactionsUnblocked {
            seller_id: account.seller_id.clone(),
            currency: account.currency,
            dispute_id: dispute.clone(),
            transaction_ids,
        };
        vec![unblocked.into()]
    }

    fn paid_out(&self, account: &Account, paid: &Settlement) -> Result<Vec<Event>, Rejection> {
        self.check_reserved(paid.payout_id, &paid.items, "paid out")?;
        let event = ReservationPaidOut {
            seller_id: account.seller_id.clone(),
            currency: account.currency,
            payout_id: paid.payout_id,
            amount_minor: sum(&paid.items)?,
            items: paid.items.clone(),
        };
        Ok(vec![event.into()])
    }

    fn returned(
        &self,
        account: &Account,
        back: &Settlement,
        from: ReturnedFrom,
    ) -> Result<Vec<Event>, Rejection> {
        match from {
            ReturnedFrom::Reserved => {
                self.check_reserved(back.payout_id, &back.items, "returned")?
            }
            ReturnedFrom::PaidOut => self.check_gone(&back.items)?,
        }
        let event = ReservationReturned {
            seller_id: account.seller_id.clone(),
            currency: account.currency,
            payout_id: back.payout_id,
            amount_minor: sum(&back.items)?,
            from,
            items: back.items.clone(),
        };
        Ok(vec![event.into()])
    }

    /// The payout's own state says where its items are; this is the second belt.
    fn check_reserved(
        &self,
        payout: PayoutId,
        items: &[Item],
        wanted: &'static str,
    ) -> Result<(), Rejection> {
        let elsewhere = |item: &&Item| self.reserved_for(&item.transaction_id) != Some(payout);
        match items.iter().find(elsewhere) {
            None => Ok(()),
            Some(item) => Err(Rejection::IllegalTransition {
                what: format!("transaction {}", item.transaction_id),
                state: self.place_of(&item.transaction_id).unwrap_or("settled"),
                wanted,
            }),
        }
    }

    /// As above, of items that have left.
    fn check_gone(&self, items: &[Item]) -> Result<(), Rejection> {
        for item in items {
            if let Some(state) = self.place_of(&item.transaction_id) {
                return Err(Rejection::IllegalTransition {
                    what: format!("transaction {}", item.transaction_id),
                    state,
                    wanted: "returned",
                });
            }
        }
        Ok(())
    }
}

fn sum(items: &[Item]) -> Result<Amount, Rejection> {
    Amount::sum(items.iter().map(|item| item.net_minor)).ok_or(Rejection::Overflow {
        what: "the payout's transactions",
    })
}
