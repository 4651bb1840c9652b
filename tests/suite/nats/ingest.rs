//! Stripe's events from JetStream.

use futures::StreamExt;
use serde_json::json;
use store::{RetryPolicy, Settings};
use support::{FaultProxy, NatsServer, Postgres, eventually};

use super::service::{SOON, Service, json_of, payout_event};

const PAID: &str = "stripe.v1.default.payout.paid";

#[tokio::test]
async fn an_event_is_archived_byte_for_byte_and_applied() {
    let service = Service::start().await;
    // Order, spaces and a number no float can hold: a JSON library would change them.
    let body = payout_event("evt_1", "po_1").replacen('{', "{  \"n\": 12345678901234567890123,", 1);

    service.deliver(PAID, body.clone()).await;
    service.ingested().await;

    let row = (
        "default".into(),
        "evt_1".into(),
        "applied".into(),
        body.into_bytes(),
    );
    assert_eq!(service.archive().await, [row]);
    service.stop().await;
}

#[tokio::test]
async fn an_event_is_acknowledged_only_once_it_is_archived() {
    let database = Postgres::migrated_database().await;
    let proxy = FaultProxy::start(database.addr()).await;
    let url = database.url_through(&proxy.addr());
    let server = NatsServer::start().await;
    let service = Service::start_through(&url, server, database, Settings::default()).await;

    proxy.stall();
    service.deliver(PAID, payout_event("evt_1", "po_1")).await;
    eventually(SOON, async || match service.unacknowledged().await {
        (1, 0) => Ok(()),
        other => Err(other),
    })
    .await;
    assert_eq!(service.archive().await, []);

    proxy.heal();
    service.ingested().await;
    assert_eq!(service.archive().await.len(), 1);
    service.stop().await;
}

#[tokio::test]
async fn an_event_the_ledger_cannot_take_comes_again() {
    let database = Postgres::migrated_database().await;
    let proxy = FaultProxy::start(database.addr()).await;
    let url = database.url_through(&proxy.addr());
    let retry = RetryPolicy {
        retries: 0,
        ..RetryPolicy::default()
    };
    let settings = Settings {
        retry,
        ..Settings::default()
    };
    let service = Service::start_through(&url, NatsServer::start().await, database, settings).await;

    proxy.cut().await;
    service.deliver(PAID, payout_event("evt_1", "po_1")).await;
    eventually(SOON, async || match service.redelivered().await {
        0 => Err("not handed back yet"),
        _ => Ok(()),
    })
    .await;
    assert_eq!(service.archive().await, []);

    proxy.heal();
    service.ingested().await;
    assert_eq!(service.archive().await.len(), 1);
    service.stop().await;
}

#[tokio::test]
async fn an_event_delivered_twice_has_one_effect() {
    let service = Service::start().await;
    let mut events = service.ledger.committed();

    service.deliver(PAID, payout_event("evt_1", "po_1")).await;
    service.ingested().await;
    let once = *events.borrow_and_update();
    service.deliver(PAID, payout_event("evt_1", "po_1")).await;
    service.ingested().await;

    assert_eq!(service.archive().await.len(), 1);
    assert!(once > 0);
    assert_eq!(
        *events.borrow(),
        once,
        "nothing was recorded the second time"
    );
    service.stop().await;
}

#[tokio::test]
async fn a_poison_event_is_announced_and_holds_up_nobody() {
    let service = Service::start().await;
    let subject = "payouts.v1.*.dead-letter";
    let mut announced = service
        .client
        .subscribe(subject)
        .await
        .expect("a subscription");
    service.client.flush().await.expect("subscribed");

    service.deliver(PAID, "this is not JSON").await;
    let contradiction = payout_event("evt_2", "po_2").replace(r#""paid""#, r#""pending""#);
    service.deliver(PAID, contradiction).await;
    service.deliver(PAID, payout_event("evt_3", "po_3")).await;
    service.ingested().await;

    let outcomes: Vec<_> = service
        .archive()
        .await
        .into_iter()
        .map(|row| row.2)
        .collect();
    assert_eq!(outcomes, ["dead", "dead", "applied"]);
    let first = announced.next().await.expect("an announcement");
    assert_eq!(first.subject.as_str(), "payouts.v1.default.dead-letter");
    assert_eq!(json_of(&first)["event_id"], json!(null));
    let second = json_of(&announced.next().await.expect("an announcement"));
    assert_eq!(second["event_id"], "evt_2");
    assert_eq!(second["event_type"], "payout.paid");
    assert_eq!(second["object"], "payout/po_2");
    assert_eq!(second["reason"], "type_status_mismatch");
    assert!(second["detail"].is_string(), "{second}");
    service.stop().await;
}

#[tokio::test]
async fn the_subject_names_the_tenant() {
    let service = Service::start().await;
    let event = payout_event("evt_1", "po_1");

    service
        .deliver("stripe.v1.acme.payout.paid", event.clone())
        .await;
    service.deliver("stripe.v1.globex.payout.paid", event).await;
    service.ingested().await;

    let tenants: Vec<_> = service
        .archive()
        .await
        .into_iter()
        .map(|row| (row.0, row.2))
        .collect();
    let applied = |tenant: &str| (tenant.to_owned(), "applied".to_owned());
    assert_eq!(tenants, [applied("acme"), applied("globex")]);
    service.stop().await;
}

#[tokio::test]
async fn an_event_without_a_tenant_is_kept_and_applied_to_nobodys_books() {
    let service = Service::start().await;
    let subject = "payouts.v1.default.dead-letter";
    let mut announced = service
        .client
        .subscribe(subject)
        .await
        .expect("a subscription");
    service.client.flush().await.expect("subscribed");
    let event = payout_event("evt_1", "po_1");

    service
        .deliver("stripe.v1.ACME.payout.paid", event.clone())
        .await;
    service.ingested().await;

    let archive = service.archive().await;
    let [(tenant, _, outcome, body)] = &archive[..] else {
        panic!("{archive:?}")
    };
    assert_eq!((tenant.as_str(), outcome.as_str()), ("default", "dead"));
    let kept: serde_json::Value = serde_json::from_slice(body).expect("JSON");
    assert_eq!(kept["subject"], "stripe.v1.ACME.payout.paid");
    assert_eq!(kept["body"], event);
    assert_eq!(
        *service.ledger.committed().borrow(),
        0,
        "no event was recorded"
    );
    let announcement = json_of(&announced.next().await.expect("an announcement"));
    assert_eq!(announcement["reason"], "invalid_tenant");
    service.stop().await;
}

#[tokio::test]
async fn many_events_are_taken_in_the_order_of_the_stream() {
    let service = Service::start().await;
    let ids: Vec<String> = (0..2000).map(|n| format!("evt_{n}")).collect();
    let jetstream = service.jetstream();

    let mut acks = Vec::new();
    for id in &ids {
        let body = payout_event(id, &id.replace("evt", "po")).into();
        acks.push(jetstream.publish(PAID, body).await.expect("sent"));
    }
    for ack in acks {
        ack.await.expect("stored");
    }
    service.ingested().await;

    let archived: Vec<String> = service
        .archive()
        .await
        .into_iter()
        .map(|row| row.1)
        .collect();
    assert_eq!(archived, ids);
    service.stop().await;
}
