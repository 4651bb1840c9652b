//! The transaction type, and the traps of sqlx that it is there for.

use std::{pin::Pin, task::Poll, time::Duration};

use sqlx::{Connection, PgConnection};
use store::{Class, Ledger, StoreError, Transaction, Tx};
use support::eventually;

mod every {
    //! On every database.
    use super::{
        a_dropped_transaction_is_rolled_back, a_failed_statement_spoils_the_transaction,
        a_rolled_back_transaction_leaves_nothing, a_snapshot_does_not_see_what_comes_later,
        begins_cancelled_anywhere_leave_no_connection_inside_a_transaction,
    };
    on_every_database! {
        a_failed_statement_spoils_the_transaction
        a_dropped_transaction_is_rolled_back
        a_rolled_back_transaction_leaves_nothing
        a_snapshot_does_not_see_what_comes_later
        begins_cancelled_anywhere_leave_no_connection_inside_a_transaction
    }
}

use super::{
    ground::{Ground, sql},
    inputs::{accepted, earn, request_payout},
    raw::Raw,
};

mod servers {
    //! On every server.
    use super::{
        a_ledger_survives_the_loss_of_every_connection,
        a_terminated_backend_is_trouble_of_the_moment,
    };
    on_servers! {
        a_terminated_backend_is_trouble_of_the_moment
        a_ledger_survives_the_loss_of_every_connection
    }
}

on_postgres! {
    sqlx_says_that_a_rolled_back_commit_has_happened
    a_ledger_writes_on_one_connection
}

const SOON: Duration = Duration::from_secs(20);
const INSERT: &str = "INSERT INTO checkpoints (follower, txid, position) VALUES ('f', 1, 1)";
const COUNT: &str = "SELECT count(*) AS n FROM checkpoints";

fn order(ground: &Ground) -> Transaction<'_> {
    let order = ground.database().transaction("test");
    order.isolation(ground.settings().isolation)
}

async fn begin(ground: &Ground) -> Tx {
    order(ground).open().await.expect("a transaction")
}

async fn a_failed_statement_spoils_the_transaction(ground: &Ground) {
    let mut tx = begin(ground).await;
    tx.execute(&sql(INSERT), &[]).await.expect("an insert");
    let again = tx.execute(&sql(INSERT), &[]).await;
    assert_eq!(again.map_err(|error| error.class()), Err(Class::Conflict));

    let committed = tx.commit().await;

    assert!(
        matches!(committed, Err(StoreError::Poisoned)),
        "{committed:?}"
    );
    assert_eq!(ground.number(COUNT).await, 0);
    let mut tx = begin(ground).await;
    tx.execute(&sql(INSERT), &[]).await.expect("an insert");
    tx.commit().await.expect("a commit");
    assert_eq!(
        ground.number(COUNT).await,
        1,
        "the next one is not affected"
    );
}

async fn a_dropped_transaction_is_rolled_back(ground: &Ground) {
    for _ in 0..20 {
        let mut tx = begin(ground).await;
        tx.execute(&sql(INSERT), &[]).await.expect("an insert");
        drop(tx);
    }
    assert_eq!(ground.number(COUNT).await, 0);
    let mut tx = begin(ground).await;
    tx.execute(&sql(INSERT), &[])
        .await
        .expect("no lock is left");
    tx.commit().await.expect("a commit");
    assert_eq!(ground.number(COUNT).await, 1);
}

async fn a_rolled_back_transaction_leaves_nothing(ground: &Ground) {
    let mut tx = begin(ground).await;
    tx.execute(&sql(INSERT), &[]).await.expect("an insert");
    tx.rollback().await.expect("an end");
    assert_eq!(ground.number(COUNT).await, 0);
}

async fn a_snapshot_does_not_see_what_comes_later(ground: &Ground) {
    let snapshot = order(ground).snapshot().open().await;
    let mut snapshot = snapshot.expect("a snapshot");
    let count = async |tx: &mut Tx| tx.fetch(&sql(COUNT), &[]).await.expect("a count")[0].int("n");
    assert_eq!(count(&mut snapshot).await.ok(), Some(0));
    let mut tx = begin(ground).await;
    tx.execute(&sql(INSERT), &[]).await.expect("an insert");
    tx.commit().await.expect("a commit");

    assert_eq!(count(&mut snapshot).await.ok(), Some(0));
    snapshot.rollback().await.expect("an end");
    assert_eq!(ground.number(COUNT).await, 1);
}

/// Polls a future so many times, then drops it: at each of its awaits in turn.
async fn polled<F: Future>(mut future: Pin<Box<F>>, mut times: usize) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        if times == 0 {
            return Poll::Ready(None);
        }
        times -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

