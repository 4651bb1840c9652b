//! What each isolation level really prevents, on each database: the table in
//! `docs/transactions.md`, line by line.
//!
//! Rivals run at the same time. Where one has to wait for the other, it is let wait for
//! a moment, and then the other goes on.

use std::{sync::Arc, time::Duration};

use futures::FutureExt;
use store::{Isolation, RetryPolicy, Sql, StoreError, Tx, Value};
use tokio::sync::Barrier;

use super::stage::{Stage, ask, run};

on_each! {
    levels_prevent_what_the_guide_says
    what_is_in_force_is_told
    a_read_only_transaction_changes_nothing
    a_connection_that_was_read_only_writes_again
}

const LEVELS: [Isolation; 4] = [
    Isolation::ReadUncommitted,
    Isolation::ReadCommitted,
    Isolation::RepeatableRead,
    Isolation::Serializable,
];
/// Whoever is not done by then waits for its rival.
const A_MOMENT: Duration = Duration::from_millis(300);
const OF_A: &str = "SELECT amount AS n FROM accounts WHERE id = 'a'";
const OF_B: &str = "SELECT amount AS n FROM accounts WHERE id = 'b'";
const COUNT: &str = "SELECT count(*) AS n FROM accounts";
const GUIDE: &str = include_str!("../../../docs/transactions.md");

async fn reset(stage: &Stage) {
    let mut outside = stage.outside().await;
    outside
        .run("DELETE FROM accounts WHERE id NOT IN ('a', 'b')")
        .await;
    outside.run("UPDATE accounts SET amount = 100").await;
}

/// Whether it sees what is never committed.
async fn dirty_read(stage: &Stage, level: Isolation) -> bool {
    let mut writer = stage.transaction().open().await.expect("a transaction");
    run(&mut writer, "UPDATE accounts SET amount = 1 WHERE id = 'a'")
        .await
        .expect("an update");
    let reader = stage.transaction().isolation(level).read_only();
    let reader = reader.run(|tx| ask(tx, OF_A).boxed());
    let mut reader = std::pin::pin!(reader);
    let early = tokio::time::timeout(A_MOMENT, &mut reader).await;
    writer.rollback().await.expect("an end");
    let seen: Result<i64, StoreError> = match early {
        Ok(seen) => seen,
        Err(_) => reader.await,
    };
    seen.expect("an amount") != 100
}

/// Whether what it asks twice is not the same, a rival having written between.
async fn asked_twice(
    stage: &Stage,
    level: Isolation,
    (question, rival): (&'static str, &'static str),
) -> bool {
    let reader = stage.transaction().isolation(level).read_only();
    let mut reader = reader.open().await.expect("a transaction");
    let before = ask(&mut reader, question).await.expect("a number");
    let writer = stage.transaction().isolation(Isolation::ReadCommitted);
    let writer = writer.run(move |tx| run(tx, rival).boxed());
    let mut writer = std::pin::pin!(writer);
    let early = tokio::time::timeout(A_MOMENT, &mut writer).await;
    let after = ask(&mut reader, question).await.expect("a number");
    reader.commit().await.expect("an end");
    let written: Result<u64, StoreError> = match early {
        Ok(written) => written,
        Err(_) => writer.await,
    };
    written.expect("a rival that writes");
    before != after
}

async fn add(tx: &mut Tx, amount: i64, met: &Barrier) -> Result<(), StoreError> {
    let set = Sql {
        name: "set",
        postgres: "UPDATE accounts SET amount = $1 WHERE id = 'a'",
        mariadb: "UPDATE accounts SET amount = ?1 WHERE id = 'a'",
        sqlite: "UPDATE accounts SET amount = ?1 WHERE id = 'a'",
    };
    let before = ask(tx, OF_A).await?;
    // Both have read, unless one has to wait for the other.
    drop(tokio::time::timeout(A_MOMENT, met.wait()).await);
    tx.execute(&set, &[Value::Int(before + amount)])
        .await
        .map(|_| ())
}

/// Whether two that each add to what they have read can overwrite one another.
async fn lost_update(stage: &Stage, level: Isolation) -> bool {
    let met = Arc::new(Barrier::new(2));
    let added = [10, 5].map(|amount| {
        let met = Arc::clone(&met);
        let rival = stage
            .transaction()
            .isolation(level)
            .retry(RetryPolicy::NEVER);
        rival.run(move |tx| {
            let met = Arc::clone(&met);
            async move { add(tx, amount, &met).await.map(|()| amount) }.boxed()
        })
    });
    let added = futures::future::join_all(added).await;
    let added: i64 = added.into_iter().flatten().sum();
    stage.number(OF_A).await != 100 + added
}

async fn withdraw(tx: &mut Tx, from: &'static str, met: &Barrier) -> Result<(), StoreError> {
    let sum = ask(tx, OF_A).await? + ask(tx, OF_B).await?;
    drop(tokio::time::timeout(A_MOMENT, met.wait()).await);
    if sum >= 150 {
        run(tx, from).await?;
    }
    Ok(())
}

