//! Known signatures, each through the running program, by the clock of their time.
//!
//! The values were computed elsewhere. They are from 2017 to 2023, so the program lives by a
//! clock that the test sets; by today's clock they are refused, and for their age alone.

use support::{Answer, FakeClock, signature};

use super::service::{CONNECT, SECRET, STRIPE, Service, launch};

const T: i64 = 1_492_774_577;
const BODY: &[u8] = br#"{"id":"evt_test","object":"event","type":"payout.paid"}"#;
const INDENTED: &[u8] =
    b"{\n  \"id\": \"evt_test\",\n  \"object\": \"event\",\n  \"type\": \"payout.paid\"\n}\n";
const V1: &str = "fc6aa9b50de4ab6178da9a34684c327cfe2afa0c60234912e997d82291c22e77";
const V1_INDENTED: &str = "8fa0f959fc5bd2114c88b87ca2d4e4c826f2bbd3db6c3306a68fcc80904c5f8a";
const V1_ROTATED: &str = "9561c88d16b78e40e3d7b7f61f6584efa17bb02094436382a45b27582a2f6104";

struct Vector {
    endpoint: &'static str,
    secret: &'static str,
    t: i64,
    body: &'static [u8],
    length: usize,
    v1: &'static str,
}

impl Vector {
    fn header(&self) -> String {
        format!("t={},v1={}", self.t, self.v1)
    }
}

