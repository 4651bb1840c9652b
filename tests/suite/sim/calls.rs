//! Calls over HTTP: made, replayed, listed, kept apart.

use super::{SELLER, Stage, done, id, json, sent};
use adapters::sim::{Settings, SimError, Simulator};
use serde_json::json as value;

#[tokio::test]
async fn a_payout_is_made_and_made_only_once() {
    let stage = Stage::new().await;
    let first = sent(stage.payout("k-1", "1250")).await;
    assert_eq!(first.status(), 200);
    let header = |name| {
        first
            .headers()
            .get(name)
            .map(|v| v.to_str().expect("text").to_owned())
    };
    assert!(header("request-id").is_some_and(|id| id.starts_with("req_")));
    assert_eq!(header("idempotent-replayed"), None);
    let made = json(first).await;
    assert_eq!(
        (&made["amount"], &made["status"]),
        (&value!(1250), &value!("pending"))
    );
    assert_eq!(made["metadata"], value!({ "order": "7" }));

    let again = sent(stage.payout("k-1", "1250")).await;
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(json(again).await, made);
    assert_eq!(stage.sim.payouts().len(), 1);

    let other = sent(stage.payout("k-1", "1251")).await;
    assert_eq!(other.status(), 400);
    assert_eq!(json(other).await["error"]["type"], "idempotency_error");
}

#[tokio::test]
async fn accounts_are_kept_apart() {
    let stage = Stage::new().await;
    let made = done(stage.payout("k", "100")).await;
    let path = format!("/v1/payouts/{}", id(&made));
    assert_eq!(done(stage.get(&path)).await, made);
    let other = stage
        .client
        .get(stage.url(&path))
        .bearer_auth("sk_test_sim");
    let other = sent(other.header("Stripe-Account", "acct_other")).await;
    assert_eq!(other.status(), 404);
    assert_eq!(json(other).await["error"]["code"], "resource_missing");
    assert_eq!(stage.sim.payouts()[0].owner.id(), SELLER);
}

#[tokio::test]
async fn lists_come_in_pages() {
    let stage = Stage::new().await;
    let mut made = Vec::new();
    for n in 0..5 {
        let payout = done(stage.payout(&format!("k-{n}"), "100")).await;
        made.insert(0, id(&payout).to_owned());
    }
    let mut found = Vec::new();
    let mut path = "/v1/payouts?limit=2&created[gte]=1".to_owned();
    loop {
        let page = done(stage.get(&path)).await;
        let data = page["data"].as_array().expect("a list");
        found.extend(data.iter().map(|payout| id(payout).to_owned()));
        if page["has_more"] == false {
            break;
        }
        let last = found.last().expect("a page has something");
        path = format!("/v1/payouts?limit=2&starting_after={last}");
    }
    assert_eq!(found, made);
}

#[tokio::test]
async fn keys_come_in_both_ways_and_live_ones_never() {
    let stage = Stage::new().await;
    let balance = || stage.client.get(stage.url("/v1/balance"));
    let none: Option<&str> = None;
    assert_eq!(
        sent(balance().basic_auth("sk_test_sim", none))
            .await
            .status(),
        200
    );
    assert_eq!(
        sent(balance().bearer_auth("sk_test_sim")).await.status(),
        200
    );
    assert_eq!(sent(balance()).await.status(), 401);
    let live = sent(balance().bearer_auth("sk_live_sim")).await;
    assert_eq!(live.status(), 401);
    assert!(!live.text().await.expect("text").contains("sk_live"));
}

#[tokio::test]
async fn the_control_api_changes_and_shows_the_books() {
    let stage = Stage::new().await;
    let control = |path: &str, body| stage.client.post(stage.url(path)).json(&body);
    let balance = value!({ "account": SELLER, "currency": "usd", "available": 500 });
    done(control("/sim/balances", balance)).await;
    let refused = sent(stage.payout("k", "501")).await;
    assert_eq!(json(refused).await["error"]["code"], "balance_insufficient");

    let made = done(stage.payout("k-2", "500")).await;
    let path = format!("/sim/payouts/{}/fail", id(&made));
    let failed = done(control(&path, value!({ "code": "account_closed" }))).await;
    assert_eq!(failed["failure_code"], "account_closed");
    assert_eq!(
        sent(control(&path, value!({}))).await.status(),
        400,
        "not twice"
    );

    let summary = done(stage.client.get(stage.url("/sim"))).await;
    assert_eq!(summary["payouts"], value!({ "failed": 1 }));
    let now = summary["now"].as_i64().expect("seconds");
    let ahead = done(control("/sim/clock/advance", value!({ "seconds": 86_400 }))).await;
    assert!(ahead["now"].as_i64().expect("seconds") >= now + 86_400);

    let calls = done(stage.client.get(stage.url("/sim/calls"))).await;
    let newest = &calls["calls"][0];
    assert_eq!(
        (&newest["path"], &newest["status"]),
        (&value!("/v1/payouts"), &value!(200))
    );
    assert_eq!(newest["idempotency_key"], "k-2");
}

#[tokio::test]
async fn the_control_api_says_what_it_does_not_understand() {
    let stage = Stage::new().await;
    let table = [
        (
            "/sim/balances",
            value!({ "currency": "xxx", "available": 1 }),
        ),
        (
            "/sim/balances",
            value!({ "currency": "usd", "available": "1" }),
        ),
        ("/sim/accounts", value!({ "account": "seller" })),
        ("/sim/accounts", value!({ "payouts": "no_such_code" })),
        ("/sim/faults", value!({ "timeouts": 2 })),
        ("/sim/faults", value!({ "timeout": 0.5 })),
        ("/sim/scripts", value!({ "answer": "explode" })),
        ("/sim/clock/advance", value!({ "seconds": -1 })),
    ];
    for (path, body) in table {
        let answer = sent(stage.client.post(stage.url(path)).json(&body)).await;
        assert_eq!(answer.status(), 400, "{path} {body}");
        assert!(json(answer).await["error"]["message"].is_string());
    }
}

#[tokio::test]
async fn it_listens_to_strangers_only_when_told_so() {
    let open = Settings {
        listen: ([0, 0, 0, 0], 0).into(),
        ..Settings::default()
    };
    let refused = Simulator::start(open.clone()).await;
    assert!(
        matches!(refused, Err(SimError::NotLoopback(_))),
        "{refused:?}"
    );
    let public = Settings {
        public: true,
        ..open
    };
    Simulator::start(public)
        .await
        .expect("a simulator")
        .stop()
        .await;
}
