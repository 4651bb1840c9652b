//! Over HTTP: the token says whose books, and what needs none shows nobody's.

use reqwest::{Client, RequestBuilder};
use serde_json::{Value as Json, json};

use super::stage::{EVENT, PAYOUT, SALE, SELLER, Stage, TOKEN, cursor, holds_no_mark};

/// Every route that answers a GET without credentials.
const OPEN: &[&str] = &["/healthz", "/readyz", "/", "/metrics", "/openapi.json"];

/// What an operator can do with dead letters.
const LETTERS: [(&str, &str); 2] = [("retry", "{}"), ("drop", r#"{"reason":"it is acme's"}"#)];

/// It has no end, so it is watched in a test of its own.
const LIVE: &str = "/v1/live";

/// Routes that take something else than a question: webhooks show a signature.
const TOLD: &[&str] = &["/webhook/stripe/", "/webhook/stripe-connect/"];

struct Api {
    client: Client,
    base: String,
}

impl Api {
    async fn of(stage: &mut Stage) -> Self {
        let addr = stage.service.http_addr().await;
        Self {
            client: support::http_client(),
            base: format!("http://{addr}"),
        }
    }

    async fn tell(&self, question: &str, request: RequestBuilder) -> String {
        let answer = request.send().await.expect("an answer");
        let headers = format!("{:?}", answer.headers());
        let text = answer.text().await.expect("text");
        holds_no_mark(question, &headers);
        holds_no_mark(question, &text);
        text
    }

    async fn get(&self, path: &str) -> String {
        let request = self.client.get(format!("{}{path}", self.base));
        self.tell(path, request.bearer_auth(TOKEN)).await
    }

    async fn post(&self, path: &str, body: &Json) -> String {
        let request = self.client.post(format!("{}{path}", self.base));
        let question = format!("{path} {body}");
        self.tell(&question, request.bearer_auth(TOKEN).json(body))
            .await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_for_everybody_show_no_tenant() {
    let mut stage = Stage::start().await;
    let api = Api::of(&mut stage).await;
    for route in OPEN {
        let request = api.client.get(format!("{}{route}", api.base));
        api.tell(route, request).await;
    }
    stage.stop().await;
}

/// Every operation that the service describes is asked, about what is globex's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_shows_and_changes_nothing_of_another_tenant() {
    let mut stage = Stage::start().await;
    let before = stage.canary().await;
    let api = Api::of(&mut stage).await;
    let described: Json = serde_json::from_str(&api.get("/openapi.json").await).expect("JSON");
    let paths = described["paths"].as_object().expect("paths");

    let (mut reads, mut commands) = (0, Vec::new());
    for (path, operations) in paths {
        if let Some(name) = path.strip_prefix("/v1/commands/") {
            commands.push(name);
        } else if path == LIVE || path.ends_with("/retry") || path.ends_with("/drop") {
            assert!(
                path == LIVE || operations.get("get").is_none(),
                "{path} shows something"
            );
        } else if TOLD.iter().any(|told| told.starts_with(path.as_str())) {
            assert!(operations.get("get").is_none(), "{path} shows something");
        } else {
            assert!(operations.get("post").is_none(), "add a line for {path}");
            ask(&stage, &api, path).await;
            reads += 1;
        }
    }
    assert!(reads >= 14, "{reads} routes that read");
    for name in &commands {
        api.post(&format!("/v1/commands/{name}"), &about_globex(name))
            .await;
    }
    assert!(commands.len() >= 20, "{commands:?}");
    for (act, said) in LETTERS {
        let path = format!("/v1/dead-letters/{EVENT}/{act}");
        assert!(
            paths.contains_key(&path.replace(EVENT, "{event_id}")),
            "{path}"
        );
        let said = serde_json::from_str(said).expect("JSON");
        let told = api.post(&path, &said).await;
        assert!(told.contains("NOT_FOUND"), "{path}: {told}");
    }
    assert_eq!(stage.canary().await, before, "globex has what it had");
    stage.stop().await;
}

/// A route, with each name of globex and behind its cursor.
async fn ask(stage: &Stage, api: &Api, path: &str) {
    let path = path
        .replace("{payout_id}", PAYOUT)
        .replace("{seller_id}", SELLER)
        .replace("{event_id}", EVENT);
    assert!(!path.contains('{'), "add a name for {path}");
    api.get(&path).await;
    let table = path.trim_start_matches("/v1/");
    for name in [("seller", SELLER), ("payout", PAYOUT), ("tenant", "globex")] {
        api.get(&format!("{path}?{}={}", name.0, name.1)).await;
    }
    api.get(&format!("{path}?as_of=1000000")).await;
    for more in [
        "format=csv",
        "format=json",
        "format=jsonl",
        "order=newest",
        "outcome=dead",
    ] {
        api.get(&format!("{path}?{more}")).await;
    }
    if projections::query::Table::parse(table).is_some()
        && let Some(cursor) = cursor(stage, table).await
    {
        api.get(&format!("{path}?cursor={cursor}")).await;
    }
}

fn about_globex(command: &str) -> Json {
    match command {
        "register-seller" | "change-payout-schedule" => {
            let account = "acct_canary";
            json!({"seller_id": SELLER, "stripe_account": account, "payout_schedule": "daily"})
        }
        "release-transaction" | "fail-transaction" => {
            json!({"transaction_id": SALE, "seller_id": SELLER, "currency": "usd"})
        }
        "request-payout" => {
            json!({"seller_id": SELLER, "currency": "usd", "transactions": [SALE]})
        }
        "mark-payout-failed" => json!({"payout_id": PAYOUT, "failure_code": "x"}),
        _ => json!({"payout_id": PAYOUT}),
    }
}
