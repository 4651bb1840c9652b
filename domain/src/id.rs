//! Names of things: one newtype per id, checked when it is made.
//!
//! Ids are minted outside and passed in; nothing here makes one up, except those
//! that are computed from another id and are therefore the same every time.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use crate::money::Currency;

/// The longest id the ledger takes, in bytes. Stripe's ids may be up to 255 long
/// (<https://docs.stripe.com/upgrades>).
pub const MAX_ID_LEN: usize = 255;
/// The longest seller id, in characters.
pub const MAX_SELLER_LEN: usize = 128;

/// An id that breaks its rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {rule}")]
pub struct InvalidId {
    what: &'static str,
    rule: &'static str,
}

impl InvalidId {
    pub(crate) const fn new(what: &'static str, rule: &'static str) -> Self {
        Self { what, rule }
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks and takes the text.
            ///
            /// # Errors
            #[doc = concat!("Unless it is ", $rule, ".")]
            pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidId> {
                let text = text.as_ref();
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.into()))
                } else {
                    Err(InvalidId::new($what, $rule))
                }
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.as_ref().to_owned()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        // By hand, because it is hot in reading the log: one allocation instead of two.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl de::Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!("a string: ", $rule))
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        $name::new(text).map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }
    };
}

/// Printable, no white space: safe in logs, subjects and tables.
fn plain(text: &str, longest: usize) -> bool {
    !text.is_empty()
        && text.len() <= MAX_ID_LEN
        && text.chars().count() <= longest
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || is_invisible(c))
}

/// Marks that are not seen but change how a text reads: two ids must not look alike.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}'
    )
}

text_id!(
    /// A marketplace. Each has its own books; nothing is shared between two.
    Tenant, "tenant", "1 to 32 of a-z, 0-9, _ and -",
    |t| (1..=32).contains(&t.len())
        && t.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
);
text_id!(
    /// The marketplace's id of a seller; `platform` is the marketplace itself.
    SellerId, "seller_id", "1 to 128 printable characters without white space",
    |t| plain(t, MAX_SELLER_LEN)
);
text_id!(
    /// The marketplace's id of one thing owed to (or by) a seller.
    TransactionId, "transaction_id", "1 to 255 printable characters without white space",
    |t| plain(t, MAX_ID_LEN)
);
text_id!(
    /// Stripe's id of a payment intent (`pi_…`).
    PaymentIntentId, "payment_intent", "1 to 255 printable characters without white space",
    |t| plain(t, MAX_ID_LEN)
);
text_id!(
    /// Stripe's id of a transfer (`tr_…`).
    TransferId, "transfer id", "1 to 255 printable characters without white space",
    |t| plain(t, MAX_ID_LEN)
);
text_id!(
    /// Stripe's id of a payout (`po_…`, or `tr_…` in payloads from before 2017).
    StripePayoutId, "stripe_payout_id", "1 to 255 printable characters without white space",
    |t| plain(t, MAX_ID_LEN)
);
text_id!(
    /// Stripe's id of a connected account (`acct_…`).
    StripeAccount, "stripe_account", "1 to 128 printable characters without white space",
    |t| plain(t, MAX_SELLER_LEN)
);
text_id!(
    /// Stripe's id of one movement of its balance (`txn_…`).
    BalanceTransactionId, "balance_transaction_id",
    "1 to 255 printable characters without white space",
    |t| plain(t, MAX_ID_LEN)
);
text_id!(
    /// Stripe's id of what a movement came from (`ch_…`, `re_…`, `py_…`, `tr_…`).
    SourceId, "source", "1 to 255 printable characters without white space",
    |t| plain(t, MAX_ID_LEN)
);
text_id!(
    /// Stripe's word for what kind of movement it is (`charge`, `refund`): an open set.
    ReportingCategory, "category", "1 to 255 printable characters without white space",
    |t| plain(t, MAX_ID_LEN)
);
text_id!(
    /// Stripe's id of a dispute (`dp_…` or `du_…`).
    DisputeId, "dispute id", "1 to 255 printable characters without white space",
    |t| plain(t, MAX_ID_LEN)
);
text_id!(
    /// The marketplace's order a transaction belongs to.
    OrderId, "order_id", "1 to 255 printable characters without white space",
    |t| plain(t, MAX_ID_LEN)
);
text_id!(
    /// Names one intent of a caller: sent again, it has no second effect.
    IdempotencyKey, "idempotency key", "1 to 255 printable characters without white space",
    |t| plain(t, MAX_ID_LEN)
);

