//! One call: made within the rate limit, and made again where that is safe.

use std::time::Instant;

use reqwest::{Method, Response, header};
use store::RetryPolicy;
use tracing::{Instrument, debug, warn};

use super::{
    Api, Of, Outcome,
    answer::{self, Refused, Remedy, Tried},
    authorization,
};
use crate::telemetry::spans;

/// No answer of Stripe's is longer, in bytes: a page of a hundred objects.
const MAX_ANSWER: usize = 8 << 20;

/// What is called.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) query: &'a [(&'a str, &'a str)],
    pub(super) account: Option<&'a str>,
    /// A form, and under which key it is sent.
    pub(super) body: Option<(String, Of<'a>)>,
}

impl Call<'_> {
    /// A question may be asked any number of times.
    fn is_first(&self) -> bool {
        self.body.as_ref().is_none_or(|(_, of)| of.first)
    }

    fn is_late(&self) -> bool {
        let until = self.body.as_ref().map(|(_, of)| of.until);
        until.is_some_and(|until| Instant::now() >= until)
    }
}

impl Api {
    /// Makes a call until its outcome is clear, or trying again does not help.
    pub(super) async fn carry_out(&self, call: &Call<'_>, policy: RetryPolicy) -> Outcome {
        let started = Instant::now();
        // Once a call may have been heard, only a payout that is there clears it up: a
        // refusal speaks for the call that it answers, not for the one before.
        let mut unclear = None;
        for retry in 1.. {
            let tried = self.try_once(call, retry).await;
            count(call, &tried);
            let (why, worth_it) = match tried {
                Tried::Done(body) => return Outcome::Done(body),
                Tried::Refused(refused) => {
                    let code = &refused.code;
                    return match unclear {
                        Some(why) => Outcome::Unclear(format!("{why}; then {code}")),
                        None if call.is_first() => Outcome::Refused(refused),
                        None => Outcome::Unclear(format!("an earlier call was lost; then {code}")),
                    };
                }
                Tried::Again(why) => (why, true),
                Tried::Unheard(why) => (why, self.breaker.is_closed()),
                Tried::Unclear(why) | Tried::Taken(why) => {
                    unclear = Some(why.clone());
                    (why, true)
                }
            };
            if !worth_it || call.is_late() || !policy.allows(retry, started.elapsed()) {
                warn!(
                    path = call.path,
                    account = call.account,
                    tries = retry,
                    why,
                    "gave a call to Stripe up"
                );
                return unclear.map_or(Outcome::Unheard(why), Outcome::Unclear);
            }
            debug!(
                path = call.path,
                account = call.account,
                tries = retry,
                why,
                "a call to Stripe is made again"
            );
            tokio::time::sleep(policy.pause(retry)).await;
        }
        // The loop above ends by itself; the compiler cannot see that.
        Outcome::Unclear("the call was given up".to_owned())
    }

    async fn try_once(&self, call: &Call<'_>, number: u32) -> Tried {
        let unheard = |why: &str| Tried::Unheard(why.to_owned());
        let silent = "no call is made while Stripe does not answer";
        // Who will not call takes nobody's turn.
        if self.breaker.is_pausing(Instant::now()) {
            return unheard(silent);
        }
        if !is_plain(call.path) {
            return Tried::Refused(not_stripes());
        }
        self.rate.until_ready().await;
        if call.is_late() {
            return unheard("it is too late to call: others may have gone on");
        }
        if !self.breaker.allows(Instant::now()) {
            return unheard(silent);
        }
        let started = Instant::now();
        let span = spans::stripe_call(call.method.as_str(), call.path, number - 1);
        let tried = self.send_and_read(call).instrument(span).await;
        metrics::histogram!("payoutd_stripe_call_duration_seconds").record(started.elapsed());
        match &tried {
            Tried::Unheard(_) | Tried::Unclear(_) => self.breaker.failed(Instant::now()),
            Tried::Done(_) | Tried::Refused(_) | Tried::Again(_) | Tried::Taken(_) => {
                self.breaker.answered();
            }
        }
        tried
    }

    async fn send_and_read(&self, call: &Call<'_>) -> Tried {
        let tried = match self.send(call).await {
            Ok(response) => {
                spans::status(response.status());
                read(response).await
            }
            Err(tried) => tried,
        };
        if !matches!(tried, Tried::Done(_)) {
            spans::failed(name(&tried));
        }
        tried
    }

    async fn send(&self, call: &Call<'_>) -> Result<Response, Tried> {
        let unheard = |why: &str| Tried::Unheard(why.to_owned());
        let mut url = self
            .base
            .join(call.path)
            .map_err(|_| unheard("the address cannot be put together"))?;
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(call.query);
        }
        let key = authorization(&self.key).ok_or_else(|| unheard("the key is not a header"))?;
        let mut request = self
            .client
            .request(call.method.clone(), url)
            .header(header::AUTHORIZATION, key);
        if let Some(account) = call.account {
            request = request.header("Stripe-Account", account);
        }
        if let Some((form, of)) = &call.body {
            request = request
                .header("Idempotency-Key", of.key)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form.clone());
        }
        let mut trace = header::HeaderMap::new();
        spans::pass_on(&mut trace);
        request.headers(trace).send().await.map_err(|error| {
            let why = told(&error);
            // Without a connection nothing was sent.
            if error.is_connect() || error.is_builder() {
                Tried::Unheard(why)
            } else {
                Tried::Unclear(why)
            }
        })
    }
}

/// Whether an address is made of Stripe's words and ids alone. An id that somebody else
/// made up must not lead elsewhere.
fn is_plain(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'/');
    path.bytes().all(plain)
}

fn not_stripes() -> Refused {
    Refused {
        code: "not_an_id_of_stripes".to_owned(),
        message: Some("Stripe's ids have letters, digits, _ and - alone".to_owned()),
        remedy: Remedy::AskPerson,
    }
}

/// Reads all of an answer. One that breaks off is none.
async fn read(mut response: Response) -> Tried {
    let status = response.status().as_u16();
    let should_retry = response
        .headers()
        .get("Stripe-Should-Retry")
        .and_then(|value| match value.as_bytes() {
            b"true" => Some(true),
            b"false" => Some(false),
            _ => None,
        });
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_ANSWER => body.extend(chunk),
            Ok(Some(_)) => return Tried::Unclear("the answer is too long".to_owned()),
            Ok(None) => return answer::read(status, should_retry, body),
            Err(error) => return Tried::Unclear(told(&error)),
        }
    }
}

/// The error with its causes, without the address, which says nothing here.
fn told(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        "the connection failed".to_owned()
    };
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

fn name(tried: &Tried) -> &'static str {
    match tried {
        Tried::Done(_) => "done",
        Tried::Refused(_) => "refused",
        Tried::Again(_) | Tried::Taken(_) => "again",
        Tried::Unheard(_) => "unheard",
        Tried::Unclear(_) => "unclear",
    }
}

fn count(call: &Call<'_>, tried: &Tried) {
    let outcome = name(tried);
    let method = call.method.as_str().to_owned();
    metrics::counter!("payoutd_stripe_calls_total", "method" => method, "outcome" => outcome)
        .increment(1);
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn an_id_leads_nowhere_else() {
        assert!(is_plain("/v1/payouts/po_1AbC-9/cancel"));
        for id in ["../transfers", "po_1?limit=1", "po_1#", "po_1%2f", "po_ü"] {
            assert!(!is_plain(&format!("/v1/payouts/{id}")), "{id}");
        }
    }
}
