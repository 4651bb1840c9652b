//! Webhooks sent as Stripe sends them, and signed by a second hand.

use hmac::{Hmac, KeyInit, Mac};
use reqwest::{Client, StatusCode, header::HeaderMap};
use serde_json::Value as Json;
use sha2::Sha256;
use std::time::{Duration, SystemTime};

/// Stripe waits about as long.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Sends to one endpoint of a service.
#[derive(Clone)]
pub struct WebhookSender {
    client: Client,
    url: String,
    secret: String,
}

/// What a service answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// The body; null if it is not JSON.
    pub body: Json,
}

impl Answer {
    /// Takes an answer apart.
    pub async fn of(response: reqwest::Response) -> Result<Self, reqwest::Error> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await?;
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Ok(Self {
            status,
            headers,
            body,
        })
    }

    /// Whether the webhook was taken: only a 200 counts.
    pub fn is_taken(&self) -> bool {
        self.status == StatusCode::OK.as_u16()
    }
}

impl WebhookSender {
    /// Will send to `http://<addr><path>`.
    pub fn new(addr: &str, path: &str, secret: &str) -> Self {
        Self {
            client: http_client(),
            url: format!("http://{addr}{path}"),
            secret: secret.to_owned(),
        }
    }

    /// Sends a body, signed now.
    pub async fn send(&self, body: &[u8]) -> Result<Answer, reqwest::Error> {
        self.send_with(&signature(&self.secret, unix_now(), body), body)
            .await
    }

    /// Sends a body with this signature.
    pub async fn send_with(&self, header: &str, body: &[u8]) -> Result<Answer, reqwest::Error> {
        let request = self.client.post(&self.url).body(body.to_vec());
        let request = request
            .header("Stripe-Signature", header)
            .header("Content-Type", "application/json; charset=utf-8");
        Answer::of(request.send().await?).await
    }
}

/// A client with connections of its own.
pub fn http_client() -> Client {
    // Fails only if it was done before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().timeout(TIMEOUT).no_proxy();
    client.build().expect("an HTTP client")
}

/// The value of the header `Stripe-Signature`.
pub fn signature(secret: &str, secs: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key will do");
    mac.update(&[format!("{secs}.").as_bytes(), body].concat());
    format!("t={secs},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// Now, in Unix seconds.
pub fn unix_now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    i64::try_from(since.expect("after 1970").as_secs()).expect("not that late")
}
