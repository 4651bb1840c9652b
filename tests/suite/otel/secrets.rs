//! Nothing that is a secret, or about a person, is in anything that is sent.

use serde_json::json;

use super::{
    collector::Collector,
    stage::{Service, TOKEN, TRACE, WEBHOOK_SECRET, launch},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_no_key_and_no_seller_leaves_the_house() {
    let collector = Collector::start().await;
    let logging = launch(&collector.url()).env("PAYOUTD_LOG", "debug");
    let service = Service::start(logging).await;
    service.sell(1, TRACE).await;
    let event = json!({ "id": "evt_of_anna", "object": "event", "type": "made.up.by.anna",
        "livemode": false, "data": { "object": { "id": "x_1", "object": "x" } } });
    let answer = service.sender().send(event.to_string().as_bytes()).await;
    assert!(answer.expect("an answer").is_taken());
    for path in [
        "/v1/balances?seller=anna-of-12-elm-street",
        "/v1/sellers/anna-of-12-elm-street/statement",
    ] {
        service.get(path).await;
    }
    service.end().await;

    let sent = collector.look(|seen| String::from_utf8_lossy(&seen.bytes).into_owned());
    assert!(sent.contains("GET /v1/sellers/{seller_id}/statement"));
    for secret in [
        TOKEN,
        WEBHOOK_SECRET,
        "Bearer",
        "key-of-anna",
        "anna",
        "elm-street",
        "evt_of",
    ] {
        assert!(!sent.contains(secret), "{secret} was sent");
    }
}
