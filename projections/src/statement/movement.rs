//! What moves a seller's money, in the words of a statement.

use std::collections::HashMap;

use domain::{
    Event,
    balance::event::{Kind, TransactionRecorded, TransactionsFailed, TransactionsReleased},
    event::of,
    id::{OrderId, PayoutId, SellerId, TransactionId},
    money::{Amount, Currency},
};

use super::places::Places;

/// What is said of payouts that came to nothing.
pub(super) type Endings = HashMap<PayoutId, &'static str>;

/// One movement.
#[derive(Debug, Clone)]
pub(super) struct Movement {
    pub(super) seller_id: SellerId,
    pub(super) currency: Currency,
    pub(super) what: &'static str,
    pub(super) transaction_id: Option<TransactionId>,
    pub(super) order_id: Option<OrderId>,
    pub(super) payout_id: Option<PayoutId>,
    /// Of a transaction that is recorded: before the fee, and the fee.
    pub(super) gross: Option<(Amount, Amount)>,
    pub(super) amount: Amount,
    pub(super) change: Places,
}

impl Movement {
    fn new((seller, currency): (&SellerId, Currency), what: &'static str, event: &Event) -> Self {
        Self {
            seller_id: seller.clone(),
            currency,
            what,
            transaction_id: None,
            order_id: None,
            payout_id: None,
            gross: None,
            amount: Amount::ZERO,
            change: Places::of(event),
        }
    }

    fn of_payout(self, payout: PayoutId, amount: Amount) -> Self {
        Self {
            payout_id: Some(payout),
            amount,
            ..self
        }
    }
}

/// The movements of an event; none if it moves no money.
pub(super) fn of(event: &Event, endings: &Endings) -> Vec<Movement> {
    let Some(of_balance) = of::Balance::of(event) else {
        return Vec::new();
    };
    match of_balance {
        of::Balance::TransactionRecorded(it) => vec![recorded(it, event)],
        of::Balance::TransactionsReleased(it) => released(it),
        of::Balance::TransactionsFailed(it) => failed(it),
        of::Balance::FundsReserved(it) => {
            let movement = Movement::new((&it.seller_id, it.currency), "payout_requested", event);
            vec![movement.of_payout(it.payout_id, it.amount_minor)]
        }
        of::Balance::ReservationPaidOut(it) => {
            let movement = Movement::new((&it.seller_id, it.currency), "payout_paid", event);
            vec![movement.of_payout(it.payout_id, it.amount_minor)]
        }
        of::Balance::ReservationReturned(it) => {
            let what = endings.get(&it.payout_id).unwrap_or(&"payout_returned");
            let movement = Movement::new((&it.seller_id, it.currency), what, event);
            vec![movement.of_payout(it.payout_id, it.amount_minor)]
        }
        of::Balance::TransactionsHeld(_)
        | of::Balance::TransactionsBlocked(_)
        | of::Balance::TransactionsUnblocked(_) => Vec::new(),
    }
}

fn recorded(it: &TransactionRecorded, event: &Event) -> Movement {
    let what = match it.kind {
        Kind::Payment => "sale",
        Kind::Refund => "refund",
        Kind::Dispute => "dispute",
        Kind::Adjustment => "adjustment",
    };
    Movement {
        transaction_id: Some(it.transaction_id.clone()),
        order_id: it.order_id.clone(),
        gross: Some((it.gross_minor, it.fee_minor)),
        amount: it.net_minor,
        ..Movement::new((&it.seller_id, it.currency), what, event)
    }
}

fn released(it: &TransactionsReleased) -> Vec<Movement> {
    let alone = it.transactions.iter().map(|one| {
        let event = TransactionsReleased {
            transactions: vec![one.clone()],
            seller_id: it.seller_id.clone(),
            currency: it.currency,
        };
        (&one.transaction_id, one.net_minor, event.into())
    });
    each((&it.seller_id, it.currency), "release", alone)
}

fn failed(it: &TransactionsFailed) -> Vec<Movement> {
    let alone = it.transactions.iter().map(|one| {
        let event = TransactionsFailed {
            transactions: vec![one.clone()],
            seller_id: it.seller_id.clone(),
            currency: it.currency,
        };
        (&one.transaction_id, one.net_minor, event.into())
    });
    each((&it.seller_id, it.currency), "transaction_failed", alone)
}

/// A line for each transaction: its postings are those of an event of its own.
fn each<'e>(
    balance: (&SellerId, Currency),
    what: &'static str,
    transactions: impl Iterator<Item = (&'e TransactionId, Amount, Event)>,
) -> Vec<Movement> {
    transactions
        .map(|(id, amount, alone)| Movement {
            transaction_id: Some(id.clone()),
            amount,
            ..Movement::new(balance, what, &alone)
        })
        .collect()
}
