//! What callers may ask for: one struct per command, parsed and checked at the door.
//!
//! To add a command: a struct here, a line in [`commands!`], and the arm of
//! `decide` that no longer compiles.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    arrival::Arrival,
    balance::event::Kind,
    event::Method,
    id::{
        BalanceTransactionId, OrderId, PaymentIntentId, PayoutId, ReportingCategory, SellerId,
        SourceId, StripeAccount, StripePayoutId, TransactionId, TransferId,
    },
    money::{Currency, Money},
    refusal::{Code, Refusal},
    seller::Schedule,
};

mod submission;

pub use submission::{
    BeginSubmission, PutPayoutInDoubt, RefuseCancellation, RefuseSubmission, ReportPayout,
    ReportedStatus, ResumeSubmission,
};

macro_rules! commands {
    ($($name:literal => $command:ident,)+) => {
        /// A request to change the ledger.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Command {
            $(
                #[doc = concat!("`", $name, "`")]
                $command($command),
            )+
        }

        impl Command {
            /// The names of all commands.
            pub const NAMES: &[&str] = &[$($name,)+];

            /// The command's name.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$command(_) => $name,)+ }
            }

            /// Reads a command from its name and its JSON.
            ///
            /// # Errors
            /// `UNKNOWN_COMMAND`, or `INVALID_COMMAND` naming the field and what is wrong with it.
            pub fn parse(name: &str, json: &[u8]) -> Result<Self, Refusal> {
                match name {
                    $($name => read(json).map(Self::$command),)+
                    _ => Err(Refusal::new(
                        Code::UnknownCommand,
                        format!("there is no command {:?}; there are: {}",
                            name.chars().take(64).collect::<String>(), Self::NAMES.join(", ")),
                    )),
                }
            }

            /// The command as JSON in one canonical form: what a caller's
            /// idempotency key is bound to.
            #[must_use]
            pub fn canonical(&self) -> String {
                let text = match self {
                    $(Self::$command(command) => serde_json::to_string(command),)+
                };
                // Strings, integers and lists of them always have a JSON form.
                text.unwrap_or_default()
            }
        }
    };
}

commands! {
    "register-seller" => RegisterSeller,
    "change-payout-schedule" => ChangePayoutSchedule,
    "record-transaction" => RecordTransaction,
    "release-transaction" => ReleaseTransaction,
    "release-due-transactions" => ReleaseDueTransactions,
    "fail-transaction" => FailTransaction,
    "record-transfer" => RecordTransfer,
    "reverse-transfer" => ReverseTransfer,
    "request-payout" => RequestPayout,
    "submit-payout" => SubmitPayout,
    "mark-payout-paid" => MarkPayoutPaid,
    "mark-payout-failed" => MarkPayoutFailed,
    "cancel-payout" => CancelPayout,
    "begin-submission" => BeginSubmission,
    "refuse-submission" => RefuseSubmission,
    "put-payout-in-doubt" => PutPayoutInDoubt,
    "resume-submission" => ResumeSubmission,
    "refuse-cancellation" => RefuseCancellation,
    "report-payout" => ReportPayout,
    "record-payout-items" => RecordPayoutItems,
}

fn read<T: serde::de::DeserializeOwned>(json: &[u8]) -> Result<T, Refusal> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let command = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        let detail = if path == "." {
            inner.to_string()
        } else {
            format!("{path}: {inner}")
        };
        Refusal::new(Code::InvalidCommand, detail)
    })?;
    reader
        .end()
        .map_err(|error| Refusal::new(Code::InvalidCommand, error.to_string()))?;
    Ok(command)
}

/// Makes a seller known, with their connected account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterSeller {
    /// Who.
    pub seller_id: SellerId,
    /// Their account at Stripe.
    pub stripe_account: StripeAccount,
    /// When payouts are made without being asked for; `manual` if absent.
    #[serde(default)]
    pub payout_schedule: Schedule,
    /// In its currency, scheduled payouts are made only from this amount on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_payout: Option<Money>,
}

/// Replaces when and from which amount on a seller's payouts are made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangePayoutSchedule {
    /// Whose.
    pub seller_id: SellerId,
    /// When payouts are made without being asked for.
    pub payout_schedule: Schedule,
    /// As of [`RegisterSeller`]; none any more if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_payout: Option<Money>,
}

