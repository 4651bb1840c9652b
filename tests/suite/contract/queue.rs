//! The queue is bounded, and what was taken from it is carried out, come what may.

use std::pin::pin;

use domain::Code;
use futures::{future::join_all, poll};
use store::{Ingested, Settings};

use super::{
    ground::Ground,
    inline::{Gate, all_wait},
    inputs::{PayoutEvent, code, delivery, earn, keyed, once, request_payout},
    laws::everything,
};

on_every_database! {
    a_full_queue_refuses_at_once_and_keeps_what_it_took
    a_webhook_waits_for_room
    closing_finishes_what_was_taken_and_takes_nothing_more
    a_caller_who_stops_waiting_stops_nothing
}

const ROOM: usize = 4;

async fn a_full_queue_refuses_at_once_and_keeps_what_it_took(ground: &Ground) {
    let gate = Gate::shut();
    let settings = Settings {
        queue: ROOM,
        ..ground.settings()
    };
    let ledger = ground.ledger_with(gate.clone(), settings).await;
    let request = |n: usize| keyed(&format!("k{n}"), earn("s", &format!("t{n}"), 100));
    let mut first = pin!(ledger.execute(request(0)));
    assert!(poll!(&mut first).is_pending());
    gate.has_held(1).await;
    let mut waiting = pin!(join_all((1..=ROOM).map(|n| ledger.execute(request(n)))));
    assert!(poll!(&mut waiting).is_pending());
    assert_eq!(ledger.waiting(), ROOM);

    let too_many = ledger.execute(request(9)).await;

    assert_eq!(code(&too_many), Some(Code::Unavailable));
    gate.open();
    assert_eq!(code(&first.await), None);
    assert!(waiting.await.iter().all(|reply| code(reply).is_none()));
    let again = ledger.execute(request(9)).await;
    assert_eq!(code(&again), None, "its key is free");
    assert_eq!(everything(ground).await.len(), ROOM + 2);
}

/// Stripe tries again much later: better to let it wait a moment.
async fn a_webhook_waits_for_room(ground: &Ground) {
    let gate = Gate::shut();
    let settings = Settings {
        queue: 1,
        ..ground.settings()
    };
    let ledger = ground.ledger_with(gate.clone(), settings).await;
    let mut first = pin!(ledger.execute(once(earn("s", "t1", 100))));
    assert!(poll!(&mut first).is_pending());
    gate.has_held(1).await;
    let mut second = pin!(ledger.execute(once(earn("s", "t2", 100))));
    assert!(poll!(&mut second).is_pending());

    let mut webhook = pin!(ledger.ingest(delivery("{}")));

    assert!(poll!(&mut webhook).is_pending());
    gate.open();
    let told = webhook.await;
    assert_eq!(told, Ok(Ingested::Dead("no_type".to_owned())));
    assert_eq!((code(&first.await), code(&second.await)), (None, None));
}

async fn closing_finishes_what_was_taken_and_takes_nothing_more(ground: &Ground) {
    let gate = Gate::shut();
    let ledger = ground.ledger_with(gate.clone(), ground.settings()).await;
    let mut first = pin!(ledger.execute(once(earn("s", "t0", 100))));
    assert!(poll!(&mut first).is_pending());
    gate.has_held(1).await;
    let request = |n| ledger.execute(once(earn("s", &format!("t{n}"), 100)));
    let mut waiting = pin!(join_all((1..=100).map(request)));
    assert!(poll!(&mut waiting).is_pending());
    all_wait(&ledger, 100).await;

    let mut closing = pin!(ledger.close());

    assert!(poll!(&mut closing).is_pending(), "the writer is held");
    let late = ledger.execute(once(request_payout("s"))).await;
    assert_eq!(code(&late), Some(Code::Unavailable));
    let late = ledger.ingest(delivery("{}")).await;
    assert_eq!(late.map_err(|refusal| refusal.code), Err(Code::Unavailable));
    gate.open();
    closing.await;
    assert_eq!(everything(ground).await.len(), 101, "done when closed");
    assert_eq!(code(&first.await), None);
    assert!(waiting.await.iter().all(|reply| code(reply).is_none()));
    let later = ledger.execute(once(request_payout("s"))).await;
    assert_eq!(code(&later), Some(Code::Unavailable));
    ledger.close().await;
}

async fn a_caller_who_stops_waiting_stops_nothing(ground: &Ground) {
    let ledger = ground.ledger().await;
    let event = PayoutEvent {
        id: "evt_1",
        stripe: "po_1",
        ours: None,
        cents: 100,
    };
    {
        let mut command = pin!(ledger.execute(once(earn("s", "t", 100))));
        assert!(poll!(&mut command).is_pending());
        let mut webhook = pin!(ledger.ingest(delivery(event.told("paid"))));
        assert!(poll!(&mut webhook).is_pending());
    }

    ledger.close().await;

    let types: Vec<_> = everything(ground)
        .await
        .iter()
        .map(|recorded| recorded.event.name())
        .collect();
    assert_eq!(
        types,
        ["transaction-recorded", "payout-adopted", "payout-paid"]
    );
}
