//! What is recorded of a payment.

use serde::{Deserialize, Serialize};

use crate::{
    id::{DisputeId, PaymentIntentId, SellerId, TransactionId},
    money::{Amount, Currency},
};

/// A seller's transaction was split from this payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionLinked {
    /// The payment.
    pub payment_intent: PaymentIntentId,
    /// The transaction.
    pub transaction_id: TransactionId,
    /// Whose it is.
    pub seller_id: SellerId,
    /// In which of the seller's balances.
    pub currency: Currency,
}

/// The customer paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentSucceeded {
    /// The payment.
    pub payment_intent: PaymentIntentId,
}

/// The payment was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentCanceled {
    /// The payment.
    pub payment_intent: PaymentIntentId,
}

/// An attempt failed; the payment may still succeed
/// (<https://docs.stripe.com/payments/paymentintents/lifecycle>).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentAttemptFailed {
    /// The payment.
    pub payment_intent: PaymentIntentId,
}

/// Money went back to the customer. Noted only: the seller's side moves by a
/// transaction of kind `refund` or by a reversed transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRefunded {
    /// The payment.
    pub payment_intent: PaymentIntentId,
    /// All that was refunded so far.
    pub refunded_minor: Amount,
    /// In which currency.
    pub currency: Currency,
}

/// The customer's bank disputes the payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeOpened {
    /// The payment.
    pub payment_intent: PaymentIntentId,
    /// Which dispute of it.
    pub dispute_id: DisputeId,
}

/// A dispute ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeClosed {
    /// The payment.
    pub payment_intent: PaymentIntentId,
    /// Which dispute of it.
    pub dispute_id: DisputeId,
    /// How.
    pub outcome: DisputeOutcome,
}

/// How a dispute ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeOutcome {
    /// The marketplace keeps the money.
    Won,
    /// The money went back to the customer.
    Lost,
    /// It was an inquiry that never became a dispute; no money moved.
    WarningClosed,
}
