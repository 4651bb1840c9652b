//! Stripe's word against the ledger's, payout by payout and item by item: what is the
//! same, what is missing on either side, and what differs.
//!
//! Pure: where Stripe's word comes from (a report, the API) and where the ledger's rows
//! are read is up to others.

use std::collections::HashMap;

use time::OffsetDateTime;

use crate::{
    command::ReportedItem,
    id::{PayoutId, StripeAccount, StripePayoutId, TransactionId, TransferId},
    money::{Amount, Money},
    payout::Origin,
};

/// What became of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Both say the same.
    Matched,
    /// Stripe has it, the ledger does not.
    MissingHere,
    /// The ledger has it, Stripe does not.
    MissingAtStripe,
    /// Another amount, or another currency.
    AmountDiffers,
    /// The same amount, and another status.
    StatusDiffers,
    /// Stripe's word cannot be read.
    Unreadable,
    /// The ledger has not been told that Stripe has it: a hint, and no difference.
    NotSubmitted,
}

impl Verdict {
    /// All, in the order in which they are counted.
    pub const ALL: [Self; 7] = [
        Self::Matched,
        Self::MissingHere,
        Self::MissingAtStripe,
        Self::AmountDiffers,
        Self::StatusDiffers,
        Self::Unreadable,
        Self::NotSubmitted,
    ];

    /// The word for it, for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::MissingHere => "missing_here",
            Self::MissingAtStripe => "missing_at_stripe",
            Self::AmountDiffers => "amount_differs",
            Self::StatusDiffers => "status_differs",
            Self::Unreadable => "unreadable",
            Self::NotSubmitted => "not_submitted",
        }
    }

    /// Whether somebody has to look at it.
    #[must_use]
    pub const fn differs(self) -> bool {
        match self {
            Self::Matched | Self::NotSubmitted => false,
            Self::MissingHere
            | Self::MissingAtStripe
            | Self::AmountDiffers
            | Self::StatusDiffers
            | Self::Unreadable => true,
        }
    }
}

/// What Stripe says of a payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripePayout {
    /// Its id.
    pub id: StripePayoutId,
    /// The connected account it is of, if that is told.
    pub account: Option<StripeAccount>,
    /// Our id, if its metadata names it.
    pub payout_id: Option<PayoutId>,
    /// How much went to the bank; negative when it was collected from there.
    pub amount: Money,
    /// How far it is.
    pub status: StripeStatus,
    /// When the money left Stripe's balance: for an automatic payout the day it should
    /// arrive, for a manual one when it was made.
    pub effective_at: Option<OffsetDateTime>,
}

/// How far a payout is, as far as Stripe's word tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StripeStatus {
    /// Not sent to the bank.
    Pending,
    /// On its way to the bank.
    InTransit,
    /// Arrived.
    Paid,
    /// Sent back by the bank.
    Failed,
    /// Called off.
    Canceled,
    /// Failed or canceled: the money is back, and that is all that is told.
    Reversed,
    /// It exists, and nothing else is told.
    Accepted,
}

impl StripeStatus {
    /// Stripe's word for a status.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::Pending,
            Self::InTransit,
            Self::Paid,
            Self::Failed,
            Self::Canceled,
        ]
        .into_iter()
        .find(|status| status.as_str() == word)
    }

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InTransit => "in_transit",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Reversed => "reversed",
            Self::Accepted => "accepted",
        }
    }

    /// Whether a payout of the ledger in this status is as far.
    fn agrees_with(self, ledger: &str) -> bool {
        let came_to_nothing = matches!(ledger, "failed" | "canceled");
        match self {
            Self::Pending | Self::InTransit | Self::Paid | Self::Failed | Self::Canceled => {
                self.as_str() == ledger
            }
            Self::Reversed => came_to_nothing,
            Self::Accepted => !came_to_nothing && !matches!(ledger, "requested" | "in_doubt"),
        }
    }
}

/// What the ledger says of a payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerPayout {
    /// Our id.
    pub payout_id: PayoutId,
    /// Stripe's id, once it was told.
    pub stripe_payout_id: Option<StripePayoutId>,
    /// How much.
    pub amount: Money,
    /// How far it is, as in the read table.
    pub status: String,
    /// Who made it.
    pub origin: Origin,
    /// How many items it has.
    pub item_count: u64,
}

