//! What the service lives through.

use futures::StreamExt;
use support::eventually;
use tokio::time::timeout;

use super::service::{SOON, Service, json_of, payout_event, transaction};

const PAID: &str = "stripe.v1.default.payout.paid";

/// Waits until the service answers again.
async fn answers(service: &Service) {
    eventually(SOON, async || {
        let asked = service.client.request("$SRV.PING.payoutd", "".into()).await;
        asked.map(|_| ()).map_err(|error| error.to_string())
    })
    .await;
}

async fn archived(service: &Service, expected: usize) {
    eventually(SOON, async || match service.archive().await.len() {
        archived if archived == expected => Ok(()),
        archived => Err(archived),
    })
    .await;
}

#[tokio::test]
async fn a_killed_server_interrupts_and_loses_nothing() {
    let mut service = Service::start().await;
    service.deliver(PAID, payout_event("evt_1", "po_1")).await;
    service.ingested().await;

    service.server.kill9().await;
    service.server.restart().await;
    answers(&service).await;

    let reply = service
        .command("record-transaction", "k1", transaction("t1", "1.00"))
        .await;
    assert_eq!(reply["status"], "accepted");
    service.deliver(PAID, payout_event("evt_2", "po_2")).await;
    archived(&service, 2).await;
    let events = *service.ledger.committed().borrow();
    eventually(SOON, async || {
        let stream = service
            .jetstream()
            .get_stream("PAYOUT_EVENTS")
            .await
            .expect("a stream");
        let published = stream.cached_info().state.messages;
        if published == events {
            Ok(())
        } else {
            Err((published, events))
        }
    })
    .await;
    service.stop().await;
}

#[tokio::test]
async fn a_deleted_consumer_and_a_deleted_stream_are_made_again() {
    let service = Service::start().await;
    service.deliver(PAID, payout_event("evt_1", "po_1")).await;
    service.ingested().await;

    let stream = service
        .jetstream()
        .get_stream("STRIPE_EVENTS")
        .await
        .expect("the stream");
    stream
        .delete_consumer("payoutd-ingest")
        .await
        .expect("deleted");
    service.deliver(PAID, payout_event("evt_2", "po_2")).await;
    archived(&service, 2).await;

    for stream in ["STRIPE_EVENTS", "PAYOUT_EVENTS"] {
        service
            .jetstream()
            .delete_stream(stream)
            .await
            .expect("deleted");
    }
    service
        .command("record-transaction", "k1", transaction("t1", "1.00"))
        .await;
    eventually(SOON, async || {
        let stream = service.jetstream().get_stream("PAYOUT_EVENTS").await;
        let stream = stream.map_err(|error| error.to_string())?;
        if stream.cached_info().state.messages > 0 {
            Ok(())
        } else {
            Err("empty".to_owned())
        }
    })
    .await;
    eventually(SOON, async || {
        let stream = service.jetstream().get_stream("STRIPE_EVENTS").await;
        let stream = stream.map_err(|error| error.to_string())?;
        let consumer = stream.consumer_info("payoutd-ingest").await;
        consumer.map(|_| ()).map_err(|error| error.to_string())
    })
    .await;
    service.deliver(PAID, payout_event("evt_3", "po_3")).await;
    archived(&service, 3).await;
    service.stop().await;
}

#[tokio::test]
async fn a_shutdown_answers_what_was_taken() {
    let service = Service::start().await;
    let (client, ledger) = (service.client.clone(), service.ledger.clone());
    let inbox = client.new_inbox();
    let mut replies = client
        .subscribe(inbox.clone())
        .await
        .expect("a subscription");
    for n in 0..1000 {
        let subject = "payouts.v1.default.command.record-transaction";
        let body = transaction(&format!("t{n}"), "1.00").to_string().into();
        let sent = client
            .publish_with_reply(subject, inbox.clone(), body)
            .await;
        sent.expect("sent");
    }

    let recorded = |reply: &async_nats::Message| {
        let events = json_of(reply)["events"].as_array().map_or(0, Vec::len);
        u64::try_from(events).expect("few")
    };
    let mut told = recorded(&replies.next().await.expect("a first reply"));
    let _servers = service.stop().await;

    // What was taken is recorded; whoever asked for it is answered.
    let taken = *ledger.committed().borrow();
    while told < taken {
        let reply = timeout(SOON, replies.next()).await;
        let reply = reply.unwrap_or_else(|_| panic!("{told} of {taken} were answered"));
        told += recorded(&reply.expect("the subscription lasts"));
    }
    assert_eq!(told, taken);
}
