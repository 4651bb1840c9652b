//! Events: what changed, as the API lists it and webhooks carry it.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Owner, shelf::Kept};

/// The version that everything is shown in.
pub(super) const API_VERSION: &str = "2025-04-30.basil";

/// One event. Its body never changes.
#[derive(Debug, Clone)]
pub struct Event {
    /// `evt_…`
    pub id: String,
    /// `payout.paid`, …
    pub kind: &'static str,
    /// Whose account it is about.
    pub owner: Owner,
    /// Unix seconds.
    pub created: i64,
    body: Arc<str>,
}

/// What an event tells.
pub(super) struct Told {
    pub(super) id: String,
    pub(super) kind: &'static str,
    pub(super) owner: Owner,
    pub(super) created: i64,
    pub(super) object: Value,
    pub(super) previous: Option<Value>,
    /// The call that caused it, and its idempotency key.
    pub(super) request: (Option<String>, Option<String>),
    /// How many endpoints get it.
    pub(super) endpoints: u8,
}

impl Event {
    pub(super) fn new(told: Told) -> Self {
        let mut data = Map::new();
        data.insert("object".to_owned(), told.object);
        if let Some(previous) = told.previous {
            data.insert("previous_attributes".to_owned(), previous);
        }
        let mut body = json!({
            "id": told.id,
            "object": "event",
            "api_version": API_VERSION,
            "created": told.created,
            "data": data,
            "livemode": false,
            "pending_webhooks": told.endpoints,
            "request": { "id": told.request.0, "idempotency_key": told.request.1 },
            "type": told.kind,
        });
        if let Owner::Connected(account) = &told.owner {
            body["account"] = json!(account);
        }
        Self {
            id: told.id,
            kind: told.kind,
            owner: told.owner,
            created: told.created,
            body: format!("{body:#}").into(),
        }
    }

    /// The bytes that are signed and sent.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }
}

impl Kept for Event {
    const WHAT: &'static str = "event";

    fn id(&self) -> &str {
        &self.id
    }

    fn owner(&self) -> &Owner {
        &self.owner
    }

    fn json(&self) -> Value {
        // It was JSON when it was written.
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}
