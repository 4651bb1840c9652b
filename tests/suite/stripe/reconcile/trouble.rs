//! A key, a payout or an address that is not the ledger's Stripe.

use adapters::sim::Settings;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::stripe::field::Field;

#[tokio::test]
async fn without_the_right_key_nothing_is_asked() {
    let field = Field::with(Settings::default()).await;
    let reconcile = || field.payoutd(&["reconcile", "--api"]);
    let ended = reconcile().env("STRIPE_SECRET_KEY", "").finish().await;
    assert_eq!(ended.code, 2);
    assert!(
        ended.stderr.contains("STRIPE_SECRET_KEY"),
        "{}",
        ended.stderr
    );

    let live = ["--livemode=false", "reconcile", "--api"];
    let ended = field
        .payoutd(&live)
        .env("STRIPE_SECRET_KEY", "sk_live_1")
        .finish()
        .await;
    assert_eq!(ended.code, 2);
    let both = "STRIPE_SECRET_KEY is of live mode, and the ledger of test";
    assert!(ended.stderr.contains(both), "{}", ended.stderr);
    assert_eq!(field.simulator.calls().len(), 0);
}

#[tokio::test]
async fn payouts_of_the_other_mode_are_an_error() {
    let field = Field::with(Settings::default()).await;
    let payout = json!({"id": "po_live", "amount": 1, "currency": "usd", "status": "paid",
        "automatic": false, "livemode": true, "created": 1});
    let base = answering(&json!({"data": [payout], "has_more": false})).await;
    let ended = field
        .payoutd(&["reconcile", "--api"])
        .env("STRIPE_API_BASE", base)
        .finish()
        .await;
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let both = "payout po_live is of live mode, and the ledger is of test mode";
    assert!(ended.stderr.contains(both), "{}", ended.stderr);
}

#[tokio::test]
async fn a_stripe_that_cannot_be_reached_is_no_difference() {
    let field = Field::with(Settings::default()).await;
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", nobody.local_addr().expect("an address"));
    drop(nobody);
    let ended = field
        .payoutd(&["reconcile", "--api"])
        .env("STRIPE_API_BASE", base)
        .finish()
        .await;
    assert_eq!(ended.code, 4, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("Stripe did not answer"),
        "{}",
        ended.stderr
    );
}

/// A server that has the same answer for everything.
async fn answering(answer: &Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let body = answer.to_string();
    let text = format!(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    tokio::spawn(async move {
        while let Ok((mut caller, _)) = listener.accept().await {
            let mut asked = [0; 4096];
            let _ = caller.read(&mut asked).await;
            let _ = caller.write_all(text.as_bytes()).await;
        }
    });
    base
}
