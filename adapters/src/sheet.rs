//! Rows as cells of a spreadsheet, safe to open in one: the same for what the command line
//! prints and what is downloaded over HTTP.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

/// The columns of a row: after each amount in minor units the same as money.
pub(crate) fn headings<'a>(columns: &[&'a str]) -> Vec<&'a str> {
    let mut headings = Vec::with_capacity(columns.len());
    for column in columns {
        headings.push(*column);
        headings.extend(column.strip_suffix("_minor"));
    }
    headings
}

/// The cells of a row, safe to open in a spreadsheet.
pub(crate) fn record(headings: &[&str], row: &Map<String, Json>) -> Vec<String> {
    let cells = headings
        .iter()
        .map(|column| row.get(*column).map_or_else(String::new, cell));
    cells.collect()
}

/// `amount` and `currency` of a value that is money.
pub(crate) fn money(value: &Json) -> Option<(&str, &str)> {
    let amount = value.get("amount")?.as_str()?;
    let currency = value.get("currency")?.as_str()?;
    Some((amount, currency))
}

fn cell(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => inert(text).into_owned(),
        value => money(value).map_or_else(
            || inert(&value.to_string()).into_owned(),
            |(amount, _)| inert(amount).into_owned(),
        ),
    }
}

/// Text that a spreadsheet takes as text. A negative number may begin like a
/// formula. See <https://owasp.org/www-community/attacks/CSV_Injection>.
fn inert(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, fraction]
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn a_cell_that_begins_like_a_formula_is_made_text() {
        for formula in [
            "=1+1", "+1", "-A1", "@sum", "\t=1", "\r=1", "-", "-1e3", "-1.", "-.5",
        ] {
            assert_eq!(inert(formula), format!("'{formula}"));
        }
    }

    #[test]
    fn numbers_and_other_text_stay_as_they_are() {
        for text in [
            "",
            "-12",
            "-12.50",
            "12",
            "po_1=2",
            "a-b",
            "2026-11-21T10:00:00Z",
        ] {
            assert_eq!(inert(text), text);
        }
    }
}
