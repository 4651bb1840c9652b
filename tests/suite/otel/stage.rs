//! A service that exports to a collector of the test's.

use std::time::Duration;

use reqwest::Response;
use serde_json::{Value as Json, json};
use support::{Launch, Payoutd, WebhookSender};

/// Far longer than anything here takes.
pub const SOON: Duration = Duration::from_secs(30);
pub const WEBHOOK_SECRET: &str = "whsec_seen_by_nobody";
pub const TOKEN: &str = "token-seen-by-nobody";
/// A caller's trace, and the caller's own span in it.
pub const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
pub const CALLER: &str = "00f067aa0ba902b7";

/// `traceparent` of that caller, who wants to see everything.
pub fn traceparent(trace: &str) -> String {
    format!("00-{trace}-{CALLER}-01")
}

pub struct Service {
    pub payoutd: Payoutd,
    pub addr: String,
}

/// `payoutd serve` on SQLite, without jobs, exporting to an endpoint.
pub fn launch(endpoint: &str) -> Launch {
    Payoutd::with(["serve"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .env("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET)
        .env("PAYOUTD_API_TOKENS", format!("{TOKEN}:operator"))
        .env("PAYOUTD_JOBS", "false")
}

/// A sale of a seller whom nobody is to hear of.
pub fn sale(number: u32) -> Json {
    json!({ "transaction_id": format!("sale-{number}"), "seller_id": "anna-of-12-elm-street",
        "kind": "payment", "gross": { "amount": "10.00", "currency": "usd" } })
}

impl Service {
    pub async fn start(launch: Launch) -> Self {
        let mut payoutd = launch.start();
        let addr = payoutd.http_addr().await;
        payoutd.wait_for_line("ready").await;
        Self { payoutd, addr }
    }

    /// Records a sale over HTTP, as a part of a caller's trace.
    pub async fn sell(&self, number: u32, trace: &str) -> Response {
        let url = format!("http://{}/v1/commands/record-transaction", self.addr);
        let request = support::http_client().post(url).bearer_auth(TOKEN);
        let request = request
            .header("traceparent", traceparent(trace))
            .header("tracestate", "vendor=opaque")
            .header("Idempotency-Key", format!("key-of-anna-{number}"))
            .json(&sale(number));
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        answer
    }

    pub async fn get(&self, path: &str) -> String {
        let url = format!("http://{}{path}", self.addr);
        let request = support::http_client().get(url).bearer_auth(TOKEN);
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.expect("text")
    }

    pub fn sender(&self) -> WebhookSender {
        WebhookSender::new(&self.addr, "/webhook/stripe/", WEBHOOK_SECRET)
    }

    /// Ends it, by which everything is sent.
    pub async fn end(mut self) -> Payoutd {
        let status = self.payoutd.terminate(SOON).await;
        assert!(status.success(), "{}", self.payoutd.stderr());
        self.payoutd
    }
}
