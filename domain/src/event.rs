//! Everything that can be recorded: one variant per kind of event.
//!
//! Stored shapes are contracts. A stored event decodes for ever: a changed shape
//! is a new schema version with an upcast (`decode`), and the golden files of the
//! test suite hold every version ever written.
//!
//! To add an event: add a line to [`events!`] and its struct beside its
//! aggregate, answer the matches that no longer compile (`evolve`, the
//! projections), and add a golden file.

use serde::{Deserialize, Serialize};

use crate::{
    balance::event::{
        FundsReserved, ReservationPaidOut, ReservationReturned, TransactionRecorded,
        TransactionsBlocked, TransactionsFailed, TransactionsHeld, TransactionsReleased,
        TransactionsUnblocked,
    },
    id::{Aggregate, Alias, Fingerprint},
    payment::event::{
        DisputeClosed, DisputeOpened, PaymentAttemptFailed, PaymentCanceled, PaymentRefunded,
        PaymentSucceeded, TransactionLinked,
    },
    payout::event::{
        PayoutAdopted, PayoutCanceled, PayoutCancellationRefused, PayoutCancellationRequested,
        PayoutFailed, PayoutInTransit, PayoutItemsRecorded, PayoutPaid, PayoutPutInDoubt,
        PayoutRequested, PayoutRescheduled, PayoutSubmissionBegun, PayoutSubmissionRefused,
        PayoutSubmissionResumed, PayoutSubmitted,
    },
    seller::event::{PayoutScheduleChanged, SellerRegistered},
    transfer::event::{TransferLinked, TransferRecorded, TransferReversed},
    webhook::event::WebhookDropped,
};

/// A stored event that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Written by a newer version of this program.
    #[error(
        "event type {name:?} in schema version {version} is unknown to this version of the ledger"
    )]
    Unknown {
        /// The stored type.
        name: String,
        /// The stored schema version.
        version: u16,
    },
    /// The stored data does not have the shape of its type.
    #[error("stored data of a {name:?} event cannot be read")]
    Malformed {
        /// The stored type.
        name: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

macro_rules! events {
    ($($aggregate:ident: $($name:literal $version:literal => $event:ident,)+)+) => {
        /// Something that happened, for ever.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Event {
            $($(
                #[doc = concat!("`", $name, "`")]
                $event($event),
            )+)+
        }

        impl Event {
            /// Every event type's name and the schema version it is written in.
            pub const TYPES: &[(&str, u16)] = &[$($(($name, $version),)+)+];

            /// The type's name, as stored and published.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self { $($(Self::$event(_) => $name,)+)+ }
            }

            /// The schema version in which this program writes the type.
            #[must_use]
            pub const fn schema_version(&self) -> u16 {
                match self { $($(Self::$event(_) => $version,)+)+ }
            }

            /// The kind of stream the event belongs to.
            #[must_use]
            pub const fn aggregate(&self) -> Aggregate {
                match self { $($(Self::$event(_) => Aggregate::$aggregate,)+)+ }
            }

            /// The data as stored: JSON, without the type.
            #[must_use]
            pub fn encode(&self) -> String {
                let text = match self {
                    $($(Self::$event(data) => serde_json::to_string(data),)+)+
                };
                // Strings, integers and lists of them always have a JSON form.
                text.unwrap_or_default()
            }

            /// Reads an event as stored.
            ///
            /// # Errors
            /// When the type or its version is unknown, or the data is not of its shape.
            pub fn decode(name: &str, version: u16, data: &str) -> Result<Self, DecodeError> {
                match (name, version) {
                    $($(($name, $version) => serde_json::from_str(data).map(Self::$event),)+)+
                    _ => return Err(DecodeError::Unknown { name: name.to_owned(), version }),
                }
                .map_err(|source| DecodeError::Malformed { name: name.to_owned(), source })
            }
        }

        /// The events of each kind of stream, borrowed: `evolve` matches on these
        /// without a wildcard, so that a new event does not compile until answered.
        pub mod of {
            $(
                #[doc = concat!("An event of a ", stringify!($aggregate), ".")]
                #[derive(Debug, Clone, Copy)]
                pub enum $aggregate<'a> {
                    $(
                        #[doc = concat!("`", $name, "`")]
                        $event(&'a super::$event),
                    )+
                }

                impl<'a> $aggregate<'a> {
                    /// The event, unless it is of another kind of stream.
                    #[must_use]
                    pub fn of(event: &'a super::Event) -> Option<Self> {
                        match event {
                            $(super::Event::$event(event) => Some(Self::$event(event)),)+
                            _ => None,
                        }
                    }
                }
            )+
        }

        $($(
            impl From<$event> for Event {
                fn from(event: $event) -> Self {
                    Self::$event(event)
                }
            }
        )+)+
    };
}