const fn vector(
    (endpoint, secret): (&'static str, &'static str),
    t: i64,
    (body, length): (&'static [u8], usize),
    v1: &'static str,
) -> Vector {
    Vector {
        endpoint,
        secret,
        t,
        body,
        length,
        v1,
    }
}

const VECTORS: [Vector; 8] = [
    vector((STRIPE, SECRET), T, (BODY, 55), V1),
    vector((STRIPE, SECRET), T, (INDENTED, 69), V1_INDENTED),
    vector((CONNECT, "whsec_rotated_new"), T, (BODY, 55), V1_ROTATED),
    vector(
        (STRIPE, SECRET),
        1_700_000_000,
        (
            r#"{"id":"evt_ü","description":"Überweisung ¥5 €10"}"#.as_bytes(),
            54,
        ),
        "ca28ac4fcf4139760402476d459f8fcf6e62bae34982429c88b414e96e4fefc2",
    ),
    vector(
        (STRIPE, SECRET),
        1_700_000_000,
        (b"", 0),
        "316b9ab98c15bfa039d243f3196acee619cf29749a91a634e6a8154e2f7b6727",
    ),
    vector(
        (STRIPE, SECRET),
        1_700_000_000,
        (br#"{"u":"https:\/\/x","s":"\u00e9"}"#, 32),
        "ec9f0617e67d3325400db08955ee1b1c90f85bccfe58a0f8bc4b5d94b31a9472",
    ),
    vector(
        (CONNECT, "secret"),
        1_700_000_000,
        (b"{\"a\":1}\r\n", 9),
        "d8e9ecb1a7dcf3545608454d544719cc5adf803e1a7476ce37285ee6927181aa",
    ),
    vector(
        (STRIPE, SECRET),
        1_580_431_236,
        (
            include_bytes!("../../payloads/payout.paid.LocalOrbit-localorbit.1.json"),
            989,
        ),
        "23f4c3c88c665f5cec0a7103718ca1e26b38670d27924d08d8fd045a3f8f7479",
    ),
];

async fn send(service: &Service, endpoint: &str, header: &str, body: &[u8]) -> Answer {
    let sender = service.sender(endpoint);
    sender.send_with(header, body).await.expect("an answer")
}

#[track_caller]
fn refused_because(answer: &Answer, reason: &str) {
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(answer.body["code"], "INVALID_SIGNATURE", "{answer:?}");
    assert_eq!(answer.body["reason"], reason, "{answer:?}");
}

#[tokio::test]
async fn every_known_signature_is_taken_by_the_running_service_and_kept_byte_for_byte() {
    let clock = FakeClock::at(T);
    let service = Service::start(clock.rule(launch())).await;
    for vector in &VECTORS {
        assert_eq!(vector.body.len(), vector.length);
        // A second opinion: the value is what another HMAC makes of it.
        let header = vector.header();
        assert_eq!(header, signature(vector.secret, vector.t, vector.body));

        clock.set(vector.t);
        let mut changed = vector.body.to_vec();
        changed.push(b' ');
        let answer = send(&service, vector.endpoint, &header, &changed).await;
        refused_because(&answer, "mismatch");
        let other = if vector.endpoint == STRIPE {
            CONNECT
        } else {
            STRIPE
        };
        let answer = send(&service, other, &header, vector.body).await;
        refused_because(&answer, "mismatch");

        let answer = send(&service, vector.endpoint, &header, vector.body).await;
        assert!(answer.is_taken(), "{header}: {answer:?}");
        // The third differs from the first in secret and endpoint, not in what it says.
        let repeated = vector.body == BODY && vector.endpoint == CONNECT;
        assert_eq!(
            answer.body["outcome"] == "duplicate",
            repeated,
            "{answer:?}"
        );
    }
    let kept: Vec<_> = service.stop().await.into_iter().map(|row| row.1).collect();
    let mut sent: Vec<_> = VECTORS.iter().map(|vector| vector.body.to_vec()).collect();
    sent.remove(2);
    assert_eq!(kept, sent);
}

#[tokio::test]
async fn the_running_service_takes_and_refuses_headers_as_it_must() {
    let clock = FakeClock::at(T);
    let service = Service::start(clock.rule(launch())).await;
    for header in [
        format!("t={T},v1={V1}"),
        format!("t={T},v1={V1_ROTATED},v1={V1}"),
        format!("t={T},v1={V1},v1={V1_ROTATED}"),
        format!("t={T},v0={V1_ROTATED},v1={V1}"),
        format!("t={T},v1={V1},v0={V1_ROTATED}"),
        format!("t={T},v1={V1},unknown=key"),
        format!("t={T},v1=short,v1={V1}"),
    ] {
        let answer = send(&service, STRIPE, &header, BODY).await;
        assert!(answer.is_taken(), "{header}: {answer:?}");
    }
    for (header, reason) in [
        (String::new(), "no_header"),
        (format!("t={T},v0={V1}"), "no_signature"),
        (format!("v1={V1}"), "no_time"),
        (format!("t={T},t={},v1={V1}", T + 1), "two_times"),
        (format!("t={T},v1={V1_INDENTED}"), "mismatch"),
        (format!("t={T},v1={V1_ROTATED}"), "mismatch"),
        (format!("t={T},v1={}", &V1[..62]), "bad_signature"),
        (format!("t={T},v1={}", "x".repeat(64)), "bad_signature"),
    ] {
        let answer = send(&service, STRIPE, &header, BODY).await;
        refused_because(&answer, reason);
    }
    let twice = format!(
        "POST {STRIPE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\
         Stripe-Signature: t={T},v1={V1}\r\nStripe-Signature: t={T},v1={V1}\r\n\r\n",
        BODY.len()
    );
    let answer = service.raw(&[twice.as_bytes(), BODY].concat()).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("several_headers"), "{answer}");
    // Taken once, whatever else was refused.
    assert_eq!(service.stop().await.len(), 1);
}

#[tokio::test]
async fn the_running_service_takes_300_seconds_both_ways_and_no_more() {
    let clock = FakeClock::at(T);
    let service = Service::start(clock.rule(launch())).await;
    let header = format!("t={T},v1={V1}");
    for (now, refused) in [
        (T - 301, Some("too_new")),
        (T - 300, None),
        (T + 300, None),
        (T + 301, Some("too_old")),
    ] {
        clock.set(now);
        let answer = send(&service, STRIPE, &header, BODY).await;
        match refused {
            Some(reason) => refused_because(&answer, reason),
            None => assert!(answer.is_taken(), "{now}: {answer:?}"),
        }
    }
    service.stop().await;
}

#[tokio::test]
async fn by_todays_clock_known_signatures_are_too_old_and_new_ones_are_taken() {
    let service = Service::start(launch()).await;
    for vector in &VECTORS {
        let answer = send(&service, vector.endpoint, &vector.header(), vector.body).await;
        refused_because(&answer, "too_old");
    }
    assert!(service.deliver(BODY).await.is_taken());
    let logged = service.payoutd.stderr();
    assert!(logged.contains("reason=\"too_old\""), "{logged}");
    assert!(!logged.contains("whsec"), "{logged}");
    assert_eq!(service.stop().await.len(), 1);
}
