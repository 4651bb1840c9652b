//! Dead letters that are tried again, and what waits behind them.

use std::{sync::Arc, time::Duration};

use domain::stripe::Mode;
use futures::future::join_all;
use store::{
    Again, Ingested, Settings,
    archive::{Letter, Wanted},
};

use super::{
    archive::{
        DIE, IN_ORDER, become_of_all, behind, bring_payout, change, dead, event, letter,
        one_dead_two_behind, outcomes, redelivery, retried, run_again, stranger, types, whole,
    },
    ground::Ground,
    inputs::{PayoutEvent, ingested, tenant},
};

on_every_database! {
    a_retried_letter_brings_in_all_that_wait_behind_it_in_order
    a_letter_that_is_still_dead_has_the_reason_of_today
    what_came_before_a_dead_one_does_not_wait_for_it
    a_retried_letter_waits_behind_an_earlier_dead_one
    a_letter_of_another_mode_than_the_caller_s_is_left_alone
    two_ledgers_that_retry_one_letter_have_one_effect
    a_running_ledger_finds_what_a_dead_process_left_behind
    letters_are_listed_in_order_of_arrival_with_those_behind
}

async fn a_retried_letter_brings_in_all_that_wait_behind_it_in_order(ground: &Ground) {
    let ledger = ground.ledger().await;
    one_dead_two_behind(ground, &ledger).await;
    let other = ingested(&ledger, stranger("evt_4", "po_2").told("paid")).await;
    assert_eq!(other, Ingested::Applied, "others flow");

    let told = run_again(ground, &ledger, "evt_1", Again::Retry).await;

    assert_eq!(
        (told.before, told.now),
        (dead("unsupported"), Ingested::Applied)
    );
    become_of_all(ground, &["applied"; 4]).await;
    assert_eq!(types(ground).await, IN_ORDER);
    assert_eq!(
        retried(ground, &ledger, "evt_1").await,
        Ingested::Applied,
        "again is no harm"
    );
    let later = ingested(&ledger, event("evt_5").told("failed")).await;
    assert_eq!(later, Ingested::Applied, "nothing waits any more");
}

async fn a_letter_that_is_still_dead_has_the_reason_of_today(ground: &Ground) {
    let ledger = ground.ledger().await;
    bring_payout(&ledger).await;
    let contradiction = PayoutEvent {
        cents: 99,
        ..event("evt_1")
    };
    ingested(&ledger, contradiction.told("created")).await;
    change(ground, DIE).await;
    ingested(&ledger, event("evt_2").told("paid")).await;

    let told = run_again(ground, &ledger, "evt_1", Again::Retry).await;

    assert_eq!(
        (told.before, told.now),
        (dead("unsupported"), dead("already_exists"))
    );
    assert_eq!(
        letter(ground, "evt_1").await.outcome,
        dead("already_exists")
    );
    assert_eq!(letter(ground, "evt_1").await.detail, told.detail);
    assert_eq!(
        outcomes(ground).await,
        ["dead", "parked"],
        "it blocks as before"
    );
    let before = whole(ground).await;
    assert_eq!(
        retried(ground, &ledger, "evt_1").await,
        dead("already_exists")
    );
    assert_eq!(whole(ground).await, before, "nothing new, nothing written");
}

async fn what_came_before_a_dead_one_does_not_wait_for_it(ground: &Ground) {
    let ledger = ground.ledger().await;
    for (id, verb) in [("evt_0", "created"), ("evt_1", "updated")] {
        ingested(&ledger, event(id).told(verb)).await;
    }
    change(ground, DIE).await;
    assert_eq!(
        ingested(&ledger, event("evt_2").told("paid")).await,
        behind()
    );

    bring_payout(&ledger).await;

    become_of_all(ground, &["applied", "dead", "parked"]).await;
    assert_eq!(
        retried(ground, &ledger, "evt_2").await,
        behind(),
        "it came after the dead one"
    );
    assert_eq!(retried(ground, &ledger, "evt_1").await, Ingested::Applied);
    become_of_all(ground, &["applied"; 3]).await;
    assert_eq!(types(ground).await, IN_ORDER);
}

