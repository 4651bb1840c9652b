//! Webhooks that wait: for a payout, behind another one of the same object, across a restart.

use std::time::Duration;

use store::{Ingested, Ledger};
use support::eventually;
use uuid::Uuid;

use super::{
    ground::{Ground, sql},
    inputs::{PayoutEvent, accepted, earn, ingested, request_payout_as},
    laws::everything,
};

on_every_database! {
    a_webhook_waits_for_the_payout_it_names
    all_that_wait_are_applied_in_order_of_arrival
    a_payout_that_another_ledger_brings_is_found
    a_dead_one_holds_up_its_own_object_only
    what_waits_in_vain_does_not_hold_up_commands
    a_restart_finds_what_arrived_meanwhile
}

const SOON: Duration = Duration::from_secs(10);
const OURS: Uuid = Uuid::from_u128(0x0193_9d0c_5b7e_7c43_9a51_2f6f_0d1e_8b34);

fn event(id: &str) -> PayoutEvent<'_> {
    PayoutEvent {
        id,
        stripe: "po_1",
        ours: Some(OURS),
        cents: 100,
    }
}

fn waits_for_payout() -> Ingested {
    Ingested::Parked(format!("payout-{OURS}"))
}

fn waits_behind(object: &str) -> Ingested {
    Ingested::Parked(object.to_owned())
}

async fn bring_payout(ledger: &Ledger) {
    accepted(ledger, earn("s", "t", 100)).await;
    accepted(ledger, request_payout_as("s", OURS)).await;
}

async fn outcomes(ground: &Ground) -> Vec<String> {
    let rows = ground
        .rows("SELECT outcome FROM inbox ORDER BY sequence")
        .await;
    rows.iter()
        .map(|row| row.text("outcome").expect("a text"))
        .collect()
}

async fn become_of_all(ground: &Ground, expected: &[&str]) {
    eventually(SOON, async || match outcomes(ground).await {
        outcomes if outcomes == expected => Ok(()),
        others => Err(others),
    })
    .await;
}

async fn types(ground: &Ground, stream: &str) -> Vec<&'static str> {
    let log = everything(ground).await;
    let of_stream = log.iter().filter(|r| r.stream.as_str() == stream);
    of_stream.map(|recorded| recorded.event.name()).collect()
}

async fn a_webhook_waits_for_the_payout_it_names(ground: &Ground) {
    let ledger = ground.ledger().await;
    let told = ingested(&ledger, event("evt_1").told("paid")).await;
    assert_eq!(told, waits_for_payout());
    let again = ingested(&ledger, event("evt_1").told("paid")).await;
    assert_eq!(again, Ingested::Duplicate);

    bring_payout(&ledger).await;

    become_of_all(ground, &["applied"]).await;
    let stream = format!("payout-{OURS}");
    assert_eq!(
        types(ground, &stream).await,
        ["payout-requested", "payout-submitted", "payout-paid"]
    );
}

async fn all_that_wait_are_applied_in_order_of_arrival(ground: &Ground) {
    let ledger = ground.ledger().await;
    let created = ingested(&ledger, event("evt_1").told("created")).await;
    assert_eq!(created, waits_for_payout());
    for (id, verb) in [("evt_2", "updated"), ("evt_3", "paid")] {
        let told = ingested(&ledger, event(id).told(verb)).await;
        assert_eq!(told, waits_behind("payout/po_1"));
    }

    bring_payout(&ledger).await;

    become_of_all(ground, &["applied"; 3]).await;
    let stream = format!("payout-{OURS}");
    let expected = [
        "payout-requested",
        "payout-submitted",
        "payout-in-transit",
        "payout-paid",
    ];
    assert_eq!(types(ground, &stream).await, expected);
    let later = ingested(&ledger, event("evt_4").told("failed")).await;
    assert_eq!(later, Ingested::Applied, "nothing waits any more");
}

async fn a_payout_that_another_ledger_brings_is_found(ground: &Ground) {
    let (a, b) = (ground.ledger().await, ground.ledger().await);
    ingested(&a, event("evt_1").told("paid")).await;
    bring_payout(&b).await;
    become_of_all(ground, &["applied"]).await;
}

async fn a_dead_one_holds_up_its_own_object_only(ground: &Ground) {
    let ledger = ground.ledger().await;
    bring_payout(&ledger).await;
    let contradiction = PayoutEvent {
        cents: 99,
        ..event("evt_1")
    };
    let told = ingested(&ledger, contradiction.told("created")).await;
    assert_eq!(told, Ingested::Dead("already_exists".to_owned()));

    let behind = ingested(&ledger, event("evt_2").told("paid")).await;
    assert_eq!(behind, waits_behind("payout/po_1"));
    let other_object = PayoutEvent {
        stripe: "po_2",
        ours: None,
        ..event("evt_3")
    };
    let told = ingested(&ledger, other_object.told("paid")).await;
    assert_eq!(told, Ingested::Applied, "others flow");
    assert_eq!(outcomes(ground).await, ["dead", "parked", "applied"]);
}

async fn what_waits_in_vain_does_not_hold_up_commands(ground: &Ground) {
    let ledger = ground.ledger().await;
    for n in 0..20 {
        let (id, stripe) = (format!("evt_{n}"), format!("po_{}", n % 4));
        let event = PayoutEvent {
            id: &id,
            stripe: &stripe,
            ..event("")
        };
        let told = ingested(&ledger, event.told("paid")).await;
        assert!(matches!(told, Ingested::Parked(_)));
    }
    accepted(&ledger, earn("s", "t", 100)).await;
    assert_eq!(outcomes(ground).await, ["parked"; 20]);
}

/// A process may end between the commit that brings a payout and the look for those who wait.
async fn a_restart_finds_what_arrived_meanwhile(ground: &Ground) {
    let ledger = ground.ledger().await;
    ingested(&ledger, event("evt_1").told("created")).await;
    ingested(&ledger, event("evt_2").told("paid")).await;
    overlook(ground, "UPDATE inbox SET outcome = 'overlooked'").await;
    bring_payout(&ledger).await;
    ledger.close().await;
    overlook(ground, "UPDATE inbox SET outcome = 'parked'").await;

    let _restarted = ground.ledger().await;

    become_of_all(ground, &["applied"; 2]).await;
}

async fn overlook(ground: &Ground, text: &'static str) {
    let isolation = ground.settings().isolation;
    let tx = ground
        .database()
        .transaction("test")
        .isolation(isolation)
        .open()
        .await;
    let mut tx = tx.expect("a transaction");
    tx.execute(&sql(text), &[]).await.expect("an update");
    tx.commit().await.expect("a commit");
}
