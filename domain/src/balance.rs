//! What one seller is owed in one currency: open transactions, what of them is
//! set aside for payouts, and the totals.
//!
//! A transaction is in one place at a time, so it is in at most one live payout
//! by construction. Once paid out it leaves the balance: memory is bounded by
//! what is open. Look-ups by id are hash look-ups; only a payout that names no
//! transactions looks at all of them.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    id::{PayoutId, SellerId, StreamId, TransactionId, TransferId},
    money::{Amount, Currency},
};

mod carry_out;
mod decide;
pub mod event;
mod evolve;

pub(crate) use decide::{Named, Wanted};

/// The most transactions one payout takes; the rest wait for the next one.
pub const MAX_PAYOUT_ITEMS: usize = 10_000;

/// Whose balance, in which currency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// Whose.
    pub seller_id: SellerId,
    /// In which currency.
    pub currency: Currency,
}

impl Account {
    /// The balance's stream.
    #[must_use]
    pub fn stream(&self) -> StreamId {
        StreamId::balance(&self.seller_id, self.currency)
    }
}

/// The folded state of a balance. It can be kept as a snapshot, for its streams
/// grow long; when its shape changes, so must the store's snapshot format.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Balance {
    transactions: HashMap<TransactionId, Transaction>,
    /// The held ones by the time they become available.
    held_until: BTreeSet<(OffsetDateTime, TransactionId)>,
    /// Blocked by a dispute, wherever they are: what comes back is still blocked.
    blocked: HashSet<TransactionId>,
    totals: Totals,
    /// All that was ever recorded, without signs. As long as this fits an
    /// [`Amount`], so does every sum of any of the transactions.
    turnover: Amount,
    /// Where in the queue the next recorded transaction goes: behind all others.
    back: i64,
    /// Where in the queue the first transaction is: what comes back from a
    /// payout goes before it.
    front: i64,
}

/// A transaction that is not settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Transaction {
    /// Its place in the queue for payouts.
    order: i64,
    net: Amount,
    transfer_id: Option<TransferId>,
    place: Place,
}

/// Where an open transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Place {
    Pending(Terms),
    Held(Terms),
    Available,
    Reserved(PayoutId),
}

impl Place {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Pending(_) => "pending",
            Self::Held(_) => "held",
            Self::Available => "available",
            Self::Reserved(_) => "reserved",
        }
    }
}

/// What is needed to release a transaction, or to take it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Terms {
    gross: Amount,
    fee: Amount,
    available_on: Option<OffsetDateTime>,
}

impl Terms {
    /// Without a date there is nothing to wait for.
    fn is_due(&self, now: OffsetDateTime) -> bool {
        self.available_on.is_none_or(|at| at <= now)
    }
}

/// The sums of the transactions by where they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// Pending and held.
    pub pending: Amount,
    /// Free to be paid out, or blocked by a dispute.
    pub available: Amount,
    /// In payouts that are under way.
    pub reserved: Amount,
    /// In payouts that were paid.
    pub paid_out: Amount,
}

impl Balance {
    /// The sums.
    #[must_use]
    pub const fn totals(&self) -> Totals {
        self.totals
    }

    /// Where an open transaction is (`pending`, `held`, `available` or
    /// `reserved`); none when it is unknown, failed or paid out.
    #[must_use]
    pub fn place_of(&self, id: &TransactionId) -> Option<&'static str> {
        Some(self.transactions.get(id)?.place.as_str())
    }

    /// The payout a transaction is reserved for.
    #[must_use]
    pub fn reserved_for(&self, id: &TransactionId) -> Option<PayoutId> {
        match self.transactions.get(id)?.place {
            Place::Reserved(payout) => Some(payout),
            Place::Pending(_) | Place::Held(_) | Place::Available => None,
        }
    }

    /// Whether a dispute keeps a transaction from being paid out.
    #[must_use]
    pub fn is_blocked(&self, id: &TransactionId) -> bool {
        self.blocked.contains(id)
    }

    /// The open transactions with their net amounts, in no order.
    pub fn open(&self) -> impl Iterator<Item = (&TransactionId, &'static str, Amount)> {
        self.transactions
            .iter()
            .map(|(id, transaction)| (id, transaction.place.as_str(), transaction.net))
    }

    /// Roughly how much memory it takes, in transactions.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.transactions.len() + self.held_until.len() + self.blocked.len()
    }
}
