//! The envelope around every event: what it is of, in which mode, about what.

use crate::id::{MAX_ID_LEN, StripeAccount, StripePayoutId};

use super::{
    Dead, Mode, fields,
    json::{self, Members, Value},
    transfer,
};

/// An event's envelope, opened.
pub(super) struct Envelope<'a> {
    members: Members<'a>,
}

impl<'a> Envelope<'a> {
    /// Opens the envelope.
    pub(super) fn open(body: &'a [u8]) -> Result<Self, Dead> {
        match json::parse(body) {
            Some(Value::Object(members)) => Ok(Self { members }),
            Some(_) => Err(Dead::new("not_json", "the body is not a JSON object")),
            None => Err(Dead::new("not_json", "the body is not JSON")),
        }
    }

    /// `id`, if it is one.
    pub(super) fn id(&self) -> Option<&str> {
        name(self.members.get("id"))
    }

    /// `type`, if it is one.
    pub(super) fn event_type(&self) -> Option<&str> {
        name(self.members.get("type"))
    }

    /// A "thin" event names an object and leaves it to the reader to fetch it
    /// (<https://docs.stripe.com/event-destinations#thin-events>).
    pub(super) fn is_thin(&self) -> bool {
        matches!(self.members.get("object"), Value::Text(kind) if kind == "v2.core.event")
    }

    /// Refuses an envelope that says two things where one is needed.
    pub(super) fn is_clear(&self) -> Result<(), Dead> {
        ["id", "type", "object", "data"]
            .into_iter()
            .try_for_each(|name| fields::once(&self.members, name))
    }

    /// `data.object`, if there is one. Something else in its place is no event
    /// of Stripe's, but, say, one that a cloud's event bus has wrapped.
    pub(super) fn object(&self) -> Result<Option<&Members<'a>>, Dead> {
        let no_object = || Dead::new("no_object", "data.object is not an object");
        match self.members.get("data") {
            Value::Nothing => Ok(None),
            Value::Object(data) => match data.get("object") {
                Value::Nothing => Ok(None),
                Value::Object(object) => Ok(Some(object)),
                Value::Repeated => fields::once(data, "object").map(|()| None),
                _ => Err(no_object()),
            },
            _ => Err(no_object()),
        }
    }

    /// Whose books the event belongs into: live ones only if neither the envelope
    /// nor the object denies it. (Test webhooks sent from a live dashboard say
    /// `true` outside and `false` inside.)
    pub(super) fn mode(&self) -> Result<Mode, Dead> {
        let outside = fields::flag(&self.members, "livemode")?.unwrap_or(false);
        let inside = match self.object()? {
            Some(object) => fields::flag(object, "livemode")?.unwrap_or(true),
            None => true,
        };
        Ok(if outside && inside {
            Mode::Live
        } else {
            Mode::Test
        })
    }

    /// The connected account the event is of, if it is not the platform's own.
    /// Before 2017 the field was called `user_id`.
    pub(super) fn account(&self) -> Result<Option<StripeAccount>, Dead> {
        let account = fields::id(&self.members, "account")?;
        account.map_or_else(
            || fields::id(&self.members, "user_id"),
            |account| Ok(Some(account)),
        )
    }

    /// The key of what the event is about, e.g. `payout/po_1`; refunds and
    /// disputes go by their payment. `None` where that can't be read, or where
    /// nothing the ledger keeps hangs on it.
    pub(super) fn subject(&self) -> Option<String> {
        let object = self.object().ok()??;
        let (family, _) = self.event_type()?.split_once('.')?;
        let (kind, field) = match family {
            "payout" => ("payout", "id"),
            "transfer" if transfer::is_bank_payout(object).ok()? => ("payout", "id"),
            "transfer" => ("transfer", "id"),
            "payment_intent" => ("payment", "id"),
            "charge" | "refund" => ("payment", "payment_intent"),
            _ => return None,
        };
        // All of Stripe's ids follow one rule; any of the types checks it.
        let id = fields::id::<StripePayoutId>(object, field).ok()??;
        Some(format!("{kind}/{id}"))
    }
}

/// A text that can name something: short, printable, not empty.
fn name<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    match value {
        Value::Text(text)
            if (1..=MAX_ID_LEN).contains(&text.chars().count())
                && !text.chars().any(char::is_control) =>
        {
            Some(text)
        }
        _ => None,
    }
}
