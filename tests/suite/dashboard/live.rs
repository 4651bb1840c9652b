//! What happens shows by itself: in the page, and at `/v1/live` for programs.

use std::time::Duration;

use serde_json::{Value as Json, json};
use support::{Payoutd, eventually};

use super::stage::{Stage, is_quiet};

/// Far longer than anything here takes.
pub const SOON: Duration = Duration::from_secs(30);

#[tokio::test]
async fn what_is_committed_appears_without_a_reload() {
    let stage = Stage::start().await;
    let browser = stage.browse("/payouts").await;
    browser.sees("No payout yet").await;
    browser.run("window.stayed = true", &[]).await;
    let payout = stage.pays("anna", "s1", "42.00").await;
    browser.sees("42.00").await;
    stage
        .does("cancel-payout", json!({ "payout_id": payout }))
        .await;
    browser.sees("Canceled").await;
    let told = "return [document.getElementById('announcer').textContent.trim(), window.stayed]";
    let told = browser.run(told, &[]).await;
    assert_eq!(told, json!(["1 payout new or changed", true]));
    is_quiet(&browser, &stage).await;
    stage.stop().await;
}

#[tokio::test]
async fn a_lost_connection_is_told_and_made_again() {
    let mut stage = Stage::start().await;
    stage.pays("anna", "s1", "42.00").await;
    let browser = stage.browse("/payouts").await;
    browser.sees("Live").await;
    stage.payoutd.kill9().await;
    browser.sees("Connection lost, reconnecting").await;
    assert!(
        browser.text().await.contains("42.00"),
        "what was there stays"
    );
    let mut again = Payoutd::with(["serve"])
        .env(
            "PAYOUTD_HTTP_ADDR",
            stage.base.trim_start_matches("http://"),
        )
        .env("DATABASE_URL", stage.database_url())
        .start();
    again.wait_for_line("ready").await;
    browser.sees("Live").await;
    stage.pays("anna", "s2", "43.00").await;
    browser.sees("43.00").await;
    let ended = again.terminate(SOON).await;
    assert!(ended.success(), "{ended}");
}

/// Somebody who watches.
struct Watcher {
    answer: reqwest::Response,
    rest: String,
}

impl Watcher {
    async fn of(stage: &Stage, after: Option<&str>) -> Self {
        let request = stage.prepare("GET", "/v1/live").timeout(SOON * 4);
        let request = match after {
            Some(id) => request.header("Last-Event-ID", id),
            None => request,
        };
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self {
            answer,
            rest: String::new(),
        }
    }

    /// The next event of a name: its id and data. None at the end.
    async fn next(&mut self, wanted: &str) -> Option<(String, Json)> {
        tokio::time::timeout(SOON, async {
            loop {
                while let Some((frame, rest)) = self.rest.split_once("\n\n") {
                    let frame = frame.to_owned();
                    self.rest = rest.to_owned();
                    let field = |name: &str| {
                        let line = frame.lines().find_map(|line| line.strip_prefix(name));
                        line.unwrap_or_default().to_owned()
                    };
                    if field("event: ") == wanted {
                        let data = serde_json::from_str(&field("data: ")).expect("JSON");
                        return Some((field("id: "), data));
                    }
                }
                let part = self.answer.chunk().await.ok()??;
                self.rest.push_str(&String::from_utf8_lossy(&part));
            }
        })
        .await
        .expect("in time")
    }
}

