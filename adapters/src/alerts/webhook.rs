//! Alerts posted to an address, signed as Standard Webhooks
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).
//!
//! The address is an operator's, yet a mistake or a name that leads elsewhere by now must not
//! make the service knock at machines that only it can reach: see `webhook/address.rs`.

mod address;

use std::{path::PathBuf, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, StatusCode, header::CONTENT_TYPE, redirect};
use serde_json::{Value as Json, json};
use sha2::Sha256;
use store::{Clock, RetryPolicy, alerts::AlertRow};
use tokio::{sync::mpsc, time::Instant};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use address::{Address, Refused};

use crate::config::alerts::Settings;

/// How long one try may take.
const WITHIN: Duration = Duration::from_secs(10);
/// So much news may wait.
pub(crate) const BACKLOG: usize = 256;
/// What secrets begin with.
const PREFIX: &str = "whsec_";

/// Why alerts cannot be posted.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The address is none, or none that may be posted to.
    #[error("[alerts] webhook_url cannot be used")]
    Address(#[source] Refused),
    /// There is nothing to sign with.
    #[error(
        "[alerts] webhook_url is set, and no secret: set PAYOUTD_ALERT_WEBHOOK_SECRET or \
         PAYOUTD_ALERT_WEBHOOK_SECRET_FILE to whsec_ and 24 to 64 bytes in base64"
    )]
    NoSecret,
    /// The file of the secret cannot be read.
    #[error("cannot read the webhook's secret from {}", path.display())]
    SecretFile {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The secret is not of the right form.
    #[error("the webhook's secret must be whsec_ and 24 to 64 bytes in base64")]
    BadSecret,
}

/// What is posted.
#[derive(Debug, Clone)]
pub(crate) struct News {
    /// The same each time it is posted.
    id: String,
    body: Json,
}

impl News {
    pub(crate) fn of(row: &AlertRow, alert: Json) -> Self {
        let (state, at) = match row.resolved_at {
            Some(at) => ("resolved", at),
            None => ("firing", row.fired_at),
        };
        Self {
            id: format!("{}-{state}", row.id),
            body: json!({
                "type": format!("alert.{state}"),
                "timestamp": store::row::sqlite_time(at),
                "data": alert,
            }),
        }
    }
}

/// Posts alerts, one after the other.
#[derive(Debug)]
pub(crate) struct Webhook {
    address: Address,
    key: Vec<u8>,
    retry: RetryPolicy,
    clock: Arc<dyn Clock>,
}

/// Why a post was not taken.
#[derive(Debug, thiserror::Error)]
enum Missed {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("it cannot be posted")]
    Sending(#[source] reqwest::Error),
    #[error("it was answered with {0}")]
    Answered(StatusCode),
}

impl Webhook {
    /// The webhook that is set, if one is.
    ///
    /// # Errors
    /// When the address or the secret cannot be used.
    pub(crate) fn of(
        settings: &Settings,
        retry: RetryPolicy,
        clock: &Arc<dyn Clock>,
    ) -> Result<Option<Self>, WebhookError> {
        let Some(url) = &settings.webhook_url else {
            return Ok(None);
        };
        let address =
            Address::parse(url, &settings.webhook_allow).map_err(WebhookError::Address)?;
        let key = key(&secret(settings)?).ok_or(WebhookError::BadSecret)?;
        Ok(Some(Self {
            address,
            key,
            retry,
            clock: Arc::clone(clock),
        }))
    }

    /// Posts what comes until the shutdown; what waits then is not posted.
    pub(crate) async fn run(self, mut news: mpsc::Receiver<News>, shutdown: CancellationToken) {
        loop {
            let next = tokio::select! {
                () = shutdown.cancelled() => return,
                next = news.recv() => next,
            };
            let Some(next) = next else {
                // Whoever sends is gone; the service still runs.
                return shutdown.cancelled().await;
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.deliver(&next) => {}
            }
        }
    }

    async fn deliver(&self, news: &News) {
        let began = Instant::now();
        let mut retry = 0;
        loop {
            let Err(missed) = self.post(news).await else {
                return;
            };
            retry += 1;
            if !missed.may_pass() || !self.retry.allows(retry, began.elapsed()) {
                let error = store::error::chain(&missed);
                warn!(error, id = news.id, "an alert could not be posted");
                return;
            }
            tokio::time::sleep(self.retry.pause(retry)).await;
        }
    }

    async fn post(&self, news: &News) -> Result<(), Missed> {
        let resolved = self.address.resolve().await?;
        let mut builder = Client::builder();
        if let Some((host, at)) = &resolved.pinned {
            // What was looked at is what is connected to.
            builder = builder.resolve_to_addrs(host, at);
        }
        let client = builder
            .no_proxy()
            .redirect(redirect::Policy::none())
            .timeout(WITHIN)
            .user_agent(concat!("payoutd/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Missed::Sending)?;
        let timestamp = self.clock.now().unix_timestamp();
        let body = news.body.to_string();
        let answer = client
            .post(resolved.url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &news.id)
            .header("webhook-timestamp", timestamp)
            .header(
                "webhook-signature",
                sign(&self.key, &news.id, timestamp, &body),
            )
            .body(body)
            .send()
            .await
            .map_err(|error| Missed::Sending(error.without_url()))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(Missed::Answered(status)),
        }
    }
}

impl Missed {
    /// Whether it is worth trying again. 410 means: never again.
    fn may_pass(&self) -> bool {
        match self {
            Self::Refused(refused) => refused.may_pass(),
            Self::Sending(_) => true,
            Self::Answered(status) => *status != StatusCode::GONE,
        }
    }
}

fn secret(settings: &Settings) -> Result<String, WebhookError> {
    if let Some(secret) = &settings.webhook_secret {
        return Ok(secret.expose().to_owned());
    }
    let path = settings.webhook_secret_file.clone();
    let path = path.ok_or(WebhookError::NoSecret)?;
    std::fs::read_to_string(&path).map_err(|source| WebhookError::SecretFile { path, source })
}

fn key(secret: &str) -> Option<Vec<u8>> {
    let encoded = secret.trim().strip_prefix(PREFIX)?;
    let key = STANDARD.decode(encoded).ok()?;
    (24..=64).contains(&key.len()).then_some(key)
}

/// `v1,` and the HMAC of id, time and body with dots between.
fn sign(key: &[u8], id: &str, timestamp: i64, body: &str) -> String {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return String::new();
    };
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{key, sign};

    /// The example of the specification's reference libraries.
    #[test]
    fn signatures_are_those_of_standard_webhooks() {
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a key");
        let signed = sign(
            &key,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            "{\"test\": 2432232314}",
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn secrets_of_another_form_are_refused() {
        for secret in [
            "",
            "whsec_",
            "whsec_c2hvcnQ=",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ] {
            assert_eq!(key(secret), None, "{secret}");
        }
    }
}
