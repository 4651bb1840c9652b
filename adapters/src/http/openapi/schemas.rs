//! Schemas of what fields hold, exact where JSON Schema can say it.

use domain::{Code, money::Currency};
use serde_json::{Map, Value as Json, json};

use super::reference;
use crate::http::problem;

/// Printable, without white space and invisible marks: what `domain::id` takes.
const PLAIN: &str = "[^\\u0000-\\u0020\\u007f-\\u00a0\\u00ad\\u1680\\u2000-\\u200f\\u2028-\\u202f\
    \\u205f-\\u2069\\u3000\\ufeff]";
/// Printable, and line feed and tab.
const READABLE: &str = "^[^\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]*$";
/// The longest text for people, in characters.
const LONGEST_TEXT: u32 = 1_000;

/// Schemas that others refer to.
pub(super) fn shared() -> Map<String, Json> {
    let all = [
        ("Money", money(amount, "")),
        ("PositiveMoney", money(positive, "; more than nothing")),
        ("Currency", currency()),
        ("Problem", problem()),
        ("Accepted", accepted()),
    ];
    all.into_iter()
        .map(|(name, schema)| (name.to_owned(), schema))
        .collect()
}

/// An id of so many characters.
pub(super) fn id(longest: usize) -> Json {
    json!({ "type": "string", "pattern": format!("^{PLAIN}{{1,{longest}}}$") })
}

/// The ledger's id of a payout, or Stripe's.
pub(super) fn payout_name() -> Json {
    let stripes = format!("^po_{PLAIN}{{0,252}}$");
    json!({ "type": "string", "anyOf": [{ "format": "uuid" }, { "pattern": stripes }] })
}

/// Text for people.
pub(super) fn text() -> Json {
    json!({ "type": "string", "pattern": READABLE, "maxLength": LONGEST_TEXT })
}

/// The same, or null.
pub(super) fn or_null(schema: &Json) -> Json {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

pub(super) fn money_ref() -> Json {
    reference("schemas", "Money")
}

pub(super) fn positive_ref() -> Json {
    reference("schemas", "PositiveMoney")
}

pub(super) fn currency_ref() -> Json {
    reference("schemas", "Currency")
}

fn currency() -> Json {
    let codes: Vec<_> = Currency::all().map(|currency| currency.as_str()).collect();
    json!({ "type": "string", "description": "In lower case", "enum": codes })
}

/// One shape for each number of decimals, because the currency says how many there may be.
fn money(amount: fn(u32) -> String, more: &str) -> Json {
    let shapes = [0, 2, 3].map(|decimals| {
        let all = Currency::all().filter(|currency| currency.exponent() == decimals);
        let codes: Vec<_> = all.map(|currency| currency.as_str()).collect();
        json!({
            "type": "object",
            "required": ["amount", "currency"],
            "additionalProperties": false,
            "properties": {
                "amount": { "type": "string", "pattern": amount(decimals) },
                "currency": { "type": "string", "enum": codes },
            },
        })
    });
    let about =
        "A decimal string in major units, with at most as many decimals as the currency has";
    json!({
        "description": format!("{about}{more}"),
        "oneOf": shapes,
        "examples": [{ "amount": "125.50", "currency": "usd" }],
    })
}

/// Digits, perhaps decimals, and a minus only before what is not zero. Up to 15 digits
/// before the point always fit.
fn amount(decimals: u32) -> String {
    let above = above_zero(decimals);
    match decimals {
        0 => format!("^(-?{above}|0{{1,15}})$"),
        n => format!("^(-?({above})|0{{1,15}}(\\.0{{1,{n}}})?)$"),
    }
}

/// The same, without zero and what is below.
fn positive(decimals: u32) -> String {
    format!("^({})$", above_zero(decimals))
}

fn above_zero(decimals: u32) -> String {
    let whole = "0{0,3}[1-9][0-9]{0,11}";
    match decimals {
        0 => whole.to_owned(),
        n => format!(
            "{whole}(\\.[0-9]{{1,{n}}})?|0{{1,4}}\\.0{{0,{less}}}[1-9][0-9]{{0,{less}}}",
            less = n - 1
        ),
    }
}

fn problem() -> Json {
    let codes = Code::ALL
        .iter()
        .map(|code| code.as_str())
        .chain(problem::CODES.iter().copied());
    let codes: Vec<_> = codes.collect();
    json!({
        "type": "object",
        "description": "Why it is not granted (RFC 9457). Programs look at `code`",
        "required": ["type", "title", "status", "code", "detail"],
        "properties": {
            "type": { "type": "string", "format": "uri" },
            "title": { "type": "string", "description": "For people, the same each time" },
            "status": { "type": "integer", "minimum": 400, "maximum": 599 },
            "code": { "type": "string", "enum": codes },
            "detail": { "type": "string", "description": "For people; may change" },
            "retry_after": { "type": "integer", "description": "In seconds, if it is worth it" },
            "reason": { "type": "string", "description": "A word that says more than the code" },
        },
    })
}

fn accepted() -> Json {
    json!({
        "type": "object",
        "description": "The command is recorded",
        "required": ["status", "events", "duplicate"],
        "properties": {
            "status": { "const": "accepted" },
            "payout_id": { "type": "string", "format": "uuid" },
            "events": {
                "type": "array",
                "description": "Empty when everything was recorded already",
                "items": {
                    "type": "object",
                    "required": ["stream", "version", "type", "position"],
                    "properties": {
                        "stream": { "type": "string" },
                        "version": { "type": "integer", "minimum": 1 },
                        "type": { "type": "string" },
                        "position": { "type": "integer", "minimum": 1 },
                    },
                },
            },
            "duplicate": {
                "type": "boolean",
                "description": "The same was answered before under the same Idempotency-Key",
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_currency_has_a_number_of_decimals_that_is_described() {
        let shapes = money(amount, "");
        let shapes = shapes["oneOf"].as_array().expect("shapes");
        let codes = shapes
            .iter()
            .map(|shape| &shape["properties"]["currency"]["enum"]);
        let all: usize = codes
            .map(|codes| codes.as_array().expect("codes").len())
            .sum();
        assert_eq!(all, Currency::all().count());
    }
}
