//! Rows as JSON, in the words of the public contract.

use domain::money::{Amount, Currency, Money};
use serde_json::{Map, Value as Json, json};
use store::{Row, StoreError, row::sqlite_time};

use super::table::{Key, KeyKind, Kind, Sorted, Table};

/// A row's columns, with money after each amount of minor units.
pub(super) fn to_json(table: Table, row: &Row) -> Result<Map<String, Json>, StoreError> {
    let mut object = Map::new();
    for (column, kind) in table.kinds() {
        object.insert(column.to_owned(), value(row, column, kind)?);
        if let Some(name) = column.strip_suffix("_minor") {
            object.insert(name.to_owned(), money(row, column, kind)?);
        }
    }
    Ok(object)
}

fn value(row: &Row, column: &str, kind: Kind) -> Result<Json, StoreError> {
    Ok(match kind {
        Kind::Text => json!(row.opt_text(column)?),
        Kind::Int | Kind::Minor => json!(row.int(column)?),
        Kind::OwnMinor => json!(row.opt_int(column)?),
        Kind::Flag => json!(row.flag(column)?),
        // The same digits on every database.
        Kind::Time => json!(row.opt_time(column)?.map(sqlite_time)),
        Kind::Uuid => json!(row.opt_uuid(column)?),
        Kind::Json => {
            serde_json::from_str(&row.text(column)?).map_err(|source| StoreError::Stored {
                what: "event",
                source,
            })?
        }
    })
}

/// An amount in a currency that was checked when it was recorded; one that this
/// program does not know is shown without money.
fn money(row: &Row, column: &str, kind: Kind) -> Result<Json, StoreError> {
    let currency = match kind {
        Kind::OwnMinor => column.replace("_minor", "_currency"),
        _ => "currency".to_owned(),
    };
    let (Some(minor), Some(currency)) = (row.opt_int(column)?, row.opt_text(&currency)?) else {
        return Ok(Json::Null);
    };
    let minor = Amount::from_minor(minor);
    let currency = Currency::parse(&currency);
    Ok(currency.map_or(Json::Null, |currency| json!(Money::new(minor, currency))))
}

/// The key of a row.
pub(super) fn key(sorted: &Sorted, row: &Row) -> Result<Vec<Key>, StoreError> {
    sorted
        .keys
        .iter()
        .map(|(column, kind)| match kind {
            KeyKind::Text => row.text(column).map(Key::Text),
            KeyKind::Int => row.int(column).map(Key::Int),
            KeyKind::Uuid => row
                .opt_uuid(column)
                .map(|id| Key::Uuid(id.unwrap_or_default())),
            KeyKind::Time => row.time(column).map(Key::Time),
        })
        .collect()
}
