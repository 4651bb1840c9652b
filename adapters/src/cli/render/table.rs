//! Rows as a table for a person: money in major units, nothing that is not there.

use std::io::IsTerminal;

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};
use serde_json::Value as Json;

use super::{Row, money, plain};

/// What stands where a row has nothing.
const NOTHING: &str = "-";

/// Draws the rows. Amounts in minor units are left out, and columns that no row fills.
pub(in crate::cli) fn table(headings: &[&str], rows: &[Row]) -> String {
    if rows.is_empty() {
        return "no rows".to_owned();
    }
    let columns = shown(headings, rows);
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_header(&columns);
    if std::io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    for row in rows {
        table.add_row(columns.iter().map(|column| cell(row.get(*column))));
    }
    table.to_string()
}

fn shown<'a>(headings: &[&'a str], rows: &[Row]) -> Vec<&'a str> {
    let filled = |column: &str| {
        rows.iter()
            .any(|row| row.get(column).is_some_and(|value| !value.is_null()))
    };
    // Money shows its currency.
    let has_money = |row: &Row| {
        headings
            .iter()
            .any(|column| row.get(*column).is_some_and(is_money))
    };
    let is_said = rows.iter().all(has_money);
    headings
        .iter()
        .copied()
        .filter(|column| !(column.ends_with("_minor") || is_said && *column == "currency"))
        .filter(|column| filled(column))
        .collect()
}

fn is_money(value: &Json) -> bool {
    money(value).is_some()
}

fn cell(value: Option<&Json>) -> Cell {
    match value {
        None | Some(Json::Null) => Cell::new(NOTHING),
        Some(Json::String(text)) => Cell::new(plain(&whole_seconds(text))),
        Some(value) => match money(value) {
            Some((amount, currency)) => right(plain(&format!("{amount} {currency}"))),
            None if value.is_number() => right(value.to_string()),
            None => Cell::new(plain(&value.to_string())),
        },
    }
}

fn right(text: String) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

/// A time without its fraction of a second; other text as it is.
fn whole_seconds(text: &str) -> String {
    match text.split_once('.') {
        Some((seconds, fraction)) if is_time(seconds) && is_fraction(fraction) => {
            format!("{seconds}Z")
        }
        _ => text.to_owned(),
    }
}

fn is_time(text: &str) -> bool {
    text.len() == "2026-11-21T10:00:00".len()
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            10 => byte == b'T',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        })
}

fn is_fraction(text: &str) -> bool {
    let digits = text.strip_suffix('Z').unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Row, table, whole_seconds};

    fn row(value: serde_json::Value) -> Row {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn money_is_shown_in_major_units_once() {
        let rows = [row(json!({
            "payout_id": "p1",
            "amount_minor": 12550,
            "amount": {"amount": "125.50", "currency": "usd"},
            "currency": "usd",
            "failure_code": null,
        }))];
        let headings = [
            "payout_id",
            "amount_minor",
            "amount",
            "currency",
            "failure_code",
        ];
        let shown = table(&headings, &rows);
        assert!(shown.contains("125.50 usd"), "{shown}");
        for left_out in ["12550", "_minor", "currency", "failure_code"] {
            assert!(!shown.contains(left_out), "{left_out} in {shown}");
        }
    }

    #[test]
    fn times_lose_their_fraction_and_nothing_else_does() {
        assert_eq!(
            whole_seconds("2026-11-21T10:00:00.123456Z"),
            "2026-11-21T10:00:00Z"
        );
        for text in [
            "2026-11-21T10:00:00Z",
            "1.5Z",
            "2026-11-21T10:00:00.Z",
            "v1.2",
        ] {
            assert_eq!(whole_seconds(text), text);
        }
    }
}
