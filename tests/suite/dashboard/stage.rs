//! A service with books, and a browser that looks at them.

use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde_json::{Value as Json, json};
use support::{Answer, Browser, Launch, Payoutd};

/// A service on a SQLite database of its own, and somebody who asks it.
pub struct Stage {
    pub payoutd: Payoutd,
    pub base: String,
    client: Client,
    token: Option<&'static str>,
}

impl Stage {
    /// Without tokens: whoever is on this machine is an operator.
    pub async fn start() -> Self {
        Self::of(Payoutd::with(["serve"]), None).await
    }

    /// The stage itself asks with a token.
    pub async fn of(launch: Launch, token: Option<&'static str>) -> Self {
        let mut payoutd = launch.start();
        let addr = payoutd.http_addr().await;
        payoutd.wait_for_line("ready").await;
        Self {
            payoutd,
            base: format!("http://{addr}"),
            client: support::http_client(),
            token,
        }
    }

    /// A browser that has come to a page.
    pub async fn browse(&self, page: &str) -> Browser {
        let browser = Browser::start().await;
        browser.open(&format!("{}/#{page}", self.base)).await;
        browser
    }

    pub fn prepare(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().expect("a method");
        let request = self.client.request(method, format!("{}{path}", self.base));
        match self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        let sent = self.prepare("GET", path).send().await;
        Answer::of(sent.expect("an answer")).await.expect("a body")
    }

    pub async fn text(&self, path: &str) -> String {
        let sent = self.prepare("GET", path).send().await.expect("an answer");
        assert!(sent.status().is_success(), "{path}: {sent:?}");
        sent.text().await.expect("text")
    }

    /// Issues a command that must be accepted; its reply.
    pub async fn does(&self, name: &str, fields: Json) -> Json {
        let request = self.prepare("POST", &format!("/v1/commands/{name}"));
        let sent = request.json(&fields).send().await.expect("an answer");
        let answer = Answer::of(sent).await.expect("a body");
        assert_eq!(answer.status, 200, "{name} {fields}: {answer:?}");
        answer.body
    }

    pub async fn sells(&self, seller: &str, id: &str, amount: &str, currency: &str) {
        let gross = money(amount, currency);
        let sold = json!({ "transaction_id": id, "seller_id": seller, "kind": "payment",
            "gross": gross });
        self.does("record-transaction", sold).await;
    }

    /// Asks for everything that is available; the payout's id.
    pub async fn requests(&self, seller: &str, currency: &str) -> String {
        let wanted = json!({ "seller_id": seller, "currency": currency });
        let reply = self.does("request-payout", wanted).await;
        reply["payout_id"].as_str().expect("an id").to_owned()
    }

    /// A sale, and the payout of it.
    pub async fn pays(&self, seller: &str, sale: &str, amount: &str) -> String {
        self.sells(seller, sale, amount, "usd").await;
        self.requests(seller, "usd").await
    }

    pub fn database_url(&self) -> String {
        format!(
            "sqlite://{}/payout-ledger.db",
            self.payoutd.folder().display()
        )
    }

    /// Takes an event of Stripe's from a file, as the command line does beside a service.
    pub async fn ingests(&self, event: &Json) {
        let url = self.database_url();
        let launch = Payoutd::with(["ingest", "-"]).env("DATABASE_URL", url);
        let done = launch.finish_with_input(event.to_string()).await;
        done.expect_code(0);
    }

    pub async fn stop(mut self) {
        let ended = self.payoutd.terminate(Duration::from_secs(10)).await;
        assert!(ended.success(), "{ended}");
    }
}

pub fn money(amount: &str, currency: &str) -> Json {
    json!({ "amount": amount, "currency": currency })
}

/// An event that says it was paid about a payout that says it failed: dead.
pub fn contradiction(id: &str, payout: &str, word: &str) -> Json {
    json!({ "id": id, "object": "event", "type": "payout.paid", "livemode": false,
        "data": { "object": { "id": payout, "object": "payout", "amount": 1, "currency": "usd",
            "status": "failed", "description": word } } })
}

/// Fails if the page, or the browser, complained of anything, or asked anybody else.
pub async fn is_quiet(browser: &Browser, stage: &Stage) {
    let console = browser.console().await;
    assert!(console.is_empty(), "{console:#?}");
    let inside = [stage.base.as_str(), "data:", "blob:", "about:", "chrome:"];
    for url in browser.requests().await {
        assert!(inside.iter().any(|it| url.starts_with(it)), "{url}");
    }
}
