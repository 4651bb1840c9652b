//! What a field must be: each reader takes a member of an object and answers
//! with its value, with nothing where nothing is said, or with [`Dead`].
//!
//! Details name the field and the rule, never what the payload says there.

use crate::{
    id::InvalidId,
    money::{Amount, Currency, Money},
};

use super::{
    Dead,
    json::{Members, Value},
};

/// The longest text for people that is kept, in characters.
const MAX_TEXT_LEN: usize = 1000;

/// `bad_field`: a field breaks its rule.
pub(super) fn bad_field(name: &'static str, rule: &str) -> Dead {
    Dead::new("bad_field", format!("{name} must be {rule}"))
}

/// A field that is there and not what it must be.
fn refused(name: &'static str, value: &Value<'_>, rule: &str) -> Dead {
    match value {
        Value::Repeated => bad_field(name, "there only once"),
        _ => bad_field(name, rule),
    }
}

/// Refuses a field that is there more than once.
pub(super) fn once(of: &Members<'_>, name: &'static str) -> Result<(), Dead> {
    match of.get(name) {
        value @ Value::Repeated => Err(refused(name, value, "")),
        _ => Ok(()),
    }
}

/// A string, if there is one.
pub(super) fn text<'v>(of: &'v Members<'_>, name: &'static str) -> Result<Option<&'v str>, Dead> {
    match of.get(name) {
        Value::Nothing => Ok(None),
        Value::Text(text) => Ok(Some(text)),
        other => Err(refused(name, other, "a string")),
    }
}

/// A string for people, if there is a filled one: shortened, and without
/// control characters, which not every database can keep.
pub(super) fn words(of: &Members<'_>, name: &'static str) -> Result<Option<String>, Dead> {
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    let words = text(of, name)?.map(|text| {
        let kept: String = text.chars().take(MAX_TEXT_LEN).map(printable).collect();
        kept.trim().to_owned()
    });
    Ok(words.filter(|words| !words.is_empty()))
}

/// A whole number, if there is one.
pub(super) fn whole(of: &Members<'_>, name: &'static str) -> Result<Option<i64>, Dead> {
    match of.get(name) {
        Value::Nothing => Ok(None),
        Value::Whole(number) => Ok(Some(*number)),
        other => Err(refused(name, other, "a whole number of 64 bits")),
    }
}

/// `true` or `false`, if there is either.
pub(super) fn flag(of: &Members<'_>, name: &'static str) -> Result<Option<bool>, Dead> {
    match of.get(name) {
        Value::Nothing => Ok(None),
        Value::Bool(flag) => Ok(Some(*flag)),
        other => Err(refused(name, other, "true or false")),
    }
}

/// The id of an object, if there is one: Stripe gives either the id, or the
/// whole object where it was asked to expand it.
pub(super) fn id<T>(of: &Members<'_>, name: &'static str) -> Result<Option<T>, Dead>
where
    T: TryFrom<String, Error = InvalidId>,
{
    let value = match of.get(name) {
        Value::Object(expanded) => expanded.get("id"),
        value => value,
    };
    match (value, of.get(name)) {
        (Value::Text(id), _) => T::try_from(id.to_string())
            .map(Some)
            .map_err(|_| bad_field(name, "an id without white space")),
        (Value::Nothing, Value::Nothing) => Ok(None),
        _ => Err(refused(name, value, "an id, or an object that has one")),
    }
}

/// An id that must be there.
pub(super) fn required_id<T>(of: &Members<'_>, name: &'static str) -> Result<T, Dead>
where
    T: TryFrom<String, Error = InvalidId>,
{
    id(of, name)?.ok_or_else(|| bad_field(name, "there"))
}

/// An amount of minor units that must be there, in the object's `currency`.
pub(super) fn money(of: &Members<'_>, name: &'static str) -> Result<Money, Dead> {
    let amount = whole(of, name)?.ok_or_else(|| bad_field(name, "there"))?;
    Ok(Money::new(Amount::from_minor(amount), currency(of)?))
}

fn currency(of: &Members<'_>) -> Result<Currency, Dead> {
    text(of, "currency")?
        .and_then(|code| Currency::parse(&code.to_ascii_lowercase()).ok())
        .ok_or_else(|| bad_field("currency", "one that Stripe handles"))
}
