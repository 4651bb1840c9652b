//! What happens, as server-sent events.

use serde_json::{Value as Json, json};

use super::{answers, reference};

/// Watching.
pub(super) fn path() -> Json {
    let about = "Server-sent events, for as long as the caller stays: `hello`; `committed` with \
        `position`, `count` and the first `events` (`position`, `type`, `stream`, `version`) of \
        the caller's tenant; `readings` as `/v1/machine/readings` has them; `alert` as \
        `/v1/alerts` has them; `reset` when more \
        happened than is told. Comments in between keep the connection";
    let last = json!({
        "name": "Last-Event-ID",
        "in": "header",
        "required": false,
        "description": "The id of the last event that the caller saw: it is told what it missed",
        "schema": { "type": "string", "pattern": "^[0-9]{1,18}\\.[0-9]{1,18}$" },
    });
    let events = json!({
        "description": "Events, without an end",
        "headers": { "X-Request-Id": reference("headers", "X-Request-Id") },
        "content": { "text/event-stream": { "schema": { "type": "string" } } },
    });
    json!({
        "get": {
            "operationId": "watch",
            "summary": "What happens, as it happens",
            "description": about,
            "tags": ["service"],
            "parameters": [last],
            "responses": answers::with(events, &[401, 403, 503]),
        },
    })
}
