//! Cursors: the key of the last row of a page, as text that means nothing to
//! anybody else. A checksum tells one that was damaged or made up by mistake;
//! it keeps no secret, for a cursor opens nothing that a filter does not.

use domain::id::Fingerprint;
use serde_json::{Value as Json, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use super::table::{Key, KeyKind, Sorted};

/// Changes when cursors of before can no longer be read.
const FORMAT: u8 = 1;
const CHECKSUM_LEN: usize = 8;

/// A cursor that no earlier answer gave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one of {table}: take it from the answer before, as it is")]
pub struct InvalidCursor {
    table: &'static str,
}

pub(super) fn encode(sorted: &Sorted, key: &[Key]) -> String {
    let parts: Vec<Json> = key.iter().map(Key::to_json).collect();
    let text = json!([FORMAT, sorted.name, parts]).to_string();
    format!("{}{}", hex::encode(&text), checksum(text.as_bytes()))
}

pub(super) fn decode(sorted: &Sorted, cursor: &str) -> Result<Vec<Key>, InvalidCursor> {
    read(sorted, cursor).ok_or(InvalidCursor { table: sorted.name })
}

fn read(sorted: &Sorted, cursor: &str) -> Option<Vec<Key>> {
    let (text, sum) = cursor.split_at_checked(cursor.len().checked_sub(CHECKSUM_LEN)?)?;
    let text = hex::decode(text).ok()?;
    if checksum(&text) != sum {
        return None;
    }
    let (format, name, parts): (u8, String, Vec<Json>) = serde_json::from_slice(&text).ok()?;
    if format != FORMAT || name != sorted.name || parts.len() != sorted.keys.len() {
        return None;
    }
    let kinds = sorted.keys.iter().map(|(_, kind)| kind);
    kinds
        .zip(&parts)
        .map(|(kind, part)| part_of(*kind, part))
        .collect()
}

fn part_of(kind: KeyKind, part: &Json) -> Option<Key> {
    match kind {
        // No key has these, and a database may choke on them.
        KeyKind::Text => part
            .as_str()
            .filter(|text| !text.contains(char::is_control))
            .map(|text| Key::Text(text.to_owned())),
        KeyKind::Int => part.as_i64().filter(|number| *number >= 0).map(Key::Int),
        KeyKind::Uuid => Uuid::parse_str(part.as_str()?).ok().map(Key::Uuid),
        KeyKind::Time => OffsetDateTime::parse(part.as_str()?, &Rfc3339)
            .ok()
            .filter(|moment| moment.offset().is_utc() && (0..=9999).contains(&moment.year()))
            .map(Key::Time),
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
    use crate::query::Table;

    fn key() -> Vec<Key> {
        vec![
            Key::Uuid(Uuid::from_u128(7)),
            Key::Text("séller-1".to_owned()),
        ]
    }

    #[test]
    fn a_cursor_leads_back_to_the_key_it_was_made_from() {
        let cursor = encode(&Table::Payouts.by_key(), &key());
        assert_eq!(decode(&Table::Payouts.by_key(), &cursor), Ok(key()));
    }

    #[test]
    fn a_cursor_of_another_table_is_refused() {
        let cursor = encode(&Table::Payouts.by_key(), &key());
        assert!(decode(&Table::PayoutItems.by_key(), &cursor).is_err());
    }

    #[test]
    fn an_order_of_a_table_has_cursors_of_its_own() {
        let newest = Table::Payouts.newest().expect("an order");
        let key = vec![
            Key::Time(time::macros::datetime!(2026-11-22 10:00:00.000001 UTC)),
            Key::Uuid(Uuid::from_u128(7)),
        ];
        let cursor = encode(&newest, &key);
        assert_eq!(decode(&newest, &cursor), Ok(key));
        assert!(decode(&Table::Payouts.by_key(), &cursor).is_err());
        let start = encode(&newest, &newest.start());
        assert_eq!(decode(&newest, &start), Ok(newest.start()));
    }

    #[test]
    fn a_cursor_with_any_character_changed_or_missing_is_refused() {
        let cursor = encode(&Table::Payouts.by_key(), &key());
        for index in 0..cursor.len() {
            let mut changed = cursor.clone();
            let other = if &cursor[index..=index] == "0" {
                "1"
            } else {
                "0"
            };
            changed.replace_range(index..=index, other);
            assert!(
                decode(&Table::Payouts.by_key(), &changed).is_err(),
                "{changed}"
            );
            assert!(decode(&Table::Payouts.by_key(), &cursor[..index]).is_err());
        }
    }

    #[test]
    fn a_cursor_with_a_key_that_no_row_has_is_refused() {
        let zero = vec![Key::Uuid(Uuid::nil()), Key::Text("a\0b".to_owned())];
        assert!(
            decode(
                &Table::Payouts.by_key(),
                &encode(&Table::Payouts.by_key(), &zero)
            )
            .is_err()
        );
        let negative = vec![Key::Int(-1), Key::Int(1)];
        assert!(
            decode(
                &Table::Events.by_key(),
                &encode(&Table::Events.by_key(), &negative)
            )
            .is_err()
        );
    }

    #[test]
    fn text_that_is_no_cursor_is_refused() {
        for text in ["", "x", "payouts", "ééééééééé", "00000000", "zz00000000"] {
            assert!(decode(&Table::Payouts.by_key(), text).is_err(), "{text}");
        }
    }
}
