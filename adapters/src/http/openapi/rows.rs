//! Rows of the read tables, from the tables' own columns, and the other answers.

use projections::{
    query::{Kind, Table},
    statement, trial_balance,
};
use serde_json::{Map, Value as Json, json};

use super::{camel, schemas};

/// The name of a table's row.
pub(super) fn name(table: Table) -> String {
    format!("{}Row", camel(table.name()))
}

/// A row of a table.
pub(super) fn schema(table: Table) -> Json {
    let mut properties = Map::new();
    for (column, kind) in table.kinds() {
        properties.insert(column.to_owned(), value(table, column, kind));
        if let Some(name) = column.strip_suffix("_minor") {
            properties.insert(name.to_owned(), schemas::or_null(&schemas::money_ref()));
        }
    }
    let required: Vec<_> = properties.keys().cloned().collect();
    json!({
        "type": "object",
        "description": format!("A row of {}: amounts in minor units, and as money", table.name()),
        "required": required,
        "properties": properties,
    })
}

fn value(table: Table, column: &str, kind: Kind) -> Json {
    if column == "status" {
        return json!({ "type": "string", "enum": table.statuses() });
    }
    // What may be missing is null; ids and amounts of a row's own never are.
    let (name, format, may_miss) = match kind {
        Kind::Text => ("string", None, true),
        Kind::Int | Kind::Minor => ("integer", Some("int64"), false),
        Kind::OwnMinor => ("integer", Some("int64"), true),
        Kind::Flag => ("boolean", None, false),
        Kind::Time => ("string", Some("date-time"), true),
        Kind::Uuid => ("string", Some("uuid"), true),
        Kind::Json => ("object", None, false),
    };
    let is_key = table.key_columns().any(|key| key == column);
    let mut schema = if may_miss && !is_key {
        json!({ "type": [name, "null"] })
    } else {
        json!({ "type": name })
    };
    if let (Some(format), Some(members)) = (format, schema.as_object_mut()) {
        members.insert("format".to_owned(), json!(format));
    }
    schema
}

/// A trial balance. Its sums can be beyond 64 bits: then they are text.
pub(super) fn trial_balance() -> Json {
    let columns = trial_balance::COLUMNS.iter().copied().chain(["amount"]);
    let row = |column| match column {
        "currency" => schemas::currency_ref(),
        "amount_minor" => json!({ "type": ["integer", "string"] }),
        "amount" => json!({ "type": "object", "required": ["amount", "currency"] }),
        _ => json!({ "type": "string" }),
    };
    let row = object(
        columns
            .map(|column| (column.to_owned(), row(column)))
            .collect(),
    );
    object(Map::from_iter([
        member("position", json!({ "type": ["integer", "null"] })),
        member("balanced", json!({ "type": "boolean" })),
        member("complete", json!({ "type": "boolean" })),
        member("rows", json!({ "type": "array", "items": row })),
    ]))
}

/// A statement: for each currency an opening, movements, and a closing.
pub(super) fn statement() -> Json {
    let mut row = Map::new();
    for column in statement::COLUMNS {
        let schema = match *column {
            "seller_id" => json!({ "type": "string" }),
            "currency" => schemas::currency_ref(),
            "line" => json!({ "type": "string", "enum": ["opening", "movement", "closing"] }),
            "position" => json!({ "type": ["integer", "null"] }),
            "recorded_at" => json!({ "type": ["string", "null"], "format": "date-time" }),
            minor if minor.ends_with("_minor") => json!({ "type": ["integer", "null"] }),
            _ => json!({ "type": ["string", "null"] }),
        };
        row.insert((*column).to_owned(), schema);
        if let Some(name) = column.strip_suffix("_minor") {
            row.insert(name.to_owned(), schemas::or_null(&schemas::money_ref()));
        }
    }
    let rows = json!({ "type": "array", "items": object(row) });
    object(Map::from_iter([member("rows", rows)]))
}

/// The story of a payout.
pub(super) fn explanation() -> Json {
    let entry = object(Map::from_iter([
        member("at", json!({ "type": "string", "format": "date-time" })),
        member("kind", json!({ "type": "string" })),
    ]));
    object(Map::from_iter([
        member("payout_id", json!({ "type": "string", "format": "uuid" })),
        member("stripe_payout_id", json!({ "type": ["string", "null"] })),
        member("thorough", json!({ "type": "boolean" })),
        member("timeline", json!({ "type": "array", "items": entry })),
        member(
            "postings",
            json!({ "type": "array", "items": { "type": "object" } }),
        ),
        member("now", json!({ "type": "object" })),
    ]))
}

/// An object that has all of these.
fn object(properties: Map<String, Json>) -> Json {
    let required: Vec<_> = properties.keys().cloned().collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

fn member(name: &str, schema: Json) -> (String, Json) {
    (name.to_owned(), schema)
}