impl Tenant {
    /// The tenant of a ledger that has only one.
    #[must_use]
    pub fn default_tenant() -> Self {
        Self("default".into())
    }
}

impl SellerId {
    /// The marketplace itself.
    #[must_use]
    pub fn platform() -> Self {
        Self("platform".into())
    }
}

impl From<Uuid> for IdempotencyKey {
    /// A key for a caller that brought none.
    fn from(id: Uuid) -> Self {
        Self(id.to_string().into())
    }
}

impl From<&StripeAccount> for SellerId {
    /// An account nobody registered is its own seller.
    fn from(account: &StripeAccount) -> Self {
        Self(account.0.clone())
    }
}

impl SellerId {
    /// The account that is its own seller, if this is one.
    #[must_use]
    pub fn as_account(&self) -> Option<StripeAccount> {
        self.as_str()
            .starts_with("acct_")
            .then(|| StripeAccount(self.0.clone()))
    }
}

/// The ledger's id of a payout; also sent to Stripe as `metadata.payout_id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PayoutId(pub Uuid);

/// Namespace of the ids of payouts that Stripe made by itself.
const ADOPTED: Uuid = Uuid::from_u128(0x7d3a_3f0c_52c1_4a5e_9b5d_6b0f_2f1c_8e11);

impl PayoutId {
    /// The id under which a payout that the ledger never requested is adopted:
    /// computed from Stripe's id, so every event of that payout finds the same one.
    #[must_use]
    pub fn adopted(stripe: &StripePayoutId) -> Self {
        Self(Uuid::new_v5(&ADOPTED, stripe.as_str().as_bytes()))
    }
}

impl std::str::FromStr for PayoutId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Uuid::parse_str(text)
            .map(Self)
            .map_err(|_| InvalidId::new("payout_id", "a UUID"))
    }
}

impl fmt::Display for PayoutId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The kinds of stream, in the order in which several are written in one
/// transaction. One order for everybody makes deadlocks impossible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aggregate {
    /// A seller's registration.
    Seller,
    /// A payment by a customer, and the transactions split from it.
    Payment,
    /// What one seller is owed in one currency.
    Balance,
    /// Money moved from the platform to a connected account.
    Transfer,
    /// Money sent to a seller's bank.
    Payout,
    /// An event of Stripe's that an operator decided on.
    Webhook,
}

impl Aggregate {
    /// All kinds, in lock order.
    pub const ALL: [Self; 6] = [
        Self::Seller,
        Self::Payment,
        Self::Balance,
        Self::Transfer,
        Self::Payout,
        Self::Webhook,
    ];

    /// The prefix of the stream ids of this kind.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Seller => "seller",
            Self::Payment => "payment",
            Self::Balance => "balance",
            Self::Transfer => "transfer",
            Self::Payout => "payout",
            Self::Webhook => "webhook",
        }
    }
}

/// The name of one aggregate's stream of events, e.g. `payout-<uuid>`.
///
/// Ordered by kind, then by name: the order in which streams are locked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct StreamId {
    aggregate: Aggregate,
    name: Arc<str>,
}

impl StreamId {
    fn of(aggregate: Aggregate, key: fmt::Arguments<'_>) -> Self {
        Self {
            aggregate,
            name: format!("{}-{key}", aggregate.prefix()).into(),
        }
    }