async fn a_retried_letter_waits_behind_an_earlier_dead_one(ground: &Ground) {
    let ledger = ground.ledger().await;
    one_dead_two_behind(ground, &ledger).await;
    change(
        ground,
        "UPDATE inbox SET outcome = 'dead', reason = 'unsupported' WHERE event_id = 'evt_2'",
    )
    .await;
    assert_eq!(retried(ground, &ledger, "evt_2").await, behind());
    assert_eq!(outcomes(ground).await, ["dead", "parked", "parked"]);

    assert_eq!(retried(ground, &ledger, "evt_1").await, Ingested::Applied);

    become_of_all(ground, &["applied"; 3]).await;
    assert_eq!(types(ground).await, IN_ORDER);
}

/// A live ledger's letter is not lost because somebody asks for it in test mode.
async fn a_letter_of_another_mode_than_the_caller_s_is_left_alone(ground: &Ground) {
    let ledger = ground.ledger().await;
    one_dead_two_behind(ground, &ledger).await;
    let before = whole(ground).await;
    let wrong = redelivery(ground, "evt_1", Mode::Live, Again::Retry).await;

    let told = ledger.retry(wrong).await.expect("an answer");

    assert_eq!(told.now, dead("unsupported"));
    assert_eq!(
        told.otherwise,
        Some(Ingested::Ignored("livemode".to_owned()))
    );
    assert_eq!(whole(ground).await, before);
}

async fn two_ledgers_that_retry_one_letter_have_one_effect(ground: &Ground) {
    let ledgers = [ground.ledger().await, ground.ledger().await];
    one_dead_two_behind(ground, &ledgers[0]).await;
    let letter = redelivery(ground, "evt_1", Mode::Test, Again::Retry).await;

    let both = join_all(ledgers.iter().map(|ledger| ledger.retry(letter.clone()))).await;

    for told in both {
        assert_eq!(told.expect("an answer").now, Ingested::Applied);
    }
    become_of_all(ground, &["applied"; 3]).await;
    assert_eq!(types(ground).await, IN_ORDER);
}

/// It was killed right after it had solved the first: nobody told the others.
async fn a_running_ledger_finds_what_a_dead_process_left_behind(ground: &Ground) {
    let settings = Settings {
        look_again: Duration::from_millis(50),
        ..ground.settings()
    };
    let ledger = ground
        .ledger_with(Arc::new(projections::Inline), settings)
        .await;
    one_dead_two_behind(ground, &ledger).await;

    change(
        ground,
        "UPDATE inbox SET outcome = 'ignored', reason = 'type' WHERE event_id = 'evt_1'",
    )
    .await;

    become_of_all(ground, &["ignored", "applied", "applied"]).await;
}

async fn letters_are_listed_in_order_of_arrival_with_those_behind(ground: &Ground) {
    let ledger = ground.ledger().await;
    one_dead_two_behind(ground, &ledger).await;
    ingested(&ledger, "no JSON").await;
    let list = async |wanted: Wanted, limit| {
        let found = store::archive::letters(ground.database(), &tenant(), &wanted, limit).await;
        found.expect("a list")
    };
    let dead = Wanted {
        outcome: Some("dead"),
        ..Wanted::default()
    };

    let found = list(dead.clone(), 10).await;

    let told = |letter: &Letter| (letter.object.clone(), letter.waiting);
    let told: Vec<_> = found.iter().map(told).collect();
    assert_eq!(told, [(Some("payout/po_1".to_owned()), 2), (None, 0)]);
    let page = list(
        Wanted {
            after: found[0].sequence,
            ..dead
        },
        10,
    )
    .await;
    assert_eq!(page, found[1..]);
    let parked = Wanted {
        outcome: Some("parked"),
        event_type: Some("payout.paid".to_owned()),
        ..Wanted::default()
    };
    let found = list(parked, 10).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].event_id, "evt_3");
    let reason = Wanted {
        reason: Some("not_json".to_owned()),
        ..Wanted::default()
    };
    assert_eq!(list(reason, 10).await.len(), 1);
}
