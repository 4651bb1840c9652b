//! What is recorded of a transfer.

use serde::{Deserialize, Serialize};

use crate::{
    id::{SellerId, TransactionId, TransferId},
    money::{Amount, Currency},
};

/// Money was moved from the platform to a seller's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferRecorded {
    /// Stripe's id.
    pub transfer_id: TransferId,
    /// To whom.
    pub seller_id: SellerId,
    /// How much, in minor units.
    pub amount_minor: Amount,
    /// Of what.
    pub currency: Currency,
    /// The transaction it carries, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<TransactionId>,
    /// Told by Stripe: the seller is then a guess from the connected account,
    /// which a command may correct once (`transfer-linked`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_stripe: bool,
}

/// A command told more of a transfer that Stripe had told of first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferLinked {
    /// Stripe's id.
    pub transfer_id: TransferId,
    /// To whom.
    pub seller_id: SellerId,
    /// The transaction it carries, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<TransactionId>,
}

/// Money of a transfer was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferReversed {
    /// Stripe's id.
    pub transfer_id: TransferId,
    /// All that was taken back so far; never decreases.
    pub reversed_minor: Amount,
    /// The transfer's amount.
    pub amount_minor: Amount,
}