/// Whether two that each look at both accounts can together take more than there is.
async fn write_skew(stage: &Stage, level: Isolation) -> bool {
    let met = Arc::new(Barrier::new(2));
    let taken = [
        "UPDATE accounts SET amount = amount - 150 WHERE id = 'a'",
        "UPDATE accounts SET amount = amount - 150 WHERE id = 'b'",
    ];
    let taken = taken.map(|from| {
        let met = Arc::clone(&met);
        let rival = stage
            .transaction()
            .isolation(level)
            .retry(RetryPolicy::NEVER);
        rival.run(move |tx| {
            let met = Arc::clone(&met);
            async move { withdraw(tx, from, &met).await }.boxed()
        })
    });
    let taken: Vec<Result<(), StoreError>> = futures::future::join_all(taken).await;
    assert!(
        taken.iter().any(Result::is_ok),
        "one of them is done: {taken:?}"
    );
    let negative = "SELECT count(*) AS n FROM accounts WHERE amount = -50";
    stage.number(negative).await == 2
}

async fn levels_prevent_what_the_guide_says(stage: &Stage) {
    let change = "UPDATE accounts SET amount = 1 WHERE id = 'a'";
    let insert = "INSERT INTO accounts VALUES ('phantom', 0)";
    let mut found = Vec::new();
    for level in LEVELS {
        let mut possible = Vec::new();
        reset(stage).await;
        possible.push(("dirty read", dirty_read(stage, level).await));
        reset(stage).await;
        let seen = asked_twice(stage, level, (OF_A, change)).await;
        possible.push(("non-repeatable read", seen));
        reset(stage).await;
        let seen = asked_twice(stage, level, (COUNT, insert)).await;
        possible.push(("phantom", seen));
        reset(stage).await;
        possible.push(("lost update", lost_update(stage, level).await));
        reset(stage).await;
        possible.push(("write skew", write_skew(stage, level).await));
        let possible = possible.iter().filter(|(_, possible)| *possible);
        let possible: Vec<_> = possible.map(|(anomaly, _)| *anomaly).collect();
        let possible = match possible.is_empty() {
            true => "nothing".to_owned(),
            false => possible.join(", "),
        };
        let backend = stage.backend().as_str();
        found.push(format!("| {backend} | {} | {possible} |", level.as_sql()));
    }
    let missing: Vec<_> = found.iter().filter(|line| !GUIDE.contains(*line)).collect();
    assert!(
        missing.is_empty(),
        "the guide says something else than\n{found:#?}"
    );
}

async fn what_is_in_force_is_told(stage: &Stage) {
    for asked in LEVELS {
        let tx = stage.transaction().isolation(asked).open().await;
        let tx = tx.expect("a transaction");
        let told = tx.isolation();
        tx.rollback().await.expect("an end");

        assert_eq!(told.asked, asked);
        assert_eq!(told.is_stronger(), told.given != asked);
        let backend = stage.backend().as_str();
        let line = format!(
            "| {backend} | {} | {} |",
            asked.as_sql(),
            told.given.as_sql()
        );
        assert!(GUIDE.contains(&line), "the guide lacks {line}");
    }
}

async fn a_read_only_transaction_changes_nothing(stage: &Stage) {
    for level in LEVELS {
        let reader = stage.transaction().isolation(level).read_only();
        let written = reader
            .run(|tx| run(tx, "DELETE FROM accounts").boxed())
            .await;

        let name = stage.name;
        assert!(
            matches!(written, Err(StoreError::ReadOnly { name: told }) if told == name),
            "{written:?}"
        );
    }
    assert_eq!(stage.number(COUNT).await, 2);
    assert!(
        stage.counts().retries.is_empty(),
        "it would be the same again"
    );
}

async fn a_connection_that_was_read_only_writes_again(stage: &Stage) {
    // Each of the connections that read was read-only once.
    let readers = (0..12).map(|_| {
        let reader = stage.transaction().read_only();
        reader.run(|tx| ask(tx, COUNT).boxed())
    });
    let counts = futures::future::try_join_all(readers).await;
    let counts: Vec<i64> = counts.unwrap_or_else(|error: StoreError| panic!("{error}"));
    assert_eq!(counts, [2; 12]);
    let temporary = Sql::alike("temporary", "CREATE TEMPORARY TABLE t (n INT)");

    let made = futures::future::join_all((0..8).map(|_| stage.database().fetch(&temporary, &[])));

    for made in made.await {
        if let Err(error) = made {
            // A second one on the same connection.
            assert_eq!(error.class(), store::Class::Permanent, "{error}");
            assert!(!["8", "25006", "1792"].contains(&error.code()), "{error}");
        }
    }
}
