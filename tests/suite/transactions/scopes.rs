//! Transactions inside of transactions, each undone by itself.

use futures::{FutureExt, future::BoxFuture};
use store::{Backend, Class, StoreError, Tx};

use super::stage::{Stage, put, run};

on_each! {
    each_of_five_levels_is_undone_by_itself
    every_level_of_five_that_succeeds_stays
    a_failed_statement_spoils_its_scope_alone
    a_scope_that_swallows_a_failure_is_undone
    a_failed_transaction_is_sent_no_statement
    savepoints_are_gone_back_to_and_released
    a_savepoint_heals_a_failed_statement
    a_savepoint_of_another_scope_is_refused
    a_scope_that_was_not_waited_for_cannot_be_committed
    a_statement_that_was_not_waited_for_cannot_be_committed
}

on_one! { sqlite_alone, Stage::sqlite(), a_full_disk_is_no_reason_to_commit_half }

const LEVELS: u32 = 5;

/// Puts an account on each level from this one inwards, and fails on one of them.
fn descend(tx: &mut Tx, level: u32, failing: u32) -> BoxFuture<'_, Result<(), StoreError>> {
    async move {
        put(tx, &format!("level {level}")).await?;
        if level < LEVELS {
            // The level above goes on when the one below has failed.
            let inner = async |inner: &mut Tx| descend(inner, level + 1, failing).await;
            drop(tx.nest("level", inner).await);
        }
        if level == failing {
            // A second one of the same name.
            put(tx, &format!("level {level}")).await?;
        }
        Ok(())
    }
    .boxed()
}

async fn each_of_five_levels_is_undone_by_itself(stage: &Stage) {
    for failing in 2..=LEVELS {
        let tx = stage.transaction();
        let done = tx.run(move |tx| descend(tx, 1, failing)).await;

        done.expect("the outer one is fit");
        let kept: Vec<_> = (1..failing).map(|level| format!("level {level}")).collect();
        assert_eq!(stage.accounts().await, kept, "failed on level {failing}");
        stage
            .outside()
            .await
            .run("DELETE FROM accounts WHERE id LIKE 'level %'")
            .await;
    }
}

async fn every_level_of_five_that_succeeds_stays(stage: &Stage) {
    let tx = stage.transaction();
    let done = tx.run(move |tx| descend(tx, 1, LEVELS + 1)).await;

    done.expect("a commit");
    assert_eq!(stage.accounts().await.len(), 5);
    assert_eq!(stage.counts().committed, 1, "one transaction");
}

async fn twice(tx: &mut Tx) -> Result<(), StoreError> {
    put(tx, "twice").await?;
    put(tx, "twice").await.map(|_| ())
}

async fn a_failed_statement_spoils_its_scope_alone(stage: &Stage) {
    let done: Result<(), StoreError> = stage
        .transaction()
        .run(|tx| {
            async move {
                put(tx, "before").await?;
                let inner = tx.nest("inner", async |inner| twice(inner).await).await;
                let class = inner.map_err(|error| error.class());
                assert_eq!(class, Err(Class::Conflict));
                put(tx, "after").await?;
                Ok(())
            }
            .boxed()
        })
        .await;

    done.expect("a commit");
    assert_eq!(stage.accounts().await, ["after", "before"]);
}

async fn a_scope_that_swallows_a_failure_is_undone(stage: &Stage) {
    let mut tx = stage.transaction().open().await.expect("a transaction");
    let inner = tx.nest("inner", async |inner| {
        assert!(twice(inner).await.is_err());
        Ok::<_, StoreError>(())
    });

    let inner = inner.await;

    assert!(matches!(inner, Err(StoreError::Poisoned)), "{inner:?}");
    put(&mut tx, "outer").await.expect("an account");
    tx.commit().await.expect("a commit");
    assert_eq!(stage.accounts().await, ["outer"]);
}

async fn a_failed_transaction_is_sent_no_statement(stage: &Stage) {
    let mut tx = stage.transaction().open().await.expect("a transaction");
    twice(&mut tx).await.expect_err("a duplicate");

    // SQLite would carry it out, and MariaDB too.
    let next = put(&mut tx, "next").await;

    assert!(matches!(next, Err(StoreError::Poisoned)), "{next:?}");
    let committed = tx.commit().await;
    assert!(
        matches!(committed, Err(StoreError::Poisoned)),
        "{committed:?}"
    );
    assert!(stage.accounts().await.is_empty());
    assert_eq!(stage.counts().failed, 1);
}

