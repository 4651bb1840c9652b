//! What an event of one aggregate asks of the others.
//!
//! Bounded: payments and payouts ask balances, and a balance asks nobody.

use crate::{
    balance::{
        Account,
        event::{Item, ReturnedFrom},
    },
    event::Event,
    id::{DisputeId, PayoutId, TransactionId},
    payment::Payment,
    payout::{Payout, Standing},
};

/// Something a balance is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// The customer has paid for these.
    Hold(Vec<TransactionId>),
    /// The customer will not pay for these.
    Fail(Vec<TransactionId>),
    /// A dispute puts these at risk.
    Block(DisputeId, Vec<TransactionId>),
    /// No dispute puts these at risk any more.
    Unblock(DisputeId, Vec<TransactionId>),
    /// A payout was paid.
    PayOut(Settlement),
    /// A payout came to nothing: its items come back from where they are.
    Return(Settlement, ReturnedFrom),
}

/// A payout and what it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Which payout.
    pub payout_id: PayoutId,
    /// Its items.
    pub items: Vec<Item>,
}

/// What an event of a payment asks of each balance with transactions split from it.
#[must_use]
pub fn of_payment(before: &Payment, event: &Event) -> Vec<(Account, Ask)> {
    let still_blocked =
        matches!(event, Event::DisputeClosed(_)) && before.clone().evolve(event).is_blocked();
    let ask = |ids: Vec<TransactionId>| match event {
        Event::PaymentSucceeded(_) => Some(Ask::Hold(ids)),
        Event::PaymentCanceled(_) => Some(Ask::Fail(ids)),
        Event::DisputeOpened(event) => Some(Ask::Block(event.dispute_id.clone(), ids)),
        Event::DisputeClosed(closed) => Some(if still_blocked {
            Ask::Block(closed.dispute_id.clone(), ids)
        } else {
            Ask::Unblock(closed.dispute_id.clone(), ids)
        }),
        _ => None,
    };
    before
        .links()
        .filter_map(|(account, ids)| Some((account.clone(), ask(ids.to_vec())?)))
        .collect()
}

/// What an event of a payout asks of the balance its items come from. A payout
/// without items asks nothing.
#[must_use]
pub fn of_payout(before: &Payout, event: &Event) -> Option<(Account, Ask)> {
    let payout = before.known().filter(|payout| !payout.items().is_empty())?;
    let settlement = || Settlement {
        payout_id: payout.payout_id(),
        items: payout.items().to_vec(),
    };
    let ask = match (event, payout.standing()) {
        (Event::PayoutPaid(_), _) => Ask::PayOut(settlement()),
        // Its items are back already.
        (_, Standing::Failed { .. } | Standing::Canceled { .. }) => return None,
        (Event::PayoutFailed(_) | Event::PayoutCanceled(_), Standing::Paid { .. }) => {
            Ask::Return(settlement(), ReturnedFrom::PaidOut)
        }
        (
            Event::PayoutFailed(_) | Event::PayoutCanceled(_),
            Standing::Requested
            | Standing::InDoubt { .. }
            | Standing::Pending { .. }
            | Standing::InTransit { .. },
        ) => Ask::Return(settlement(), ReturnedFrom::Reserved),
        _ => return None,
    };
    Some((payout.account(), ask))
}
