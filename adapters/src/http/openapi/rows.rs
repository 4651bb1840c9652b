//! Rows of the read tables, from the tables' own columns.

use projections::query::{Kind, Table};
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
