//! Dead letters, from the page and over HTTP.

use serde_json::json;
use support::{Answer, Payoutd, eventually};

use super::{
    live::SOON,
    stage::{Stage, contradiction, is_quiet},
};

#[tokio::test]
async fn an_operator_tries_a_letter_again_and_gives_it_up_for_a_reason() {
    let stage = Stage::start().await;
    stage.ingests(&contradiction("evt_1", "po_1", "x")).await;
    let browser = stage.browse("/dead-letters").await;
    browser.click("tbody tr td:first-child a").await;
    browser.sees("byte for byte as it was received").await;
    browser.sees("Type status mismatch").await;

    browser.click("button.strong").await;
    browser.click("dialog button[type=submit]").await;
    // The rules have not changed: it is dead again.
    eventually(SOON, async || {
        let told = "return document.querySelector('[role=status] .note b')?.textContent";
        match browser.run(told, &[]).await {
            told if told == "Dead" => Ok(()),
            told => Err(told),
        }
    })
    .await;
    browser.click("main button.danger").await;
    browser.fill("dialog textarea", "paid by hand; Ana").await;
    browser.click("dialog button[type=submit]").await;
    browser.sees("Given up").await;
    browser.sees("Ignored").await;
    assert!(stage.get("/v1/dead-letters").await.body["rows"] == json!([]));
    let events = stage.text("/v1/events?format=jsonl").await;
    assert!(
        events.contains("webhook-dropped") && events.contains("paid by hand; Ana"),
        "{events}"
    );
    is_quiet(&browser, &stage).await;
    stage.stop().await;
}

async fn say(stage: &Stage, path: &str, said: serde_json::Value) -> Answer {
    let sent = stage.prepare("POST", path).json(&said).send().await;
    Answer::of(sent.expect("an answer")).await.expect("a body")
}

#[tokio::test]
async fn letters_are_listed_page_by_page_and_shown_with_their_body() {
    let stage = Stage::start().await;
    for n in 1..=3 {
        let event = contradiction(&format!("evt_{n}"), &format!("po_{n}"), "x");
        stage.ingests(&event).await;
    }
    let all = stage.get("/v1/dead-letters").await.body;
    assert_eq!(
        (all["rows"].as_array().map(Vec::len), &all["next_cursor"]),
        (Some(3), &json!(null))
    );
    let first = stage.get("/v1/dead-letters?limit=2").await.body;
    let next = first["next_cursor"].as_str().expect("a cursor");
    let second = stage
        .get(&format!("/v1/dead-letters?limit=2&cursor={next}"))
        .await
        .body;
    assert_eq!(second["rows"][0], all["rows"][2]);
    assert_eq!(
        stage.get("/v1/dead-letters?outcome=parked").await.body["rows"],
        json!([])
    );
    let about = stage
        .get("/v1/dead-letters?object=payout/po_2&type=payout.paid")
        .await
        .body;
    assert_eq!(about["rows"], json!([all["rows"][1]]));

    let shown = stage.get("/v1/dead-letters/evt_2").await.body;
    assert_eq!(
        shown["body"],
        contradiction("evt_2", "po_2", "x").to_string()
    );
    assert_eq!(shown["body_is_text"], true);
    let hash = shown["body_hash"].as_str().expect("a hash");
    let by_hash = stage
        .get(&format!("/v1/dead-letters/evt_2?hash={}", &hash[..8]))
        .await;
    assert_eq!(by_hash.body, shown);
    stage.stop().await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let stage = Stage::start().await;
    stage.ingests(&contradiction("evt_1", "po_1", "one")).await;
    stage
        .ingests(&contradiction("evt_1", "po_1", "other"))
        .await;
    for (query, status) in [
        ("?outcome=applied", 400),
        ("?limit=0", 400),
        ("?limit=1001", 400),
        ("?cursor=x", 400),
        ("?since=yesterday", 400),
        ("?tenant=acme", 400),
        ("?type=a&type=b", 400),
        ("/evt_2", 404),
        ("/evt_1", 400),
        ("/evt_1?hash=zz", 400),
        ("/evt_1?hash=0000000000000000", 404),
    ] {
        let refused = stage.get(&format!("/v1/dead-letters{query}")).await;
        assert_eq!(refused.status, status, "{query}: {refused:?}");
    }
    for (path, said, status) in [
        ("evt_1/retry", json!({}), 400),
        ("evt_2/retry", json!({}), 404),
        ("evt_1/retry", json!({ "hash": 7 }), 400),
        ("evt_1/retry", json!({ "colour": "red" }), 400),
        ("evt_1/drop", json!({}), 400),
        ("evt_2/drop", json!({ "reason": "x" }), 404),
    ] {
        let refused = say(&stage, &format!("/v1/dead-letters/{path}"), said.clone()).await;
        assert_eq!(refused.status, status, "{path} {said}: {refused:?}");
    }
    // A form of another page cannot do it: it would have to ask first.
    let form = stage.prepare("POST", "/v1/dead-letters/evt_1/retry");
    let sent = form
        .header("content-type", "text/plain")
        .body("{}")
        .send()
        .await;
    assert_eq!(sent.expect("an answer").status(), 415);
    let left = stage.get("/v1/dead-letters").await.body;
    assert_eq!(left["rows"].as_array().map(Vec::len), Some(2));
    stage.stop().await;
}

#[tokio::test]
async fn an_auditor_looks_at_letters_and_moves_none() {
    let launch = Payoutd::with(["serve"]).env("PAYOUTD_API_TOKENS", "an-auditor:auditor");
    let stage = Stage::of(launch, Some("an-auditor")).await;
    stage.ingests(&contradiction("evt_1", "po_1", "x")).await;
    assert_eq!(stage.get("/v1/dead-letters/evt_1").await.status, 200);
    for (act, said) in [("retry", json!({})), ("drop", json!({ "reason": "x" }))] {
        let refused = say(&stage, &format!("/v1/dead-letters/evt_1/{act}"), said).await;
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (403, &json!("FORBIDDEN"))
        );
    }
    stage.stop().await;
}
