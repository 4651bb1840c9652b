//! Every command has one outcome under its key, accepted or refused, for ever.

use domain::{Code, Event};
use futures::future::join_all;
use store::Reply;
use uuid::Uuid;

use super::{
    ground::Ground,
    inline::Gate,
    inputs::{acceptance, accepted, code, earn, keyed, once, refusal, request_payout},
    laws::everything,
};

on_every_database! {
    an_accepted_command_tells_where_its_events_are
    a_redelivery_gets_the_same_answer_and_changes_nothing
    a_refusal_is_the_answer_for_ever
    a_key_belongs_to_one_input
    a_command_without_a_key_is_a_new_intent_each_time
    the_same_key_at_the_same_time_has_one_effect
    the_same_key_in_one_batch_has_one_effect
    the_same_key_through_two_ledgers_has_one_effect
}

async fn an_accepted_command_tells_where_its_events_are(ground: &Ground) {
    let ledger = ground.ledger().await;
    accepted(&ledger, earn("s", "t1", 1000)).await;
    accepted(&ledger, earn("s", "t2", 250)).await;

    let reply = accepted(&ledger, request_payout("s")).await;

    let payout = reply.payout_id.expect("a payout");
    let told: Vec<_> = reply
        .events
        .iter()
        .map(|event| (event.stream.to_string(), event.version, event.name.clone()))
        .collect();
    assert_eq!(
        told,
        [
            ("balance-s-usd".to_owned(), 3, "funds-reserved".to_owned()),
            (format!("payout-{payout}"), 1, "payout-requested".to_owned()),
        ]
    );
    let log = everything(ground).await;
    for event in &reply.events {
        let recorded = log.iter().find(|r| r.position() == event.position);
        let recorded = recorded.expect("an event at the position told");
        assert_eq!(recorded.stream, event.stream);
        assert_eq!(recorded.version, event.version);
    }
    let reserved = log.iter().find_map(|r| match &r.event {
        Event::FundsReserved(event) => Some(event.amount_minor.minor()),
        _ => None,
    });
    assert_eq!(reserved, Some(1250));
}

async fn a_redelivery_gets_the_same_answer_and_changes_nothing(ground: &Ground) {
    let ledger = ground.ledger().await;
    let first = acceptance(ledger.execute(keyed("k", earn("s", "t", 500))).await);
    assert!(!first.duplicate);

    let other = ground.ledger().await;
    for ledger in [&ledger, &ledger, &other] {
        let again = acceptance(ledger.execute(keyed("k", earn("s", "t", 500))).await);
        assert!(again.duplicate);
        assert_eq!(again.events, first.events);
        assert_eq!(again.payout_id, first.payout_id);
    }
    assert_eq!(everything(ground).await.len(), 1);
}

async fn a_refusal_is_the_answer_for_ever(ground: &Ground) {
    let ledger = ground.ledger().await;
    let first = refusal(ledger.execute(keyed("k", request_payout("s"))).await);
    assert_eq!(first.code, Code::NoEligibleTransactions);

    accepted(&ledger, earn("s", "t", 500)).await;

    let again = refusal(ledger.execute(keyed("k", request_payout("s"))).await);
    assert_eq!(again, first);
    let anew = ledger.execute(keyed("k2", request_payout("s"))).await;
    assert_eq!(code(&anew), None, "a new intent is decided anew");
}

async fn a_key_belongs_to_one_input(ground: &Ground) {
    let ledger = ground.ledger().await;
    acceptance(ledger.execute(keyed("k", earn("s", "t", 500))).await);
    acceptance(ledger.execute(keyed("t", earn("s", "t2", 500))).await);

    for other in [earn("s", "t", 501), request_payout("s")] {
        let refused = refusal(ledger.execute(keyed("k", other)).await);
        assert_eq!(refused.code, Code::IdempotencyKeyReused);
    }

    let again = acceptance(ledger.execute(keyed("k", earn("s", "t", 500))).await);
    assert!(again.duplicate, "the first input keeps the key");
    assert_eq!(everything(ground).await.len(), 2);
}

async fn a_command_without_a_key_is_a_new_intent_each_time(ground: &Ground) {
    let ledger = ground.ledger().await;
    accepted(&ledger, earn("s", "t1", 500)).await;
    accepted(&ledger, request_payout("s")).await;
    let nothing_left = ledger.execute(once(request_payout("s"))).await;
    assert_eq!(code(&nothing_left), Some(Code::NoEligibleTransactions));

    let same_content = accepted(&ledger, earn("s", "t1", 500)).await;
    assert!(same_content.events.is_empty() && !same_content.duplicate);
}

async fn the_same_key_at_the_same_time_has_one_effect(ground: &Ground) {
    let ledger = ground.ledger().await;
    accepted(&ledger, earn("s", "t", 500)).await;

    let replies = join_all((0..20).map(|_| ledger.execute(keyed("k", request_payout("s"))))).await;

    one_is_first_and_all_agree(replies);
    assert_eq!(everything(ground).await.len(), 3);
}

async fn the_same_key_in_one_batch_has_one_effect(ground: &Ground) {
    let gate = Gate::shut();
    let ledger = ground.ledger_with(gate.clone(), ground.settings()).await;
    let requests = vec![
        once(earn("s", "t", 500)),
        keyed("k", request_payout("s")),
        keyed("k", request_payout("s")),
        keyed("k", earn("s", "t3", 1)),
        keyed("refused", request_payout("s")),
        keyed("refused", request_payout("s")),
        keyed("k", request_payout("s")),
    ];

    let mut replies = gate.as_one_batch(&ledger, requests).await;

    assert_eq!(gate.sizes(), [1, 3], "one transaction for all");
    let reused = replies.remove(3);
    assert_eq!(code(&reused), Some(Code::IdempotencyKeyReused));
    for refused in replies.drain(3..5) {
        assert_eq!(code(&refused), Some(Code::NoEligibleTransactions));
    }
    replies.remove(0);
    assert_eq!(replies.len(), 3);
    one_is_first_and_all_agree(replies);
}

async fn the_same_key_through_two_ledgers_has_one_effect(ground: &Ground) {
    let ledgers = [ground.ledger().await, ground.ledger().await];
    for round in 0..10 {
        let seller = format!("s{round}");
        accepted(&ledgers[0], earn(&seller, &format!("t{round}"), 500)).await;
        let key = Uuid::new_v4().to_string();
        let request = || keyed(&key, request_payout(&seller));
        let replies = join_all((0..8).map(|n| ledgers[n % 2].execute(request()))).await;
        one_is_first_and_all_agree(replies);
    }
    assert_eq!(everything(ground).await.len(), 10 * 3);
}

#[track_caller]
fn one_is_first_and_all_agree(replies: Vec<Reply>) {
    let acceptances: Vec<_> = replies.into_iter().map(acceptance).collect();
    let first = acceptances.iter().filter(|a| !a.duplicate).count();
    assert_eq!(first, 1, "one of {} is no duplicate", acceptances.len());
    for other in &acceptances {
        assert_eq!(other.payout_id, acceptances[0].payout_id);
        assert_eq!(other.events, acceptances[0].events);
        assert!(!other.events.is_empty());
    }
}
