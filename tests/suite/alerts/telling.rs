//! Who is told, how often, and what can be asked.

use std::collections::BTreeSet;

use futures::StreamExt;
use serde_json::{Value as Json, json};
use support::eventually;

use super::stage::{SOON, Stage};

/// A check that found something: an alert whenever a test wants one.
const FOUND: &str = "INSERT INTO checks (tenant, name, holds, detail, cursor, checked_at) \
    VALUES ('default', 'reconcile', false, 'po_1 differs', 0, now())";
const FOUND_NO_MORE: &str = "DELETE FROM checks WHERE name = 'reconcile'";
const NAME: &str = "reconciliation-difference";

#[tokio::test]
async fn one_condition_is_one_alert_and_told_once_however_many_see_it() {
    let mut stage = Stage::with("").await;
    let mut another = stage.another("").await;
    let client = async_nats::connect(stage.nats.url()).await.expect("NATS");
    let mut told = client
        .subscribe("payouts.v1.*.alert")
        .await
        .expect("a subscription");
    client.flush().await.expect("subscribed");

    stage.sql(FOUND).await;
    eventually(SOON, async || {
        let alerts = stage.alerts(NAME).await;
        match alerts.first().and_then(|alert| alert["count"].as_u64()) {
            Some(many) if many > 10 => Ok(()),
            _ => Err(alerts),
        }
    })
    .await;
    stage.sql(FOUND_NO_MORE).await;
    let alert = stage.resolves(NAME).await;

    assert_eq!(stage.alerts(NAME).await.len(), 1);
    let mut states = Vec::new();
    while states.len() < 2 {
        let message = told.next().await.expect("an alert");
        let news: Json = serde_json::from_slice(&message.payload).expect("JSON");
        if news["alert"] == NAME {
            assert_eq!(message.subject.as_str(), "payouts.v1.default.alert");
            assert_eq!(news["id"], alert["id"]);
            states.push(news["state"].as_str().expect("a state").to_owned());
        }
    }
    assert_eq!(states, ["firing", "resolved"]);
    let logs = [stage.service.stderr(), another.stderr()].concat();
    let lines = |text| {
        logs.lines()
            .filter(|line| line.contains(text) && line.contains(NAME))
            .count()
    };
    assert_eq!(
        (lines("an alert fires"), lines("an alert is over")),
        (1, 1),
        "{logs}"
    );
    assert!(another.terminate(SOON).await.success());
    assert!(stage.service.terminate(SOON).await.success());
}

#[tokio::test]
async fn what_comes_back_within_the_window_is_the_same_alert() {
    let stage = Stage::with("").await;
    let mut ids = BTreeSet::new();
    for _ in 0..2 {
        stage.sql(FOUND).await;
        ids.insert(stage.fires(NAME).await["id"].to_string());
        stage.sql(FOUND_NO_MORE).await;
    }
    assert_eq!(ids.len(), 1, "one alert: {ids:?}");

    stage.resolves(NAME).await;
    stage.sql(FOUND).await;
    ids.insert(stage.fires(NAME).await["id"].to_string());
    assert_eq!(ids.len(), 2, "and another one after the window");
}

#[tokio::test]
async fn an_alert_that_is_switched_off_never_fires() {
    let stage = Stage::with("off = [\"reconciliation-difference\"]\n").await;
    stage.sql(FOUND).await;
    stage.sql(FOUND.replace("reconcile", "laws")).await;

    stage.fires("seal-broken").await;
    assert_eq!(stage.alerts(NAME).await, Vec::<Json>::new());
}

#[tokio::test]
async fn alerts_are_asked_for_by_level_state_time_and_page_over_http_and_nats() {
    let stage = Stage::with("").await;
    stage.sql(FOUND).await;
    stage.sql(FOUND.replace("reconcile", "laws")).await;
    stage.fires(NAME).await;
    stage.fires("seal-broken").await;

    let names = async |query: &str| {
        let answer = stage.get(&format!("/v1/alerts{query}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let alerts = answer.body["alerts"].as_array().expect("alerts").clone();
        alerts
            .iter()
            .map(|alert| alert["alert"].as_str().expect("a name").to_owned())
            .collect::<BTreeSet<_>>()
    };
    let both = BTreeSet::from([NAME.to_owned(), "seal-broken".to_owned()]);
    assert!(names("").await.is_superset(&both));
    assert!(names("?level=ERROR&state=firing").await.is_superset(&both));
    assert_eq!(
        names("?level=CRITICAL").await,
        ["seal-broken".to_owned()].into()
    );
    assert!(!names("?state=resolved").await.contains(NAME));
    assert!(names("?since=2099-01-01T00:00:00Z").await.is_empty());
    for wrong in [
        "?level=bad",
        "?state=bad",
        "?limit=0",
        "?limit=2000",
        "?cursor=x",
        "?a=b",
    ] {
        assert_eq!(
            stage.get(&format!("/v1/alerts{wrong}")).await.status,
            400,
            "{wrong}"
        );
    }
    let first = stage.get("/v1/alerts?limit=1").await.body;
    let cursor = first["next_cursor"].as_str().expect("there is more");
    let second = stage
        .get(&format!("/v1/alerts?limit=1&cursor={cursor}"))
        .await
        .body;
    assert_ne!(first["alerts"][0]["id"], second["alerts"][0]["id"]);

    let client = async_nats::connect(stage.nats.url()).await.expect("NATS");
    let question = json!({"level": "CRITICAL"}).to_string();
    let asked = client
        .request("payouts.v1.default.query.alerts", question.into())
        .await;
    let answer: Json = serde_json::from_slice(&asked.expect("an answer").payload).expect("JSON");
    assert_eq!(answer["alerts"][0]["alert"], "seal-broken");
}

#[tokio::test]
async fn the_score_falls_with_what_fires_and_says_why() {
    let stage = Stage::with("").await;
    let health = async || stage.get("/v1/machine/health").await.body;
    assert_eq!(health().await["status"], "good");

    stage.sql(FOUND).await;
    stage.fires(NAME).await;
    let poorer = health().await;

    assert!(poorer["score"].as_u64() <= Some(80), "{poorer}");
    let reason = poorer["reasons"][0].clone();
    assert!(
        reason["reason"]
            .as_str()
            .expect("text")
            .contains("po_1 differs"),
        "{reason}"
    );
    assert!(
        reason["advice"]
            .as_str()
            .expect("text")
            .contains("payoutd reconcile"),
        "{reason}"
    );
    assert_eq!(
        poorer["recommendations"][0]["title"],
        format!("Work on {NAME}")
    );
}

#[tokio::test]
async fn the_last_thousand_are_kept() {
    let stage = Stage::with("").await;
    let old = "INSERT INTO alerts (id, tenant, alert, subject, level, message, firing, fired_at, \
        last_seen_at, resolved_at, count) SELECT gen_random_uuid(), 'default', 'old', n::text, \
        'INFO', '', NULL, now(), now(), now(), 1 FROM generate_series(1, 1500) AS n";
    // Ids sort by time; these are of long ago.
    let aged = old.replace("gen_random_uuid()", "lpad(to_hex(n), 32, '0')::uuid");
    stage.sql(aged).await;

    stage.sql(FOUND).await;
    stage.fires(NAME).await;

    let listed = stage
        .run(&["alerts", "list", "--limit", "1000", "--jsonl"], "")
        .await;
    assert_eq!(listed.stdout.lines().count(), 1_000);
    assert!(!listed.stderr.contains("--cursor"), "{}", listed.stderr);
}
