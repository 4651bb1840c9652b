//! Callers that stop waiting. Their transactions go on to the end.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, future::join_all};
use store::{Isolation, StoreError, Tx, transaction::plain};
use support::eventually;
use tokio::sync::Semaphore;

use super::stage::{SOON, Stage, ask, put, run};

on_each! {
    ten_thousand_cancelled_callers_leave_nothing_behind
    what_a_caller_drops_is_undone
}

const CALLERS: u64 = 10_000;
/// Transactions that are under way at once: more than there are connections.
const AT_ONCE: u32 = 32;
const LONGEST_US: u64 = 3_000;

/// What one caller wants: some of it is committed, some is undone, some fails.
async fn work(tx: &mut Tx, number: u64, committed: Arc<AtomicU64>) -> Result<(), StoreError> {
    if number.is_multiple_of(8) {
        put(tx, &format!("{number}")).await?;
        let counted = plain(move || {
            committed.fetch_add(1, Ordering::Relaxed);
            Ok(())
        });
        tx.after_commit("count", counted);
    }
    match number % 5 {
        0 => {
            let inner = tx.nest("inner", async |inner| run(inner, "SELEKT").await);
            assert!(inner.await.is_err());
            Ok(())
        }
        1 => {
            tokio::task::yield_now().await;
            Err(StoreError::NotArchived("a failure of its own".to_owned()))
        }
        2 => run(tx, "SELEKT").await.map(|_| ()),
        _ => {
            let count = "SELECT count(*) AS n FROM accounts WHERE id = 'a'";
            ask(tx, count).await.map(|_| ())
        }
    }
}

async fn ten_thousand_cancelled_callers_leave_nothing_behind(stage: &Stage) {
    let room = Arc::new(Semaphore::new(AT_ONCE as usize));
    let committed = Arc::new(AtomicU64::new(0));
    let mut cancelled = 0;
    for first in (0..CALLERS).step_by(AT_ONCE as usize) {
        let callers = (first..CALLERS.min(first + u64::from(AT_ONCE))).map(|number| {
            let (room, committed) = (Arc::clone(&room), Arc::clone(&committed));
            async move {
                // Given back when the transaction is over, whoever waits for it.
                let place = room.acquire_owned().await.expect("a place");
                let tx = stage.transaction().isolation(Isolation::ReadCommitted);
                let ends = tx.run(move |tx| {
                    let _until_then = &place;
                    work(tx, number, Arc::clone(&committed)).boxed()
                });
                let patience = Duration::from_micros(fastrand::u64(0..LONGEST_US));
                tokio::time::timeout(patience, ends).await.is_err()
            }
        });
        let waited_in_vain = join_all(callers).await.into_iter();
        cancelled += waited_in_vain.filter(|cancelled| *cancelled).count();
    }
    drop(room.acquire_many(AT_ONCE).await.expect("all have ended"));

    assert!(cancelled > 1_000, "{cancelled} were cancelled");
    let counts = stage.counts();
    let ended = counts.committed + counts.rolled_back + counts.failed;
    assert_eq!((counts.started, counts.active), (ended, 0));
    // Those that fail are not tried again, and the others had no reason to fail.
    assert_eq!(counts.started, CALLERS);
    assert_eq!(
        (counts.rolled_back, counts.failed),
        (CALLERS / 5, CALLERS / 5)
    );
    let kept = (0..CALLERS).filter(|n| n.is_multiple_of(8) && ![1, 2].contains(&(n % 5)));
    let kept = u64::try_from(kept.count()).expect("a count");
    assert_eq!(committed.load(Ordering::Relaxed), kept);
    let there = "SELECT count(*) AS n FROM accounts WHERE id NOT IN ('a', 'b')";
    assert_eq!(u64::try_from(stage.number(there).await).ok(), Some(kept));
}

async fn what_a_caller_drops_is_undone(stage: &Stage) {
    for number in 0..20 {
        let mut tx = stage.transaction().open().await.expect("a transaction");
        put(&mut tx, &format!("{number}"))
            .await
            .expect("an account");
        drop(tx);
    }

    assert!(stage.accounts().await.is_empty());
    let counts = eventually(SOON, async || match stage.counts() {
        counts if counts.failed == 20 => Ok(counts),
        counts => Err(counts),
    })
    .await;
    assert_eq!((counts.committed, counts.active), (0, 0));
}
