//! Answers that say no, and the headers of all.

use serde_json::{Map, Value as Json, json};

use super::reference;
use crate::http::problem::PROBLEM_JSON;

/// A status, the name of its answer, what it means, and a header it has besides.
type Refusal = (u16, &'static str, &'static str, Option<&'static str>);

const ALL: &[Refusal] = &[
    (400, "Invalid", "It cannot be read, or makes no sense", None),
    (
        401,
        "Unauthorized",
        "No token, or one that is not known",
        Some("WWW-Authenticate"),
    ),
    (403, "Forbidden", "The caller may not do this", None),
    (404, "NotFound", "There is no such thing", None),
    (408, "TooSlow", "The body did not come in time", None),
    (
        409,
        "Conflict",
        "It contradicts what is recorded, or conflicts outlasted the retries",
        None,
    ),
    (413, "TooLarge", "The body has more than 1 MiB", None),
    (415, "Unsupported", "Not application/json, or encoded", None),
    (422, "Refused", "The books do not allow it", None),
    (
        500,
        "Failed",
        "The database failed; nothing was recorded",
        Some("Retry-After"),
    ),
    (
        503,
        "Unavailable",
        "Not now, or the outcome is not known yet",
        Some("Retry-After"),
    ),
];

/// The named answers.
pub(super) fn responses() -> Map<String, Json> {
    ALL.iter()
        .map(|refusal| (refusal.1.to_owned(), response(*refusal)))
        .collect()
}

/// The headers they have.
pub(super) fn headers() -> Json {
    json!({
        "X-Request-Id": {
            "description": "The caller's name for the request, or a fresh one",
            "required": true,
            "schema": { "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$" },
        },
        "WWW-Authenticate": {
            "description": "How a token is shown",
            "required": true,
            "schema": { "const": "Bearer" },
        },
        "Retry-After": {
            "description": "After how many seconds it is worth trying again",
            "required": true,
            "schema": { "type": "integer", "minimum": 1 },
        },
    })
}

/// The answers of an operation: what is granted, and these refusals.
pub(super) fn with(granted: Json, refusals: &[u16]) -> Json {
    let mut answers = Map::from_iter([("200".to_owned(), granted)]);
    for (status, name, ..) in ALL.iter().filter(|refusal| refusals.contains(&refusal.0)) {
        answers.insert(status.to_string(), reference("responses", name));
    }
    Json::Object(answers)
}

/// What is granted, as JSON.
pub(super) fn granted(about: &str, schema: &Json) -> Json {
    json!({
        "description": about,
        "headers": { "X-Request-Id": reference("headers", "X-Request-Id") },
        "content": { "application/json": { "schema": schema } },
    })
}

fn response((_, _, about, header): Refusal) -> Json {
    let named = header.into_iter().chain(["X-Request-Id"]);
    let headers: Map<_, _> = named
        .map(|n| (n.to_owned(), reference("headers", n)))
        .collect();
    json!({
        "description": about,
        "headers": headers,
        "content": { PROBLEM_JSON: { "schema": reference("schemas", "Problem") } },
    })
}
