//! Stripe's vocabulary turned into ours: the one place that reads Stripe's events.
//!
//! Pure: bytes in, a [`Translation`] out. Facts about Stripe's payloads come from
//! <https://docs.stripe.com/api/events> and from real payloads (`tests/payloads`).

use crate::{
    arrival::Arrival,
    event::Method,
    id::{DisputeId, PaymentIntentId, PayoutId, StripeAccount, StripePayoutId, TransferId},
    money::Money,
    payment::event::DisputeOutcome,
};

/// What an event of Stripe's says, in the ledger's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// Where a payout stands.
    Payout(PayoutReport),
    /// Where a transfer stands.
    Transfer(TransferReport),
    /// A payment succeeded.
    PaymentSucceeded(PaymentIntentId),
    /// A payment was given up.
    PaymentCanceled(PaymentIntentId),
    /// An attempt to pay failed.
    PaymentAttemptFailed(PaymentIntentId),
    /// A payment was refunded; the cumulative amount.
    PaymentRefunded(PaymentIntentId, Money),
    /// A dispute was opened.
    DisputeOpened(PaymentIntentId, DisputeId),
    /// A dispute ended.
    DisputeClosed(PaymentIntentId, DisputeId, DisputeOutcome),
}

/// What a payload tells of a payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutReport {
    /// Stripe's id.
    pub stripe_payout_id: StripePayoutId,
    /// Ours, from `metadata.payout_id`, if it is a UUID.
    pub payout_id: Option<PayoutId>,
    /// The connected account the event is of; none for the platform's own.
    pub account: Option<StripeAccount>,
    /// How much, and of what.
    pub amount: Money,
    /// How far it is: the further of the event's type and the object's status.
    pub status: PayoutStatus,
    /// How fast.
    pub method: Method,
    /// When Stripe expects it to arrive.
    pub arrival_date: Option<Arrival>,
}

/// How far a payout is, as Stripe tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayoutStatus {
    /// Accepted.
    Pending,
    /// On its way.
    InTransit,
    /// Arrived, as far as is known.
    Paid,
    /// Came back.
    Failed {
        /// Stripe's reason.
        code: String,
        /// The reason for people.
        message: Option<String>,
    },
    /// Called off.
    Canceled,
}

/// What a payload tells of a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferReport {
    /// Stripe's id.
    pub transfer_id: TransferId,
    /// The connected account the money went to.
    pub destination: Option<StripeAccount>,
    /// How much, and of what.
    pub amount: Money,
    /// All that was taken back so far.
    pub reversed: Money,
}

/// What became of an event of Stripe's before the rules are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// It tells something the ledger keeps books of.
    Fact(Fact),
    /// It does not concern the ledger; why.
    Ignored(&'static str),
    /// It cannot be applied; a stable word for programs, and a text for people.
    Dead {
        /// E.g. `type_status_mismatch`.
        reason: &'static str,
        /// What is wrong with it.
        detail: String,
    },
}

/// An event of Stripe's, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translation {
    /// `id`, if it has one.
    pub event_id: Option<String>,
    /// `type`, if it has one.
    pub event_type: Option<String>,
    /// What the event is about, e.g. `payout/po_1`: events of one object are
    /// taken one after the other.
    pub object: Option<String>,
    /// What it means.
    pub meaning: Meaning,
}

/// Which events belong into a ledger's books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Stripe's test events only.
    #[default]
    Test,
    /// Real money only.
    Live,
}

/// Reads an event of Stripe's, byte for byte as it was received.
#[must_use]
pub fn translate(body: &[u8], mode: Mode) -> Translation {
    let _ = (body, mode);
    todo!()
}
