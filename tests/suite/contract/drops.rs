//! Dead letters that are given up, for a reason that the log keeps.

use domain::{Code, stripe::Mode};
use futures::future::join_all;
use store::{Again, Dropped, Give, Ingested};
use support::eventually;

use super::{
    archive::{
        DIE, REPLAY, SOON, become_of_all, bring_payout, change, dead, event, give, letter,
        one_dead_two_behind, outcomes, redelivery, run_again, stranger, whole,
    },
    ground::Ground,
    inline::Gate,
    inputs::{PayoutEvent, earn, ingested, once},
    laws::everything,
};

on_every_database! {
    a_dropped_letter_is_in_the_log_and_lets_the_others_pass
    what_was_dropped_stays_dropped
    only_what_is_dead_or_waits_can_be_dropped
    a_letter_retried_and_dropped_in_one_batch_is_dropped
    two_ledgers_that_drop_one_letter_have_one_effect
}

async fn a_dropped_letter_is_in_the_log_and_lets_the_others_pass(ground: &Ground) {
    let ledger = ground.ledger().await;
    one_dead_two_behind(ground, &ledger).await;
    let wanted = give(ground, "evt_1", "told twice; Ana").await;

    let told = ledger.drop_letter(wanted.clone()).await.expect("dropped");

    let before = dead("unsupported");
    assert_eq!(
        told,
        Dropped {
            before,
            already: false
        }
    );
    become_of_all(ground, &["ignored", "applied", "applied"]).await;
    let letter = letter(ground, "evt_1").await;
    assert_eq!(letter.outcome, Ingested::Ignored("dropped".to_owned()));
    assert_eq!(letter.detail.as_deref(), Some("told twice; Ana"));
    let log = everything(ground).await;
    let dropped = log.iter().find(|r| r.event.name() == "webhook-dropped");
    let data = dropped.expect("an event in the log").event.encode();
    for part in [
        "evt_1",
        "told twice; Ana",
        "dead",
        "unsupported",
        "payout/po_1",
    ] {
        assert!(data.contains(part), "{part} in {data}");
    }

    let again = ledger.drop_letter(wanted).await.expect("a repetition");
    assert!(again.already);
    let other = give(ground, "evt_1", "another reason").await;
    let refusal = ledger.drop_letter(other).await.expect_err("a refusal");
    assert_eq!(refusal.code, Code::AlreadyExists);
    assert_eq!(everything(ground).await.len(), log.len());
}

async fn what_was_dropped_stays_dropped(ground: &Ground) {
    let ledger = ground.ledger().await;
    one_dead_two_behind(ground, &ledger).await;
    let wanted = give(ground, "evt_1", "told twice").await;
    ledger.drop_letter(wanted).await.expect("dropped");
    become_of_all(ground, &["ignored", "applied", "applied"]).await;
    let before = whole(ground).await;
    for again in [Again::Retry, REPLAY, Again::Replay { other_mode: true }] {
        let told = run_again(ground, &ledger, "evt_1", again).await;
        assert_eq!(
            told.now,
            Ingested::Ignored("dropped".to_owned()),
            "{again:?}"
        );
    }
    let sent_again = ingested(&ledger, event("evt_1").told("created")).await;
    assert_eq!(sent_again, Ingested::Duplicate);
    assert_eq!(whole(ground).await, before);
}

async fn only_what_is_dead_or_waits_can_be_dropped(ground: &Ground) {
    let ledger = ground.ledger().await;
    ingested(&ledger, stranger("evt_0", "po_2").told("paid")).await;
    let wanted = give(ground, "evt_0", "why not").await;
    let refusal = ledger.drop_letter(wanted).await.expect_err("a refusal");
    assert_eq!(refusal.code, Code::IllegalTransition);

    ingested(&ledger, event("evt_1").told("paid")).await;
    let silent = give(ground, "evt_1", " ").await;
    let refusal = ledger.drop_letter(silent).await.expect_err("a refusal");
    assert_eq!(refusal.code, Code::InvalidCommand);
    let unknown = Give {
        event_id: "evt_9".to_owned(),
        ..give(ground, "evt_1", "never came").await
    };
    let refusal = ledger.drop_letter(unknown).await.expect_err("a refusal");
    assert_eq!(refusal.code, Code::WebhookNotFound);

    let parked = give(ground, "evt_1", "of another system").await;
    ledger.drop_letter(parked).await.expect("dropped");
    assert_eq!(outcomes(ground).await, ["applied", "ignored"]);
}

/// Both change the same row of the archive, in one transaction.
async fn a_letter_retried_and_dropped_in_one_batch_is_dropped(ground: &Ground) {
    let setting = ground.ledger().await;
    bring_payout(&setting).await;
    let contradiction = PayoutEvent {
        cents: 99,
        ..event("evt_1")
    };
    ingested(&setting, contradiction.told("created")).await;
    change(ground, DIE).await;
    setting.close().await;
    let gate = Gate::shut();
    let ledger = ground.ledger_with(gate.clone(), ground.settings()).await;
    let occupant = {
        let ledger = ledger.clone();
        tokio::spawn(async move { ledger.execute(once(earn("x", "x", 1))).await })
    };
    gate.has_held(1).await;
    let retry = redelivery(ground, "evt_1", Mode::Test, Again::Retry).await;
    let retry = ledger.again(retry).await;
    let wanted = give(ground, "evt_1", "hopeless").await;
    let drop = tokio::spawn({
        let ledger = ledger.clone();
        async move { ledger.drop_letter(wanted).await }
    });
    eventually(SOON, async || match ledger.waiting() {
        2 => Ok(()),
        other => Err(other),
    })
    .await;
    gate.open();

    assert_eq!(retry.await.expect("an answer").now, dead("already_exists"));
    let dropped = drop.await.expect("no panic").expect("dropped");
    assert_eq!(dropped.before, dead("already_exists"));
    occupant.await.expect("no panic");
    assert_eq!(outcomes(ground).await, ["ignored"]);
}

async fn two_ledgers_that_drop_one_letter_have_one_effect(ground: &Ground) {
    let ledgers = [ground.ledger().await, ground.ledger().await];
    one_dead_two_behind(ground, &ledgers[0]).await;
    let wanted = give(ground, "evt_1", "told twice").await;

    let drops = ledgers
        .iter()
        .map(|ledger| ledger.drop_letter(wanted.clone()));
    let both = join_all(drops).await;

    let first = both
        .iter()
        .filter(|told| told.as_ref().is_ok_and(|told| !told.already));
    assert_eq!(first.count(), 1, "{both:?}");
    assert!(both.iter().all(Result::is_ok), "{both:?}");
    become_of_all(ground, &["ignored", "applied", "applied"]).await;
}
