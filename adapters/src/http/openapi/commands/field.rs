//! One field of a command: whether it must be there, and what it may hold.

use domain::id::{MAX_ID_LEN, MAX_SELLER_LEN};
use serde_json::{Value as Json, json};

use crate::http::openapi::schemas;

/// Whether a field is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// It must be.
    Always,
    /// It may be missing, but not null.
    Default,
    /// It may be missing, or null.
    Optional,
}

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Holds {
    /// An id of a seller, or of a Stripe account.
    Seller,
    /// Any other id.
    Id,
    /// A UUID.
    Uuid,
    /// An amount and its currency.
    Money,
    /// The same, more than nothing.
    Positive,
    /// A currency alone.
    Currency,
    /// RFC 3339.
    Time,
    /// RFC 3339, or a day.
    Arrival,
    /// For people.
    Text,
    /// When payouts are made.
    Schedule,
    /// The number of an attempt.
    Attempt,
    /// Yes or no.
    Flag,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Ids, none twice.
    Ids,
    /// Items of a payout.
    Items,
}

/// A field.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) presence: Presence,
    pub(super) holds: Holds,
    pub(super) about: &'static str,
}

impl Field {
    pub(super) const fn new(
        name: &'static str,
        presence: Presence,
        holds: Holds,
        about: &'static str,
    ) -> Self {
        Self {
            name,
            presence,
            holds,
            about,
        }
    }

    pub(super) fn schema(&self) -> Json {
        let schema = self.holds.schema();
        let mut schema = match self.presence {
            Presence::Always | Presence::Default => schema,
            Presence::Optional => schemas::or_null(&schema),
        };
        if let (false, Some(members)) = (self.about.is_empty(), schema.as_object_mut()) {
            members.insert("description".to_owned(), json!(self.about));
        }
        schema
    }
}

impl Holds {
    fn schema(self) -> Json {
        match self {
            Self::Seller => schemas::id(MAX_SELLER_LEN),
            Self::Id => schemas::id(MAX_ID_LEN),
            Self::Uuid => json!({ "type": "string", "format": "uuid" }),
            Self::Money => schemas::money_ref(),
            Self::Positive => schemas::positive_ref(),
            Self::Currency => schemas::currency_ref(),
            Self::Time => json!({ "type": "string", "format": "date-time" }),
            Self::Arrival => json!({
                "type": "string", "anyOf": [{ "format": "date-time" }, { "format": "date" }],
            }),
            Self::Text => schemas::text(),
            Self::Schedule => json!({
                "type": "string",
                "pattern": "^(manual|daily|weekly:(mon|tue|wed|thu|fri|sat|sun)\
                    |monthly:([1-9]|[12][0-9]|3[01]))$",
            }),
            Self::Attempt => json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
            Self::Flag => json!({ "type": "boolean" }),
            Self::OneOf(words) => json!({ "type": "string", "enum": words }),
            Self::Ids => json!({
                "type": "array",
                "items": schemas::id(MAX_ID_LEN),
                "uniqueItems": true,
                "maxItems": 10_000,
            }),
            Self::Items => json!({ "type": "array", "items": item(), "minItems": 1 }),
        }
    }
}

/// A movement of Stripe's balance.
fn item() -> Json {
    let id = schemas::id(MAX_ID_LEN);
    json!({
        "type": "object",
        "required": ["balance_transaction_id", "net"],
        "additionalProperties": false,
        "properties": {
            "balance_transaction_id": id,
            "net": schemas::money_ref(),
            "category": schemas::or_null(&id),
            "source": schemas::or_null(&id),
            "payment_intent": schemas::or_null(&id),
        },
    })
}