/// Records something owed to a seller, or by them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordTransaction {
    /// Its id, unique in the tenant.
    pub transaction_id: TransactionId,
    /// Whose.
    pub seller_id: SellerId,
    /// What for.
    pub kind: Kind,
    /// Before the fee; negative for refund and dispute.
    pub gross: Money,
    /// The marketplace's fee, in the same currency; nothing if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Money>,
    /// The customer's payment; the transaction is pending until it succeeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_intent: Option<PaymentIntentId>,
    /// The marketplace's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// The transfer that carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<TransferId>,
    /// When it may be paid out; at once if absent or past.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "time::serde::rfc3339::option"
    )]
    pub available_on: Option<OffsetDateTime>,
}

/// Makes a held transaction available now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseTransaction {
    /// Which.
    pub transaction_id: TransactionId,
    /// Whose.
    pub seller_id: SellerId,
    /// In which currency.
    pub currency: Currency,
}

/// Makes all held transactions of a balance available whose time has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseDueTransactions {
    /// Whose.
    pub seller_id: SellerId,
    /// In which currency.
    pub currency: Currency,
}

/// Ends a pending or held transaction: it came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailTransaction {
    /// Which.
    pub transaction_id: TransactionId,
    /// Whose.
    pub seller_id: SellerId,
    /// In which currency.
    pub currency: Currency,
}

/// Records money moved to a seller's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordTransfer {
    /// Stripe's id.
    pub transfer_id: TransferId,
    /// To whom.
    pub seller_id: SellerId,
    /// How much; positive.
    pub amount: Money,
    /// The transaction it carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<TransactionId>,
}

/// Records that money of a transfer was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReverseTransfer {
    /// Stripe's id.
    pub transfer_id: TransferId,
    /// All that was taken back so far.
    pub amount_reversed: Money,
}

/// Reserves a seller's available money and asks for it to be paid out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestPayout {
    /// For whom.
    pub seller_id: SellerId,
    /// In which currency.
    pub currency: Currency,
    /// The payout's id; a fresh one if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payout_id: Option<PayoutId>,
    /// Which transactions; all that are eligible if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transactions: Option<Vec<TransactionId>>,
    /// Refuse unless the sum is this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_amount: Option<Money>,
    /// Refuse if the sum is less. A condition, not a part of what is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_amount: Option<Money>,
    /// How fast; `standard` if absent.
    #[serde(default)]
    pub method: Method,
    /// Shown to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Records that Stripe has accepted the payout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubmitPayout {
    /// Our id.
    pub payout_id: PayoutId,
    /// Stripe's id.
    pub stripe_payout_id: StripePayoutId,
    /// When Stripe expects it to arrive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival_date: Option<Arrival>,
}

/// Records that the payout has arrived. Exactly one of the two ids is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkPayoutPaid {
    /// Our id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payout_id: Option<PayoutId>,
    /// Stripe's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stripe_payout_id: Option<StripePayoutId>,
    /// When it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival_date: Option<Arrival>,
}

/// Records that the payout came back. Exactly one of the two ids is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkPayoutFailed {
    /// Our id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payout_id: Option<PayoutId>,
    /// Stripe's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stripe_payout_id: Option<StripePayoutId>,
    /// Stripe's reason.
    pub failure_code: String,
    /// The reason for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_message: Option<String>,
}

/// Calls a payout off; its items are available again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelPayout {
    /// Our id.
    pub payout_id: PayoutId,
    /// Why, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Records what Stripe put into a payout of its own. Exactly one of the two ids is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordPayoutItems {
    /// Our id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payout_id: Option<PayoutId>,
    /// Stripe's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stripe_payout_id: Option<StripePayoutId>,
    /// All of its items: they sum to its amount.
    pub items: Vec<ReportedItem>,
}

/// A movement of Stripe's balance that a payout paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportedItem {
    /// Stripe's id.
    pub balance_transaction_id: BalanceTransactionId,
    /// What it added to the payout, after Stripe's fee; negative for what it took.
    pub net: Money,
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