/// Holds Stripe's word on one payout against the ledger's.
#[must_use]
pub fn payout(stripe: &StripePayout, ledger: Option<&LedgerPayout>) -> Verdict {
    match ledger {
        None => Verdict::MissingHere,
        Some(ledger) if ledger.amount != stripe.amount => Verdict::AmountDiffers,
        Some(ledger) if !stripe.status.agrees_with(&ledger.status) => Verdict::StatusDiffers,
        Some(_) => Verdict::Matched,
    }
}

/// Holds a payout's list of items against the ledger's payout: do they make its amount?
#[must_use]
pub fn list(items: &[ReportedItem], ledger: Option<&LedgerPayout>) -> Verdict {
    match ledger {
        None => Verdict::MissingHere,
        Some(ledger) if sum(items) == Some(ledger.amount) => Verdict::Matched,
        Some(_) => Verdict::AmountDiffers,
    }
}

/// What items make together; nothing, if there are none, they are in several currencies,
/// or it is too much to count.
#[must_use]
pub fn sum(items: &[ReportedItem]) -> Option<Money> {
    let currency = items.first()?.net.currency;
    let same = items.iter().all(|item| item.net.currency == currency);
    let sum = Amount::sum(items.iter().map(|item| item.net.amount))?;
    same.then_some(Money::new(sum, currency))
}

/// What the ledger says of an item of a payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerItem {
    /// The marketplace's transaction; of a payout that Stripe made, the movement of its
    /// balance.
    pub transaction_id: TransactionId,
    /// How much of the payout it is.
    pub amount: Money,
    /// The transfer that carries it.
    pub transfer_id: Option<TransferId>,
}

/// One item, on both sides or on one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair<'a> {
    /// Stripe's.
    pub stripe: Option<&'a ReportedItem>,
    /// The ledger's.
    pub ledger: Option<&'a LedgerItem>,
    /// What became of it.
    pub verdict: Verdict,
}

/// Holds the items of one payout against each other. They are the same by the id of
/// Stripe's movement, or else by the transfer it came from. Stripe's come first, in their
/// order, then those that only the ledger has.
#[must_use]
pub fn items<'a>(stripe: &'a [ReportedItem], ledger: &'a [LedgerItem]) -> Vec<Pair<'a>> {
    let mut by_id: HashMap<&str, usize> = HashMap::with_capacity(ledger.len());
    let mut by_transfer: HashMap<&str, usize> = HashMap::new();
    for (at, item) in ledger.iter().enumerate() {
        by_id.insert(item.transaction_id.as_str(), at);
        if let Some(transfer) = &item.transfer_id {
            by_transfer.insert(transfer.as_str(), at);
        }
    }
    // By id first, for all: a transfer must not take what belongs to an id.
    let mut taken = vec![false; ledger.len()];
    let mut found: Vec<Option<usize>> = Vec::with_capacity(stripe.len());
    for item in stripe {
        let at = by_id.get(item.balance_transaction_id.as_str()).copied();
        found.push(take(&mut taken, at));
    }
    for (item, found) in stripe.iter().zip(&mut found) {
        if let (None, Some(source)) = (&found, &item.source) {
            *found = take(&mut taken, by_transfer.get(source.as_str()).copied());
        }
    }
    let both = stripe.iter().zip(&found).map(|(item, at)| {
        let counterpart = at.and_then(|at| ledger.get(at));
        Pair {
            stripe: Some(item),
            ledger: counterpart,
            verdict: match counterpart {
                None => Verdict::MissingHere,
                Some(ledger) if ledger.amount != item.net => Verdict::AmountDiffers,
                Some(_) => Verdict::Matched,
            },
        }
    });
    let rest = ledger.iter().zip(&taken).filter(|(_, taken)| !**taken);
    both.chain(rest.map(|(item, _)| Pair {
        stripe: None,
        ledger: Some(item),
        verdict: Verdict::MissingAtStripe,
    }))
    .collect()
}

fn take(taken: &mut [bool], at: Option<usize>) -> Option<usize> {
    let place = taken.get_mut(at?)?;
    let free = !std::mem::replace(place, true);
    at.filter(|_| free)
}
