//! What is answered to whom.

use futures::StreamExt;
use serde_json::{Value, json};
use support::{Answer, NatsServer};

use super::service::{CONNECT, SECRET, SOON, STRIPE, Service, bare_launch, launch};
use crate::nats::service::payout_event;

const PROBLEM: &str = "application/problem+json";

/// Checks status and code of a problem, and that its body agrees with its head.
#[track_caller]
pub(super) fn problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.headers["content-type"], PROBLEM, "{answer:?}");
    assert_eq!(answer.body["status"], status, "{answer:?}");
    assert_eq!(answer.body["code"], code, "{answer:?}");
    let kind = format!("urn:payoutd:problem:{code}");
    assert_eq!(answer.body["type"], kind, "{answer:?}");
    for member in ["title", "detail"] {
        assert!(answer.body[member].is_string(), "{answer:?}");
    }
}

/// The status of a raw answer, and its body.
fn taken_apart(answer: &str) -> (u16, Value) {
    let status = answer.split(' ').nth(1).unwrap_or_default();
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (
        status.parse().unwrap_or_default(),
        serde_json::from_str(body).unwrap_or_default(),
    )
}

#[tokio::test]
async fn whatever_is_kept_is_answered_with_200_and_its_outcome() {
    let service = Service::start(launch()).await;
    let paid = payout_event("evt_1", "po_1");
    let live = payout_event("evt_2", "po_2").replace("\"livemode\":false", "\"livemode\":true");
    let unknown = payout_event("evt_3", "po_3").replace(
        "\"metadata\":{}",
        "\"metadata\":{\"payout_id\":\"01890a5d-ac96-774b-bcce-b302099a8057\"}",
    );
    let contrary =
        payout_event("evt_4", "po_4").replace("\"status\":\"paid\"", "\"status\":\"failed\"");
    let waiting = "payout-01890a5d-ac96-774b-bcce-b302099a8057";
    for (body, outcome) in [
        (paid.as_str(), json!({"outcome": "applied"})),
        (&paid, json!({"outcome": "duplicate"})),
        (&live, json!({"outcome": "ignored", "reason": "livemode"})),
        (&unknown, json!({"outcome": "parked", "reason": waiting})),
        (
            &contrary,
            json!({"outcome": "dead", "reason": "type_status_mismatch"}),
        ),
        ("{", json!({"outcome": "dead", "reason": "not_json"})),
    ] {
        let answer = service.deliver(body).await;
        assert_eq!((answer.status, &answer.body), (200, &outcome), "{body}");
        assert_eq!(answer.headers["content-type"], "application/json");
    }
    let kept = service.stop().await;
    assert_eq!(kept.len(), 5);
    assert_eq!(kept[0], ("applied".to_owned(), paid.into_bytes()));
}

#[tokio::test]
async fn both_endpoints_have_their_own_secrets_and_need_no_slash() {
    let service = Service::start(launch()).await;
    let body = payout_event("evt_1", "po_1");
    for (path, secret, status) in [
        ("/webhook/stripe", SECRET, 200),
        (STRIPE, SECRET, 200),
        (STRIPE, "secret", 400),
        ("/webhook/stripe-connect", "secret", 200),
        (CONNECT, "whsec_rotated_new", 200),
        (CONNECT, SECRET, 400),
    ] {
        let sender = support::WebhookSender::new(&service.addr, path, secret);
        let answer = sender.send(body.as_bytes()).await.expect("an answer");
        assert_eq!(answer.status, status, "{path} {secret}: {answer:?}");
    }
    service.stop().await;
}

