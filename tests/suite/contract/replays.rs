//! The archive run again: safe at any time, and rehearsed without a trace.

use std::sync::Arc;

use domain::{Code, stripe::Mode};
use futures::future::join_all;
use store::{
    Again, Ingested, SystemClock,
    archive::{self, Selection},
    rehearsal::Rehearsal,
};

use super::{
    archive::{
        IN_ORDER, OURS, REPLAY, all, become_of_all, behind, bring_payout, change, dead, event,
        letter, one_dead_two_behind, outcomes, redelivery, run_again, stranger, types, whole,
    },
    ground::Ground,
    inputs::{PayoutEvent, ingested, tenant},
};

on_every_database! {
    a_replay_of_everything_changes_nothing
    a_replay_applies_what_older_versions_could_not
    a_replay_takes_the_other_mode_only_when_asked
    an_applied_event_stays_applied_whatever_a_replay_makes_of_it
    a_rehearsal_tells_what_a_replay_does_and_writes_nothing
    one_that_cannot_be_decided_does_not_stop_the_others
    the_archive_is_paged_by_payout_type_and_time
}

async fn a_replay_of_everything_changes_nothing(ground: &Ground) {
    let ledger = ground.ledger().await;
    bring_payout(&ledger).await;
    for (id, verb) in [
        ("evt_1", "created"),
        ("evt_2", "updated"),
        ("evt_3", "paid"),
    ] {
        ingested(&ledger, event(id).told(verb)).await;
    }
    ingested(&ledger, stranger("evt_4", "po_2").told("failed")).await;
    ingested(&ledger, "no JSON").await;
    let before = whole(ground).await;

    for (letter, body) in all(ground).await {
        let letter = letter.again(tenant(), body, (Mode::Test, REPLAY));
        let told = ledger.retry(letter).await.expect("an answer");
        assert!(!told.is_change(), "{told:?}");
    }

    assert_eq!(whole(ground).await, before);
}

async fn a_replay_applies_what_older_versions_could_not(ground: &Ground) {
    let ledger = ground.ledger().await;
    ingested(&ledger, event("evt_1").told("paid")).await;
    change(
        ground,
        "UPDATE inbox SET outcome = 'ignored', reason = 'type'",
    )
    .await;
    bring_payout(&ledger).await;
    let told = run_again(ground, &ledger, "evt_1", Again::Retry).await;
    assert_eq!(
        told.now,
        Ingested::Ignored("type".to_owned()),
        "it is no dead letter"
    );

    let told = run_again(ground, &ledger, "evt_1", REPLAY).await;

    assert_eq!(
        (told.now, told.events),
        (Ingested::Applied, 3),
        "with the balance's"
    );
    assert_eq!(outcomes(ground).await, ["applied"]);
}

async fn a_replay_takes_the_other_mode_only_when_asked(ground: &Ground) {
    let ledger = ground.ledger().await;
    let live = String::from_utf8(stranger("evt_1", "po_1").told("paid")).expect("JSON");
    let live = live.replace("\"livemode\":false", "\"livemode\":true");
    ingested(&ledger, live.into_bytes()).await;

    let run = async |other_mode| {
        let again = Again::Replay { other_mode };
        let letter = redelivery(ground, "evt_1", Mode::Live, again).await;
        ledger.retry(letter).await.expect("an answer").now
    };

    assert_eq!(run(false).await, Ingested::Ignored("livemode".to_owned()));
    assert_eq!(run(true).await, Ingested::Applied);
}

async fn an_applied_event_stays_applied_whatever_a_replay_makes_of_it(ground: &Ground) {
    let ledger = ground.ledger().await;
    bring_payout(&ledger).await;
    let contradiction = PayoutEvent {
        cents: 99,
        ..event("evt_1")
    };
    ingested(&ledger, contradiction.told("created")).await;
    change(
        ground,
        "UPDATE inbox SET outcome = 'applied', reason = NULL, detail = NULL",
    )
    .await;
    let before = whole(ground).await;

    let told = run_again(ground, &ledger, "evt_1", REPLAY).await;

    assert_eq!(told.now, Ingested::Applied);
    assert_eq!(told.otherwise, Some(dead("already_exists")));
    assert_eq!(whole(ground).await, before);
}

