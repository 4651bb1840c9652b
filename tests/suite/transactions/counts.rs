//! What is counted, and what is told of transactions that run.

use std::time::Duration;

use futures::FutureExt;
use store::{
    Isolation, StoreError,
    transaction::{Active, active, stats},
};

use super::stage::{SOON, Stage, ask, put};
use crate::contract::inputs::{accepted, earn};

on_each! {
    every_transaction_is_counted_once_as_begun_and_once_as_ended
    a_running_transaction_tells_of_itself
    a_reader_that_lets_go_has_done_what_it_should
    durations_are_those_of_the_transactions
    the_ledgers_own_transactions_have_names
}

const COUNT: &str = "SELECT count(*) AS n FROM accounts";

async fn every_transaction_is_counted_once_as_begun_and_once_as_ended(stage: &Stage) {
    for number in 0..10 {
        let tx = stage.transaction();
        let ended = tx.run(move |tx| {
            async move {
                put(tx, &format!("{number}")).await?;
                match number % 2 {
                    0 => Ok(()),
                    _ => Err(StoreError::NotArchived("a failure of its own".to_owned())),
                }
            }
            .boxed()
        });
        assert_eq!(ended.await.is_ok(), number % 2 == 0);
    }
    let dropped = stage.transaction().open().await.expect("a transaction");
    drop(dropped);

    let counts = stage.counts();
    assert_eq!((counts.started, counts.active), (11, 0));
    assert_eq!(
        (counts.committed, counts.rolled_back, counts.failed),
        (5, 5, 1)
    );
    assert!(counts.retries.is_empty());
}

fn ours(stage: &Stage) -> Vec<Active> {
    let mut all = active();
    all.retain(|active| active.name == stage.name);
    all
}

async fn a_running_transaction_tells_of_itself(stage: &Stage) {
    let tx = stage.transaction().isolation(Isolation::RepeatableRead);
    let mut tx = tx.deadline(SOON).open().await.expect("a transaction");
    let isolation = tx.isolation();
    let outer = ours(stage);
    let inner: Result<Vec<Active>, StoreError> = tx
        .nest("inner", async |inner| {
            inner.nest("innermost", async |_| Ok(ours(stage))).await
        })
        .await;
    let after = ours(stage);
    tx.rollback().await.expect("an end");

    let [outer] = &outer[..] else {
        panic!("{outer:?}");
    };
    assert_eq!((outer.name, outer.isolation), (stage.name, isolation));
    assert_eq!((outer.attempt, outer.depth), (1, 0));
    assert!(
        outer
            .left
            .is_some_and(|left| left > Duration::ZERO && left <= SOON)
    );
    let inner = inner.expect("what runs");
    assert_eq!((inner[0].id, inner[0].depth), (outer.id, 2));
    assert_eq!(after[0].depth, 0);
    assert!(after[0].age >= outer.age);
    assert!(ours(stage).is_empty());
}

async fn a_reader_that_lets_go_has_done_what_it_should(stage: &Stage) {
    let mut tx = stage
        .transaction()
        .snapshot()
        .open()
        .await
        .expect("a snapshot");
    ask(&mut tx, COUNT).await.expect("a number");
    tx.rollback().await.expect("an end");

    let counts = stage.counts();
    assert_eq!((counts.committed, counts.rolled_back), (1, 0));
}

async fn durations_are_those_of_the_transactions(stage: &Stage) {
    for _ in 0..20 {
        let seen = stage.transaction().run(|tx| ask(tx, COUNT).boxed()).await;
        let _: i64 = seen.unwrap_or_else(|error: StoreError| panic!("{error}"));
    }

    let durations = stage.counts().durations;
    assert_eq!(durations.count(), 20);
    let median = durations.quantile(500).expect("a median");
    let longest = durations.quantile(1_000).expect("the longest");
    assert!(
        median <= longest && longest < SOON,
        "{median:?} {longest:?}"
    );
    assert!(
        durations.sum() >= median * 10 / 2,
        "{:?} {median:?}",
        durations.sum()
    );
}

async fn the_ledgers_own_transactions_have_names(stage: &Stage) {
    let committed = |name| {
        let counts = stats().remove(name).unwrap_or_default();
        counts.committed
    };
    let before = (committed("append"), committed("follow"));
    let ledger = stage.ledger().await;
    accepted(&ledger, earn("s", "t1", 100)).await;
    projections::follower::catch_up(stage.database())
        .await
        .expect("to follow");

    // Other tests of this process count too.
    assert!(committed("append") > before.0 && committed("follow") > before.1);
}