async fn savepoints_are_gone_back_to_and_released(stage: &Stage) {
    let mut tx = stage.transaction().open().await.expect("a transaction");
    put(&mut tx, "1").await.expect("an account");
    let first = tx.savepoint().await.expect("a savepoint");
    put(&mut tx, "2").await.expect("an account");
    let second = tx.savepoint().await.expect("a savepoint");
    put(&mut tx, "3").await.expect("an account");

    tx.rollback_to(&second).await.expect("to go back");
    put(&mut tx, "4").await.expect("an account");
    // It is still there.
    tx.rollback_to(&second).await.expect("to go back again");
    put(&mut tx, "5").await.expect("an account");
    tx.release(second).await.expect("to forget it");
    let third = tx.savepoint().await.expect("a savepoint");
    put(&mut tx, "6").await.expect("an account");
    tx.rollback_to(&third).await.expect("to go back");
    tx.release(first)
        .await
        .expect("to forget the first and all after it");

    let gone = tx.rollback_to(&third).await;
    assert!(matches!(gone, Err(StoreError::NoSavepoint)), "{gone:?}");
    tx.commit().await.expect("a commit");
    assert_eq!(stage.accounts().await, ["1", "2", "5"]);
}

async fn a_savepoint_heals_a_failed_statement(stage: &Stage) {
    let mut tx = stage.transaction().open().await.expect("a transaction");
    put(&mut tx, "kept").await.expect("an account");
    let before = tx.savepoint().await.expect("a savepoint");
    twice(&mut tx).await.expect_err("a duplicate");

    tx.rollback_to(&before).await.expect("to go back");

    put(&mut tx, "twice").await.expect("once");
    tx.commit().await.expect("a commit");
    assert_eq!(stage.accounts().await, ["kept", "twice"]);
}

async fn a_savepoint_of_another_scope_is_refused(stage: &Stage) {
    let mut tx = stage.transaction().open().await.expect("a transaction");
    let outer = tx.savepoint().await.expect("a savepoint");
    let back = tx.nest("inner", async |inner| inner.rollback_to(&outer).await);
    let inner: Result<(), StoreError> = back.await;

    assert!(matches!(inner, Err(StoreError::NoSavepoint)), "{inner:?}");
    tx.rollback_to(&outer).await.expect("it is of this scope");
    tx.rollback().await.expect("an end");
    let mut other = stage.transaction().open().await.expect("a transaction");
    let theirs = other.rollback_to(&outer).await;
    assert!(matches!(theirs, Err(StoreError::NoSavepoint)), "{theirs:?}");
    other.rollback().await.expect("an end");
}

async fn a_scope_that_was_not_waited_for_cannot_be_committed(stage: &Stage) {
    let mut tx = stage.transaction().open().await.expect("a transaction");
    let nested = tx.nest("inner", async |inner| {
        put(inner, "half").await?;
        std::future::pending::<Result<(), StoreError>>().await
    });
    let cut = tokio::time::timeout(std::time::Duration::from_millis(100), nested).await;
    assert!(cut.is_err(), "it never ends by itself");

    let committed = tx.commit().await;

    assert!(
        matches!(committed, Err(StoreError::Poisoned)),
        "{committed:?}"
    );
    assert!(stage.accounts().await.is_empty());
}

async fn a_statement_that_was_not_waited_for_cannot_be_committed(stage: &Stage) {
    let tx = loop {
        let mut tx = stage.transaction().open().await.expect("a transaction");
        let mut insert = Box::pin(put(&mut tx, "who knows"));
        let is_on_its_way = futures::poll!(&mut insert).is_pending();
        drop(insert);
        if is_on_its_way {
            break tx;
        }
        // SQLite was faster than this.
        tx.rollback().await.expect("an end");
    };

    let committed = tx.commit().await;

    assert!(
        matches!(committed, Err(StoreError::Poisoned)),
        "{committed:?}"
    );
    assert!(stage.accounts().await.is_empty());
}

/// SQLite may roll everything back by itself: then nothing is left to go back to.
async fn a_full_disk_is_no_reason_to_commit_half(stage: &Stage) {
    assert_eq!(stage.backend(), Backend::Sqlite);
    let mut tx = stage.transaction().open().await.expect("a transaction");
    put(&mut tx, "outer").await.expect("an account");
    run(&mut tx, "PRAGMA max_page_count = 1")
        .await
        .expect("a pragma");
    let fill = "INSERT INTO accounts
        WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
        SELECT 'fill ' || i, 0 FROM n";
    let inner = tx.nest("inner", async |inner| run(inner, fill).await).await;

    assert_eq!(
        inner.map_err(|error| error.class()),
        Err(Class::Unavailable)
    );
    match put(&mut tx, "after").await {
        Ok(_) => {
            tx.commit().await.expect("a commit");
            assert_eq!(stage.accounts().await, ["after", "outer"]);
        }
        Err(error) => {
            assert!(matches!(error, StoreError::RolledBack), "{error}");
            let committed = tx.commit().await;
            assert!(
                matches!(committed, Err(StoreError::RolledBack)),
                "{committed:?}"
            );
            assert!(stage.accounts().await.is_empty());
        }
    }
}
