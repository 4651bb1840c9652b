//! A call of the API and what comes back, without the wire.

use std::sync::Arc;

use serde_json::Value;

use crate::config::Secret;

/// One call, as it came.
#[derive(Debug, Clone)]
pub struct Call {
    /// `GET`, `POST`, … in upper case.
    pub method: String,
    /// Without host and query.
    pub path: String,
    /// The header `Stripe-Account`.
    pub account: Option<String>,
    /// The header `Idempotency-Key`.
    pub key: Option<String>,
    /// The API key, out of whatever form it came in.
    pub api_key: Option<Secret>,
    /// Query and form body, decoded, in order.
    pub parameters: Vec<(String, String)>,
}

impl Call {
    /// Whether it may change something.
    #[must_use]
    pub fn is_write(&self) -> bool {
        self.method != "GET"
    }

    /// The path's parts.
    pub(super) fn parts(&self) -> Vec<&str> {
        self.path
            .split('/')
            .filter(|part| !part.is_empty())
            .collect()
    }

    /// What must be the same when an idempotency key is used again.
    pub(super) fn fingerprint(&self) -> String {
        let mut parameters = self.parameters.clone();
        parameters.sort();
        format!("{} {} {parameters:?}", self.method, self.path)
    }
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `Request-Id`.
    pub request: String,
    /// `Stripe-Should-Retry`, where it is told.
    pub should_retry: Option<bool>,
    /// `Idempotent-Replayed: true`.
    pub replayed: bool,
    /// JSON, as it is sent.
    pub body: Arc<str>,
}

/// JSON in the way the API writes it, for people to read.
pub(super) fn rendered(value: &Value) -> Arc<str> {
    format!("{value:#}\n").into()
}

/// What the caller gets to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// An answer.
    Answer(Answer),
    /// Nothing: the connection stays open and silent.
    Silence,
    /// Nothing: the connection breaks.
    Reset,
}
