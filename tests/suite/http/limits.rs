//! Callers that are slow, or many: they hold up nobody, and not for long.

use std::time::Duration;

use adapters::http::Limits;
use tokio::io::AsyncWriteExt;

use super::service::{Inside, STRIPE, connect, read_to_end};
use crate::nats::service::payout_event;

const SHORT: Duration = Duration::from_millis(200);

/// A request that seems to be signed, and does not go on.
fn half_a_body() -> String {
    let header = support::signature("any", 1, b"");
    format!(
        "POST {STRIPE} HTTP/1.1\r\nHost: x\r\nStripe-Signature: {header}\r\n\
         Content-Length: 100\r\n\r\n{{"
    )
}

#[tokio::test]
async fn a_head_that_does_not_come_to_its_end_is_cut_off() {
    let limits = Limits {
        head: SHORT,
        ..Limits::default()
    };
    let (inside, _folder) = Inside::on_sqlite(limits).await;
    let mut slow = connect(&inside.addr.to_string()).await;
    let begun = b"POST /webhook/stripe/ HTTP/1.1\r\nHost: x\r\nX-Slow: ";
    slow.write_all(begun).await.expect("sent");
    let idle = &mut connect(&inside.addr.to_string()).await;
    for stream in [&mut slow, idle] {
        let answer = read_to_end(stream).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
            "{answer}"
        );
    }
    inside.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_answered_with_408() {
    let limits = Limits {
        body: SHORT,
        ..Limits::default()
    };
    let (inside, _folder) = Inside::on_sqlite(limits).await;
    let mut slow = connect(&inside.addr.to_string()).await;
    slow.write_all(half_a_body().as_bytes())
        .await
        .expect("sent");
    let answer = read_to_end(&mut slow).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("BODY_TOO_SLOW"), "{answer}");
    inside.stop().await;
}

#[tokio::test]
async fn when_all_connections_are_taken_by_slow_callers_the_next_is_served() {
    const CONNECTIONS: usize = 8;
    let limits = Limits {
        connections: CONNECTIONS,
        ..Limits::default()
    };
    let (inside, _folder) = Inside::on_sqlite(limits).await;
    let mut slow = Vec::new();
    for n in 0..3 * CONNECTIONS {
        let mut stream = connect(&inside.addr.to_string()).await;
        // Some send nothing, some half a head, some half a body.
        let begun = ["", "POST / HTTP/1.1\r\n", &half_a_body()][n % 3].to_owned();
        stream.write_all(begun.as_bytes()).await.expect("sent");
        slow.push(stream);
        let body = payout_event(&format!("evt_{n}"), &format!("po_{n}"));
        let answer = inside.sender().send(body.as_bytes()).await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.body["outcome"], "applied", "{n}: {answer:?}");
    }
    // The first of them had to leave.
    assert_eq!(read_to_end(&mut slow[0]).await, "");
    inside.stop().await;
}
