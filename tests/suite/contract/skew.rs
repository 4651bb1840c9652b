//! Write skew: decisions stay apart even where SERIALIZABLE fails to keep them apart.
//!
//! PostgreSQL forgets what an old serializable transaction has read once more than about ten times
//! `max_connections` others have committed, and lets a skew through that it would have refused
//! (pgsql-hackers, "Detect SSI conflicts with summarized predicate locks", August 2026). The ledger
//! rests on guarded head rows instead, and these hold whatever is open for however long.

use std::{sync::Arc, time::Duration};

use domain::Code;
use futures::future::join_all;
use support::eventually;

use super::{
    ground::Ground,
    inline::Gate,
    inputs::{accepted, code, earn, once, request_payout},
    raw::Raw,
};

on_postgres! {
    rivals_stay_apart_beside_an_old_serializable_transaction
    a_transaction_of_the_ledger_that_became_old_still_has_its_guards
}

const SOON: Duration = Duration::from_secs(20);

/// More than ten times the default `max_connections` of 100.
const COMMITS: u32 = 1_100;

/// Lets serializable transactions go by. Not durable: they are there to be many.
async fn many_commits(ground: &Ground) {
    let mut raw = Raw::to(ground).await;
    raw.run(
        "CREATE TABLE IF NOT EXISTS filler (id INT PRIMARY KEY, v INT);
         INSERT INTO filler SELECT g, 0 FROM generate_series(1, 1000) AS g ON CONFLICT DO NOTHING;
         SET synchronous_commit = off; SET enable_seqscan = off;
         SET default_transaction_isolation = 'serializable'",
    )
    .await;
    raw.run(format!(
        "CREATE OR REPLACE PROCEDURE go_by() LANGUAGE plpgsql AS $$
         BEGIN
             FOR i IN 1..{COMMITS} LOOP
                 UPDATE filler SET v = v + 1 WHERE id = i % 1000 + 1;
                 COMMIT;
             END LOOP;
         END $$"
    ))
    .await;
    raw.run("CALL go_by()").await;
}

async fn old_reader(ground: &Ground) -> Raw {
    let mut old = Raw::to(ground).await;
    old.run("SET enable_seqscan = off").await;
    old.run(
        "BEGIN ISOLATION LEVEL SERIALIZABLE;
         SELECT version FROM streams WHERE tenant = 'default' AND stream = 'balance-s-usd';
         SELECT count(*) FROM events WHERE tenant = 'default' AND stream = 'balance-s-usd'",
    )
    .await;
    old
}

async fn rivals_stay_apart_beside_an_old_serializable_transaction(ground: &Ground) {
    let ledgers = [ground.ledger().await, ground.ledger().await];
    for n in 0..10 {
        accepted(&ledgers[n % 2], earn("s", &format!("t{n}"), 100)).await;
    }
    let mut old = old_reader(ground).await;
    many_commits(ground).await;

    let request = |n: usize| ledgers[n % 2].execute(once(request_payout("s")));
    let replies = join_all((0..16).map(request)).await;

    let refused = replies.iter().filter_map(code);
    let refused: Vec<_> = refused
        .filter(|code| *code == Code::NoEligibleTransactions)
        .collect();
    assert_eq!(refused.len(), 15, "one has it all");
    old.run("COMMIT").await;
}

async fn a_transaction_of_the_ledger_that_became_old_still_has_its_guards(ground: &Ground) {
    let gate = Gate::shut();
    let slow = ground
        .ledger_with(Arc::clone(&gate) as Arc<_>, ground.settings())
        .await;
    let rival = ground.ledger().await;
    accepted(&rival, earn("s", "t", 100)).await;
    let held = {
        let slow = slow.clone();
        tokio::spawn(async move { slow.execute(once(request_payout("s"))).await })
    };
    gate.has_held(1).await;
    many_commits(ground).await;

    let rivals = tokio::spawn(async move { rival.execute(once(request_payout("s"))).await });
    let mut outside = Raw::to(ground).await;
    eventually(SOON, async || match outside.waiting_for_locks().await {
        1 => Ok(()),
        other => Err(other),
    })
    .await;
    gate.open();

    assert_eq!(code(&held.await.expect("no panic")), None);
    let rivals = rivals.await.expect("no panic");
    assert_eq!(code(&rivals), Some(Code::NoEligibleTransactions));
}
