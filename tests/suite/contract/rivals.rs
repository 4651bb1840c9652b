//! Several writers on one database: optimistic, and never wrong.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{Code, Event};
use futures::future::join_all;
use store::{Backend, Ledger, Reply, RetryPolicy, Settings};
use uuid::Uuid;

use super::{
    ground::Ground,
    inline::Nothing,
    inputs::{
        acceptance, accepted, code, earn, fail_payout, keyed, once, register, request_payout,
    },
    laws::everything,
};

on_every_database! {
    what_a_rival_adds_is_seen_despite_the_cache
    a_refusal_is_never_based_on_stale_state
    two_ledgers_hammer_one_seller_and_nobody_is_turned_away
    two_ledgers_record_the_same_transactions_in_opposite_orders
    thirty_two_clients_get_the_money_once
    thirty_two_clients_of_two_ledgers_get_the_money_once
}

// The one level between the two.
on! { mariadb_repeatable_read, Ground::mariadb(store::Isolation::RepeatableRead),
    what_a_rival_adds_is_seen_despite_the_cache
    a_refusal_is_never_based_on_stale_state
    two_ledgers_hammer_one_seller_and_nobody_is_turned_away
    two_ledgers_record_the_same_transactions_in_opposite_orders
    thirty_two_clients_get_the_money_once
    thirty_two_clients_of_two_ledgers_get_the_money_once
}

async fn what_a_rival_adds_is_seen_despite_the_cache(ground: &Ground) {
    let (a, b) = (ground.ledger().await, ground.ledger().await);
    accepted(&a, earn("s", "t1", 100)).await;
    accepted(&b, earn("s", "t2", 30)).await;

    let payout = accepted(&a, request_payout("s")).await;

    assert_eq!(payout.events[0].version, 3);
    assert_eq!(reserved(ground).await, [130]);
}

async fn a_refusal_is_never_based_on_stale_state(ground: &Ground) {
    let (a, b) = (ground.ledger().await, ground.ledger().await);
    accepted(&a, earn("s", "t1", 100)).await;
    accepted(&a, request_payout("s")).await;
    let nothing = a.execute(once(request_payout("s"))).await;
    assert_eq!(code(&nothing), Some(Code::NoEligibleTransactions));

    accepted(&b, earn("s", "t2", 30)).await;
    accepted(&a, request_payout("s")).await;

    assert_eq!(reserved(ground).await, [100, 30]);
}

async fn two_ledgers_hammer_one_seller_and_nobody_is_turned_away(ground: &Ground) {
    // The default gives a command that always loses up after three retries.
    let settings = Settings {
        retry: RetryPolicy {
            retries: 30,
            base: Duration::from_millis(5),
            ..RetryPolicy::default()
        },
        ..ground.settings()
    };
    let ledgers = [
        ground
            .ledger_with(Arc::new(Nothing), settings.clone())
            .await,
        ground.ledger_with(Arc::new(Nothing), settings).await,
    ];
    let clients = (0..6).map(|client: usize| {
        let ledger = ledgers[client % 2].clone();
        tokio::spawn(async move {
            for round in 0..8 {
                accepted(&ledger, earn("s", &format!("t{client}-{round}"), 100)).await;
                pay_out_or_find_nothing(&ledger, round).await;
            }
        })
    });
    for client in join_all(clients).await {
        client.expect("no client was turned away");
    }
    for ledger in &ledgers {
        ledger.close().await;
    }
    let ledger = ground.ledger().await;
    let rest = ledger.execute(once(request_payout("s"))).await;
    assert!(matches!(
        code(&rest),
        None | Some(Code::NoEligibleTransactions)
    ));
    assert_eq!(left(ground).await, 0, "all is reserved");
}

