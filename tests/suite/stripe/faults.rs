//! Stripe times out, fails and breaks connections: each payout is made exactly once.

use std::{collections::HashMap, time::Duration};

use adapters::sim::{Faults, Settings};
use support::eventually;

use super::field::{Field, payout_id};
use crate::scenario::laws;

const PAYOUTS: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(120);

fn bad_day() -> Settings {
    Settings {
        faults: Faults {
            timeouts: 0.3,
            errors: 0.1,
            resets: 0.1,
            ..Faults::default()
        },
        seed: 42,
        silence: Duration::from_secs(2),
        ..Settings::default()
    }
}

async fn all_are_made(field: &Field, many: usize) {
    eventually(PATIENCE, async || {
        let statuses = field.statuses().await;
        match statuses.get("pending") {
            Some(pending) if *pending == many => Ok(()),
            _ => Err(statuses),
        }
    })
    .await;
}

fn each_is_made_once(field: &Field, many: usize) {
    let made = field.made();
    let twice: HashMap<_, _> = made.iter().filter(|(_, made)| made.len() != 1).collect();
    assert!(twice.is_empty(), "made more than once: {twice:?}");
    for n in 1..=many {
        let payout = &made[&payout_id(n)][0];
        assert_eq!(
            (payout.amount, payout.currency.as_str()),
            (1_050, "usd"),
            "payout {n}"
        );
    }
    assert_eq!(made.len(), many, "and nothing else");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_payouts_are_made_exactly_once_although_half_the_calls_go_wrong() {
    let field = Field::with(bad_day()).await;
    field.request_payouts(PAYOUTS).await;
    let mut service = field.serve().await;

    all_are_made(&field, PAYOUTS).await;

    each_is_made_once(&field, PAYOUTS);
    let calls = field.simulator.calls();
    let wrong = calls.iter().filter(|call| call.fault.is_some()).count();
    println!("{} calls, {wrong} went wrong", calls.len());
    assert!(wrong > PAYOUTS / 2, "half the calls went wrong: {wrong}");
    assert!(service.terminate(Duration::from_secs(10)).await.success());
    laws::check(field.ledger.database()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_transfer_is_made_exactly_once_although_half_the_calls_go_wrong() {
    const MANY: usize = 100;
    let mut field = Field::with(bad_day()).await;
    field.settings = "transfers = \"before-payout\"\n";
    field.request_payouts(MANY).await;
    let mut service = field.serve().await;
    eventually(PATIENCE, async || match field.made().len() {
        enough if enough >= MANY * 9 / 10 => Ok(()),
        few => Err(few),
    })
    .await;
    // What goes wrong with the last ones would only take time.
    let good_day = field.simulator.set_faults(Faults::default());
    good_day.expect("rates");

    all_are_made(&field, MANY).await;

    each_is_made_once(&field, MANY);
    let mut transferred: Vec<_> = field
        .simulator
        .transfers()
        .into_iter()
        .map(|made| (made.metadata["transaction_id"].clone(), made.amount))
        .collect();
    transferred.sort();
    let mut expected: Vec<_> = (1..=MANY).map(|n| (format!("t-{n}"), 1_050)).collect();
    expected.sort();
    assert_eq!(transferred, expected);
    assert!(service.terminate(Duration::from_secs(10)).await.success());
    laws::check(field.ledger.database()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_services_that_are_killed_on_the_way_make_each_payout_once() {
    const MANY: usize = 200;
    let field = Field::with(bad_day()).await;
    field.request_payouts(MANY).await;
    let (mut first, mut second) = tokio::join!(field.serve(), field.serve());
    for part in 1..=2 {
        eventually(PATIENCE, async || match field.made().len() {
            enough if enough >= MANY * part / 4 => Ok(()),
            few => Err(few),
        })
        .await;
        let killed = if part == 1 { &mut first } else { &mut second };
        killed.kill9().await;
        *killed = field.serve().await;
    }

    all_are_made(&field, MANY).await;

    each_is_made_once(&field, MANY);
    laws::check(field.ledger.database()).await;
}
