//! The ledger's events on JetStream.

use std::collections::HashMap;

use adapters::nats::CancellationToken;
use async_nats::jetstream::{self, consumer::pull, stream::Stream};
use futures::StreamExt;
use serde_json::{Value as Json, json};
use support::eventually;

use super::service::{SOON, Service, ledger, serve, transaction};

async fn published(service: &Service) -> Stream {
    service
        .jetstream()
        .get_stream("PAYOUT_EVENTS")
        .await
        .expect("the stream")
}

/// Subject, message id and body of all that was published, once there is so much of it.
async fn messages(service: &Service, expected: usize) -> Vec<(String, String, Json)> {
    eventually(SOON, async || {
        let state = published(service).await.cached_info().state.clone();
        if state.messages == expected as u64 {
            Ok(())
        } else {
            Err(state.messages)
        }
    })
    .await;
    let consumer = published(service)
        .await
        .create_consumer(pull::Config::default())
        .await;
    let fetched = consumer
        .expect("a consumer")
        .fetch()
        .max_messages(expected)
        .messages()
        .await;
    let read = |message: jetstream::Message| {
        let headers = message.headers.as_ref().expect("headers");
        let id = headers.get("Nats-Msg-Id").expect("an id").to_string();
        let body = serde_json::from_slice(&message.payload).expect("JSON");
        (message.subject.to_string(), id, body)
    };
    fetched
        .expect("messages")
        .map(|message| read(message.expect("a message")))
        .collect()
        .await
}

#[tokio::test]
async fn what_is_recorded_is_published_with_its_id() {
    let service = Service::start().await;
    let reply = service
        .command("record-transaction", "k1", transaction("t1", "12.50"))
        .await;
    let events = reply["events"].as_array().expect("events").len();

    let messages = messages(&service, events).await;

    let (subject, id, body) = &messages[0];
    assert_eq!(subject, "payouts.v1.default.event.transaction-recorded");
    assert_eq!(id, "default/balance-s1-usd/1");
    assert_eq!(body["id"], json!(id));
    assert_eq!(body["position"], reply["events"][0]["position"]);
    assert_eq!(body["stream"], "balance-s1-usd");
    assert_eq!(body["version"], 1);
    assert_eq!(body["type"], "transaction-recorded");
    assert_eq!(body["schema_version"], 1);
    assert_eq!(body["data"]["transaction_id"], "t1");
    assert!(
        body["recorded_at"]
            .as_str()
            .is_some_and(|at| at.ends_with('Z')),
        "{body}"
    );
    service.stop().await;
}

#[tokio::test]
async fn each_ledger_stream_is_published_in_order_and_completely() {
    let service = Service::start().await;
    let sent = (0..300).map(|n| {
        let mut body = transaction(&format!("t{n}"), "1.00");
        body["seller_id"] = json!(format!("s{}", n % 7));
        let service = &service;
        async move {
            service
                .command("record-transaction", &format!("k{n}"), body)
                .await
        }
    });
    let replies = futures::future::join_all(sent).await;
    let events = replies
        .iter()
        .map(|reply| reply["events"].as_array().expect("events").len());

    let messages = messages(&service, events.sum()).await;

    let mut heads: HashMap<String, u64> = HashMap::new();
    for (_, _, body) in messages {
        let head = heads.entry(body["stream"].to_string()).or_default();
        *head += 1;
        assert_eq!(body["version"], *head, "{body}");
    }
    service.stop().await;
}

#[tokio::test]
async fn what_was_published_before_a_restart_is_not_published_again() {
    let service = Service::start().await;
    let first = service
        .command("record-transaction", "k1", transaction("t1", "1.00"))
        .await;
    let before = first["events"].as_array().expect("events").len();
    messages(&service, before).await;

    let (server, database) = service.stop().await;
    let service = Service::start_on(server, database).await;
    let second = service
        .command("record-transaction", "k2", transaction("t2", "1.00"))
        .await;
    let events = second["events"].as_array().expect("events").len();

    let state = messages(&service, before + events).await;
    assert_eq!(state.len(), before + events);
    service.stop().await;
}

#[tokio::test]
async fn two_instances_publish_everything_once_and_in_order() {
    let service = Service::start().await;
    let shutdown = CancellationToken::new();
    let other = ledger(&service.database.url(), store::Settings::default()).await;
    let running = serve(&service.server, &other, &shutdown)
        .await
        .expect("a second instance");

    let sent = (0..300).map(|n| {
        let service = &service;
        let key = format!("k{n}");
        async move {
            service
                .command("record-transaction", &key, transaction(&key, "1.00"))
                .await
        }
    });
    let replies = futures::future::join_all(sent).await;
    let events = replies
        .iter()
        .map(|reply| reply["events"].as_array().expect("events").len());

    let messages = messages(&service, events.sum()).await;
    let versions: Vec<u64> = messages
        .iter()
        .filter_map(|(_, _, body)| body["version"].as_u64())
        .collect();
    assert_eq!(versions, (1..=versions.len() as u64).collect::<Vec<_>>());
    shutdown.cancel();
    running.ended().await.expect("a clean end");
    other.close().await;
    service.stop().await;
}
