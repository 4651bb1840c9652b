//! Deadlines, seen from the server: nothing runs on.

use std::time::{Duration, Instant};

use futures::{FutureExt, StreamExt};
use store::{RetryPolicy, Sql, StoreError, Tx};

use super::stage::{QUICK, SOON, Stage, ask, put, run};

on_each! {
    a_late_statement_is_cancelled_at_the_server
    rows_that_take_too_long_are_cut_off_at_the_server
    a_transaction_that_does_nothing_is_ended_too
    whoever_waits_for_another_is_ended_too
    a_late_statement_of_one_that_is_held_is_cancelled
    a_late_transaction_is_not_committed
    all_tries_together_have_one_deadline
    a_cancellation_meets_no_other_transaction
    a_late_statement_in_a_nested_scope_ends_the_whole
}

const BRIEFLY: Duration = Duration::from_millis(300);

/// Takes half a minute on the servers, and longer on SQLite.
const SLOW: Sql = Sql {
    name: "slow",
    postgres: "SELECT 1 AS n FROM pg_sleep(30)",
    mariadb: "SELECT COUNT(*) AS n FROM seq_1_to_1000000 a, seq_1_to_1000000 b
        WHERE (a.seq * b.seq) % 7 = 8",
    sqlite: "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n
        WHERE i < 10000000000) SELECT count(*) AS n FROM n",
};

/// Gives rows for as long.
const MANY: Sql = Sql {
    name: "many",
    postgres: "SELECT g AS n FROM generate_series(1, 10000000000) AS g",
    mariadb: "SELECT CAST(a.seq AS SIGNED) AS n FROM seq_1_to_1000000 a, seq_1_to_1000000 b",
    sqlite: "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n
        WHERE i < 10000000000) SELECT i AS n FROM n",
};

/// It says what was late and how long it had, and did not take much longer.
#[track_caller]
fn is_late<T: std::fmt::Debug>(stage: &Stage, ended: Result<T, StoreError>, began: Instant) {
    assert!(
        matches!(&ended, Err(StoreError::DeadlineExceeded { name, after })
            if *name == stage.name && *after == BRIEFLY),
        "{ended:?}"
    );
    let took = began.elapsed();
    assert!(took >= BRIEFLY && took < BRIEFLY * 10, "{took:?}");
    let counts = stage.counts();
    assert_eq!(counts.timed_out, 1);
    assert_eq!((counts.committed, counts.active), (0, 0));
}

/// Nothing runs on, no lock is left, and nothing is there.
async fn nothing_is_left(stage: &Stage) {
    stage.is_quiet().await;
    assert!(stage.accounts().await.is_empty());
    let mut outside = stage.outside().await;
    outside
        .run("UPDATE accounts SET amount = 7 WHERE id = 'a'")
        .await;
}

async fn a_late_statement_is_cancelled_at_the_server(stage: &Stage) {
    let began = Instant::now();
    let tx = stage.transaction().deadline(BRIEFLY);
    let late = tx.run(|tx| {
        async move {
            put(tx, "late").await?;
            run(tx, "UPDATE accounts SET amount = 1 WHERE id = 'a'").await?;
            tx.fetch(&SLOW, &[]).await.map(|_| ())
        }
        .boxed()
    });

    let late = late.await;

    is_late(stage, late, began);
    nothing_is_left(stage).await;
}

async fn rows_that_take_too_long_are_cut_off_at_the_server(stage: &Stage) {
    let began = Instant::now();
    let tx = stage.transaction().deadline(BRIEFLY);
    let late = tx.run(|tx| {
        async move {
            put(tx, "late").await?;
            let mut rows = tx.scan(&MANY, &[]);
            while let Some(row) = rows.next().await {
                row?.int("n")?;
            }
            Ok(())
        }
        .boxed()
    });

    let late = late.await;

    is_late(stage, late, began);
    nothing_is_left(stage).await;
}

async fn a_transaction_that_does_nothing_is_ended_too(stage: &Stage) {
    let began = Instant::now();
    let tx = stage.transaction().deadline(BRIEFLY);
    let late = tx.run(|tx| {
        async move {
            put(tx, "late").await?;
            std::future::pending::<Result<(), StoreError>>().await
        }
        .boxed()
    });

    let late = late.await;

    is_late(stage, late, began);
    nothing_is_left(stage).await;
}

async fn whoever_waits_for_another_is_ended_too(stage: &Stage) {
    let lock = "UPDATE accounts SET amount = 1 WHERE id = 'a'";
    let mut other = stage
        .database()
        .transaction("other")
        .open()
        .await
        .expect("one");
    run(&mut other, lock).await.expect("a lock");
    let began = Instant::now();
    let tx = stage.transaction().deadline(BRIEFLY);

    let late = tx.run(move |tx| run(tx, lock).boxed()).await;

    is_late(stage, late, began);
    let mut outside = stage.outside().await;
    assert_eq!(outside.busy().await, 1, "the other is still open");
    other.rollback().await.expect("an end");
    nothing_is_left(stage).await;
}