#[tokio::test]
async fn who_watches_is_told_what_is_committed_and_on_coming_back_what_was_missed() {
    let stage = Stage::start().await;
    let mut watcher = Watcher::of(&stage, None).await;
    let (begun, _) = watcher.next("hello").await.expect("hello");
    stage.sells("anna", "s1", "1.00", "usd").await;
    let (id, told) = watcher.next("committed").await.expect("an event");
    assert_eq!(
        told["count"],
        told["events"].as_array().expect("events").len()
    );
    assert_eq!(told["events"][0]["type"], "transaction-recorded");
    assert_eq!(told["events"][0]["stream"], "balance-anna-usd");
    drop(watcher);

    stage.sells("anna", "s2", "2.00", "usd").await;
    let mut again = Watcher::of(&stage, Some(&id)).await;
    let (_, told) = again.next("committed").await.expect("what was missed");
    let position = told["events"][0]["position"].as_i64().expect("a position");
    let (_, seen) = id.split_once('.').expect("a cursor");
    assert!(
        position > seen.parse().expect("a position"),
        "{told} after {id}"
    );
    // From the beginning, all of it.
    let mut all = Watcher::of(&stage, Some(&begun)).await;
    let (_, told) = all.next("committed").await.expect("everything");
    assert_eq!(told["events"][0]["type"], "transaction-recorded");
    stage.stop().await;
}

#[tokio::test]
async fn another_process_that_commits_is_heard_as_well() {
    let stage = Stage::start().await;
    let mut watcher = Watcher::of(&stage, None).await;
    watcher.next("hello").await.expect("hello");
    let url = stage.database_url();
    let fields = r#"{"seller_id":"anna","stripe_account":"acct_1"}"#;
    let launch = Payoutd::with(["command", "register-seller", fields]).env("DATABASE_URL", url);
    launch.finish().await.expect_code(0);
    let (_, told) = watcher.next("committed").await.expect("an event");
    assert_eq!(told["events"][0]["type"], "seller-registered");
    stage.stop().await;
}

#[tokio::test]
async fn who_watches_sees_the_end_of_the_service_and_holds_it_up_not() {
    let stage = Stage::start().await;
    let mut watcher = Watcher::of(&stage, None).await;
    watcher.next("hello").await.expect("hello");
    stage.stop().await;
    assert_eq!(watcher.next("committed").await, None);
}

#[tokio::test]
async fn nobody_is_told_of_another_tenant() {
    const TOKENS: &str = "operator-of-acme:operator:acme,operator-of-globex:operator:globex";
    let launch = Payoutd::with(["serve"]).env("PAYOUTD_API_TOKENS", TOKENS);
    let stage = Stage::of(launch, Some("operator-of-acme")).await;
    let mut watcher = Watcher::of(&stage, None).await;
    watcher.next("hello").await.expect("hello");
    let theirs = json!({ "seller_id": "canary", "stripe_account": "acct_canary" });
    let request = stage
        .prepare("POST", "/v1/commands/register-seller")
        .json(&theirs);
    // The later header counts for nothing: there may be only one.
    let mut request = request.build().expect("a request");
    let token = "Bearer operator-of-globex".parse().expect("a value");
    request.headers_mut().insert("authorization", token);
    let client = support::http_client();
    let answer = client.execute(request).await.expect("an answer");
    assert!(answer.status().is_success(), "{answer:?}");
    stage.sells("anna", "s1", "1.00", "usd").await;
    let (_, told) = watcher.next("committed").await.expect("an event");
    assert!(!told.to_string().contains("canary"), "{told}");
    assert_eq!(told["count"], 1, "{told}");
    stage.stop().await;
}

#[tokio::test]
async fn more_than_a_few_may_watch_but_not_any_number() {
    let stage = Stage::start().await;
    let mut watchers = Vec::new();
    for _ in 0..128 {
        watchers.push(Watcher::of(&stage, None).await);
    }
    let refused = stage.get("/v1/live").await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (503, &json!("UNAVAILABLE"))
    );
    stage.sells("anna", "s1", "1.00", "usd").await;
    for watcher in &mut watchers {
        watcher.next("committed").await.expect("an event");
    }
    drop(watchers);
    eventually(SOON, async || {
        let request = stage
            .prepare("GET", "/v1/live")
            .send()
            .await
            .expect("an answer");
        if request.status().is_success() {
            Ok(())
        } else {
            Err(request.status())
        }
    })
    .await;
    stage.stop().await;
}