async fn begins_cancelled_anywhere_leave_no_connection_inside_a_transaction(ground: &Ground) {
    let (mut begun, mut cancelled) = (0, 0);
    for round in 0..2000 {
        let begin = Box::pin(order(ground).open());
        match polled(begin, round % 12).await {
            Some(tx) => {
                begun += 1;
                let tx = tx.expect("a transaction");
                tx.rollback().await.expect("an end");
            }
            None => cancelled += 1,
        }
    }
    assert!(begun > 100 && cancelled > 100, "{begun} {cancelled}");

    let mut tx = begin(ground).await;
    tx.execute(&sql(INSERT), &[]).await.expect("an insert");
    tx.commit().await.expect("a commit");

    assert_eq!(ground.number(COUNT).await, 1, "others see it");
    if ground.backend() == store::Backend::Postgres {
        let mut raw = Raw::to(ground).await;
        eventually(SOON, async || match inside_a_transaction(&mut raw).await {
            0 => Ok(()),
            some => Err(some),
        })
        .await;
    }
}

async fn inside_a_transaction(raw: &mut Raw) -> i64 {
    raw.number(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
         AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'",
    )
    .await
}

/// Why sqlx's own transactions are not used. When this fails, sqlx has become better.
async fn sqlx_says_that_a_rolled_back_commit_has_happened(ground: &Ground) {
    let mut connection = PgConnection::connect(&ground.url()).await.expect("one");
    let mut theirs = connection.begin().await.expect("a transaction");
    let insert = sqlx::query(INSERT).execute(&mut *theirs).await;
    insert.expect("an insert");
    let again = sqlx::query(INSERT).execute(&mut *theirs).await;
    assert!(again.is_err(), "swallowed");

    let committed = theirs.commit().await;

    assert!(committed.is_ok(), "it says so");
    assert_eq!(ground.number(COUNT).await, 0, "but it did not");
}

async fn terminate_all(ground: &Ground) {
    let mut raw = Raw::to(ground).await;
    raw.run(match raw {
        Raw::Postgres(_) => {
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()"
        }
        Raw::MariaDb(_) => {
            "BEGIN NOT ATOMIC
                 FOR other IN (SELECT id FROM information_schema.processlist
                     WHERE db = DATABASE() AND id <> CONNECTION_ID())
                 DO KILL other.id; END FOR;
             END"
        }
    })
    .await;
}

async fn a_terminated_backend_is_trouble_of_the_moment(ground: &Ground) {
    let mut open = begin(ground).await;
    open.execute(&sql(INSERT), &[]).await.expect("an insert");
    let committing = begin(ground).await;
    terminate_all(ground).await;

    let failed = open.execute(&sql(INSERT), &[]).await;
    assert_eq!(
        failed.map_err(|error| error.class()),
        Err(Class::Unavailable)
    );
    let committed = open.commit().await;
    assert!(
        matches!(committed, Err(StoreError::Poisoned)),
        "{committed:?}"
    );
    let unknown = committing.commit().await;
    assert_eq!(
        unknown.map_err(|error| error.class()),
        Err(Class::Ambiguous)
    );

    let mut tx = begin(ground).await;
    tx.execute(&sql(INSERT), &[]).await.expect("an insert");
    tx.commit().await.expect("a commit");
    assert_eq!(ground.number(COUNT).await, 1);
}

/// A restarted server leaves a pool full of dead connections behind.
async fn a_ledger_survives_the_loss_of_every_connection(ground: &Ground) {
    let ledger = ground.ledger().await;
    accepted(&ledger, earn("s", "t1", 100)).await;
    fill_the_pool(ground, &ledger).await;
    terminate_all(ground).await;
    accepted(&ledger, earn("s", "t2", 100)).await;

    fill_the_pool(ground, &ledger).await;
    terminate_all(ground).await;
    accepted(&ledger, request_payout("s")).await;
}

/// As many connections as may be, all idle: the pool's, and the one that the ledger keeps.
async fn fill_the_pool(ground: &Ground, ledger: &Ledger) {
    let isolation = ground.settings().isolation;
    let order = || ledger.database().transaction("test").isolation(isolation);
    let begin = || order().open();
    let all = (1..store::database::WRITE_CONNECTIONS).map(|_| begin());
    let all = futures::future::try_join_all(all).await;
    for tx in all.expect("as many connections") {
        tx.rollback().await.expect("an end");
    }
}

async fn a_ledger_writes_on_one_connection(ground: &Ground) {
    let ledger = ground.ledger().await;
    for k in 0..10 {
        accepted(&ledger, earn("s", &format!("t{k}"), 100)).await;
    }

    let mut raw = Raw::to(ground).await;
    let committed = "SELECT count(*) AS n FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE '%; COMMIT;'";
    assert_eq!(raw.number(committed).await, 1);
}
