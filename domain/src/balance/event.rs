//! What is recorded of a seller's balance in one currency.
//!
//! Each event is a set of postings that sums to zero (`postings.rs`).
//! Amounts are minor units of the event's currency.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    id::{
        DisputeId, Fingerprint, OrderId, PaymentIntentId, PayoutId, SellerId, TransactionId,
        TransferId,
    },
    money::{Amount, Currency},
};

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A customer's payment for the seller's goods.
    Payment,
    /// Money given back to a customer; not positive.
    Refund,
    /// Money taken back by a customer's bank; not positive.
    Dispute,
    /// Anything else, of either sign.
    Adjustment,
}

impl Kind {
    /// As stored in the read tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::Dispute => "dispute",
            Self::Adjustment => "adjustment",
        }
    }
}

/// Where an unsettled transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenStatus {
    /// Its payment has not succeeded yet.
    Pending,
    /// Paid by the customer, not yet free to be paid out.
    Held,
    /// Free to be paid out.
    Available,
}

impl OpenStatus {
    /// As stored in the read tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Held => "held",
            Self::Available => "available",
        }
    }
}

/// Something is owed to a seller, or by them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionRecorded {
    /// Its id.
    pub transaction_id: TransactionId,
    /// Whose.
    pub seller_id: SellerId,
    /// In which currency.
    pub currency: Currency,
    /// What for.
    pub kind: Kind,
    /// Before the marketplace's fee.
    pub gross_minor: Amount,
    /// The marketplace's fee.
    pub fee_minor: Amount,
    /// What the seller gets: gross less fee.
    pub net_minor: Amount,
    /// Where it starts.
    pub status: OpenStatus,
    /// Whether a dispute of its payment is open already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blocked: bool,
    /// The customer's payment it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_intent: Option<PaymentIntentId>,
    /// The marketplace's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// The transfer that carries it to the seller's account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_id: Option<TransferId>,
    /// When it may be paid out.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub available_on: Option<OffsetDateTime>,
}

impl TransactionRecorded {
    /// A hash of what the caller said: equal for "the same again", whatever the
    /// state of the payment was each time.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let said = serde_json::json!([
            self.seller_id,
            self.currency,
            self.kind,
            self.gross_minor,
            self.fee_minor,
            self.payment_intent,
            self.order_id,
            self.transfer_id,
            self.available_on
                .map(OffsetDateTime::unix_timestamp_nanos)
                .map(|n| n.to_string()),
        ]);
        Fingerprint::of(said.to_string())
    }
}

/// The customer has paid; the money is not yet free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionsHeld {
    /// Whose.
    pub seller_id: SellerId,
    /// In which currency.
    pub currency: Currency,
    /// Which.
    pub transaction_ids: Vec<TransactionId>,
}

/// A transaction and its net amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// Which.
    pub transaction_id: TransactionId,
    /// What the seller gets.
    pub net_minor: Amount,
}

/// Transactions became free to be paid out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionsReleased {
    /// Whose.
    pub seller_id: SellerId,
    /// In which currency.
    pub currency: Currency,
    /// Which.
    pub transactions: Vec<Released>,
}

/// A transaction that came to nothing, with what has to be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedTransaction {
    /// Which.
    pub transaction_id: TransactionId,
    /// As recorded.
    pub gross_minor: Amount,
    /// As recorded.
    pub fee_minor: Amount,
    /// As recorded.
    pub net_minor: Amount,
}

/// Pending or held transactions came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionsFailed {
    /// Whose.
    pub seller_id: SellerId,
    /// In which currency.
    pub currency: Currency,
    /// Which.
    pub transactions: Vec<FailedTransaction>,
}

/// Transactions may not be paid out while a dispute is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionsBlocked {
    /// Whose.
    pub seller_id: SellerId,
    /// In which currency.
    pub currency: Currency,
    /// The dispute.
    pub dispute_id: DisputeId,
    /// Which, in whatever state they are.
    pub transaction_ids: Vec<TransactionId>,
}

/// The last dispute over these transactions ended well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionsUnblocked {
    /// Whose.
    pub seller_id: SellerId,
    /// In which currency.
    pub currency: Currency,
    /// The dispute.
    pub dispute_id: DisputeId,
    /// Which.
    pub transaction_ids: Vec<TransactionId>,
}

/// A transaction inside a payout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Which.
    pub transaction_id: TransactionId,
    /// Its net amount.
    pub net_minor: Amount,
    /// The transfer that carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_id: Option<TransferId>,
}

/// Available transactions were set aside for a payout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundsReserved {
    /// Whose.
    pub seller_id: SellerId,
    /// In which currency.
    pub currency: Currency,
    /// For which payout.
    pub payout_id: PayoutId,
    /// The sum of the items; positive.
    pub amount_minor: Amount,
    /// Which.
    pub items: Vec<Item>,
}

/// Where returned money comes back from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnedFrom {
    /// The payout never arrived.
    Reserved,
    /// The payout was told to be paid, and failed later.
    PaidOut,
}

/// A payout failed or was canceled: exactly its items are available again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservationReturned {
    /// Whose.
    pub seller_id: SellerId,
    /// In which currency.
    pub currency: Currency,
    /// Of which payout.
    pub payout_id: PayoutId,
    /// The sum of the items.
    pub amount_minor: Amount,
    /// From where.
    pub from: ReturnedFrom,
    /// Which.
    pub items: Vec<Item>,
}

/// A payout was paid: its items have left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservationPaidOut {
    /// Whose.
    pub seller_id: SellerId,
    /// In which currency.
    pub currency: Currency,
    /// Which payout.
    pub payout_id: PayoutId,
    /// The sum of the items.
    pub amount_minor: Amount,
    /// Which.
    pub items: Vec<Item>,
}
