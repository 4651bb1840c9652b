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

mod dispute;
mod envelope;
mod fields;
mod json;
mod listed;
mod payment;
mod payout;
mod transfer;

use envelope::Envelope;
use json::Members;
pub use listed::{ListedPayout, Movement, read_listed_payout, read_movement};
pub(crate) use payout::UNKNOWN_FAILURE;

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

impl Mode {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }
}

/// The types of events that the ledger reads and Stripe is known to send.
/// <https://docs.stripe.com/api/events/types>
pub const KNOWN_TYPES: &[&str] = &[
    "payout.created",
    "payout.updated",
    "payout.paid",
    "payout.failed",
    "payout.canceled",
    "payout.reconciliation_completed",
    "transfer.created",
    "transfer.updated",
    "transfer.reversed",
    "transfer.paid",
    "transfer.failed",
    "transfer.canceled",
    "payment_intent.succeeded",
    "payment_intent.canceled",
    "payment_intent.payment_failed",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.closed",
];

/// A type of event as one of a few words, for counting; none if it is not one that
/// the ledger has a use for.
#[must_use]
pub fn known_type(event_type: &str) -> Option<&'static str> {
    KNOWN_TYPES
        .iter()
        .find(|known| **known == event_type)
        .copied()
}

/// Reads an event of Stripe's, byte for byte as it was received.
///
/// An event that can't be told apart is dead in every ledger; one of another
/// mode than the ledger's is ignored before it is looked at closely.
#[must_use]
pub fn translate(body: &[u8], mode: Mode) -> Translation {
    match Envelope::open(body) {
        Ok(envelope) => Translation {
            event_id: envelope.id().map(str::to_owned),
            event_type: envelope.event_type().map(str::to_owned),
            object: envelope.subject(),
            meaning: meaning(&envelope, mode).unwrap_or_else(Meaning::from),
        },
        Err(dead) => Translation {
            event_id: None,
            event_type: None,
            object: None,
            meaning: dead.into(),
        },
    }
}

/// An answer of Stripe's API that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Stripe's {what} cannot be read: {why}")]
pub struct Unreadable {
    what: &'static str,
    why: String,
}

/// Reads a payout as Stripe's API gives it, with the mode it is in. The account is
/// the one that was asked.
///
/// # Errors
/// When a field that is needed is missing or not what it must be.
pub fn read_payout(
    body: &[u8],
    account: Option<StripeAccount>,
) -> Result<(PayoutReport, Mode), Unreadable> {
    read_object("payout", body, |object| {
        Ok((payout::read(object, account)?, mode(object)?))
    })
}

/// Reads an object of the API's.
fn read_object<T>(
    what: &'static str,
    body: &[u8],
    read: impl FnOnce(&Members<'_>) -> Result<T, Dead>,
) -> Result<T, Unreadable> {
    let Some(json::Value::Object(object)) = json::parse(body) else {
        let why = "it is not a JSON object".to_owned();
        return Err(Unreadable { what, why });
    };
    read(&object).map_err(|dead| Unreadable {
        what,
        why: dead.detail,
    })
}

fn mode(object: &Members<'_>) -> Result<Mode, Dead> {
    let live = fields::flag(object, "livemode")? == Some(true);
    Ok(if live { Mode::Live } else { Mode::Test })
}

fn meaning(envelope: &Envelope<'_>, mode: Mode) -> Result<Meaning, Dead> {
    envelope.is_clear()?;
    let event_type = envelope
        .event_type()
        .ok_or_else(|| Dead::new("no_type", "the event has no type"))?;
    let reader = reader(event_type).filter(|_| !envelope.is_thin());
    let object = match (reader, envelope.object()?) {
        (Some(_), None) => return Err(Dead::new("no_object", "the event has no data.object")),
        (_, object) => object,
    };
    if envelope.mode()? != mode {
        return Ok(Meaning::Ignored("livemode"));
    }
    match (reader, object) {
        (Some(read), Some(object)) => read(&Told {
            event_type,
            envelope,
            object,
        }),
        _ if envelope.is_thin() => Ok(Meaning::Ignored("thin_event")),
        _ => Ok(Meaning::Ignored("type")),
    }
}

type Reader = fn(&Told<'_>) -> Result<Meaning, Dead>;

/// Who reads events of a type; `None` if the ledger has no use for them.
fn reader(event_type: &str) -> Option<Reader> {
    Some(match event_type {
        "transfer.created" | "transfer.updated" | "transfer.reversed" => transfer::told,
        "transfer.paid" | "transfer.failed" | "transfer.canceled" => transfer::told,
        "payment_intent.succeeded" => payment::succeeded,
        "payment_intent.canceled" => payment::canceled,
        "payment_intent.payment_failed" => payment::attempt_failed,
        "charge.refunded" => payment::refunded,
        "charge.dispute.created" => dispute::opened,
        "charge.dispute.closed" => dispute::closed,
        other if other.starts_with("payout.") => payout::told,
        _ => return None,
    })
}

/// An event that is of use, and the object it tells of.
struct Told<'e> {
    event_type: &'e str,
    envelope: &'e Envelope<'e>,
    object: &'e Members<'e>,
}

impl<'e> Told<'e> {
    /// What happened: the last word of the type.
    fn verb(&self) -> &'e str {
        self.event_type
            .rsplit_once('.')
            .map_or("", |(_, verb)| verb)
    }

    /// An object that says what it is must be of this kind.
    fn must_be_of(&self, kind: &str) -> Result<(), Dead> {
        match fields::text(self.object, "object")? {
            Some(other) if other != kind => Err(fields::bad_field(
                "object",
                &format!("{kind:?}, by the event's type"),
            )),
            _ => Ok(()),
        }
    }

    /// Type and object tell two different things, as Stripe's test webhooks do.
    fn mismatch(&self, but: &str) -> Dead {
        let detail = format!("the event is a {}, but {but}", self.event_type);
        Dead::new("type_status_mismatch", detail)
    }

    /// The ledger has no rule for this; an operator must look.
    fn unsupported(&self, what: &str) -> Dead {
        Dead::new("unsupported", format!("{}: {what}", self.event_type))
    }
}

/// Why an event can't be applied.
struct Dead {
    reason: &'static str,
    detail: String,
}

impl Dead {
    fn new(reason: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { reason, detail }
    }
}

impl From<Dead> for Meaning {
    fn from(Dead { reason, detail }: Dead) -> Self {
        Self::Dead { reason, detail }
    }
}

#[cfg(test)]
mod tests {
    use super::{KNOWN_TYPES, known_type, reader};

    #[test]
    fn every_known_type_is_read_and_others_are_not_known() {
        for event_type in KNOWN_TYPES {
            assert!(reader(event_type).is_some(), "{event_type}");
            assert_eq!(known_type(event_type), Some(*event_type));
        }
        for stranger in ["", "payout.", "payout.paid ", "account.updated"] {
            assert_eq!(known_type(stranger), None, "{stranger}");
        }
    }
}
