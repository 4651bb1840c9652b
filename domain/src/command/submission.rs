//! Commands of whoever makes payouts at Stripe: what is about to be asked there, and
//! what the answer was.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    arrival::Arrival,
    event::Method,
    id::{PayoutId, StripeAccount, StripePayoutId},
    money::Money,
    stripe::{PayoutReport, PayoutStatus, UNKNOWN_FAILURE},
};

/// Records that Stripe is about to be asked for the payout: before the call. Whoever
/// is answered with an event makes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BeginSubmission {
    /// Our id.
    pub payout_id: PayoutId,
    /// The attempt's number: one more than that of the last.
    pub attempt: u32,
}

/// Records that Stripe refused the payout and made nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefuseSubmission {
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
    /// It will never be accepted like this: the payout fails with the code.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub give_up: bool,
}

/// Records that nobody knows what became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PutPayoutInDoubt {
    /// Our id.
    pub payout_id: PayoutId,
    /// Which attempt.
    pub attempt: u32,
    /// Why, for people.
    pub reason: String,
}

/// Lets the payout be tried again at once, after a person has looked at what Stripe
/// refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResumeSubmission {
    /// Our id.
    pub payout_id: PayoutId,
}

/// Records that Stripe did not call the payout off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefuseCancellation {
    /// Our id.
    pub payout_id: PayoutId,
    /// Stripe's code.
    pub code: String,
    /// The reason for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Records what Stripe's API tells of a payout now: its answer to a call, or to a
/// question. News in any order, as from webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportPayout {
    /// Stripe's id.
    pub stripe_payout_id: StripePayoutId,
    /// Ours, as the payout's metadata tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payout_id: Option<PayoutId>,
    /// The connected account it is of; none for the platform's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<StripeAccount>,
    /// How much, and of what.
    pub amount: Money,
    /// How far it is.
    pub status: ReportedStatus,
    /// How fast; `standard` if absent.
    #[serde(default)]
    pub method: Method,
    /// When Stripe expects it to arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival_date: Option<Arrival>,
    /// Stripe's reason, if it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_code: Option<String>,
    /// The same for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_message: Option<String>,
}

/// A payout's status in Stripe's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportedStatus {
    /// Accepted.
    Pending,
    /// On its way.
    InTransit,
    /// Arrived, as far as is known.
    Paid,
    /// Came back.
    Failed,
    /// Called off.
    Canceled,
}

impl From<PayoutReport> for ReportPayout {
    fn from(report: PayoutReport) -> Self {
        let (status, failure_code, failure_message) = match report.status {
            PayoutStatus::Pending => (ReportedStatus::Pending, None, None),
            PayoutStatus::InTransit => (ReportedStatus::InTransit, None, None),
            PayoutStatus::Paid => (ReportedStatus::Paid, None, None),
            PayoutStatus::Canceled => (ReportedStatus::Canceled, None, None),
            PayoutStatus::Failed { code, message } => (ReportedStatus::Failed, Some(code), message),
        };
        Self {
            stripe_payout_id: report.stripe_payout_id,
            payout_id: report.payout_id,
            account: report.account,
            amount: report.amount,
            status,
            method: report.method,
            arrival_date: report.arrival_date,
            failure_code,
            failure_message,
        }
    }
}

impl From<&ReportPayout> for PayoutReport {
    fn from(told: &ReportPayout) -> Self {
        let status = match told.status {
            ReportedStatus::Pending => PayoutStatus::Pending,
            ReportedStatus::InTransit => PayoutStatus::InTransit,
            ReportedStatus::Paid => PayoutStatus::Paid,
            ReportedStatus::Canceled => PayoutStatus::Canceled,
            ReportedStatus::Failed => PayoutStatus::Failed {
                code: told
                    .failure_code
                    .clone()
                    .unwrap_or_else(|| UNKNOWN_FAILURE.to_owned()),
                message: told.failure_message.clone(),
            },
        };
        Self {
            stripe_payout_id: told.stripe_payout_id.clone(),
            payout_id: told.payout_id,
            account: told.account.clone(),
            amount: told.amount,
            status,
            method: told.method,
            arrival_date: told.arrival_date,
        }
    }
}
