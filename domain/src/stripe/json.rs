//! A forgiving look at a JSON text: whatever has the shape of JSON is read, and
//! what a field must be is said where the field is used.
//!
//! Only the members named in [`READ`] are kept, wherever they stand; all others
//! are skipped without being built. Text is borrowed from the body.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// Every member the translation looks at, at whatever depth.
const READ: [&str; 28] = [
    "account",
    "amount",
    "amount_refunded",
    "amount_reversed",
    "arrival_date",
    "automatic",
    "created",
    "currency",
    "data",
    "date",
    "destination",
    "destination_payment",
    "failure_code",
    "failure_message",
    "id",
    "livemode",
    "metadata",
    "method",
    "net",
    "object",
    "payment_intent",
    "payout_id",
    "reporting_category",
    "reversed",
    "source",
    "status",
    "type",
    "user_id",
];

/// A JSON value, as far as it is read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    /// `null`, or not there.
    Nothing,
    /// `true` or `false`.
    Bool(bool),
    /// A number without a fraction that fits 64 bits.
    Whole(i64),
    /// A string.
    Text(Cow<'a, str>),
    /// An object's members that are read.
    Object(Members<'a>),
    /// A list, or any other number.
    Other,
    /// The member stands in its object more than once: nobody can tell which one counts.
    Repeated,
}

/// The members of an object that are read.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Members<'a>(Vec<(&'static str, Value<'a>)>);

/// Reads a whole body; `None` when it is not JSON in UTF-8.
pub(super) fn parse(body: &[u8]) -> Option<Value<'_>> {
    // Members that are skipped are checked for UTF-8 here, and nowhere else.
    let text = std::str::from_utf8(body).ok()?;
    serde_json::from_str(text).ok()
}

impl<'a> Members<'a> {
    /// The member of that name, which must be in [`READ`].
    pub(super) fn get(&self, name: &'static str) -> &Value<'a> {
        debug_assert!(READ.contains(&name), "{name} is never read");
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map_or(&Value::Nothing, |(_, value)| value)
    }

    fn put(&mut self, name: &'static str, value: Value<'a>) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, first)) => *first = Value::Repeated,
            None => self.0.push((name, value)),
        }
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Nothing)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::Whole(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value<'de>, E> {
        Ok(i64::try_from(value).map_or(Value::Other, Value::Whole))
    }

    /// Fractions, exponents and what is too long for 64 bits: never an amount.
    fn visit_f64<E>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::Other)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value<'de>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value<'de>, A::Error> {
        let mut members = Members::default();
        while let Some(Name(name)) = object.next_key()? {
            match name {
                Some(name) => members.put(name, object.next_value()?),
                None => {
                    object.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Value::Object(members))
    }
}

/// The name of a member, if it is one that is read.
struct Name(Option<&'static str>);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyName;
        impl Visitor<'_> for AnyName {
            type Value = Name;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a member")
            }
            fn visit_str<E>(self, text: &str) -> Result<Name, E> {
                Ok(Name(READ.into_iter().find(|name| *name == text)))
            }
        }
        deserializer.deserialize_str(AnyName)
    }
}