async fn a_rehearsal_tells_what_a_replay_does_and_writes_nothing(ground: &Ground) {
    let ledger = ground.ledger().await;
    one_dead_two_behind(ground, &ledger).await;
    ingested(&ledger, stranger("evt_4", "po_2").told("paid")).await;
    let before = whole(ground).await;
    let mut rehearsal = Rehearsal::new(ground.database().clone(), Arc::new(SystemClock));
    let mut rehearsed = Vec::new();
    for (letter, body) in all(ground).await {
        let letter = letter.again(tenant(), body, (Mode::Test, REPLAY));
        // One by one: each sees what those before it would have done.
        let told = rehearsal.run(vec![letter]).await.expect("an answer");
        rehearsed.extend(told.into_iter().map(|told| (told.now, told.events)));
    }
    assert_eq!(whole(ground).await, before, "nothing was written");

    let works = all(ground)
        .await
        .into_iter()
        .map(|(letter, body)| letter.again(tenant(), body, (Mode::Test, REPLAY)));
    let at_once = Rehearsal::new(ground.database().clone(), Arc::new(SystemClock))
        .run(works.clone().collect())
        .await
        .expect("answers");
    let at_once: Vec<_> = at_once
        .into_iter()
        .map(|told| (told.now, told.events))
        .collect();
    assert_eq!(at_once, rehearsed, "however it is cut into pages");
    assert_eq!(
        rehearsed,
        [1, 1, 2, 0].map(|events| (Ingested::Applied, events)),
        "submitted; in transit; paid, and the balance's; nothing new"
    );

    let mut replayed = Vec::new();
    for work in works {
        replayed.push(ledger.again(work).await);
    }
    for told in join_all(replayed).await {
        assert_eq!(told.expect("an answer").now, Ingested::Applied);
    }
    assert_eq!(types(ground).await, IN_ORDER);
}

/// The books of one payout cannot be read; that is no reason to leave the others alone.
async fn one_that_cannot_be_decided_does_not_stop_the_others(ground: &Ground) {
    let setting = ground.ledger().await;
    for (id, stripe) in [("evt_0", "po_0"), ("evt_1", "po_1"), ("evt_2", "po_2")] {
        ingested(&setting, stranger(id, stripe).told("created")).await;
    }
    setting.close().await;
    change(
        ground,
        "UPDATE inbox SET outcome = 'ignored', reason = 'type'",
    )
    .await;
    let unreadable = "UPDATE events SET type = 'payout-forgotten' \
        WHERE type = 'payout-adopted' AND CAST(data AS VARCHAR(9999)) LIKE '%po_1%'";
    change(ground, unreadable).await;
    let ledger = ground.ledger().await;
    let mut pending = Vec::new();
    for (letter, body) in all(ground).await {
        let letter = letter.again(tenant(), body, (Mode::Test, REPLAY));
        pending.push(ledger.again(letter).await);
    }

    let told = join_all(pending).await;

    let told: Vec<_> = told
        .into_iter()
        .map(|told| told.map(|told| told.now).map_err(|refusal| refusal.code))
        .collect();
    let failed = Err(Code::PayoutTransactionError);
    assert_eq!(told, [Ok(Ingested::Applied), failed, Ok(Ingested::Applied)]);
    let readable = "UPDATE events SET type = 'payout-adopted' WHERE type = 'payout-forgotten'";
    change(ground, readable).await;
    assert_eq!(outcomes(ground).await, ["applied", "ignored", "applied"]);
}

async fn the_archive_is_paged_by_payout_type_and_time(ground: &Ground) {
    let ledger = ground.ledger().await;
    ingested(&ledger, event("evt_1").told("created")).await;
    ingested(&ledger, stranger("evt_2", "po_2").told("paid")).await;
    let waits = ingested(&ledger, event("evt_3").told("paid")).await;
    assert_eq!(waits, behind());
    let ids = async |selection: Selection| {
        let (first, last) = archive::ends(ground.database()).await.expect("ends");
        let place = ((first - 1, last), 10);
        let page = archive::page(ground.database(), &tenant(), &selection, place).await;
        let ids = page
            .expect("a page")
            .into_iter()
            .map(|(letter, _)| letter.event_id);
        ids.collect::<Vec<_>>()
    };
    let about = async || {
        let payout = domain::id::PayoutId(OURS);
        let about = archive::About::ours(ground.database(), &tenant(), payout).await;
        Selection {
            about: Some(about.expect("an answer")),
            ..Selection::default()
        }
    };

    assert_eq!(ids(about().await).await, ["evt_1"], "what waits for it");
    bring_payout(&ledger).await;
    become_of_all(ground, &["applied"; 3]).await;
    assert_eq!(
        ids(about().await).await,
        ["evt_1", "evt_3"],
        "by Stripe's id"
    );
    let paid = Selection {
        event_type: Some("payout.paid".to_owned()),
        ..Selection::default()
    };
    assert_eq!(ids(paid).await, ["evt_2", "evt_3"]);
    let second = letter(ground, "evt_2").await.received_at;
    let later = Selection {
        since: Some(second),
        ..Selection::default()
    };
    assert_eq!(ids(later).await, ["evt_2", "evt_3"]);
    let earlier = Selection {
        until: Some(second),
        ..Selection::default()
    };
    assert_eq!(ids(earlier).await, ["evt_1"]);
}
