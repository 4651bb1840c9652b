//! What is wrong, as a problem of RFC 9457: the shape that refusals have, too.

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use domain::Refusal;
use serde_json::json;

use super::access::Denied;

/// What problems are written as.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

/// The codes of the API that are no refusals of the ledger's.
pub(super) const CODES: &[&str] = &[
    "UNAUTHORIZED",
    "FORBIDDEN",
    "NOT_FOUND",
    "METHOD_NOT_ALLOWED",
    "BODY_BROKEN",
    "BODY_TOO_SLOW",
    "BODY_TOO_LARGE",
    "UNSUPPORTED_ENCODING",
    "UNSUPPORTED_MEDIA_TYPE",
];

/// Why a request is not granted.
pub(super) struct Problem {
    status: StatusCode,
    told: store::reply::Problem,
    reason: Option<&'static str>,
    /// Whether the caller may still be sending what nobody will read.
    last: bool,
    /// Whether a token would help.
    challenge: bool,
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
            challenge: false,
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
            challenge: false,
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

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Self {
        let told = store::reply::Problem::from(refusal);
        let status = StatusCode::from_u16(told.status);
        Self {
            // Every code has a status of HTTP.
            status: status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            told,
            reason: None,
            last: false,
            challenge: false,
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        (&refusal).into()
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        let (status, code) = match denied {
            Denied::NoToken | Denied::UnknownToken => (StatusCode::UNAUTHORIZED, "UNAUTHORIZED"),
            Denied::ForeignHost | Denied::ByProxy | Denied::ReadsOnly => {
                (StatusCode::FORBIDDEN, "FORBIDDEN")
            }
        };
        let mut problem = Self::new(status, code, denied.to_string());
        problem.challenge = status == StatusCode::UNAUTHORIZED;
        problem
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
        let kind = HeaderValue::from_static(PROBLEM_JSON);
        headers.insert(CONTENT_TYPE, kind);
        if let Some(secs) = self.told.retry_after {
            headers.insert(RETRY_AFTER, secs.into());
        }
        if self.last {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if self.challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
