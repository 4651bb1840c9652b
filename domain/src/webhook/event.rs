//! What is recorded of an event of Stripe's, beside the archive.

use serde::{Deserialize, Serialize};

use super::Outcome;

/// An operator gave a webhook up: it will never be applied, and holds nothing up
/// any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookDropped {
    /// Stripe's id, or one computed from the body.
    pub event_id: String,
    /// SHA-256 of the body, as 64 hexadecimal digits.
    pub body_hash: String,
    /// What it is about, e.g. `payout/po_1`, if that could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The operator's reason.
    pub reason: String,
    /// What had become of it: dead or parked.
    pub outcome_before: Outcome,
    /// Why that had become of it: a stable word, or what it waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_before: Option<String>,
}
