//! Faults on the wire: answers that never come, connections that break.

use super::{SELLER, SOON, Stage, done, id, json, sent};
use adapters::sim::{Faults, Script};
use reqwest::RequestBuilder;
use serde_json::json as value;
use std::time::Duration;
use support::eventually;

/// Much longer than an answer takes here.
const PATIENCE: Duration = Duration::from_millis(400);

fn next(answer: &str) -> Script {
    Script {
        method: Some("POST".to_owned()),
        path: Some("/v1/payouts".to_owned()),
        times: 1,
        answer: answer.to_owned(),
    }
}

async fn failed(request: RequestBuilder) -> reqwest::Error {
    request
        .timeout(PATIENCE)
        .send()
        .await
        .expect_err("no answer")
}

#[tokio::test]
async fn a_timeout_takes_effect_and_the_same_key_finds_it() {
    let stage = Stage::new().await;
    stage.sim.script(next("timeout")).expect("a script");
    let error = failed(stage.payout("k", "100")).await;
    assert!(error.is_timeout(), "{error:?}");

    let again = sent(stage.payout("k", "100")).await;
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    let made = json(again).await;
    let payouts = stage.sim.payouts();
    assert_eq!((payouts.len(), payouts[0].id.as_str()), (1, id(&made)));
    let calls = stage.sim.calls();
    let seen: Vec<_> = calls
        .iter()
        .map(|call| (call.fault, call.status, call.replayed))
        .collect();
    assert_eq!(
        seen,
        [(Some("timeout"), None, false), (None, Some(200), true)]
    );
}

#[tokio::test]
async fn a_broken_connection_leaves_open_whether_it_took_effect() {
    for (answer, effect) in [("reset-before", 0), ("reset-after", 1)] {
        let stage = Stage::new().await;
        stage.sim.script(next(answer)).expect("a script");
        let error = failed(stage.payout("k", "100")).await;
        assert!(!error.is_timeout() && error.is_request(), "{error:?}");
        assert_eq!(stage.sim.payouts().len(), effect, "{answer}");

        let again = sent(stage.payout("k", "100")).await;
        assert_eq!(
            again.headers().contains_key("idempotent-replayed"),
            effect == 1
        );
        assert_eq!(stage.sim.payouts().len(), 1);
    }
}

#[tokio::test]
async fn a_500_is_replayed_whether_it_took_effect_or_not() {
    for (answer, effect) in [("error-before", 0), ("error-after", 1)] {
        let stage = Stage::new().await;
        stage.sim.script(next(answer)).expect("a script");
        for replayed in [false, true] {
            let response = sent(stage.payout("k", "100")).await;
            assert_eq!(response.status(), 500);
            assert_eq!(
                response.headers().contains_key("idempotent-replayed"),
                replayed
            );
            assert_eq!(json(response).await["error"]["type"], "api_error");
        }
        assert_eq!(stage.sim.payouts().len(), effect, "{answer}");
    }
}

#[tokio::test]
async fn refusals_come_with_status_and_code() {
    let stage = Stage::new().await;
    let table = [
        ("rate_limit", 429, None),
        ("lock_timeout", 429, Some("true")),
        ("payouts_limit_exceeded", 400, None),
        ("platform_api_key_expired", 401, None),
    ];
    for (code, status, should_retry) in table {
        stage.sim.script(next(code)).expect("a script");
        let response = sent(stage.payout(code, "100")).await;
        assert_eq!(response.status(), status);
        let told = response.headers().get("stripe-should-retry");
        assert_eq!(told.map(|told| told.to_str().expect("text")), should_retry);
        let error = &json(response).await["error"];
        assert_eq!(
            (&error["code"], &error["type"]),
            (&value!(code), &value!("invalid_request_error"))
        );
    }
    assert!(stage.sim.payouts().is_empty());
}

#[tokio::test]
async fn a_slow_call_takes_effect_even_if_nobody_waits_and_its_key_is_in_use_meanwhile() {
    let stage = Stage::new().await;
    let slow = Faults {
        slow_ms: 2_000,
        ..Faults::default()
    };
    stage.sim.set_faults(slow).expect("faults");
    let error = failed(stage.payout("k", "100")).await;
    assert!(error.is_timeout(), "{error:?}");

    let meanwhile = sent(stage.payout("k", "100")).await;
    assert_eq!(meanwhile.status(), 409);
    assert_eq!(
        json(meanwhile).await["error"]["code"],
        "idempotency_key_in_use"
    );
    stage.sim.set_faults(Faults::default()).expect("faults");
    eventually(SOON, async || match stage.sim.payouts().len() {
        1 => Ok(()),
        other => Err(other),
    })
    .await;
    assert_eq!(
        sent(stage.payout("k", "100")).await.headers()["idempotent-replayed"],
        "true"
    );
}

/// What a careful client does: the same key until there is an answer, and a new one
/// only after a stored 500 is known to have done nothing.
#[tokio::test]
async fn under_all_faults_at_once_each_key_makes_one_payout() {
    let stage = Stage::new().await;
    let faults = Faults {
        errors: 0.1,
        resets: 0.3,
        rate_limits: 0.2,
        lock_timeouts: 0.2,
        ..Faults::default()
    };
    stage.sim.set_faults(faults).expect("faults");
    let mut answers = Vec::new();
    for n in 0..40 {
        let key = format!("k-{n}");
        let status = loop {
            match stage.payout(&key, "100").send().await {
                Ok(response) if response.status() == 429 => {}
                Ok(response) => break response.status(),
                Err(_) => {}
            }
        };
        assert!(status == 200 || status == 500, "{status}");
        answers.push(status);
    }
    stage.sim.set_faults(Faults::default()).expect("faults");
    let good = answers.iter().filter(|status| **status == 200).count();
    let made = stage.sim.payouts().len();
    assert!(
        good > 0 && good <= made && made <= 40,
        "{good} good answers, {made} payouts"
    );
    for (n, status) in answers.iter().enumerate() {
        let again = sent(stage.payout(&format!("k-{n}"), "100")).await;
        assert_eq!(again.status(), *status);
        assert_eq!(again.headers()["idempotent-replayed"], "true");
    }
    assert_eq!(stage.sim.payouts().len(), made);
    assert!(stage.sim.calls().iter().any(|call| call.fault.is_some()));
}

#[tokio::test]
async fn other_programs_set_faults_over_the_wire() {
    let stage = Stage::new().await;
    let control = |path: &str, body| stage.client.post(stage.url(path)).json(&body);
    let script = value!({ "path": "/v1/payouts", "times": 1, "answer": "no_account" });
    done(control("/sim/scripts", script)).await;
    assert_eq!(sent(stage.payout("k", "100")).await.status(), 400);
    done(stage.payout("k-2", "100")).await;

    let summary = done(control("/sim/faults", value!({ "lock_timeouts": 1 }))).await;
    assert_eq!(summary["faults"]["lock_timeouts"], 1.0);
    assert_eq!(sent(stage.payout("k-3", "100")).await.status(), 429);
    done(stage.get("/v1/payouts")).await;
    done(control("/sim/faults", value!({ "on": "all" }))).await;
    assert_eq!(sent(stage.get("/v1/payouts")).await.status(), 429);
    assert_eq!(stage.sim.payouts()[0].owner.id(), SELLER);
}
