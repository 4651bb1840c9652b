//! Alerts posted to an address: signed, tried again, and never where they should not go.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value as Json;
use sha2::Sha256;
use support::{Payoutd, eventually};
use tokio::net::TcpListener;

use super::stage::{SOON, Stage, launch};

/// `whsec_` and the 24 bytes `a secret of 24 bytes ...`.
const SECRET: &str = "whsec_YSBzZWNyZXQgb2YgMjQgYnl0ZXMgLi4u";
const KEY: &[u8] = b"a secret of 24 bytes ...";

/// What came in: headers and body.
type Post = (HeaderMap, Bytes);

/// Takes posts, after some that it does not take.
#[derive(Clone, Default)]
struct Receiver {
    posts: Arc<Mutex<Vec<Post>>>,
    refusals: Arc<AtomicUsize>,
}

impl Receiver {
    /// Where it listens.
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let router = Router::new()
            .route("/hook", post(receive))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{addr}/hook")
    }
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let refuse = receiver
        .refusals
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        });
    receiver
        .posts
        .lock()
        .expect("no panic")
        .push((headers, body));
    match refuse {
        Ok(_) => StatusCode::INTERNAL_SERVER_ERROR,
        Err(_) => StatusCode::NO_CONTENT,
    }
}

/// Signed by a second hand, as the specification says.
fn is_signed((headers, body): &Post) -> bool {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let header = |name| headers[name].to_str().expect("text");
    let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
    let body = std::str::from_utf8(body).expect("text");
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY).expect("a key");
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    header("webhook-signature") == format!("v1,{signature}")
}

#[tokio::test]
async fn a_webhook_is_told_of_each_change_signed_and_again_until_it_takes_it() {
    let receiver = Receiver::default();
    receiver.refusals.store(1, Ordering::SeqCst);
    let url = receiver.start().await;
    let settings = format!(
        "webhook_url = \"{url}\"\nwebhook_allow = [\"127.0.0.1\"]\n\
         off = [\"clock-skew\", \"projections-lag\", \"seals-lag\", \"outbox-lag\"]\n"
    );
    let secret = |launch: support::Launch| {
        let file = launch.folder().join("secret");
        std::fs::write(&file, SECRET).expect("a secret");
        launch.env(
            "PAYOUTD_ALERT_WEBHOOK_SECRET_FILE",
            file.to_str().expect("a path"),
        )
    };
    let stage = Stage::launched(&settings, secret).await;
    let found = "INSERT INTO checks (tenant, name, holds, detail, cursor, checked_at) \
        VALUES ('default', 'laws', false, 'a law is broken', 0, now())";
    stage.sql(found).await;
    stage.fires("seal-broken").await;
    stage.sql("DELETE FROM checks WHERE name = 'laws'").await;
    let alert = stage.resolves("seal-broken").await;

    let posts = eventually(SOON, async || {
        let posts = receiver.posts.lock().expect("no panic").clone();
        if posts.len() == 3 {
            Ok(posts)
        } else {
            Err(posts.len())
        }
    })
    .await;

    assert!(posts.iter().all(is_signed));
    let told: Vec<(String, String)> = posts
        .iter()
        .map(|(headers, body)| {
            let body: Json = serde_json::from_slice(body).expect("JSON");
            assert_eq!(body["data"]["id"], alert["id"]);
            let id = headers["webhook-id"].to_str().expect("text").to_owned();
            (id, body["type"].as_str().expect("a type").to_owned())
        })
        .collect();
    let id = alert["id"].as_str().expect("an id");
    let fires = (format!("{id}-firing"), "alert.firing".to_owned());
    let over = (format!("{id}-resolved"), "alert.resolved".to_owned());
    assert_eq!(
        told,
        [fires.clone(), fires, over],
        "the first try was not taken"
    );
}

#[tokio::test]
async fn a_webhook_that_leads_where_it_should_not_or_has_no_secret_is_refused_at_the_start() {
    let refused = async |settings: &str, secret: &str, told: &str| {
        let launch: support::Launch = launch(settings);
        let finished = launch
            .env("PAYOUTD_ALERT_WEBHOOK_SECRET", secret)
            .finish()
            .await;
        let finished = finished.expect_code(2);
        assert!(finished.stderr.contains(told), "{}", finished.stderr);
    };
    let url = |url: &str| format!("webhook_url = \"{url}\"\n");
    refused(&url("http://hooks.example.com/"), SECRET, "it is not https").await;
    refused(&url("https://169.254.169.254/"), SECRET, "169.254.169.254").await;
    refused(&url("https://2130706433/"), SECRET, "127.0.0.1").await;
    refused(&url("https://hooks.example.com/"), "", "no secret").await;
    refused(&url("https://hooks.example.com/"), "short", "whsec_").await;
}

/// A name is judged when it is posted to: it may lead elsewhere by then.
#[tokio::test]
async fn a_name_that_leads_to_this_machine_is_never_knocked_at() {
    let receiver = Receiver::default();
    let url = receiver
        .start()
        .await
        .replace("http://127.0.0.1", "https://localhost");
    let settings = format!("webhook_url = \"{url}\"\n");
    let with_secret = |launch: support::Launch| launch.env("PAYOUTD_ALERT_WEBHOOK_SECRET", SECRET);
    let mut stage = Stage::launched(&settings, with_secret).await;
    stage.nats.kill9().await;

    let service: &mut Payoutd = &mut stage.service;
    let line = service.wait_for_line("an alert could not be posted").await;

    assert!(line.contains("not on the open internet"), "{line}");
    assert!(receiver.posts.lock().expect("no panic").is_empty());
}
