//! Dead letters: what they look like, and what can be done with them.

use serde_json::{Map, Value as Json, json};

use super::{
    answers::{self, granted},
    paths::{moment, page, query},
    reference, schemas,
};
use crate::http::api::{DROP, LETTER, LETTERS, MAX_LETTERS, OUTCOMES, RETRY};

const TAG: &str = "letters";

/// Where they are.
pub(super) fn paths() -> Map<String, Json> {
    Map::from_iter([
        (LETTERS.to_owned(), list()),
        (LETTER.to_owned(), show()),
        (RETRY.to_owned(), retry()),
        (DROP.to_owned(), drop()),
    ])
}

/// What they look like.
pub(super) fn schemas() -> Map<String, Json> {
    let mut whole = members();
    let row = reference("schemas", "DeadLetter");
    let rows = json!({ "type": "array", "items": row });
    whole.extend([
        (
            "body".to_owned(),
            text("As it was received; what is no text is shown as \u{fffd}"),
        ),
        ("body_is_text".to_owned(), json!({ "type": "boolean" })),
        ("ahead".to_owned(), rows.clone()),
        ("behind".to_owned(), rows),
    ]);
    Map::from_iter([
        ("DeadLetter".to_owned(), object(&members())),
        ("WholeDeadLetter".to_owned(), object(&whole)),
    ])
}

fn members() -> Map<String, Json> {
    let time = json!({ "type": "string", "format": "date-time" });
    let maybe = json!({ "type": ["string", "null"] });
    let all = [
        ("sequence", json!({ "type": "integer", "minimum": 1 })),
        ("received_at", time.clone()),
        ("settled_at", time),
        ("event_id", text("Stripe's, or one computed from the body")),
        ("body_hash", text("SHA-256 of the body")),
        ("event_type", maybe.clone()),
        ("object", maybe.clone()),
        ("outcome", text("What became of it")),
        ("reason", maybe.clone()),
        ("detail", maybe),
        ("waiting", json!({ "type": "integer", "minimum": 0 })),
    ];
    all.map(|(name, schema)| (name.to_owned(), schema))
        .into_iter()
        .collect()
}

fn list() -> Json {
    let outcome = json!({ "type": "string", "enum": OUTCOMES, "default": OUTCOMES[0] });
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": MAX_LETTERS, "default": 100 });
    let cursor = json!({
        "type": "string", "pattern": "^[0-9]{1,18}$",
        "description": "`next_cursor` of the answer before",
    });
    let plain = json!({ "type": "string", "pattern": "^[^\\u0000]*$" });
    let parameters = [
        query("outcome", &outcome),
        query("type", &plain),
        query("object", &plain),
        query("reason", &plain),
        query("since", &moment("Those that came at this moment or later")),
        query("until", &moment("Those that came before this moment")),
        query("limit", &limit),
        query("cursor", &cursor),
    ];
    let rows = granted(
        "In order of arrival",
        &page(&reference("schemas", "DeadLetter")),
    );
    json!({
        "get": {
            "operationId": "listDeadLetters",
            "summary": "Stripe's events that are dead, or wait",
            "tags": [TAG],
            "parameters": parameters,
            "responses": answers::with(rows, &[400, 401, 403, 500, 503]),
        },
    })
}

fn show() -> Json {
    let whole = granted("The event", &reference("schemas", "WholeDeadLetter"));
    json!({
        "get": {
            "operationId": "getDeadLetter",
            "summary": "All there is of one of Stripe's events, whatever became of it",
            "tags": [TAG],
            "parameters": [event_id(), query("hash", &hash())],
            "responses": answers::with(whole, &[400, 401, 403, 404, 500, 503]),
        },
    })
}

fn retry() -> Json {
    let said = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": { "hash": hash() },
    });
    let tried = json!({
        "type": "object",
        "required": ["event_id", "body_hash", "before", "outcome", "reason", "detail", "events"],
        "properties": {
            "before": text("What had become of it"),
            "outcome": text("What became of it now"),
            "events": { "type": "integer", "minimum": 0 },
        },
    });
    change(
        (
            "retryDeadLetter",
            "Try an event again with the rules and the books of today",
        ),
        &said,
        granted("What became of it; it may be dead again", &tried),
    )
}

fn drop() -> Json {
    let reason = json!({
        "allOf": [schemas::text()],
        "minLength": 1,
        "description": "Why, and who says so: in the log for ever",
    });
    let said = json!({
        "type": "object",
        "required": ["reason"],
        "additionalProperties": false,
        "properties": { "reason": reason, "hash": hash() },
    });
    let dropped = json!({
        "type": "object",
        "required": ["event_id", "body_hash", "before", "reason", "already"],
        "properties": {
            "before": text("What had become of it"),
            "already": { "type": "boolean", "description": "It was given up before" },
        },
    });
    change(
        (
            "dropDeadLetter",
            "Give an event up, for a reason that the log keeps",
        ),
        &said,
        granted("It is given up", &dropped),
    )
}

fn change((name, about): (&str, &str), said: &Json, done: Json) -> Json {
    let refusals = [400, 401, 403, 404, 408, 409, 413, 415, 500, 503];
    json!({
        "post": {
            "operationId": name,
            "summary": about,
            "tags": [TAG],
            "parameters": [event_id()],
            "requestBody": {
                "required": true,
                "content": { "application/json": { "schema": said } },
            },
            "responses": answers::with(done, &refusals),
        },
    })
}

fn event_id() -> Json {
    json!({
        "name": "event_id",
        "in": "path",
        "required": true,
        "schema": { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,255}$" },
    })
}

fn hash() -> Json {
    json!({
        "type": "string",
        "pattern": "^[0-9a-fA-F]{0,64}$",
        "description": "The beginning of the body's hash, where several bodies share the id",
    })
}

fn text(about: &str) -> Json {
    json!({ "type": "string", "description": about })
}

fn object(properties: &Map<String, Json>) -> Json {
    let required: Vec<_> = properties.keys().collect();
    json!({ "type": "object", "required": required, "properties": properties })
}
