//! Errors in the API's own words: status, type, code, message, parameter.

use serde_json::{Map, Value, json};

use super::call::{Answer, rendered};

/// An error that a caller of the API gets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{status} {}: {message}", code.unwrap_or(kind))]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// `error.type`.
    pub kind: &'static str,
    /// `error.code`.
    pub code: Option<&'static str>,
    /// `error.message`.
    pub message: String,
    /// `error.param`.
    pub param: Option<String>,
    /// `Stripe-Should-Retry`.
    pub should_retry: Option<bool>,
    /// Whether it is what an idempotency key answers from now on.
    pub kept: bool,
}

/// A refusal that does not lie in the parameters.
#[derive(Debug, PartialEq, Eq)]
pub struct Known {
    /// `error.code`, or the status where there is none.
    pub code: &'static str,
    status: u16,
    kept: bool,
    message: &'static str,
}

const fn business(code: &'static str, message: &'static str) -> Known {
    Known {
        code,
        status: 400,
        kept: true,
        message,
    }
}

const fn passing(code: &'static str, status: u16, message: &'static str) -> Known {
    Known {
        code,
        status,
        kept: false,
        message,
    }
}

/// Every refusal that can be asked for by its code.
/// Source: <https://docs.stripe.com/error-codes>.
pub const KNOWN: &[Known] = &[
    business(
        "balance_insufficient",
        "The account's available balance is too low.",
    ),
    business(
        "payouts_not_allowed",
        "Payouts are not enabled for this account.",
    ),
    business(
        "transfers_not_allowed",
        "Transfers to this account are not enabled.",
    ),
    business(
        "bank_account_unusable",
        "The external account was disabled after a failed payout; it must be replaced.",
    ),
    business("no_account", "The external account could not be located."),
    business("account_closed", "The external account is closed."),
    business(
        "payouts_limit_exceeded",
        "The daily limit of payouts is reached.",
    ),
    business(
        "instant_payouts_limit_exceeded",
        "The daily limit of instant payouts is reached.",
    ),
    business(
        "instant_payouts_unsupported",
        "The external account does not take instant payouts.",
    ),
    business(
        "instant_payouts_config_disabled",
        "Instant payouts are not enabled.",
    ),
    business(
        "instant_payouts_currency_disabled",
        "Instant payouts are not enabled for this currency.",
    ),
    business("amount_too_small", "The amount is below the minimum."),
    business(
        "anomalous_money_movement_request",
        "The request was stopped: it is unlike the account's others.",
    ),
    business("approval_required", "Somebody has to approve this request."),
    business("action_blocked", "The request was blocked by a rule."),
    passing(
        "payout_reconciliation_not_ready",
        400,
        "The payout's transactions cannot be listed yet.",
    ),
    passing(
        "idempotency_key_in_use",
        409,
        "Another request with this idempotency key is being processed.",
    ),
    passing("rate_limit", 429, "Too many requests."),
    passing(
        "lock_timeout",
        429,
        "The object is locked by another request; try again.",
    ),
    passing(
        "account_invalid",
        403,
        "The key has no access to this account.",
    ),
    passing(
        "platform_api_key_expired",
        401,
        "The platform's API key has expired.",
    ),
    Known {
        code: "500",
        status: 500,
        kept: true,
        message: "Something went wrong on the simulator's end, because it was asked to.",
    },
    passing("502", 502, "Bad gateway."),
    passing("503", 503, "Out of service."),
    passing("504", 504, "A gateway waited in vain."),
];

impl Known {
    /// Looks one up.
    #[must_use]
    pub fn find(code: &str) -> Option<&'static Self> {
        KNOWN.iter().find(|known| known.code == code)
    }

    /// Whether an idempotency key keeps it.
    #[must_use]
    pub const fn is_kept(&self) -> bool {
        self.kept
    }

    /// As an error.
    #[must_use]
    pub fn error(&self) -> ApiError {
        let server = self.status >= 500;
        let should_retry = matches!(self.code, "idempotency_key_in_use" | "lock_timeout");
        ApiError {
            status: self.status,
            kind: match self.code {
                "idempotency_key_in_use" => "idempotency_error",
                _ if server => "api_error",
                _ => "invalid_request_error",
            },
            code: (!server).then_some(self.code),
            message: self.message.to_owned(),
            param: None,
            should_retry: should_retry.then_some(true),
            kept: self.kept,
        }
    }
}

impl ApiError {
    /// A refusal of [`KNOWN`]; HTTP 500 if there is none of that code.
    pub(super) fn known(code: &str) -> Self {
        match Known::find(code) {
            Some(known) => known.error(),
            None => Self {
                kind: "api_error",
                ..Self::request(500, None, format!("no such error: {code}"))
            },
        }
    }

    /// HTTP 500, as when something broke at Stripe.
    pub(super) fn broken() -> Self {
        Self::known("500")
    }

    /// An `invalid_request_error` that no idempotency key keeps.
    pub(super) fn request(
        status: u16,
        code: Option<&'static str>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            kind: "invalid_request_error",
            code,
            message: message.into(),
            param: None,
            should_retry: None,
            kept: false,
        }
    }

    /// What is wrong with a parameter.
    pub(super) fn parameter(
        code: &'static str,
        param: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            param: Some(param.into()),
            ..Self::request(400, Some(code), message)
        }
    }

    /// Something that is not there, or is another account's.
    pub(super) fn missing(what: &str, id: &str, param: &str) -> Self {
        Self {
            param: Some(param.to_owned()),
            ..Self::request(
                404,
                Some("resource_missing"),
                format!("No such {what}: '{}'", shown(id)),
            )
        }
    }

    /// The same key with other parameters.
    pub(super) fn key_reused() -> Self {
        Self {
            kind: "idempotency_error",
            ..Self::request(
                400,
                None,
                "Keys for idempotent requests can only be used with the parameters they \
                 were first used with.",
            )
        }
    }

    /// As the API answers it.
    #[must_use]
    pub fn answer(&self, request: &str) -> Answer {
        let mut error = Map::new();
        if let Some(code) = self.code {
            error.insert("code".to_owned(), json!(code));
            let page = format!(
                "https://stripe.com/docs/error-codes/{}",
                code.replace('_', "-")
            );
            error.insert("doc_url".to_owned(), json!(page));
        }
        error.insert("message".to_owned(), json!(self.message));
        if let Some(param) = &self.param {
            error.insert("param".to_owned(), json!(param));
        }
        let log = format!("https://dashboard.stripe.com/test/logs/{request}");
        error.insert("request_log_url".to_owned(), json!(log));
        error.insert("type".to_owned(), json!(self.kind));
        Answer {
            status: self.status,
            request: request.to_owned(),
            should_retry: self.should_retry,
            replayed: false,
            body: rendered(&json!({ "error": Value::Object(error) })),
        }
    }
}

/// A caller's words, shortened.
fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}
