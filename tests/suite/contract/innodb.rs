//! What the ledger rests on where InnoDB keeps its books.

use std::{sync::Arc, time::Duration};

use store::{Class, Cursor, Isolation, Sql, StoreError, Tx, log};
use support::eventually;

use super::{
    ground::{Ground, sql},
    inline::Gate,
    inputs::{PayoutEvent, accepted, earn, ingested, once},
    laws::everything,
    raw::Raw,
};

on_mariadb! {
    whoever_appends_waits_for_whoever_appended_before
    a_snapshot_that_is_overtaken_cannot_write
    a_deadlock_ends_one_of_the_two
    keys_tell_case_and_trailing_blanks_apart
    webhooks_that_are_too_much_for_one_statement_are_taken_in_parts
}

const SOON: Duration = Duration::from_secs(20);

async fn begin(ground: &Ground, isolation: Isolation) -> Tx {
    let order = ground.database().transaction("test").isolation(isolation);
    order.open().await.expect("a transaction")
}

/// So positions are committed in their order, and no event appears behind a reader.
async fn whoever_appends_waits_for_whoever_appended_before(ground: &Ground) {
    let gate = Gate::shut();
    let slow = ground
        .ledger_with(Arc::clone(&gate) as Arc<_>, ground.settings())
        .await;
    let first = tokio::spawn(async move { slow.execute(once(earn("slow", "t1", 1))).await });
    gate.has_held(1).await;
    let rival = ground.ledger().await;
    let second = tokio::spawn(async move { rival.execute(once(earn("fast", "t2", 2))).await });

    // A statement of a moment that is there to be seen: it waits. (`innodb_trx` would tell, but
    // is not brought up to date for whoever asks again and again.)
    let mut outside = Raw::to(ground).await;
    let moving = "SELECT count(*) FROM information_schema.processlist
        WHERE db = DATABASE() AND id <> CONNECTION_ID() AND info LIKE '%UPDATE log_end%'";
    eventually(SOON, async || match outside.number(moving).await {
        1 => Ok(()),
        other => Err(other),
    })
    .await;
    let page = log::read(ground.database(), Cursor::START, 10).await;
    assert_eq!(page.expect("a readable log").events.len(), 0);
    gate.open();

    first.await.expect("no panic");
    second.await.expect("no panic");
    let log = everything(ground).await;
    let order: Vec<_> = log
        .iter()
        .map(|recorded| (recorded.position(), recorded.stream.as_str()))
        .collect();
    assert_eq!(
        order,
        [(1, "balance-slow-usd"), (2, "balance-fast-usd")],
        "in the order of their commits"
    );
}

const FOLLOWERS: Sql = Sql::alike("followers", "SELECT count(*) AS n FROM checkpoints");

fn step(follower: &str) -> Sql {
    let text =
        format!("UPDATE checkpoints SET position = position + 1 WHERE follower = '{follower}'");
    sql(Box::leak(text.into_boxed_str()))
}

async fn two_followers(ground: &Ground) {
    let mut tx = begin(ground, Isolation::ReadCommitted).await;
    let both = "INSERT INTO checkpoints (follower, txid, position) VALUES ('a', 0, 0), ('b', 0, 0)";
    tx.execute(&sql(both), &[]).await.expect("an insert");
    tx.commit().await.expect("a commit");
}

/// Without `innodb_snapshot_isolation` it would write on top of what it has not seen.
async fn a_snapshot_that_is_overtaken_cannot_write(ground: &Ground) {
    two_followers(ground).await;
    let mut old = begin(ground, Isolation::RepeatableRead).await;
    old.fetch(&FOLLOWERS, &[]).await.expect("a snapshot");
    let mut young = begin(ground, Isolation::ReadCommitted).await;
    young.execute(&step("a"), &[]).await.expect("an update");
    young.commit().await.expect("a commit");

    let error = old.execute(&step("a"), &[]).await.expect_err("an error");

    assert_eq!((error.class(), error.code()), (Class::Conflict, "1020"));
}

async fn a_deadlock_ends_one_of_the_two(ground: &Ground) {
    two_followers(ground).await;
    let mut one = begin(ground, ground.settings().isolation).await;
    let mut other = begin(ground, ground.settings().isolation).await;
    one.execute(&step("a"), &[]).await.expect("an update");
    other.execute(&step("b"), &[]).await.expect("an update");

    let (left, right) = (step("b"), step("a"));
    let ends = tokio::join!(ends(one, &left), ends(other, &right));

    let (error, done) = match ends {
        (Err(error), done) => (error, done),
        (done, Err(error)) => (error, done),
        both => panic!("both went on: {both:?}"),
    };
    assert!(done.is_ok(), "{done:?}");
    assert_eq!((error.class(), error.code()), (Class::Conflict, "1213"));
}

async fn ends(mut tx: Tx, sql: &Sql) -> Result<(), StoreError> {
    tx.execute(sql, &[]).await?;
    tx.commit().await
}

/// Whatever the server's and the database's own collations are.
async fn keys_tell_case_and_trailing_blanks_apart(ground: &Ground) {
    let ledger = ground.ledger().await;
    for (n, seller) in ["s", "S", "é", "e", "😀"].into_iter().enumerate() {
        accepted(&ledger, earn(seller, &format!("t{n}"), 100)).await;
        accepted(&ledger, earn(seller, &format!("T{n}"), 100)).await;
    }
    let sellers = "SELECT count(*) AS n FROM streams WHERE version = 2";
    assert_eq!(ground.number(sellers).await, 5);
    let mut tx = begin(ground, ground.settings().isolation).await;
    let alike = "INSERT INTO checkpoints (follower, txid, position)
        VALUES ('f', 0, 0), ('F', 0, 0), ('f ', 0, 0)";
    tx.execute(&sql(alike), &[]).await.expect("three keys");
    tx.rollback().await.expect("an end");
}

/// A server hangs up on whoever sends more than `max_allowed_packet`.
async fn webhooks_that_are_too_much_for_one_statement_are_taken_in_parts(ground: &Ground) {
    let gate = Gate::shut();
    let ledger = ground
        .ledger_with(Arc::clone(&gate) as Arc<_>, ground.settings())
        .await;
    let occupant = {
        let ledger = ledger.clone();
        tokio::spawn(async move { ledger.execute(once(earn("x", "x", 1))).await })
    };
    gate.has_held(1).await;
    let told = (0..24).map(|n| {
        let (id, stripe) = (format!("evt_{n}"), format!("po_{n}"));
        let event = PayoutEvent {
            id: &id,
            stripe: &stripe,
            ours: None,
            cents: 100,
        };
        let mut body = event.told("paid");
        body.resize(900_000, b' ');
        let ledger = ledger.clone();
        tokio::spawn(async move { ingested(&ledger, body).await })
    });
    let told: Vec<_> = told.collect();
    eventually(SOON, async || match ledger.waiting() {
        24 => Ok(()),
        other => Err(other),
    })
    .await;
    gate.open();

    for outcome in futures::future::join_all(told).await {
        assert_eq!(outcome.expect("no panic"), store::Ingested::Applied);
    }
    occupant.await.expect("no panic");
    let sizes = gate.sizes();
    assert!(sizes.iter().all(|size| *size < 24), "{sizes:?}");
    let log = everything(ground).await;
    assert_eq!(log.len(), 1 + 48, "adopted and paid, each");
}
