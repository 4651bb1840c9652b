//! A payout: what it takes, what Stripe calls it, and how far it is.
//!
//! Its machine is free of order: Stripe's events of one payout, in any order and
//! any number of times, end in the same state. So a state keeps nothing of how
//! it was reached: the furthest word stands, with the arrival date that came
//! with it, and a payout that failed does not remember that it was paid.

use crate::{
    arrival::Arrival,
    balance::{Account, event::Item},
    event::Method,
    id::{Fingerprint, PayoutId, SellerId, StripePayoutId},
    money::Money,
};

mod decide;
pub mod event;
mod evolve;
mod items;
mod submission;

pub(crate) use decide::{Teller, Told};
use event::CanceledBy;
pub use items::MAX_PAID_ITEMS;
pub use submission::{Stage, Submission};

/// A payout, or nothing yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Payout {
    known: Option<Box<Known>>,
}

/// A payout that was requested, or adopted from Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    payout_id: PayoutId,
    seller_id: SellerId,
    amount: Money,
    method: Method,
    description: Option<String>,
    items: Vec<Item>,
    paid_items: Option<Fingerprint>,
    origin: Origin,
    stripe_payout_id: Option<StripePayoutId>,
    standing: Standing,
    submission: Submission,
    cancellation: bool,
}

/// Who made a payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The ledger.
    Ledger,
    /// Stripe, by itself or by hand in its dashboard.
    Stripe,
}

impl Origin {
    /// As in the read tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Stripe => "stripe",
        }
    }
}

/// How far a payout is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Its money is reserved; Stripe has not been heard of.
    Requested,
    /// Stripe may or may not have it: its money stays reserved.
    InDoubt {
        /// Why, for people.
        reason: String,
    },
    /// Stripe has accepted it.
    Pending {
        /// When it should arrive.
        arrival_date: Option<Arrival>,
    },
    /// It is on its way to the bank.
    InTransit {
        /// When it should arrive.
        arrival_date: Option<Arrival>,
    },
    /// It has arrived, as far as is known; it can still fail.
    Paid {
        /// When it arrived.
        arrival_date: Option<Arrival>,
    },
    /// It came back. Final.
    Failed {
        /// Stripe's reason.
        failure_code: String,
        /// The reason for people.
        failure_message: Option<String>,
    },
    /// It was called off. Final; but one that was called off by a command needs
    /// Stripe's word that nothing was sent.
    Canceled {
        /// By whom.
        by: CanceledBy,
    },
}

impl Standing {
    /// As in the read tables.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::InDoubt { .. } => "in_doubt",
            Self::Pending { .. } => "pending",
            Self::InTransit { .. } => "in_transit",
            Self::Paid { .. } => "paid",
            Self::Failed { .. } => "failed",
            Self::Canceled { .. } => "canceled",
        }
    }
}

impl Payout {
    /// The payout, if there is one.
    #[must_use]
    pub fn known(&self) -> Option<&Known> {
        self.known.as_deref()
    }

    /// Roughly how much memory it takes, in items.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.known().map_or(0, |known| known.items.len())
    }
}

impl Known {
    /// Our id.
    #[must_use]
    pub const fn payout_id(&self) -> PayoutId {
        self.payout_id
    }

    /// For whom.
    #[must_use]
    pub const fn seller_id(&self) -> &SellerId {
        &self.seller_id
    }

    /// The balance its items come from.
    #[must_use]
    pub fn account(&self) -> Account {
        Account {
            seller_id: self.seller_id.clone(),
            currency: self.amount.currency,
        }
    }

    /// How much.
    #[must_use]
    pub const fn amount(&self) -> Money {
        self.amount
    }

    /// How fast.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.method
    }

    /// What people are shown.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// What it takes; nothing if it is Stripe's own.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// A hash of what Stripe's report lists for it, once that was recorded. Apart from
    /// its own items on purpose: these were never reserved, and are never given back.
    #[must_use]
    pub const fn paid_items(&self) -> Option<&Fingerprint> {
        self.paid_items.as_ref()
    }

    /// Who made it.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// Stripe's id, once it is known.
    #[must_use]
    pub const fn stripe_payout_id(&self) -> Option<&StripePayoutId> {
        self.stripe_payout_id.as_ref()
    }

    /// How far it is.
    #[must_use]
    pub const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// What the ledger itself did to make it at Stripe.
    #[must_use]
    pub const fn submission(&self) -> Submission {
        self.submission
    }

    /// Whether Stripe is to be asked to call it off.
    #[must_use]
    pub const fn is_to_be_canceled(&self) -> bool {
        self.cancellation
    }

    /// When it should arrive, or did; none before Stripe has told, and none for
    /// a payout that came to nothing.
    #[must_use]
    pub const fn arrival_date(&self) -> Option<Arrival> {
        match &self.standing {
            Standing::Pending { arrival_date }
            | Standing::InTransit { arrival_date }
            | Standing::Paid { arrival_date } => *arrival_date,
            Standing::Requested
            | Standing::InDoubt { .. }
            | Standing::Failed { .. }
            | Standing::Canceled { .. } => None,
        }
    }
}
