//! Every webhook is kept byte for byte, with what became of it.

use std::pin::pin;

use domain::id::Fingerprint;
use futures::{future::join_all, poll};
use store::Ingested;
use uuid::Uuid;

use super::{
    ground::Ground,
    inline::Gate,
    inputs::{
        PayoutEvent, accepted, delivery, earn, ingested, once, request_payout_as, submit_payout,
    },
    laws::everything,
};

on_every_database! {
    webhooks_are_kept_byte_for_byte_whatever_they_are
    the_same_event_twice_has_one_effect
    another_body_under_the_same_id_is_another_event
    the_same_event_twice_in_one_batch_has_one_effect
    outcomes_are_kept_with_their_reasons
    a_webhook_may_come_before_the_submission_of_its_payout
    events_in_any_order_end_alike
}

const EVENT: PayoutEvent<'_> = PayoutEvent {
    id: "evt_1",
    stripe: "po_1",
    ours: None,
    cents: 100,
};

fn ignored(reason: &str) -> Ingested {
    Ingested::Ignored(reason.to_owned())
}

fn dead(reason: &str) -> Ingested {
    Ingested::Dead(reason.to_owned())
}

/// What has broken ledgers: in JSON, in SQL's text, and in whoever reads either.
const HOSTILE: &[&str] = &[
    "",
    "\0",
    r#"{"id":"evt_x","id":"evt_y",  "type":"payout.paid" }"#,
    r#"{"id":"\u0000","type":"\u0000","data":{"object":{"id":"\u0000"}}}"#,
    r#"{"id":"evt_n","type":"a.\u0000","data":{"object":{"id":"a b"}}}"#,
    r#"{"id":"evt_s","type":"\ud800.x","data":{"object":{"id":"\udfff"}}}"#,
    r#"{"id":"evt_big","type":"payout.paid","n":1e999,"m":12345678901234567890123}"#,
    "\u{feff}{}",
    "{\"type\": \"x\"}\r\n\t trailing",
];

const MESSAGES: &[&str] = &[
    "nothing",
    r"a\u0000b",
    r"\ud800 alone",
    r"' OR 1=1; --\\",
    r"\u2028\u202e\r\n\u001b[2J",
];

