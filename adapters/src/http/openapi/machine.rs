//! What the service tells of itself: readings and metrics.

use serde_json::{Map, Value as Json, json};

use super::answers::{self, granted};
use crate::machine::{Readings, STEPS};

/// Readings of some time.
pub(super) fn readings() -> Json {
    let steps = STEPS.map(|(step, _)| step);
    let parameter = |name: &str, about: &str, schema: Json| {
        json!({ "name": name, "in": "query", "required": false, "description": about,
            "schema": schema })
    };
    let moment = || json!({ "type": "string", "format": "date-time" });
    let parameters = [
        parameter(
            "since",
            "From this moment on; an hour before the end without it",
            moment(),
        ),
        parameter("until", "Before this moment; now without it", moment()),
        parameter(
            "step",
            "How long a stretch is, in seconds; the shortest that fits the period without it. \
                They are kept for a day, 30 days and two years",
            json!({ "type": "integer", "enum": steps }),
        ),
    ];
    let answer = json!({
        "type": "object",
        "required": ["step_seconds", "readings"],
        "properties": {
            "step_seconds": { "type": "integer", "enum": steps },
            "readings": { "type": "array", "items": reading() },
        },
    });
    let granted = granted("Readings of all instances, in order of time", &answer);
    json!({
        "get": {
            "operationId": "listReadings",
            "summary": "What the service read off itself, at most 10,000 stretches of time",
            "tags": ["service"],
            "parameters": parameters,
            "responses": answers::with(granted, &[400, 401, 403, 500, 503]),
        },
    })
}

/// Transactions that run now.
pub(super) fn transactions() -> Json {
    let count = json!({ "type": "integer", "minimum": 0 });
    let row = json!({
        "type": "object",
        "required": [
            "id", "name", "isolation", "asked_isolation", "age_us", "depth", "attempt", "left_us",
        ],
        "properties": {
            "id": { "type": "integer", "minimum": 1, "description": "From 1 in each process" },
            "name": { "type": "string", "description": "What it is for" },
            "isolation": { "type": "string", "description": "What the database gives" },
            "asked_isolation": { "type": "string" },
            "age_us": count,
            "depth": { "type": "integer", "minimum": 0, "description": "Savepoints deep" },
            "attempt": { "type": "integer", "minimum": 1 },
            "left_us": {
                "type": ["integer", "null"], "minimum": 0,
                "description": "Until its deadline; null if it has none",
            },
        },
    });
    let answer = json!({
        "type": "object",
        "required": ["transactions"],
        "properties": { "transactions": { "type": "array", "items": row } },
    });
    json!({
        "get": {
            "operationId": "listActiveTransactions",
            "summary": "The database transactions of this instance that run now, oldest first",
            "tags": ["service"],
            "responses": answers::with(granted("Those that run", &answer), &[401, 403]),
        },
    })
}

/// All metrics.
pub(super) fn metrics() -> Json {
    let mut granted = granted("Metrics in the text format of Prometheus", &Json::Null);
    granted["content"] = json!({ "text/plain": { "schema": { "type": "string" } } });
    json!({
        "get": {
            "operationId": "getMetrics",
            "summary": "The metrics of this instance, as Prometheus reads them",
            "tags": ["service"],
            "responses": answers::with(granted, &[401, 403, 503]),
        },
    })
}

/// One set of readings: described by what one looks like, so that the two cannot differ.
fn reading() -> Json {
    let mut schema = shape(&json!(Readings::whole()));
    for place in [
        "/properties/nats_connected",
        "/properties/books",
        "/properties/books/properties/lags/properties/outbox",
        "/properties/books/properties/lags/properties/ingest",
    ] {
        if let Some(kind) = schema.pointer_mut(&format!("{place}/type")) {
            *kind = json!([kind.take(), "null"]);
        }
    }
    let starts_at = json!({ "type": "string", "format": "date-time" });
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.insert("starts_at".to_owned(), starts_at);
    }
    if let Some(required) = schema["required"].as_array_mut() {
        required.push(json!("starts_at"));
    }
    schema
}

fn shape(value: &Json) -> Json {
    match value {
        Json::Object(members) => {
            let properties: Map<_, _> = members
                .iter()
                .map(|(name, value)| (name.clone(), shape(value)))
                .collect();
            let required: Vec<_> = members.keys().collect();
            json!({ "type": "object", "required": required, "properties": properties })
        }
        Json::String(text) if text.contains('T') => {
            json!({ "type": "string", "format": "date-time" })
        }
        Json::String(_) => json!({ "type": "string" }),
        Json::Bool(_) => json!({ "type": "boolean" }),
        _ => json!({ "type": "integer", "minimum": 0 }),
    }
}