#[tokio::test]
async fn without_a_secret_nothing_is_taken() {
    let service = Service::start(bare_launch()).await;
    for path in [STRIPE, CONNECT] {
        let sent = service.sender(path).send(b"{}").await;
        problem(&sent.expect("an answer"), 503, "WEBHOOK_SECRET_MISSING");
    }
    assert_eq!(service.stop().await, []);
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_asked_so_are_told_apart() {
    let service = Service::start(launch()).await;
    for path in [
        "/nothing",
        "/webhook",
        "/webhook/stripe/more",
        "/%00",
        "/metrics/../x",
    ] {
        problem(&service.get(path).await, 404, "NOT_FOUND");
    }
    for path in [STRIPE, CONNECT, "/webhook/stripe"] {
        let answer = service.get(path).await;
        problem(&answer, 405, "METHOD_NOT_ALLOWED");
        assert_eq!(answer.headers["allow"], "POST");
    }
    let answer = service
        .raw(b"DELETE /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .await;
    assert_eq!(taken_apart(&answer).0, 405, "{answer}");
    service.stop().await;
}

#[tokio::test]
async fn an_encoded_body_is_refused_and_identity_is_none() {
    let service = Service::start(launch()).await;
    let body = payout_event("evt_1", "po_1");
    let request = |encoding: &str| {
        let header = support::signature(SECRET, support::unix_now(), body.as_bytes());
        format!(
            "POST {STRIPE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\
             Stripe-Signature: {header}\r\nContent-Encoding: {encoding}\r\n\r\n{body}",
            body.len()
        )
    };
    for (encoding, status) in [
        ("gzip", 415),
        ("br", 415),
        ("identity, gzip", 415),
        ("Identity", 200),
        ("identity", 200),
    ] {
        let answer = service.raw(request(encoding).as_bytes()).await;
        assert_eq!(taken_apart(&answer).0, status, "{encoding}: {answer}");
    }
    service.stop().await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_before_it_is_there() {
    const LIMIT: usize = 1024 * 1024;
    let service = Service::start(launch()).await;
    let head = |rest: &str| {
        let header = support::signature(SECRET, 1, b"");
        format!("POST {STRIPE} HTTP/1.1\r\nHost: x\r\nStripe-Signature: {header}\r\n{rest}\r\n")
    };
    // Nothing of it is sent.
    let announced = head(&format!("Content-Length: {}\r\n", LIMIT + 1));
    let answer = service.raw(announced.as_bytes()).await;
    let (status, body) = taken_apart(&answer);
    assert_eq!(
        (status, &body["code"]),
        (413, &json!("BODY_TOO_LARGE")),
        "{answer}"
    );

    // It does not say how long it will be, and never ends.
    let mut endless = head("Transfer-Encoding: chunked\r\n").into_bytes();
    endless.extend(format!("{:x}\r\n", LIMIT + 1).bytes());
    endless.resize(endless.len() + LIMIT + 1, b'x');
    let answer = service.raw(&endless).await;
    assert_eq!(taken_apart(&answer).0, 413, "{answer}");

    // As large as it may be.
    let mut largest = payout_event("evt_1", "po_1").into_bytes();
    largest.resize(LIMIT, b' ');
    assert_eq!(service.deliver(&largest).await.status, 200);
    assert_eq!(service.stop().await, [("applied".to_owned(), largest)]);
}

#[tokio::test]
async fn hostile_bytes_are_refused_and_others_are_served() {
    let service = Service::start(launch()).await;
    let post = |rest: &[u8]| {
        let line = format!("POST {STRIPE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        [line.as_bytes(), rest].concat()
    };
    for request in [
        b"\0\0\0\0\r\n\r\n".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        post(b"Content-Length: -1\r\n\r\n"),
        post(b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n"),
        post(b"Stripe-Signature: \xff\xfe,t=\x80\r\nContent-Length: 2\r\n\r\n{}"),
        format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", "x".repeat(200_000)).into_bytes(),
        format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(1000)).into_bytes(),
    ] {
        let answer = service.raw(&request).await;
        let shown = String::from_utf8_lossy(&request[..request.len().min(60)]).into_owned();
        let status = taken_apart(&answer).0;
        assert!(
            answer.is_empty() || (400..500).contains(&status),
            "{shown}: {answer}"
        );
    }
    assert_eq!(
        service.deliver(payout_event("evt_1", "po_1")).await.status,
        200
    );
    assert!(!service.payoutd.stderr().contains("panicked"));
    service.stop().await;
}

#[tokio::test]
async fn a_dead_letter_that_came_over_http_is_announced_on_nats() {
    let server = NatsServer::start().await;
    let client = async_nats::connect(server.url())
        .await
        .expect("a connection");
    let letters = client.subscribe("payouts.v1.default.dead-letter").await;
    let mut letters = letters.expect("a subscription");
    client.flush().await.expect("subscribed");

    let service = Service::start(launch().env("NATS_URL", server.url())).await;
    let answer = service.deliver("[1]").await;
    assert_eq!(answer.body["outcome"], "dead", "{answer:?}");
    let letter = tokio::time::timeout(SOON, letters.next()).await;
    let letter = letter.expect("in time").expect("an announcement");
    let letter: Value = serde_json::from_slice(&letter.payload).expect("JSON");
    assert_eq!(letter["reason"], answer.body["reason"], "{letter}");
    service.stop().await;
}