/// Every other payout fails, and its money comes back.
async fn pay_out_or_find_nothing(ledger: &Ledger, round: i32) {
    match ledger.execute(once(request_payout("s"))).await {
        Reply::Accepted(payout) if round % 2 == 0 => {
            let payout = payout.payout_id.expect("a payout");
            accepted(ledger, fail_payout(payout.0)).await;
        }
        Reply::Accepted(_) => {}
        Reply::Refused(refusal) => assert_eq!(refusal.code, Code::NoEligibleTransactions),
    }
}

/// New streams and new names are waited for under their unique keys: one order for everybody.
async fn two_ledgers_record_the_same_transactions_in_opposite_orders(ground: &Ground) {
    let ledgers = [ground.ledger().await, ground.ledger().await];
    for round in 0..4 {
        let command = |n: usize| match n % 4 {
            0 => register(&format!("r{round}-{n}"), &format!("acct_{round}_{n}")),
            _ => earn(&format!("s{round}-{n}"), &format!("t{round}-{n}"), 100),
        };
        let request = |n: usize| keyed(&format!("k{round}-{n}"), command(n));
        let upwards = join_all((0..200).map(|n| ledgers[0].execute(request(n))));
        let downwards = join_all((0..200).rev().map(|n| ledgers[1].execute(request(n))));

        let (up, mut down) = tokio::join!(upwards, downwards);
        down.reverse();
        for (one, other) in up.into_iter().zip(down) {
            let (one, other) = (acceptance(one), acceptance(other));
            assert_eq!(one.events, other.events);
            assert_ne!(one.duplicate, other.duplicate);
        }
    }
    if ground.backend() == Backend::Postgres {
        let deadlocks = "SELECT deadlocks AS n FROM pg_stat_database
            WHERE datname = current_database()";
        assert_eq!(ground.number(deadlocks).await, 0, "deadlocks");
    }
}

async fn thirty_two_clients_get_the_money_once(ground: &Ground) {
    let ledger = ground.ledger().await;
    thirty_two_clients(ground, &[ledger]).await;
}

async fn thirty_two_clients_of_two_ledgers_get_the_money_once(ground: &Ground) {
    let ledgers = [ground.ledger().await, ground.ledger().await];
    thirty_two_clients(ground, &ledgers).await;
}

async fn thirty_two_clients(ground: &Ground, ledgers: &[Ledger]) {
    for (n, cents) in [1000, -200, 3000, 45].into_iter().enumerate() {
        accepted(&ledgers[0], earn("s", &format!("t{n}"), cents)).await;
    }
    let clients = (0..32).map(|client| {
        let ledger = ledgers[client % ledgers.len()].clone();
        tokio::spawn(async move { ledger.execute(once(request_payout("s"))).await })
    });
    let mut accepted = 0;
    for reply in join_all(clients).await {
        match code(&reply.expect("no panic")) {
            None => accepted += 1,
            Some(code) => assert_eq!(code, Code::NoEligibleTransactions),
        }
    }
    assert_eq!(accepted, 1);
    assert_eq!(reserved(ground).await, [3845]);
}

/// The sums that were reserved, in the order of the log.
async fn reserved(ground: &Ground) -> Vec<i64> {
    let log = everything(ground).await;
    let sum = |event: &Event| match event {
        Event::FundsReserved(event) => Some(event.amount_minor.minor()),
        _ => None,
    };
    log.iter()
        .filter_map(|recorded| sum(&recorded.event))
        .collect()
}

/// What is neither in a payout nor gone.
async fn left(ground: &Ground) -> i64 {
    let mut left = 0;
    let mut live: HashMap<Uuid, i64> = HashMap::new();
    for recorded in everything(ground).await {
        match recorded.event {
            Event::TransactionRecorded(event) => left += event.net_minor.minor(),
            Event::FundsReserved(event) => {
                live.insert(event.payout_id.0, event.amount_minor.minor());
            }
            Event::ReservationReturned(event) => {
                let sum = live.remove(&event.payout_id.0);
                assert_eq!(
                    sum,
                    Some(event.amount_minor.minor()),
                    "all of it comes back"
                );
            }
            _ => {}
        }
    }
    left - live.values().sum::<i64>()
}