fn hostile_bodies() -> Vec<Vec<u8>> {
    let failed = |(n, message): (usize, &&str)| {
        let body = String::from_utf8(EVENT.told("failed")).expect("JSON");
        let body = body.replace("po_1", &format!("po_hostile_{n}"));
        let fields = ["failure_code", "failure_message", r"\u0000"];
        let fields: String = fields
            .iter()
            .map(|name| format!(r#""{name}":"{message}","#))
            .collect();
        let kind = r#""object":"payout","#;
        body.replace(kind, &format!("{fields}{kind}"))
    };
    let text = HOSTILE.iter().map(|text| (*text).to_owned());
    let mut bodies: Vec<Vec<u8>> = text
        .chain(MESSAGES.iter().enumerate().map(failed))
        .map(String::into_bytes)
        .collect();
    bodies.push((0..=255).collect());
    bodies.push(vec![b'['; 100_000]);
    bodies.push(vec![b' '; 300_000]);
    bodies
}

async fn webhooks_are_kept_byte_for_byte_whatever_they_are(ground: &Ground) {
    let ledger = ground.ledger().await;
    let mut bodies = hostile_bodies();
    bodies.push(EVENT.told("paid"));
    for body in &bodies {
        ingested(&ledger, body.clone()).await;
        assert_eq!(ingested(&ledger, body.clone()).await, Ingested::Duplicate);
    }

    let rows = ground
        .rows("SELECT body, body_hash FROM inbox ORDER BY sequence")
        .await;

    assert_eq!(rows.len(), bodies.len());
    let failed = everything(ground).await;
    let failed = failed.iter().filter(|r| r.event.name() == "payout-failed");
    assert_eq!(
        failed.count(),
        MESSAGES.len() - 1,
        "all but the lone surrogate"
    );
    for (row, body) in rows.iter().zip(&bodies) {
        let kept = row.bytes("body").expect("a body");
        assert!(kept == *body, "not kept as it was: {}", body.escape_ascii());
        let hash = row.text("body_hash").expect("a hash");
        assert_eq!(hash, Fingerprint::of(body).as_str());
    }
}

async fn the_same_event_twice_has_one_effect(ground: &Ground) {
    let (ledger, other) = (ground.ledger().await, ground.ledger().await);
    let body = EVENT.told("paid");
    assert_eq!(ingested(&ledger, body.clone()).await, Ingested::Applied);

    assert_eq!(ingested(&ledger, body.clone()).await, Ingested::Duplicate);
    assert_eq!(ingested(&other, body).await, Ingested::Duplicate);

    assert_eq!(everything(ground).await.len(), 2, "adopted, paid");
    assert_eq!(ground.number("SELECT count(*) AS n FROM inbox").await, 1);
}

async fn another_body_under_the_same_id_is_another_event(ground: &Ground) {
    let ledger = ground.ledger().await;
    for verb in ["created", "updated", "paid"] {
        let told = ingested(&ledger, EVENT.told(verb)).await;
        assert_eq!(told, Ingested::Applied, "{verb}");
    }
    assert_eq!(ground.number("SELECT count(*) AS n FROM inbox").await, 3);
    assert_eq!(
        everything(ground).await.len(),
        3,
        "adopted, in transit, paid"
    );
}

async fn the_same_event_twice_in_one_batch_has_one_effect(ground: &Ground) {
    let gate = Gate::shut();
    let ledger = ground.ledger_with(gate.clone(), ground.settings()).await;
    let occupant = {
        let ledger = ledger.clone();
        tokio::spawn(async move { ledger.execute(once(earn("s", "t", 1))).await })
    };
    gate.has_held(1).await;
    let ingest = (0..5).map(|n| {
        let body = EVENT.told(if n == 3 { "created" } else { "paid" });
        ledger.ingest(delivery(body))
    });
    let mut waiting = pin!(join_all(ingest));
    assert!(poll!(&mut waiting).is_pending());
    gate.open();
    occupant.await.expect("no panic");

    let mut applied = 0;
    for told in waiting.await {
        match told {
            Ok(Ingested::Applied) => applied += 1,
            other => assert_eq!(other, Ok(Ingested::Duplicate)),
        }
    }
    assert_eq!(applied, 2, "one of each body");
    assert_eq!(ground.number("SELECT count(*) AS n FROM inbox").await, 2);
}

async fn outcomes_are_kept_with_their_reasons(ground: &Ground) {
    let ledger = ground.ledger().await;
    let unknown = PayoutEvent {
        id: "evt_parked",
        stripe: "po_parked",
        ours: Some(Uuid::from_u128(7)),
        ..EVENT
    };
    let mismatch = String::from_utf8(EVENT.told("paid")).expect("JSON");
    let mismatch = mismatch.replace("payout.paid", "payout.failed");
    let live = String::from_utf8(EVENT.told("paid")).expect("JSON");
    let live = live.replace("\"livemode\":false", "\"livemode\":true");
    let other_type = r#"{"id":"evt_c","type":"customer.created","data":{"object":{}}}"#;
    let parked = Ingested::Parked(format!("payout-{}", Uuid::from_u128(7)));
    let cases = [
        (b"garbage".to_vec(), dead("not_json")),
        (b"{\"id\":\"evt_t\"}".to_vec(), dead("no_type")),
        (other_type.as_bytes().to_vec(), ignored("type")),
        (live.into_bytes(), ignored("livemode")),
        (mismatch.into_bytes(), dead("type_status_mismatch")),
        (unknown.told("paid"), parked),
    ];
    for (body, expected) in &cases {
        let told = ingested(&ledger, body.clone()).await;
        assert_eq!(told, *expected, "{}", body.escape_ascii());
    }

    let rows = ground
        .rows("SELECT outcome, reason, detail FROM inbox ORDER BY sequence")
        .await;

    for (row, (_, expected)) in rows.iter().zip(&cases) {
        let reason = row.opt_text("reason").expect("a column");
        assert_eq!(row.text("outcome").as_deref().ok(), Some(expected.as_str()));
        assert_eq!(reason.as_deref(), expected.reason());
    }
    assert!(everything(ground).await.is_empty());
}

async fn a_webhook_may_come_before_the_submission_of_its_payout(ground: &Ground) {
    let ledger = ground.ledger().await;
    let payout = Uuid::new_v4();
    accepted(&ledger, earn("s", "t", 100)).await;
    accepted(&ledger, request_payout_as("s", payout)).await;
    let event = PayoutEvent {
        ours: Some(payout),
        ..EVENT
    };
    assert_eq!(
        ingested(&ledger, event.told("paid")).await,
        Ingested::Applied
    );

    let late = accepted(&ledger, submit_payout(payout, "po_1")).await;

    assert!(late.events.is_empty(), "it changes nothing");
}

async fn events_in_any_order_end_alike(ground: &Ground) {
    let ledger = ground.ledger().await;
    let orders = [
        ["created", "updated", "paid"],
        ["paid", "updated", "created"],
        ["updated", "paid", "created"],
    ];
    for (n, order) in orders.iter().enumerate() {
        let stripe = format!("po_{n}");
        let event = PayoutEvent {
            stripe: &stripe,
            ..EVENT
        };
        for verb in order {
            assert_eq!(ingested(&ledger, event.told(verb)).await, Ingested::Applied);
        }
    }
    let log = everything(ground).await;
    let paid = log
        .iter()
        .filter(|r| r.event.name() == "payout-paid")
        .count();
    assert_eq!(paid, orders.len());
}
