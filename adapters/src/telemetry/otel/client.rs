//! The HTTP client that spans and metrics are sent with: the one that there is already, with its
//! one TLS provider. The SDK's threads know no runtime, so requests are made in ours.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use reqwest::redirect;
use tokio::runtime::Handle;
use tracing::{info, warn};

/// A client for one kind of telemetry. Trouble is told when it begins and when it is over.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    runtime: Handle,
    signal: &'static str,
    in_trouble: AtomicBool,
}

/// Sends to the endpoint that was set and nowhere else.
pub(super) fn http(timeout: Duration) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .timeout(timeout)
        .redirect(redirect::Policy::none())
        .user_agent(concat!("payoutd/", env!("CARGO_PKG_VERSION")))
        .build()
}

impl Client {
    pub(super) fn new(http: reqwest::Client, runtime: Handle, signal: &'static str) -> Self {
        Self {
            http,
            runtime,
            signal,
            in_trouble: AtomicBool::new(false),
        }
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let http = self.http.clone();
        let sending = self
            .runtime
            .spawn(async move { http.send_bytes(request).await });
        let sent = sending.await.map_err(HttpError::from).flatten();
        match &sent {
            Ok(response) if response.status().is_success() => self.went_well(),
            Ok(response) => self.went_wrong(response.status().as_str()),
            Err(error) => self.went_wrong(&told(error.as_ref())),
        }
        sent
    }

    fn went_well(&self) {
        if self.in_trouble.swap(false, Ordering::Relaxed) {
            info!(
                signal = self.signal,
                "OpenTelemetry's collector takes what is sent again"
            );
        }
    }

    fn went_wrong(&self, why: &str) {
        metrics::counter!("payoutd_otel_send_failures_total", "signal" => self.signal).increment(1);
        if !self.in_trouble.swap(true, Ordering::Relaxed) {
            warn!(
                signal = self.signal,
                why,
                "OpenTelemetry's collector does not take what is sent; the ledger goes on without"
            );
        }
    }
}

/// Why nothing was sent. Errors of the client have the address in them, which may hold a password.
fn told(error: &(dyn std::error::Error + Send + Sync + 'static)) -> String {
    match error.downcast_ref::<reqwest::Error>() {
        Some(error) if error.is_timeout() => "no answer in time".to_owned(),
        Some(error) => std::error::Error::source(error)
            .map_or_else(|| "the request failed".to_owned(), store::error::chain),
        None => error.to_string(),
    }
}

impl HttpClient for Client {
    fn send_bytes<'s, 'f>(
        &'s self,
        request: Request<Bytes>,
    ) -> BoxFuture<'f, Result<Response<Bytes>, HttpError>>
    where
        's: 'f,
        Self: 'f,
    {
        self.send(request).boxed()
    }
}
