//! Cursors: the key of the last row of a page, as text that means nothing to
//! anybody else. A checksum tells one that was damaged or made up by mistake;
//! it keeps no secret, for a cursor opens nothing that a filter does not.

use domain::id::Fingerprint;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::table::{Key, KeyKind, Table};

/// Changes when cursors of before can no longer be read.
const FORMAT: u8 = 1;
const CHECKSUM_LEN: usize = 8;

/// A cursor that no earlier answer gave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one of {table}: take it from the answer before, as it is")]
pub struct InvalidCursor {
    table: &'static str,
}

pub(super) fn encode(table: Table, key: &[Key]) -> String {
    let parts: Vec<Json> = key.iter().map(Key::to_json).collect();
    let text = json!([FORMAT, table.name(), parts]).to_string();
    format!("{}{}", hex::encode(&text), checksum(text.as_bytes()))
}

pub(super) fn decode(table: Table, cursor: &str) -> Result<Vec<Key>, InvalidCursor> {
    read(table, cursor).ok_or(InvalidCursor {
        table: table.name(),
    })
}

fn read(table: Table, cursor: &str) -> Option<Vec<Key>> {
    let (text, sum) = cursor.split_at_checked(cursor.len().checked_sub(CHECKSUM_LEN)?)?;
    let text = hex::decode(text).ok()?;
    if checksum(&text) != sum {
        return None;
    }
    let (format, name, parts): (u8, String, Vec<Json>) = serde_json::from_slice(&text).ok()?;
    if format != FORMAT || name != table.name() || parts.len() != table.keys().len() {
        return None;
    }
    let kinds = table.keys().iter().map(|(_, kind)| kind);
    kinds
        .zip(&parts)
        .map(|(kind, part)| part_of(*kind, part))
        .collect()
}

fn part_of(kind: KeyKind, part: &Json) -> Option<Key> {
    match kind {
        KeyKind::Text => part.as_str().map(|text| Key::Text(text.to_owned())),
        KeyKind::Int => part.as_i64().map(Key::Int),
        KeyKind::Uuid => Uuid::parse_str(part.as_str()?).ok().map(Key::Uuid),
    }
}

fn checksum(text: &[u8]) -> String {
    Fingerprint::of(text)
        .as_str()
        .chars()
        .take(CHECKSUM_LEN)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Vec<Key> {
        vec![
            Key::Uuid(Uuid::from_u128(7)),
            Key::Text("séller-1".to_owned()),
        ]
    }

    #[test]
    fn a_cursor_leads_back_to_the_key_it_was_made_from() {
        let cursor = encode(Table::Payouts, &key());
        assert_eq!(decode(Table::Payouts, &cursor), Ok(key()));
    }

    #[test]
    fn a_cursor_of_another_table_is_refused() {
        let cursor = encode(Table::Payouts, &key());
        assert!(decode(Table::PayoutItems, &cursor).is_err());
    }

    #[test]
    fn a_cursor_with_any_character_changed_or_missing_is_refused() {
        let cursor = encode(Table::Payouts, &key());
        for index in 0..cursor.len() {
            let mut changed = cursor.clone();
            let other = if &cursor[index..=index] == "0" {
                "1"
            } else {
                "0"
            };
            changed.replace_range(index..=index, other);
            assert!(decode(Table::Payouts, &changed).is_err(), "{changed}");
            assert!(decode(Table::Payouts, &cursor[..index]).is_err());
        }
    }

    #[test]
    fn text_that_is_no_cursor_is_refused() {
        for text in ["", "x", "payouts", "ééééééééé", "00000000", "zz00000000"] {
            assert!(decode(Table::Payouts, text).is_err(), "{text}");
        }
    }
}