    /// `seller-<seller>`
    #[must_use]
    pub fn seller(id: &SellerId) -> Self {
        Self::of(Aggregate::Seller, format_args!("{id}"))
    }

    /// `payment-<payment intent>`
    #[must_use]
    pub fn payment(id: &PaymentIntentId) -> Self {
        Self::of(Aggregate::Payment, format_args!("{id}"))
    }

    /// `balance-<seller>-<currency>`
    #[must_use]
    pub fn balance(seller: &SellerId, currency: Currency) -> Self {
        Self::of(Aggregate::Balance, format_args!("{seller}-{currency}"))
    }

    /// `transfer-<transfer>`
    #[must_use]
    pub fn transfer(id: &TransferId) -> Self {
        Self::of(Aggregate::Transfer, format_args!("{id}"))
    }

    /// `payout-<uuid>`
    #[must_use]
    pub fn payout(id: PayoutId) -> Self {
        Self::of(Aggregate::Payout, format_args!("{id}"))
    }

    /// `webhook-<event id>-<hash of the body>`. An event's id that breaks the rule of
    /// ids goes by its own hash.
    #[must_use]
    pub fn webhook(event_id: &str, body_hash: &Fingerprint) -> Self {
        let hash = body_hash.as_str();
        if plain(event_id, MAX_ID_LEN) && event_id.len() + hash.len() < MAX_ID_LEN {
            Self::of(Aggregate::Webhook, format_args!("{event_id}-{hash}"))
        } else {
            let id = Fingerprint::of(event_id);
            Self::of(Aggregate::Webhook, format_args!("{}-{hash}", id.as_str()))
        }
    }

    /// Reads a stream id as it is stored.
    ///
    /// # Errors
    /// When no kind of stream has such a prefix.
    pub fn parse(name: &str) -> Result<Self, InvalidId> {
        Aggregate::ALL
            .into_iter()
            .find(|kind| {
                name.strip_prefix(kind.prefix())
                    .is_some_and(|rest| rest.len() > 1 && rest.starts_with('-'))
            })
            .map(|aggregate| Self {
                aggregate,
                name: name.into(),
            })
            .ok_or(InvalidId::new("stream", "<kind>-<id>, of a known kind"))
    }

    /// What kind of aggregate the stream belongs to.
    #[must_use]
    pub fn aggregate(&self) -> Aggregate {
        self.aggregate
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The id without its kind: what the aggregate is called outside the log.
    #[must_use]
    pub fn key(&self) -> &str {
        // Every way to make a stream id puts the prefix and a hyphen first.
        self.name
            .get(self.aggregate.prefix().len() + 1..)
            .unwrap_or_default()
    }
}

impl PartialOrd for StreamId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for StreamId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.aggregate, &self.name).cmp(&(other.aggregate, &other.name))
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// An outside name that belongs to exactly one stream: written with the event
/// that claims it, under a unique key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Alias {
    /// A transaction id, owned by the balance it was recorded in.
    Transaction(TransactionId),
    /// Stripe's id of a payout, owned by the payout.
    StripePayout(StripePayoutId),
    /// A connected account, owned by the seller registered with it.
    StripeAccount(StripeAccount),
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transaction(id) => write!(f, "transaction/{id}"),
            Self::StripePayout(id) => write!(f, "stripe-payout/{id}"),
            Self::StripeAccount(id) => write!(f, "stripe-account/{id}"),
        }
    }
}

/// Who holds an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The stream the alias belongs to.
    pub stream: StreamId,
    /// A hash of the content recorded under it: tells "the same again" from
    /// "the same id for something else".
    pub fingerprint: Fingerprint,
}

/// SHA-256 of some content, as 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint(Arc<str>);

impl Fingerprint {
    /// Hashes bytes.
    #[must_use]
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        use sha2::Digest;
        Self(hex::encode(sha2::Sha256::digest(bytes)).into())
    }

    /// Takes a stored hash as it is.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        Self(text.into())
    }

    /// The hash as hexadecimal text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
