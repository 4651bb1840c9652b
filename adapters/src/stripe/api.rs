//! The client of Stripe's API: form bodies out, JSON in, one idempotency key for
//! each thing that is asked for.
//!
//! A call is tried again under the same key as long as that is safe. What is left
//! is told apart by what it means for the money ([`Outcome`]), never by an error
//! text. All calls share one rate limit and one circuit breaker.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::stripe::Mode;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use reqwest::{Client, Method, Url, header, redirect};
use serde_json::value::RawValue;
use store::RetryPolicy;

use crate::config::{Secret, Stripe};

pub mod answer;
mod breaker;
mod call;
pub mod walk;

use answer::Refused;
use breaker::Breaker;
use call::Call;
pub use walk::Walk;

/// How a call is tried again: from half a second to five, as Stripe advises
/// (<https://docs.stripe.com/error-low-level#idempotency>).
const RETRY: RetryPolicy = RetryPolicy {
    retries: 5,
    base: Duration::from_millis(500),
    factor: 2,
    cap: Duration::from_secs(5),
    budget: Duration::from_secs(60),
};

/// What became of something that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is done; Stripe's answer.
    Done(Vec<u8>),
    /// Stripe refused, and did nothing; no call under the same key has.
    Refused(Refused),
    /// Stripe has not heard of it, or asks to come back: nothing was done, and the
    /// same may be asked again under the same key.
    Unheard(String),
    /// Nobody knows whether it is done.
    Unclear(String),
}

/// Why a question was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Stripe refused to answer.
    #[error("Stripe refused: {}", .0.code)]
    Refused(Refused),
    /// It could not be asked, or not be understood.
    #[error("Stripe did not answer: {0}")]
    Trouble(String),
}

/// Why there can be no client.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The key moves money of the other kind than the ledger keeps books of.
    #[error(
        "STRIPE_SECRET_KEY is of {} mode, and the ledger of {} mode: take the other key, \
         or set PAYOUTD_LIVEMODE",
        .key.as_str(), .books.as_str()
    )]
    Mode {
        /// What the key moves.
        key: Mode,
        /// What the ledger keeps books of.
        books: Mode,
    },
    /// The address is none, or would send the key in the clear.
    #[error("Stripe's API must be at an https address, or at http on this machine")]
    Address,
    /// The key has characters that no header takes.
    #[error("Stripe's key has characters that none of its keys has")]
    Key,
    /// The HTTP client cannot be made.
    #[error("cannot make an HTTP client")]
    Client(#[source] reqwest::Error),
}

/// Stripe's API. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Api {
    client: Client,
    base: Url,
    key: Secret,
    rate: Arc<DefaultDirectRateLimiter>,
    breaker: Arc<Breaker>,
}

impl Api {
    /// A client, if there is a key.
    ///
    /// # Errors
    /// When the key moves money of the other mode, or the address would send it in the
    /// clear.
    pub fn of(settings: &Stripe) -> Result<Option<Self>, ApiError> {
        let Some(key) = &settings.secret_key else {
            return Ok(None);
        };
        if let Some(mode) = key.key_mode().filter(|mode| *mode != settings.mode) {
            let books = settings.mode;
            return Err(ApiError::Mode { key: mode, books });
        }
        let base = Url::parse(&settings.api_base).map_err(|_| ApiError::Address)?;
        if !is_safe(&base) {
            return Err(ApiError::Address);
        }
        authorization(key).ok_or(ApiError::Key)?;
        let mut builder = Client::builder();
        if is_loopback(&base) {
            // No proxy leads to what runs on this machine.
            builder = builder.no_proxy();
        }
        let client = builder
            .timeout(settings.timeout)
            .redirect(redirect::Policy::none())
            .user_agent(concat!("payoutd/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(ApiError::Client)?;
        let quota = Quota::per_second(settings.calls_per_second);
        Ok(Some(Self {
            client,
            base,
            key: key.clone(),
            rate: Arc::new(RateLimiter::direct(quota)),
            breaker: Arc::default(),
        }))
    }

    /// How many of so many calls are worth making at once: all, or one to see whether
    /// Stripe answers again, or none until then.
    #[must_use]
    pub fn room(&self, most: usize) -> usize {
        if self.breaker.is_closed() {
            most
        } else if self.breaker.is_pausing(Instant::now()) {
            0
        } else {
            1
        }
    }

    /// Asks for something to be done, once for all calls under the same key.
    pub async fn post(&self, path: &str, of: Of<'_>, fields: &[(&str, &str)]) -> Outcome {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let call = Call {
            method: Method::POST,
            path,
            query: &[],
            account: of.account,
            body: Some((form, of)),
        };
        self.carry_out(&call, RETRY).await
    }

    /// Asks for one object.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get(&self, path: &str, account: Option<&str>) -> Result<Vec<u8>, Unanswered> {
        self.ask(path, account, &[]).await
    }

    /// Walks through a list, newest first, until `wanted` answers with something.
    ///
    /// # Errors
    /// When a page is not answered.
    pub async fn search<T>(
        &self,
        path: &'static str,
        account: Option<&str>,
        filter: &[(&'static str, &str)],
        mut wanted: impl FnMut(&RawValue) -> Option<T>,
    ) -> Result<Option<T>, Unanswered> {
        let mut walk = self.walk(path, account, filter);
        while let Some(page) = walk.page().await? {
            if let Some(found) = page.iter().find_map(|object| wanted(object)) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    async fn ask(
        &self,
        path: &str,
        account: Option<&str>,
        query: &[(&str, &str)],
    ) -> Result<Vec<u8>, Unanswered> {
        let call = Call {
            method: Method::GET,
            path,
            query,
            account,
            body: None,
        };
        match self.carry_out(&call, RETRY).await {
            Outcome::Done(body) => Ok(body),
            Outcome::Refused(refused) => Err(Unanswered::Refused(refused)),
            Outcome::Unheard(why) | Outcome::Unclear(why) => Err(Unanswered::Trouble(why)),
        }
    }
}

/// Whose account something is asked of, and under which key.
#[derive(Debug, Clone, Copy)]
pub struct Of<'a> {
    /// A connected account; the platform's own if there is none.
    pub account: Option<&'a str>,
    /// The idempotency key.
    pub key: &'a str,
    /// No try begins after: others may take it for lost by then, and do otherwise.
    pub until: Instant,
    /// No call under this key can have been heard before. Only then is a refusal the
    /// whole story; otherwise it is as unclear as before.
    pub first: bool,
}

fn is_safe(base: &Url) -> bool {
    base.scheme() == "https" || (base.scheme() == "http" && is_loopback(base))
}

fn is_loopback(base: &Url) -> bool {
    match base.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback()),
        None => false,
    }
}

/// The key, for the one header that carries it, which is never printed.
fn authorization(key: &Secret) -> Option<header::HeaderValue> {
    let mut value = header::HeaderValue::from_str(&format!("Bearer {}", key.expose())).ok()?;
    value.set_sensitive(true);
    Some(value)
}
