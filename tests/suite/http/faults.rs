//! What it lives through: the database goes away, and callers hang up.

use std::time::Duration;

use adapters::http::Limits;
use support::{FaultProxy, Postgres, eventually};

use super::service::{Inside, SOON, Service, archive, launch, telling};
use crate::nats::service::{ledger, payout_event};

#[tokio::test]
async fn while_the_database_is_away_webhooks_are_refused_and_after_that_taken_once() {
    let database = Postgres::migrated_database().await;
    let proxy = FaultProxy::start(database.addr()).await;
    let url = database.url_through(&proxy.addr());
    let mut service = Service::start(launch().env("DATABASE_URL", url)).await;
    let body = payout_event("evt_1", "po_1");

    proxy.cut().await;
    let answer = service.deliver(&body).await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.body["status"], 503, "{answer:?}");
    assert_eq!(answer.headers["retry-after"], "1", "{answer:?}");
    assert_eq!(answer.headers["content-type"], "application/problem+json");

    proxy.heal();
    // As Stripe does: again, until it is taken.
    let taken = eventually(SOON, async || match service.deliver(&body).await {
        answer if answer.is_taken() => Ok(answer),
        answer => Err(answer),
    })
    .await;
    assert_eq!(taken.body["outcome"], "applied", "{taken:?}");

    assert!(service.payoutd.terminate(SOON).await.success());
    let kept = archive(&database.url()).await;
    assert_eq!(kept, [("applied".to_owned(), body.into_bytes())]);
}

#[tokio::test]
async fn a_commit_that_nobody_heard_of_is_looked_up_and_answered_with_200() {
    let database = Postgres::migrated_database().await;
    let proxy = FaultProxy::start(database.addr()).await;
    let url = database.url_through(&proxy.addr());
    let inside = Inside::start(
        ledger(&url, store::Settings::default()).await,
        Limits::default(),
    )
    .await;
    proxy.cut_reply_after(b"COMMIT;");
    let body = payout_event("evt_1", "po_1");
    let answer = inside.sender().send(body.as_bytes()).await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.body["outcome"], "applied", "{answer:?}");
    assert_eq!(proxy.sprung(), 1);
    inside.stop().await;
    let kept = archive(&database.url()).await;
    assert_eq!(kept, [("applied".to_owned(), body.into_bytes())]);
}

#[tokio::test]
async fn an_event_whose_sender_hangs_up_is_taken_all_the_same() {
    let database = Postgres::migrated_database().await;
    let proxy = FaultProxy::start(database.addr()).await;
    let url = database.url_through(&proxy.addr());
    let mut service = Service::start(telling(launch()).env("DATABASE_URL", url)).await;
    let body = payout_event("evt_1", "po_1");

    proxy.stall();
    let stream = service.begin(&body).await;
    drop(stream);
    proxy.heal();
    eventually(SOON, async || match archive(&database.url()).await.len() {
        1 => Ok(()),
        other => Err(other),
    })
    .await;
    assert!(service.payoutd.terminate(SOON).await.success());
    let kept = archive(&database.url()).await;
    assert_eq!(kept, [("applied".to_owned(), body.into_bytes())]);
}

#[tokio::test]
async fn a_ledger_that_does_not_answer_and_a_full_queue_end_in_503() {
    let database = Postgres::migrated_database().await;
    let proxy = FaultProxy::start(database.addr()).await;
    let settings = store::Settings {
        queue: 1,
        batch: 1,
        ..store::Settings::default()
    };
    let limits = Limits {
        queue: Duration::from_millis(100),
        answer: Duration::from_millis(300),
        ..Limits::default()
    };
    let ledger = ledger(&database.url_through(&proxy.addr()), settings).await;
    let inside = Inside::start(ledger, limits).await;
    let sender = inside.sender();

    proxy.stall();
    let bodies: Vec<_> = (0..8)
        .map(|n| payout_event(&format!("evt_{n}"), &format!("po_{n}")))
        .collect();
    let sending = bodies.iter().map(|body| sender.send(body.as_bytes()));
    let mut reasons = Vec::new();
    for answer in futures::future::join_all(sending).await {
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 503, "{answer:?}");
        assert_eq!(answer.headers["retry-after"], "1", "{answer:?}");
        reasons.push(answer.body["reason"].as_str().expect("a word").to_owned());
    }
    reasons.sort();
    reasons.dedup();
    assert_eq!(reasons, ["busy", "unanswered"]);

    // What is sent again is taken, or was taken already.
    proxy.heal();
    for body in &bodies {
        eventually(SOON, async || match sender.send(body.as_bytes()).await {
            Ok(answer) if answer.is_taken() => Ok(()),
            other => Err(other),
        })
        .await;
    }
    inside.stop().await;
    let mut kept = archive(&database.url()).await;
    kept.sort();
    let expected = bodies
        .into_iter()
        .map(|body| ("applied".to_owned(), body.into_bytes()));
    assert_eq!(kept, expected.collect::<Vec<_>>());
}
