//! Rows as a table for a person: money in major units, nothing that is not there.

use std::io::IsTerminal;

use comfy_table::{Cell, CellAlignment, Table, TableComponent, presets};
use serde_json::Value as Json;

use super::{Row, money, plain};

/// What stands where a row has nothing.
const NOTHING: &str = "-";

/// The rows below each other, or, if the terminal is too narrow for that, each
/// as a block of lines. Amounts in minor units are left out, and columns that no
/// row fills.
pub(in crate::cli) fn fitted(headings: &[&str], rows: &[Row]) -> String {
    let grid = grid(headings, rows);
    let width = grid
        .lines()
        .map(|line| line.chars().count())
        .max()
        .unwrap_or_default();
    let terminal = std::io::stdout()
        .is_terminal()
        .then(|| Table::new().width())
        .flatten();
    if terminal.is_some_and(|terminal| width > usize::from(terminal)) {
        blocks(headings, rows)
    } else {
        grid
    }
}

/// The rows below each other, however wide that is.
pub(in crate::cli) fn grid(headings: &[&str], rows: &[Row]) -> String {
    if rows.is_empty() {
        return "no rows".to_owned();
    }
    let columns = shown(headings, rows);
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_style(TableComponent::HeaderLines, '─')
        .set_style(TableComponent::MiddleHeaderIntersections, '─')
        .set_header(&columns);
    for row in rows {
        table.add_row(columns.iter().map(|column| {
            let (text, alignment) = cell(row.get(*column));
            Cell::new(text).set_alignment(alignment)
        }));
    }
    table.trim_fmt()
}

fn blocks(headings: &[&str], rows: &[Row]) -> String {
    let columns = shown(headings, rows);
    let width = columns
        .iter()
        .map(|column| column.len())
        .max()
        .unwrap_or_default();
    let block = |row: &Row| {
        let lines = columns
            .iter()
            .map(|column| format!("{column:>width$}  {}", cell(row.get(*column)).0));
        lines.collect::<Vec<_>>().join("\n")
    };
    rows.iter().map(block).collect::<Vec<_>>().join("\n\n")
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

fn cell(value: Option<&Json>) -> (String, CellAlignment) {
    match value {
        None | Some(Json::Null) => (NOTHING.to_owned(), CellAlignment::Left),
        Some(Json::String(text)) => (plain(&whole_seconds(text)), CellAlignment::Left),
        Some(value) => match money(value) {
            Some((amount, currency)) => {
                (plain(&format!("{amount} {currency}")), CellAlignment::Right)
            }
            None if value.is_number() => (value.to_string(), CellAlignment::Right),
            None => (plain(&value.to_string()), CellAlignment::Left),
        },
    }
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

    use super::{Row, blocks, grid, whole_seconds};

    fn grid_without_padding(headings: &[&str], rows: &[Row]) -> Vec<String> {
        grid(headings, rows)
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect()
    }

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
        let grid = [
            " payout_id   amount",
            "────────────────────────",
            " p1          125.50 usd",
        ];
        assert_eq!(grid_without_padding(&headings, &rows), grid);
        assert_eq!(
            blocks(&headings, &rows),
            "payout_id  p1\n   amount  125.50 usd"
        );
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
