//! Why a webhook is not taken, and what Stripe is told then.

use axum::http::StatusCode;
use domain::{Code, Refusal};

use super::problem::Problem;
use crate::stripe::signature::SignatureError;

/// Why a webhook is not taken.
#[derive(Debug, thiserror::Error)]
pub(super) enum Rejected {
    #[error("no secret is set for this endpoint, so nothing can be believed")]
    NoSecret,
    #[error("the body must come as it was signed, without a Content-Encoding")]
    Encoded,
    #[error("the body is larger than anything the ledger takes")]
    TooLarge,
    #[error("the body did not come in time")]
    TooSlow,
    #[error("the body did not come to its end")]
    Broken,
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error("too much is waiting for the ledger; try again")]
    Busy,
    #[error("the ledger has not answered in time; send the event again to learn the outcome")]
    Unanswered,
    #[error("{0}")]
    Refused(Refusal),
}

impl Rejected {
    /// One of a few words, for programs, logs and metrics.
    pub(super) const fn as_str(&self) -> &'static str {
        match self {
            Self::NoSecret => "no_secret",
            Self::Encoded => "encoded",
            Self::TooLarge => "too_large",
            Self::TooSlow => "too_slow",
            Self::Broken => "broken",
            Self::Signature(error) => error.as_str(),
            Self::Busy => "busy",
            Self::Unanswered => "unanswered",
            Self::Refused(_) => "refused",
        }
    }

    pub(super) fn into_problem(self) -> Problem {
        let (word, detail) = (self.as_str(), self.to_string());
        let problem = match self {
            Self::NoSecret => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "WEBHOOK_SECRET_MISSING",
                detail,
            ),
            Self::Encoded => Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_ENCODING",
                detail,
            ),
            Self::TooLarge => {
                Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", detail).last()
            }
            Self::TooSlow => {
                Problem::new(StatusCode::REQUEST_TIMEOUT, "BODY_TOO_SLOW", detail).last()
            }
            Self::Broken => Problem::new(StatusCode::BAD_REQUEST, "BODY_BROKEN", detail).last(),
            Self::Signature(_) => {
                Problem::new(StatusCode::BAD_REQUEST, "INVALID_SIGNATURE", detail)
            }
            Self::Busy | Self::Unanswered => {
                Problem::unavailable((&Refusal::new(Code::Unavailable, detail)).into())
            }
            Self::Refused(refusal) => Problem::unavailable((&refusal).into()),
        };
        problem.because(word)
    }
}
