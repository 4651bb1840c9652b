//! The queue is bounded, and what was taken from it is carried out, come what may.

use std::{
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
};

use domain::Code;
use futures::{future::join_all, poll};
use store::{Ingested, Ledger, Reply, Request, Settings};

use super::{
    ground::Ground,
    inline::Gate,
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

/// A ledger with little room, whose writer is held.
async fn crowded(ground: &Ground) -> (Arc<Gate>, Ledger) {
    let gate = Gate::shut();
    let settings = Settings {
        queue: ROOM,
        batch: 2,
        ..ground.settings()
    };
    let ledger = ground.ledger_with(gate.clone(), settings).await;
    (gate, ledger)
}

fn request(n: usize) -> Request {
    keyed(&format!("k{n}"), earn("s", &format!("t{n}"), 100))
}

type Waiting<'l> = Pin<Box<dyn Future<Output = Reply> + Send + 'l>>;

/// Executes commands until one is refused; those that wait. The writer takes some out of the queue
/// before it is stuck.
async fn fill(ledger: &Ledger) -> Vec<Waiting<'_>> {
    let mut waiting: Vec<Waiting<'_>> = Vec::new();
    loop {
        let mut reply: Waiting<'_> = Box::pin(ledger.execute(request(waiting.len())));
        match poll!(&mut reply) {
            Poll::Pending => waiting.push(reply),
            Poll::Ready(reply) => {
                assert_eq!(code(&reply), Some(Code::Unavailable));
                return waiting;
            }
        }
        assert!(waiting.len() < 100, "the queue has no bound");
        tokio::task::yield_now().await;
    }
}

async fn a_full_queue_refuses_at_once_and_keeps_what_it_took(ground: &Ground) {
    let (gate, ledger) = crowded(ground).await;
    let mut first = pin!(ledger.execute(once(earn("s", "first", 100))));
    assert!(poll!(&mut first).is_pending());
    gate.has_held(1).await;

    let waiting = fill(&ledger).await;

    let taken = waiting.len();
    assert!(taken >= ROOM);
    gate.open();
    assert_eq!(code(&first.await), None);
    let replies = join_all(waiting).await;
    assert!(replies.iter().all(|reply| code(reply).is_none()));
    let again = ledger.execute(request(taken)).await;
    assert_eq!(code(&again), None, "the key of the refused one is free");
    assert_eq!(everything(ground).await.len(), taken + 2);
}

/// Stripe tries again much later: better to let it wait a moment.
async fn a_webhook_waits_for_room(ground: &Ground) {
    let (gate, ledger) = crowded(ground).await;
    let waiting = fill(&ledger).await;

    let mut webhook = pin!(ledger.ingest(delivery("{}")));

    assert!(poll!(&mut webhook).is_pending());
    gate.open();
    let told = webhook.await;
    assert_eq!(told, Ok(Ingested::Dead("no_type".to_owned())));
    let replies = join_all(waiting).await;
    assert!(replies.iter().all(|reply| code(reply).is_none()));
}

async fn closing_finishes_what_was_taken_and_takes_nothing_more(ground: &Ground) {
    let gate = Gate::shut();
    let ledger = ground.ledger_with(gate.clone(), ground.settings()).await;
    let mut first = pin!(ledger.execute(once(earn("s", "t0", 100))));
    assert!(poll!(&mut first).is_pending());
    gate.has_held(1).await;
    let request = |n| ledger.execute(once(earn("s", &format!("t{n}"), 100)));
    let mut waiting = pin!(join_all((1..=1000).map(request)));
    assert!(poll!(&mut waiting).is_pending());

    let mut closing = pin!(ledger.close());

    assert!(poll!(&mut closing).is_pending(), "the writer is held");
    let late = ledger.execute(once(request_payout("s"))).await;
    assert_eq!(code(&late), Some(Code::Unavailable));
    let late = ledger.ingest(delivery("{}")).await;
    assert_eq!(late.map_err(|refusal| refusal.code), Err(Code::Unavailable));
    gate.open();
    closing.await;
    assert_eq!(everything(ground).await.len(), 1001, "done when closed");
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
