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
use serde::Deserialize;
use serde_json::value::RawValue;
use store::RetryPolicy;

use crate::config::{Secret, Stripe};

pub mod answer;
mod breaker;
mod call;

use answer::Refused;
use breaker::Breaker;
use call::Call;

/// How a call is tried again: from half a second to five, as Stripe advises
/// (<https://docs.stripe.com/error-low-level#idempotency>).
const RETRY: RetryPolicy = RetryPolicy {
    retries: 5,
    base: Duration::from_millis(500),
    factor: 2,
    cap: Duration::from_secs(5),
    budget: Duration::from_secs(60),
};
/// Objects on a page: Stripe's limit.
const PAGE: &str = "100";

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
    /// The address is none, or would send the key in the clear.
    #[error("Stripe's API must be at an https address, or at http on this machine")]
    Address,
    /// Test money here and real money there, or the other way round.
    #[error("Stripe's key is of another mode than the ledger: see livemode")]
    Mode,
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

/// A page of a list, newest first; each object as it came.
#[derive(Debug, Deserialize)]
struct List {
    data: Vec<Box<RawValue>>,
    has_more: bool,
}

impl Api {
    /// A client, if there is a key.
    ///
    /// # Errors
    /// When the address would send the key in the clear, or the key is none, or of
    /// another mode than the ledger.
    pub fn of(settings: &Stripe, mode: Mode) -> Result<Option<Self>, ApiError> {
        let Some(key) = &settings.secret_key else {
            return Ok(None);
        };
        // Else a ledger of test money would move real money, and not know of it.
        if key.mode().is_some_and(|keys| keys != mode) {
            return Err(ApiError::Mode);
        }
        let base = Url::parse(&settings.api_base).map_err(|_| ApiError::Address)?;
        if !is_safe(&base) {
            return Err(ApiError::Address);
        }
        authorization(key).ok_or(ApiError::Key)?;
        let client = Client::builder()
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
        path: &str,
        account: Option<&str>,
        filter: &[(&str, &str)],
        mut wanted: impl FnMut(&RawValue) -> Option<T>,
    ) -> Result<Option<T>, Unanswered> {
        let mut after: Option<String> = None;
        loop {
            let mut query = vec![("limit", PAGE)];
            query.extend(filter);
            query.extend(after.as_deref().map(|last| ("starting_after", last)));
            let body = self.ask(path, account, &query).await?;
            let list: List = serde_json::from_slice(&body)
                .map_err(|error| Unanswered::Trouble(format!("its list is not one: {error}")))?;
            if let Some(found) = list.data.iter().find_map(|object| wanted(object)) {
                return Ok(Some(found));
            }
            after = match list.data.last().map(|object| id_of(object)) {
                Some(Some(last)) if list.has_more && after.as_ref() == Some(&last) => {
                    return Err(Unanswered::Trouble("its list has no end".to_owned()));
                }
                Some(Some(last)) if list.has_more => Some(last),
                _ if list.has_more => {
                    let why = "a page of its list cannot be followed by the next";
                    return Err(Unanswered::Trouble(why.to_owned()));
                }
                _ => return Ok(None),
            };
        }
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

fn id_of(object: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        id: String,
    }
    serde_json::from_str::<Named>(object.get())
        .ok()
        .map(|named| named.id)
}

fn is_safe(base: &Url) -> bool {
    let loopback = match base.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback()),
        None => false,
    };
    base.scheme() == "https" || (base.scheme() == "http" && loopback)
}

/// The key, for the one header that carries it, which is never printed.
fn authorization(key: &Secret) -> Option<header::HeaderValue> {
    let mut value = header::HeaderValue::from_str(&format!("Bearer {}", key.expose())).ok()?;
    value.set_sensitive(true);
    Some(value)
}
