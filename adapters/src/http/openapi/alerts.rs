//! Alerts, and the score of the service.

use serde_json::{Value as Json, json};

use super::answers::{self, granted};
use crate::alerts::{Kind, Level, MAX_LIMIT, STATES};

/// A page of alerts.
pub(super) fn list() -> Json {
    let parameter = |name: &str, about: &str, schema: Json| {
        json!({ "name": name, "in": "query", "required": false, "description": about,
            "schema": schema })
    };
    let levels = Level::ALL.map(Level::as_str);
    let parameters = [
        parameter(
            "level",
            "This level and worse ones",
            json!({ "type": "string", "enum": levels }),
        ),
        parameter(
            "state",
            "Those that fire, or those that are over",
            json!({ "type": "string", "enum": STATES }),
        ),
        parameter(
            "since",
            "Fired at this moment or later",
            json!({ "type": "string", "format": "date-time" }),
        ),
        parameter(
            "limit",
            "How many at most",
            json!({ "type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 100 }),
        ),
        parameter(
            "cursor",
            "`next_cursor` of the answer before, as it is",
            json!({ "type": "string", "format": "uuid" }),
        ),
    ];
    let answer = json!({
        "type": "object",
        "required": ["alerts", "next_cursor"],
        "properties": {
            "alerts": { "type": "array", "items": alert() },
            "next_cursor": {
                "type": ["string", "null"],
                "format": "uuid",
                "description": "The `cursor` of the next page; null if this is the last",
            },
        },
    });
    json!({
        "get": {
            "operationId": "listAlerts",
            "summary": "The last thousand alerts, the newest first",
            "tags": ["service"],
            "parameters": parameters,
            "responses": answers::with(granted("Alerts", &answer), &[400, 401, 403, 500, 503]),
        },
    })
}

fn alert() -> Json {
    let moment = json!({ "type": "string", "format": "date-time" });
    let properties = json!({
        "id": { "type": "string", "format": "uuid" },
        "alert": { "type": "string", "enum": Kind::ALL.map(Kind::name) },
        "level": { "type": "string", "enum": Level::ALL.map(Level::as_str) },
        "state": { "type": "string", "enum": STATES },
        "subject": { "type": "string" },
        "message": { "type": "string" },
        "fired_at": moment,
        "last_seen_at": moment,
        "resolved_at": { "type": ["string", "null"], "format": "date-time" },
        "count": { "type": "integer", "minimum": 1 },
    });
    let required: Vec<_> = properties
        .as_object()
        .into_iter()
        .flat_map(|members| members.keys().cloned())
        .collect();
    json!({ "type": "object", "required": required, "properties": properties })
}

/// The score.
pub(super) fn health() -> Json {
    let text = json!({ "type": "string" });
    let answer = json!({
        "type": "object",
        "required": ["score", "status", "reasons", "recommendations"],
        "properties": {
            "score": { "type": "integer", "minimum": 0, "maximum": 100 },
            "status": { "type": "string", "enum": ["good", "fair", "poor"] },
            "reasons": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["reason", "points", "advice"],
                    "properties": {
                        "reason": text,
                        "points": { "type": "integer", "minimum": 0 },
                        "advice": text,
                    },
                },
            },
            "recommendations": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["title", "detail"],
                    "properties": { "title": text, "detail": text },
                },
            },
        },
    });
    let granted = granted("The score, what it is made of, and what to do", &answer);
    json!({
        "get": {
            "operationId": "getMachineHealth",
            "summary": "How the service is, from 0 to 100, and why",
            "tags": ["service"],
            "responses": answers::with(granted, &[400, 401, 403, 500, 503]),
        },
    })
}
