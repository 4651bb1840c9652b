//! What is recorded of a payout.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    arrival::Arrival,
    balance::event::Item,
    event::Method,
    id::{
        BalanceTransactionId, PaymentIntentId, PayoutId, ReportingCategory, SellerId, SourceId,
        StripePayoutId,
    },
    money::{Amount, Currency},
};

/// The marketplace asked for a payout; its money is reserved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutRequested {
    /// Our id.
    pub payout_id: PayoutId,
    /// For whom.
    pub seller_id: SellerId,
    /// How much, in minor units: the sum of the items.
    pub amount_minor: Amount,
    /// Of what.
    pub currency: Currency,
    /// How fast.
    pub method: Method,
    /// Shown to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What is paid out.
    pub items: Vec<Item>,
}

/// Stripe told of a payout that the ledger never requested (an automatic one,
/// or one made by hand). It has no items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutAdopted {
    /// Our id, computed from Stripe's.
    pub payout_id: PayoutId,
    /// Whose account it is of.
    pub seller_id: SellerId,
    /// Stripe's id.
    pub stripe_payout_id: StripePayoutId,
    /// How much, in minor units; negative when Stripe collects from the bank.
    pub amount_minor: Amount,
    /// Of what.
    pub currency: Currency,
    /// How fast.
    pub method: Method,
    /// When Stripe expects it to arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival_date: Option<Arrival>,
}

/// Stripe has accepted the payout and named it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutSubmitted {
    /// Our id.
    pub payout_id: PayoutId,
    /// Stripe's id.
    pub stripe_payout_id: StripePayoutId,
    /// When Stripe expects it to arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival_date: Option<Arrival>,
}

/// Stripe's answer to the payout is unknown: its money stays reserved until
/// Stripe has told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutPutInDoubt {
    /// Our id.
    pub payout_id: PayoutId,
    /// Why, for people.
    pub reason: String,
}

/// The ledger is about to ask Stripe for the payout, and may have done so: recorded
/// before the call, so that nobody asks a second time on a guess.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutSubmissionBegun {
    /// Our id.
    pub payout_id: PayoutId,
    /// Its number, from 1; each has an idempotency key of its own.
    pub attempt: u32,
    /// Stripe keeps the key for 24 hours from then at least
    /// (<https://docs.stripe.com/api/idempotent_requests>).
    #[serde(with = "time::serde::rfc3339")]
    pub begun_at: OffsetDateTime,
}

/// Stripe refused the payout and made nothing; its money stays reserved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutSubmissionRefused {
    /// Our id.
    pub payout_id: PayoutId,
    /// Which attempt.
    pub attempt: u32,
    /// Stripe's code, or a word of the ledger's own.
    pub code: String,
    /// The reason for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When the next attempt is due; none if a person has to look first.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub try_again_at: Option<OffsetDateTime>,
}

/// A person has looked at what Stripe refused: it is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutSubmissionResumed {
    /// Our id.
    pub payout_id: PayoutId,
}

/// Stripe is to be asked to call off a payout that the ledger made there. Its money
/// stays reserved until Stripe has answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutCancellationRequested {
    /// Our id.
    pub payout_id: PayoutId,
    /// Whose account it is of.
    pub seller_id: SellerId,
    /// Stripe's id.
    pub stripe_payout_id: StripePayoutId,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Stripe did not call the payout off: it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutCancellationRefused {
    /// Our id.
    pub payout_id: PayoutId,
    /// Stripe's code.
    pub code: String,
    /// The reason for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The payout is on its way to the bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutInTransit {
    /// Our id.
    pub payout_id: PayoutId,
    /// When Stripe expects it to arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival_date: Option<Arrival>,
}

/// Stripe expects the payout on a later day than it said before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutRescheduled {
    /// Our id.
    pub payout_id: PayoutId,
    /// When Stripe expects it to arrive now.
    pub arrival_date: Arrival,
}

/// The money should have arrived. A payout that was paid can fail later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutPaid {
    /// Our id.
    pub payout_id: PayoutId,
    /// When it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival_date: Option<Arrival>,
}

/// The bank sent the money back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutFailed {
    /// Our id.
    pub payout_id: PayoutId,
    /// Stripe's reason: an open set (<https://docs.stripe.com/api/payouts/failures>).
    pub failure_code: String,
    /// The reason for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_message: Option<String>,
}

/// The payout was called off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutCanceled {
    /// Our id.
    pub payout_id: PayoutId,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who called it off.
    pub by: CanceledBy,
}

/// What Stripe put into a payout of its own, as its report lists it. One payout may
/// have several of these events: each holds some of the items. They tell what Stripe
/// paid, and move no balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutItemsRecorded {
    /// Our id.
    pub payout_id: PayoutId,
    /// Of the items: the payout's.
    pub currency: Currency,
    /// The items, by their ids.
    pub items: Vec<PaidItem>,
    /// The payout had come to nothing by then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub returned: bool,
}

/// One movement of Stripe's balance inside a payout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidItem {
    /// Stripe's id.
    pub balance_transaction_id: BalanceTransactionId,
    /// How much, in minor units, after Stripe's fee; negative for what was taken.
    pub net_minor: Amount,
    /// Stripe's word for what kind it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<ReportingCategory>,
    /// What it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceId>,
    /// The customer's payment behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_intent: Option<PaymentIntentId>,
}

/// Who called a payout off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CanceledBy {
    /// A command to the ledger.
    Command,
    /// Stripe.
    Stripe,
}
