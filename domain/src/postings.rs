//! Double entry, derived from events: each event is a set of postings that sums
//! to zero in its currency. Never stored as the truth.
//!
//! Accounts: `clearing` (what customers paid in), `fees` (the marketplace's), and
//! of each seller `seller/<id>/pending`, `…/available`, `…/reserved`, `…/paid_out`.
//! What the ledger owes is positive.

use crate::{
    balance::event::{OpenStatus, ReturnedFrom, TransactionRecorded, TransactionsFailed},
    event::Event,
    id::SellerId,
    money::{Amount, Currency},
};

/// One line of the books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// The account.
    pub account: String,
    /// How much, signed, in minor units.
    pub amount: Amount,
    /// Of what.
    pub currency: Currency,
}

/// The postings of an event; none for events that move no money. Lines of
/// nothing are left out.
#[must_use]
pub fn postings(event: &Event) -> Vec<Posting> {
    match event {
        Event::TransactionRecorded(event) => recorded(event),
        Event::TransactionsFailed(event) => failed(event),
        Event::TransactionsReleased(event) => {
            let released = sum(event.transactions.iter().map(|one| one.net_minor));
            moved(
                &event.seller_id,
                event.currency,
                released,
                PENDING,
                AVAILABLE,
            )
        }
        Event::FundsReserved(event) => moved(
            &event.seller_id,
            event.currency,
            event.amount_minor,
            AVAILABLE,
            RESERVED,
        ),
        Event::ReservationPaidOut(event) => moved(
            &event.seller_id,
            event.currency,
            event.amount_minor,
            RESERVED,
            PAID_OUT,
        ),
        Event::ReservationReturned(event) => {
            let from = match event.from {
                ReturnedFrom::Reserved => RESERVED,
                ReturnedFrom::PaidOut => PAID_OUT,
            };
            moved(
                &event.seller_id,
                event.currency,
                event.amount_minor,
                from,
                AVAILABLE,
            )
        }
        Event::SellerRegistered(_)
        | Event::TransactionLinked(_)
        | Event::PaymentSucceeded(_)
        | Event::PaymentCanceled(_)
        | Event::PaymentAttemptFailed(_)
        | Event::PaymentRefunded(_)
        | Event::DisputeOpened(_)
        | Event::DisputeClosed(_)
        | Event::TransactionsHeld(_)
        | Event::TransactionsBlocked(_)
        | Event::TransactionsUnblocked(_)
        | Event::TransferRecorded(_)
        | Event::TransferLinked(_)
        | Event::TransferReversed(_)
        | Event::PayoutRequested(_)
        | Event::PayoutAdopted(_)
        | Event::PayoutSubmitted(_)
        | Event::PayoutPutInDoubt(_)
        | Event::PayoutInTransit(_)
        | Event::PayoutRescheduled(_)
        | Event::PayoutPaid(_)
        | Event::PayoutFailed(_)
        | Event::PayoutCanceled(_)
        | Event::WebhookDropped(_) => Vec::new(),
    }
}

fn recorded(event: &TransactionRecorded) -> Vec<Posting> {
    let place = match event.status {
        OpenStatus::Pending | OpenStatus::Held => PENDING,
        OpenStatus::Available => AVAILABLE,
    };
    let mut lines = Lines::new(event.currency);
    lines.add(CLEARING, opposite(event.gross_minor));
    lines.add(FEES, event.fee_minor);
    lines.add_to_seller(&event.seller_id, place, event.net_minor);
    lines.0
}

fn failed(event: &TransactionsFailed) -> Vec<Posting> {
    let failed = &event.transactions;
    let fees = sum(failed.iter().map(|one| one.fee_minor));
    let net = sum(failed.iter().map(|one| one.net_minor));
    let mut lines = Lines::new(event.currency);
    lines.add(CLEARING, sum(failed.iter().map(|one| one.gross_minor)));
    lines.add(FEES, opposite(fees));
    lines.add_to_seller(&event.seller_id, PENDING, opposite(net));
    lines.0
}

const CLEARING: &str = "clearing";
const FEES: &str = "fees";
const PENDING: &str = "pending";
const AVAILABLE: &str = "available";
const RESERVED: &str = "reserved";
const PAID_OUT: &str = "paid_out";

/// Lines in one currency.
struct Lines(Vec<Posting>, Currency);

impl Lines {
    const fn new(currency: Currency) -> Self {
        Self(Vec::new(), currency)
    }

    fn add(&mut self, account: impl Into<String>, amount: Amount) {
        if amount != Amount::ZERO {
            self.0.push(Posting {
                account: account.into(),
                amount,
                currency: self.1,
            });
        }
    }

    fn add_to_seller(&mut self, seller: &SellerId, place: &str, amount: Amount) {
        self.add(format!("seller/{seller}/{place}"), amount);
    }
}

fn moved(
    seller: &SellerId,
    currency: Currency,
    amount: Amount,
    from: &str,
    to: &str,
) -> Vec<Posting> {
    let mut lines = Lines::new(currency);
    lines.add_to_seller(seller, from, opposite(amount));
    lines.add_to_seller(seller, to, amount);
    lines.0
}

fn opposite(amount: Amount) -> Amount {
    Amount::ZERO.saturating_minus(amount)
}

fn sum(amounts: impl Iterator<Item = Amount>) -> Amount {
    amounts.fold(Amount::ZERO, Amount::saturating_plus)
}
