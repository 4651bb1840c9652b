//! What is wrong, as a problem of RFC 9457: the shape that refusals have, too.

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use serde_json::json;

/// Why a request is not granted.
pub(super) struct Problem {
    status: StatusCode,
    told: store::reply::Problem,
    reason: Option<&'static str>,
    /// Whether the caller may still be sending what nobody will read.
    last: bool,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let told = store::reply::Problem {
            status: status.as_u16(),
            code,
            title: status.canonical_reason().unwrap_or_default(),
            detail: detail.into(),
            retry_after: None,
        };
        Self {
            status,
            told,
            reason: None,
            last: false,
        }
    }

    /// One that passes, to be tried again.
    pub(super) fn unavailable(mut told: store::reply::Problem) -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        told.status = status.as_u16();
        Self {
            status,
            told,
            reason: None,
            last: false,
        }
    }

    /// Adds a word that says more than the code.
    pub(super) const fn because(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self
    }

    /// Closes the connection after it.
    pub(super) const fn last(mut self) -> Self {
        self.last = true;
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = self.told.to_json();
        if let (Some(reason), Some(members)) = (self.reason, body.as_object_mut()) {
            members.insert("reason".to_owned(), json!(reason));
        }
        let mut response = (self.status, body.to_string()).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(CONTENT_TYPE, kind);
        if let Some(secs) = self.told.retry_after {
            headers.insert(RETRY_AFTER, secs.into());
        }
        if self.last {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
