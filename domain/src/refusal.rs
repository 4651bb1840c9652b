//! Why a command is refused: the domain's [`Rejection`]s, and the codes and
//! texts that callers see.

use serde::{Deserialize, Serialize};

use crate::{
    id::{PayoutId, SellerId, StripePayoutId, TransactionId, TransferId},
    money::Money,
};

macro_rules! codes {
    ($($code:ident = $text:literal, $status:literal, $title:literal;)+) => {
        /// What kind of refusal it is: stable, for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Code {
            $(
                #[doc = $title]
                #[serde(rename = $text)]
                $code,
            )+
        }

        impl Code {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$code,)+];

            /// The code in upper snake case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$code => $text,)+ }
            }

            /// The HTTP status that goes with it.
            #[must_use]
            pub const fn http_status(self) -> u16 {
                match self { $(Self::$code => $status,)+ }
            }

            /// One line for people, the same each time.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$code => $title,)+ }
            }
        }
    };
}

codes! {
    InvalidCommand = "INVALID_COMMAND", 400, "The command cannot be read";
    UnknownCommand = "UNKNOWN_COMMAND", 404, "There is no such command";
    SellerNotFound = "SELLER_NOT_FOUND", 404, "There is no such seller";
    PayoutNotFound = "PAYOUT_NOT_FOUND", 404, "There is no such payout";
    TransactionNotFound = "TRANSACTION_NOT_FOUND", 404, "There is no such transaction";
    TransferNotFound = "TRANSFER_NOT_FOUND", 404, "There is no such transfer";
    WebhookNotFound = "WEBHOOK_NOT_FOUND", 404, "There is no such event of Stripe's";
    NoEligibleTransactions = "NO_ELIGIBLE_TRANSACTIONS", 422, "There is nothing to pay out";
    InsufficientFunds = "INSUFFICIENT_FUNDS", 422, "The available money does not cover it";
    AmountMismatch = "AMOUNT_MISMATCH", 422, "The amount is not the expected one";
    TransactionNotEligible = "TRANSACTION_NOT_ELIGIBLE", 422, "A transaction is not free for this";
    AmountNotPayable = "AMOUNT_NOT_PAYABLE", 422, "Stripe cannot pay out this amount";
    IllegalTransition = "ILLEGAL_TRANSITION", 409, "Its state does not allow this";
    AlreadyExists = "ALREADY_EXISTS", 409, "The id is taken by something else";
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED", 409, "The key was used for another command";
    PayoutDeadlockError = "PAYOUT_DEADLOCK_ERROR", 409, "Conflicts outlasted the retries";
    PayoutTransactionError = "PAYOUT_TRANSACTION_ERROR", 500, "The database failed";
    Unavailable = "UNAVAILABLE", 503, "The ledger takes no commands at the moment";
}

impl Code {
    /// After how many seconds it is worth trying the same command again.
    #[must_use]
    pub const fn retry_after_secs(self) -> Option<u32> {
        match self {
            Self::PayoutDeadlockError | Self::PayoutTransactionError | Self::Unavailable => Some(1),
            _ => None,
        }
    }

    /// Whether this answer is final for its idempotency key. Trouble of the
    /// moment is not, and is never stored.
    #[must_use]
    pub const fn is_final(self) -> bool {
        self.retry_after_secs().is_none()
    }
}

/// A refusal as callers see it, before it is dressed for a transport.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {detail}", code.as_str())]
pub struct Refusal {
    /// For programs.
    pub code: Code,
    /// For people: what is wrong with what, and what to do.
    pub detail: String,
}

impl Refusal {
    /// Puts code and text together.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

/// Why the rules do not allow a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// A field's value makes no sense.
    #[error("{field}: {problem}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A sum does not fit 64 bits of minor units.
    #[error("the sum of {what} is too large for the ledger")]
    Overflow {
        /// Of what.
        what: &'static str,
    },
    /// Nobody was registered under this id.
    #[error("there is no seller {0}; register them first")]
    SellerNotFound(SellerId),
    /// No payout of ours has this id.
    #[error("there is no payout {0}")]
    PayoutNotFound(PayoutId),
    /// No payout is known to have this id at Stripe.
    #[error("there is no payout {0} of Stripe's")]
    StripePayoutNotFound(StripePayoutId),
    /// The seller has no such transaction in this currency.
    #[error("the seller has no transaction {0} in this currency")]
    TransactionNotFound(TransactionId),
    /// No such transfer.
    #[error("there is no transfer {0}; record it first")]
    TransferNotFound(TransferId),
    /// The archive has no such event of Stripe's.
    #[error("there is no event {0} in the archive")]
    WebhookNotFound(String),
    /// Nothing is available.
    #[error("the seller has no available {0} transactions")]
    NoEligibleTransactions(crate::money::Currency),
    /// The sum of what would be paid is not positive, or more than is available.
    #[error("{asked} asked for, {available} available")]
    InsufficientFunds {
        /// What the seller has.
        available: Money,
        /// The sum of the transactions.
        asked: Money,
    },
    /// The caller wants no payout of so little.
    #[error("{actual} is available, which is less than the minimum of {minimum}")]
    BelowMinimum {
        /// The caller's.
        minimum: Money,
        /// The ledger's.
        actual: Money,
    },
    /// The caller expected another sum.
    #[error("expected {expected}, the transactions sum to {actual}")]
    AmountMismatch {
        /// The caller's.
        expected: Money,
        /// The ledger's.
        actual: Money,
    },
    /// A named transaction is not free.
    #[error("transaction {transaction} is {state}")]
    TransactionNotEligible {
        /// Which.
        transaction: TransactionId,
        /// Why not.
        state: &'static str,
    },
    /// Stripe's rule for payouts in this currency.
    #[error("{amount} cannot be paid out: Stripe takes multiples of {multiple} minor units")]
    AmountNotPayable {
        /// The sum.
        amount: Money,
        /// What it must be a multiple of.
        multiple: i64,
    },
    /// The state does not allow it.
    #[error("{what} is {state} and cannot be {wanted}")]
    IllegalTransition {
        /// What: with its id.
        what: String,
        /// Where it stands.
        state: &'static str,
        /// What was asked.
        wanted: &'static str,
    },
    /// The id is taken by something else.
    #[error("{what} is already recorded with other content")]
    AlreadyExists {
        /// What: with its id.
        what: String,
    },
}

impl Rejection {
    /// The code callers see.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Invalid { .. } | Self::Overflow { .. } => Code::InvalidCommand,
            Self::SellerNotFound(_) => Code::SellerNotFound,
            Self::PayoutNotFound(_) | Self::StripePayoutNotFound(_) => Code::PayoutNotFound,
            Self::TransactionNotFound(_) => Code::TransactionNotFound,
            Self::TransferNotFound(_) => Code::TransferNotFound,
            Self::WebhookNotFound(_) => Code::WebhookNotFound,
            Self::NoEligibleTransactions(_) => Code::NoEligibleTransactions,
            Self::InsufficientFunds { .. } | Self::BelowMinimum { .. } => Code::InsufficientFunds,
            Self::AmountMismatch { .. } => Code::AmountMismatch,
            Self::TransactionNotEligible { .. } => Code::TransactionNotEligible,
            Self::AmountNotPayable { .. } => Code::AmountNotPayable,
            Self::IllegalTransition { .. } => Code::IllegalTransition,
            Self::AlreadyExists { .. } => Code::AlreadyExists,
        }
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        Self::new(rejection.code(), rejection.to_string())
    }
}
