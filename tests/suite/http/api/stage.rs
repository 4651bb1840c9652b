//! A service with tokens, and those who ask it.

use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde_json::{Value as Json, json};
use support::{Answer, Launch, MariaDb, Payoutd, Postgres, eventually};

use crate::http::service::{SOON, Service};

/// Of the service's own tenant.
pub(super) const OPERATOR: &str = "operator-of-default";
pub(super) const AUDITOR: &str = "auditor-of-default";
/// Of a tenant of their own.
pub(super) const ACME: &str = "operator-of-acme";
pub(super) const ACME_AUDITOR: &str = "auditor-of-acme-too";

/// All of them, as they are set.
pub(super) fn tokens() -> String {
    format!(
        "{OPERATOR}:operator,{AUDITOR}:auditor\n{ACME}:operator:acme, {ACME_AUDITOR}:auditor:acme"
    )
}

/// `payoutd serve` with all tokens.
pub(super) fn launch() -> Launch {
    Payoutd::with(["serve"]).env("PAYOUTD_API_TOKENS", tokens())
}

/// What a service's database is dropped with; SQLite's goes with the service's folder.
#[expect(dead_code, reason = "its end is what it is for")]
pub(super) enum Server {
    None,
    Postgres(Postgres),
    MariaDb(MariaDb),
}

/// The same on each database.
pub(super) async fn on_each_database() -> [(Service, Server); 3] {
    let (postgres, mariadb) =
        tokio::join!(Postgres::migrated_database(), MariaDb::fresh_database());
    let on = async |url| Service::start(launch().env("DATABASE_URL", url)).await;
    [
        (on(postgres.url()).await, Server::Postgres(postgres)),
        (on(mariadb.url()).await, Server::MariaDb(mariadb)),
        (Service::start(launch()).await, Server::None),
    ]
}

/// Ends a service, in good order, whatever its database is.
pub(super) async fn end((mut service, database): (Service, Server)) {
    let ended = service.payoutd.terminate(Duration::from_secs(10)).await;
    assert!(ended.success(), "{ended}");
    drop(database);
}

/// Somebody with a token, or without.
pub(super) struct Caller {
    client: Client,
    addr: String,
    token: Option<&'static str>,
}

impl Caller {
    pub(super) fn new(service: &Service, token: Option<&'static str>) -> Self {
        Self {
            client: support::http_client(),
            addr: service.addr.clone(),
            token,
        }
    }

    pub(super) fn with(service: &Service, token: &'static str) -> Self {
        Self::new(service, Some(token))
    }

    pub(super) fn prepare(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().expect("a method");
        let request = self
            .client
            .request(method, format!("http://{}{path}", self.addr));
        match self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        sent(self.prepare("GET", path)).await
    }

    /// Issues a command; without a key if that is empty.
    pub(super) async fn command(&self, name: &str, key: &str, fields: &Json) -> Answer {
        let request = self
            .prepare("POST", &format!("/v1/commands/{name}"))
            .json(fields);
        let request = match key {
            "" => request,
            key => request.header("Idempotency-Key", key),
        };
        sent(request).await
    }

    /// Issues commands that must be accepted.
    pub(super) async fn does(&self, commands: &[(&str, Json)]) {
        for (name, fields) in commands {
            let answer = self.command(name, "", fields).await;
            assert_eq!(answer.status, 200, "{name} {fields}: {answer:?}");
        }
    }

    /// The rows of an answer that must be a page.
    pub(super) async fn rows(&self, path: &str) -> Vec<Json> {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.body["rows"].as_array().expect("rows").clone()
    }

    /// Waits until there are so many rows.
    pub(super) async fn sees(&self, path: &str, count: usize) {
        eventually(SOON, async || match self.rows(path).await {
            rows if rows.len() == count => Ok(()),
            rows => Err(rows),
        })
        .await;
    }
}

pub(super) async fn sent(request: RequestBuilder) -> Answer {
    Answer::of(request.send().await.expect("an answer"))
        .await
        .expect("a body")
}

pub(super) fn money(amount: &str) -> Json {
    json!({ "amount": amount, "currency": "usd" })
}

pub(super) fn transaction(id: &str, seller: &str, amount: &str) -> Json {
    json!({ "transaction_id": id, "seller_id": seller, "kind": "payment", "gross": money(amount) })
}

/// The name of a payout of a test, by a number.
pub(super) fn payout(number: u32) -> String {
    uuid::Uuid::from_u128(0x7000_0000_0000_4000_8000_0000_0000_0000 + u128::from(number))
        .to_string()
}

/// Two sellers whose money is at many stages: each read table has at least two rows.
pub(super) async fn sell(operator: &Caller) {
    let mut all = Vec::new();
    for (n, seller) in [(1, "anna"), (2, "björn")] {
        let payout = payout(n);
        let id = |name: &str| format!("{seller}-{name}");
        all.extend([
            (
                "register-seller",
                json!({ "seller_id": seller, "stripe_account": format!("acct_{n}"),
                "minimum_payout": money("5.00") }),
            ),
            (
                "record-transaction",
                transaction(&id("t1"), seller, "100.00"),
            ),
            (
                "record-transaction",
                transaction(&id("t2"), seller, "20.50"),
            ),
            (
                "record-transfer",
                json!({ "transfer_id": id("tr1"), "seller_id": seller,
                "amount": money("100.00"), "transaction_id": id("t1") }),
            ),
            (
                "record-transfer",
                json!({ "transfer_id": id("tr2"), "seller_id": seller,
                "amount": money("20.50") }),
            ),
            (
                "reverse-transfer",
                json!({ "transfer_id": id("tr2"),
                "amount_reversed": money("0.50") }),
            ),
            (
                "request-payout",
                json!({ "seller_id": seller, "currency": "usd",
                "payout_id": payout }),
            ),
            (
                "submit-payout",
                json!({ "payout_id": payout,
                "stripe_payout_id": format!("po_{n}") }),
            ),
            ("mark-payout-paid", json!({ "payout_id": payout })),
            ("record-transaction", transaction(&id("t3"), seller, "7.00")),
        ]);
    }
    operator.does(&all).await;
    // Postings and daily sums follow the log.
    operator.sees("/v1/daily-rollups", 2).await;
    eventually(SOON, async || {
        let sums = operator.get("/v1/trial-balance").await;
        match sums.body["complete"] == true {
            true => Ok(()),
            false => Err(sums),
        }
    })
    .await;
}
