//! The Stripe simulator on the wire: what a program that calls Stripe sees of it.

mod calls;
mod faults;
mod process;
mod shapes;
mod webhooks;

use adapters::sim::{Settings, Simulator};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::Value;
use std::time::Duration;

const SELLER: &str = "acct_seller";
const SOON: Duration = Duration::from_secs(10);

/// A simulator and a caller.
struct Stage {
    sim: Simulator,
    client: Client,
}

impl Stage {
    async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    async fn with(settings: Settings) -> Self {
        let sim = Simulator::start(settings).await.expect("a simulator");
        let client = Client::builder().no_proxy().build().expect("a client");
        Self { sim, client }
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.as_seller(self.client.get(self.url(path)))
    }

    fn post(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        self.as_seller(self.client.post(self.url(path)).form(form))
    }

    fn payout(&self, key: &str, amount: &str) -> RequestBuilder {
        let form = [
            ("amount", amount),
            ("currency", "usd"),
            ("metadata[order]", "7"),
        ];
        self.post("/v1/payouts", &form)
            .header("Idempotency-Key", key)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sim.url())
    }

    fn as_seller(&self, request: RequestBuilder) -> RequestBuilder {
        request
            .bearer_auth("sk_test_sim")
            .header("Stripe-Account", SELLER)
    }
}

async fn sent(request: RequestBuilder) -> Response {
    request.send().await.expect("an answer")
}

/// The body of an answer that must be good.
async fn done(request: RequestBuilder) -> Value {
    let response = sent(request).await;
    let (status, body) = (response.status(), json(response).await);
    assert!(status.is_success(), "{status}: {body:#}");
    body
}

async fn json(response: Response) -> Value {
    response.json().await.expect("JSON")
}

fn id(object: &Value) -> &str {
    object["id"].as_str().expect("an id")
}
