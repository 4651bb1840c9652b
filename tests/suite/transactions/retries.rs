//! What is tried again, how often, and what is told of it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt, future::join_all};
use store::{Conflict, Isolation, RetryPolicy, StoreError, Tx, transaction::Pressure};
use tokio::sync::Barrier;

use super::stage::{QUICK, Stage, ask, put, run};

on_each! {
    an_exhausted_pool_is_told_with_the_time_that_was_waited
    a_connection_that_comes_free_ends_the_waiting
    what_the_caller_failed_with_is_not_tried_again
    tries_come_to_an_end
    a_name_that_meets_conflicts_is_slowed_down
}

mod rivals {
    //! Of what needs two that write at the same time.
    use super::{
        a_deadlock_in_a_nested_scope_is_told_as_what_it_is,
        a_deadlock_is_tried_again_and_counted_as_one,
        a_serialization_failure_is_tried_again_and_counted_as_one,
    };
    on_one! {
        postgres, Stage::postgres(),
        a_deadlock_is_tried_again_and_counted_as_one
        a_serialization_failure_is_tried_again_and_counted_as_one
        a_deadlock_in_a_nested_scope_is_told_as_what_it_is
    }
    on_one! {
        mariadb, Stage::mariadb(),
        a_deadlock_is_tried_again_and_counted_as_one
        a_serialization_failure_is_tried_again_and_counted_as_one
        a_deadlock_in_a_nested_scope_is_told_as_what_it_is
    }
}

on_one! { sqlite_alone, Stage::sqlite(), writers_wait_for_each_other_and_never_deadlock }

/// Both have the first lock before one asks for the second: only in their first try. Whoever
/// tries again begins with what the other one has, and so waits for it.
async fn cross(
    tx: &mut Tx,
    (first, second): (&'static str, &'static str),
    met: Option<&Barrier>,
) -> Result<(), StoreError> {
    run(tx, first).await?;
    if let Some(met) = met {
        met.wait().await;
    }
    run(tx, second).await.map(|_| ())
}

const A: &str = "UPDATE accounts SET amount = amount + 1 WHERE id = 'a'";
const B: &str = "UPDATE accounts SET amount = amount + 1 WHERE id = 'b'";

async fn a_deadlock_is_tried_again_and_counted_as_one(stage: &Stage) {
    let met = Arc::new(Barrier::new(2));
    let rivals = [(A, B), (B, A)].map(|order| {
        let (met, tries) = (Arc::clone(&met), AtomicU32::new(0));
        let tx = stage.transaction().isolation(Isolation::ReadCommitted);
        tx.run(move |tx| {
            let first = tries.fetch_add(1, Ordering::Relaxed) == 0;
            let met = first.then(|| Arc::clone(&met));
            let order = if first { order } else { (order.1, order.0) };
            async move { cross(tx, order, met.as_deref()).await }.boxed()
        })
    });

    let done: Vec<Result<(), StoreError>> = join_all(rivals).await;

    assert!(done.iter().all(Result::is_ok), "{done:?}");
    let counts = stage.counts();
    assert_eq!((counts.deadlocks, counts.serialization_failures), (1, 0));
    assert_eq!((counts.started, counts.committed, counts.failed), (3, 2, 1));
    let code = if stage.backend() == store::Backend::Postgres {
        "40P01"
    } else {
        "1213"
    };
    assert_eq!(counts.retries, [((code.to_owned(), 1), 1)].into());
    let sum = "SELECT count(*) AS n FROM accounts WHERE amount = 102";
    assert_eq!(stage.number(sum).await, 2);
}

async fn a_serialization_failure_is_tried_again_and_counted_as_one(stage: &Stage) {
    let tries = Arc::new(AtomicU32::new(0));
    let outside = Arc::new(tokio::sync::Mutex::new(stage.outside().await));
    let tx = stage.transaction().isolation(Isolation::RepeatableRead);
    let done: Result<i64, StoreError> = tx
        .run(move |tx| {
            let (tries, outside) = (Arc::clone(&tries), Arc::clone(&outside));
            async move {
                let seen = ask(tx, "SELECT amount AS n FROM accounts WHERE id = 'a'").await?;
                if tries.fetch_add(1, Ordering::Relaxed) == 0 {
                    // Somebody is faster.
                    outside.lock().await.run(A).await;
                }
                run(tx, A).await?;
                Ok(seen)
            }
            .boxed()
        })
        .await;

    assert_eq!(done.expect("a commit"), 101, "what it saw the second time");
    let counts = stage.counts();
    assert_eq!((counts.deadlocks, counts.serialization_failures), (0, 1));
    let code = if stage.backend() == store::Backend::Postgres {
        "40001"
    } else {
        "1020"
    };
    assert_eq!(counts.retries, [((code.to_owned(), 1), 1)].into());
}

async fn a_deadlock_in_a_nested_scope_is_told_as_what_it_is(stage: &Stage) {
    let met = Arc::new(Barrier::new(2));
    let rivals = [(A, B), (B, A)].map(|(first, second)| {
        let met = Arc::clone(&met);
        async move {
            let tx = stage.transaction().isolation(Isolation::ReadCommitted);
            let mut tx = tx.open().await.expect("a transaction");
            run(&mut tx, first).await.expect("a lock");
            met.wait().await;
            let inner = tx
                .nest("inner", async |inner| run(inner, second).await)
                .await;
            let after = ask(&mut tx, "SELECT count(*) AS n FROM accounts").await;
            (inner, after, tx.commit().await)
        }
    });

    let ended = join_all(rivals).await;

    for (inner, after, committed) in ended {
        let Err(error) = inner else {
            committed.expect("the survivor's");
            continue;
        };
        assert_eq!(error.conflict(), Some(Conflict::Deadlock), "{error}");
        if stage.backend() == store::Backend::Postgres {
            // Its locks went with the scope. The first update is still there.
            assert!(after.is_ok(), "{after:?}");
            committed.expect("a commit");
        } else {
            // MariaDB has rolled back the whole.
            assert!(matches!(after, Err(StoreError::RolledBack)), "{after:?}");
            assert!(
                matches!(committed, Err(StoreError::RolledBack)),
                "{committed:?}"
            );
        }
    }
}