events! {
    Seller:
        "seller-registered" 1 => SellerRegistered,
        "payout-schedule-changed" 1 => PayoutScheduleChanged,
    Payment:
        "transaction-linked" 1 => TransactionLinked,
        "payment-succeeded" 1 => PaymentSucceeded,
        "payment-canceled" 1 => PaymentCanceled,
        "payment-attempt-failed" 1 => PaymentAttemptFailed,
        "payment-refunded" 1 => PaymentRefunded,
        "dispute-opened" 1 => DisputeOpened,
        "dispute-closed" 1 => DisputeClosed,
    Balance:
        "transaction-recorded" 1 => TransactionRecorded,
        "transactions-held" 1 => TransactionsHeld,
        "transactions-released" 1 => TransactionsReleased,
        "transactions-failed" 1 => TransactionsFailed,
        "transactions-blocked" 1 => TransactionsBlocked,
        "transactions-unblocked" 1 => TransactionsUnblocked,
        "funds-reserved" 1 => FundsReserved,
        "reservation-returned" 1 => ReservationReturned,
        "reservation-paid-out" 1 => ReservationPaidOut,
    Transfer:
        "transfer-recorded" 1 => TransferRecorded,
        "transfer-linked" 1 => TransferLinked,
        "transfer-reversed" 1 => TransferReversed,
    Payout:
        "payout-requested" 1 => PayoutRequested,
        "payout-adopted" 1 => PayoutAdopted,
        "payout-submitted" 1 => PayoutSubmitted,
        "payout-put-in-doubt" 1 => PayoutPutInDoubt,
        "payout-submission-begun" 1 => PayoutSubmissionBegun,
        "payout-submission-refused" 1 => PayoutSubmissionRefused,
        "payout-submission-resumed" 1 => PayoutSubmissionResumed,
        "payout-cancellation-requested" 1 => PayoutCancellationRequested,
        "payout-cancellation-refused" 1 => PayoutCancellationRefused,
        "payout-in-transit" 1 => PayoutInTransit,
        "payout-rescheduled" 1 => PayoutRescheduled,
        "payout-paid" 1 => PayoutPaid,
        "payout-failed" 1 => PayoutFailed,
        "payout-canceled" 1 => PayoutCanceled,
        "payout-items-recorded" 1 => PayoutItemsRecorded,
    Webhook:
        "webhook-dropped" 1 => WebhookDropped,
}

impl Event {
    /// The outside name this event claims for its stream, if it claims one, with
    /// the hash of what was recorded under it.
    #[must_use]
    pub fn claims(&self) -> Option<(Alias, Fingerprint)> {
        match self {
            Self::TransactionRecorded(event) => Some((
                Alias::Transaction(event.transaction_id.clone()),
                event.fingerprint(),
            )),
            Self::SellerRegistered(event) => Some((
                Alias::StripeAccount(event.stripe_account.clone()),
                Fingerprint::of(event.seller_id.as_str()),
            )),
            Self::PayoutAdopted(event) => Some((
                Alias::StripePayout(event.stripe_payout_id.clone()),
                Fingerprint::of(event.payout_id.to_string()),
            )),
            Self::PayoutSubmitted(event) => Some((
                Alias::StripePayout(event.stripe_payout_id.clone()),
                Fingerprint::of(event.payout_id.to_string()),
            )),
            _ => None,
        }
    }
}

/// How fast a payout travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// One to several business days.
    #[default]
    Standard,
    /// Minutes.
    Instant,
}

impl Method {
    /// As in Stripe's API and the read tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Instant => "instant",
        }
    }
}