async fn a_late_statement_of_one_that_is_held_is_cancelled(stage: &Stage) {
    let began = Instant::now();
    let tx = stage.transaction().deadline(BRIEFLY).open().await;
    let mut tx = tx.expect("a transaction");
    put(&mut tx, "late").await.expect("an account");

    let late = tx.fetch(&SLOW, &[]).await;

    let next = put(&mut tx, "after").await;
    assert!(
        matches!(next, Err(StoreError::DeadlineExceeded { .. })),
        "{next:?}"
    );
    let committed = tx.commit().await;
    assert!(
        matches!(committed, Err(StoreError::DeadlineExceeded { .. })),
        "{committed:?}"
    );
    is_late(stage, late.map(|rows| rows.len()), began);
    nothing_is_left(stage).await;
}

async fn a_late_transaction_is_not_committed(stage: &Stage) {
    let tx = stage.transaction().deadline(BRIEFLY);
    let late = tx.run(|tx| {
        async move {
            put(tx, "late").await?;
            // It swallows the error, and says that all is well.
            drop(tx.fetch(&SLOW, &[]).await);
            Ok::<_, StoreError>(())
        }
        .boxed()
    });

    let late = late.await;

    assert!(
        matches!(late, Err(StoreError::DeadlineExceeded { .. })),
        "{late:?}"
    );
    nothing_is_left(stage).await;
}

async fn all_tries_together_have_one_deadline(stage: &Stage) {
    let often = RetryPolicy {
        retries: 1_000_000,
        ..QUICK
    };
    let began = Instant::now();
    let tx = stage.transaction().deadline(BRIEFLY).retry(often);
    let late = tx.run(|tx| {
        async move {
            put(tx, "late").await?;
            Err::<(), _>(StoreError::StreamsMoved {
                moved: 0,
                expected: 1,
            })
        }
        .boxed()
    });

    let late = late.await;

    // Either the deadline met a try, or what was in the way is told.
    let told = late.expect_err("an error");
    assert!(
        ["deadline_exceeded", "streams_moved"].contains(&told.code()),
        "{told}"
    );
    assert!(began.elapsed() < BRIEFLY * 10);
    assert!(stage.counts().started > 3);
    nothing_is_left(stage).await;
}

/// A stray cancellation would show as a failure of whoever comes next on that connection.
async fn a_cancellation_meets_no_other_transaction(stage: &Stage) {
    let two = |round: u64| async move {
        let tx = stage
            .transaction()
            .deadline(Duration::from_millis(5 + round % 7));
        let late = tx.run(|tx| {
            async move {
                // Sometimes late in a statement, sometimes between two.
                for _ in 0..1_000_000 {
                    ask(tx, "SELECT count(*) AS n FROM accounts").await?;
                }
                Ok::<_, StoreError>(())
            }
            .boxed()
        });
        let late = late.await;
        assert!(
            matches!(late, Err(StoreError::DeadlineExceeded { .. })),
            "{late:?}"
        );
        let next = stage
            .database()
            .transaction("next")
            .retry(RetryPolicy::NEVER);
        let next = next.run(|tx| ask(tx, "SELECT count(*) AS n FROM accounts").boxed());
        let seen: Result<i64, StoreError> = next.await;
        assert_eq!(seen.expect("an answer"), 2, "round {round}");
    };
    for round in 0..60 {
        two(round).await;
    }
}

async fn a_late_statement_in_a_nested_scope_ends_the_whole(stage: &Stage) {
    let began = Instant::now();
    let tx = stage.transaction().deadline(BRIEFLY);
    let late = tx.run(|tx| {
        async move {
            put(tx, "late").await?;
            let slow = tx.nest("slow", async |inner| inner.fetch(&SLOW, &[]).await);
            assert!(slow.await.is_err());
            put(tx, "after").await.map(|_| ())
        }
        .boxed()
    });

    let late = late.await;

    is_late(stage, late, began);
    nothing_is_left(stage).await;
}

#[tokio::test]
async fn a_wish_to_be_quick_does_not_slow_others() {
    let stage = Stage::sqlite().await;
    // The same connection, with a deadline and without one.
    for deadline in [Some(SOON), None, Some(SOON), None] {
        let tx = stage.transaction();
        let tx = deadline.map_or(tx.clone(), |after| tx.deadline(after));
        let mut tx: Tx = tx.open().await.expect("a transaction");
        let waits = "SELECT timeout AS n FROM pragma_busy_timeout";
        let waits = ask(&mut tx, waits).await.expect("a number");
        assert_eq!(waits == 10_000, deadline.is_none(), "{waits}");
        tx.commit().await.expect("a commit");
    }
}
