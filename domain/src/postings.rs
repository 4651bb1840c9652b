//! Double entry, derived from events: each event is a set of postings that sums
//! to zero in its currency. Never stored as the truth.
//!
//! Accounts: `clearing` (what customers paid in), `fees` (the marketplace's), and
//! of each seller `seller/<id>/pending`, `…/available`, `…/reserved`, `…/paid_out`.
//! What the ledger owes is positive.

use crate::{
    event::Event,
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
    let _ = event;
    todo!()
}