async fn writers_wait_for_each_other_and_never_deadlock(stage: &Stage) {
    let rivals = [(A, B), (B, A)].map(|order| {
        let tx = stage.transaction();
        tx.run(move |tx| async move { cross(tx, order, None).await }.boxed())
    });

    let done: Vec<Result<(), StoreError>> = join_all(rivals).await;

    assert!(done.iter().all(Result::is_ok), "{done:?}");
    assert_eq!((stage.counts().started, stage.counts().deadlocks), (2, 0));
}

async fn an_exhausted_pool_is_told_with_the_time_that_was_waited(stage: &Stage) {
    let all = (0..stage.writers()).map(|_| stage.database().transaction("holder").open());
    let all = futures::future::try_join_all(all)
        .await
        .expect("all connections");
    let patience = Duration::from_millis(30);
    let policy = RetryPolicy {
        retries: 2,
        ..QUICK
    };
    let tx = stage.transaction().patience(patience).retry(policy);

    let refused: Result<u64, StoreError> = tx.run(|tx| put(tx, "never").boxed()).await;

    assert!(
        matches!(&refused, Err(StoreError::PoolExhausted { waited }) if *waited >= patience),
        "{refused:?}"
    );
    let counts = stage.counts();
    assert_eq!((counts.started, counts.exhausted), (0, 3));
    let exhausted = |attempt| (("pool_exhausted".to_owned(), attempt), 1);
    assert_eq!(counts.retries, [exhausted(1), exhausted(2)].into());
    for tx in all {
        tx.rollback().await.expect("an end");
    }
}

async fn a_connection_that_comes_free_ends_the_waiting(stage: &Stage) {
    let all = (0..stage.writers()).map(|_| stage.database().transaction("holder").open());
    let mut all = futures::future::try_join_all(all)
        .await
        .expect("all connections");
    let often = RetryPolicy {
        retries: 1_000,
        ..QUICK
    };
    let tx = stage
        .transaction()
        .patience(Duration::from_millis(10))
        .retry(often);
    let waiting = tokio::spawn(tx.run(|tx| put(tx, "at last").boxed()));
    support::eventually(super::stage::SOON, async || {
        match stage.counts().exhausted {
            0 => Err(0),
            _ => Ok(()),
        }
    })
    .await;

    let freed = all.pop().expect("one");
    freed.rollback().await.expect("an end");

    let put: Result<u64, StoreError> = waiting.await.expect("no panic");
    assert_eq!(put.expect("a commit"), 1);
    for tx in all {
        tx.rollback().await.expect("an end");
    }
}

/// A service's own error.
#[derive(Debug)]
enum Refused {
    TooLittle,
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl store::transaction::Failure for Refused {
    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::TooLittle => None,
        }
    }
}

async fn what_the_caller_failed_with_is_not_tried_again(stage: &Stage) {
    let refused = stage.transaction().run(|tx| {
        async move {
            put(tx, "undone").await?;
            Err::<(), _>(Refused::TooLittle)
        }
        .boxed()
    });

    let refused = refused.await;

    assert!(matches!(refused, Err(Refused::TooLittle)), "{refused:?}");
    assert_eq!((stage.counts().started, stage.counts().rolled_back), (1, 1));
    assert!(stage.accounts().await.is_empty());
}

async fn tries_come_to_an_end(stage: &Stage) {
    // The first of them is there, so each further one is a duplicate.
    let first: Result<u64, StoreError> =
        stage.transaction().run(|tx| put(tx, "twice").boxed()).await;
    first.expect("an account");

    let second: Result<u64, Refused> = stage
        .transaction()
        .run(|tx| async move { Ok(put(tx, "twice").await?) }.boxed())
        .await;

    let Err(Refused::Store(error)) = second else {
        panic!("{second:?}");
    };
    assert_eq!(error.conflict(), Some(Conflict::Duplicate));
    let counts = stage.counts();
    let tried: u64 = counts.retries.values().sum();
    assert_eq!((counts.started, tried, counts.failed), (5, 3, 4));
    assert_eq!(counts.deadlocks + counts.serialization_failures, 0);
}

async fn a_name_that_meets_conflicts_is_slowed_down(stage: &Stage) {
    let always = || {
        stage.transaction().run(|_| {
            async {
                Err::<(), _>(StoreError::StreamsMoved {
                    moved: 0,
                    expected: 1,
                })
            }
            .boxed()
        })
    };
    assert_eq!(stage.counts().pressure, Pressure::NONE);
    always().await.expect_err("a conflict");
    let pressed = stage.counts().pressure;
    assert!(pressed > Pressure::NONE, "{pressed:?}");
    always().await.expect_err("a conflict");
    assert!(stage.counts().pressure > pressed);

    for _ in 0..5 {
        let done = stage.transaction().run(|tx| run(tx, A).boxed()).await;
        let _: u64 = done.unwrap_or_else(|error: StoreError| panic!("{error}"));
    }

    assert!(stage.counts().pressure < Pressure::MOST);
}
