//! What an error of the database means for a retry, told by real errors.

use store::{Class, Sql, StoreError, Transaction, Tx};

use super::ground::{Ground, sql};

mod every {
    //! On every database.
    use super::{
        a_constraint_of_the_schema_is_permanent, a_duplicate_is_a_conflict, nonsense_is_permanent,
    };
    on_every_database! {
        a_duplicate_is_a_conflict
        a_constraint_of_the_schema_is_permanent
        nonsense_is_permanent
    }
}

on_postgres! {
    sqlstates_have_their_classes
}

mod mariadb_alone {
    //! What MariaDB tells by its own numbers.
    use super::numbers_have_their_classes;
    on_mariadb! {
        numbers_have_their_classes
    }
}

fn order(ground: &Ground) -> Transaction<'_> {
    ground.database().transaction("test")
}

async fn begin(ground: &Ground) -> Tx {
    order(ground).open().await.expect("a transaction")
}

/// The error of a statement in a transaction of its own.
async fn error(ground: &Ground, sql: Sql) -> StoreError {
    let mut tx = begin(ground).await;
    tx.execute(&sql, &[]).await.expect_err("an error")
}

#[track_caller]
fn is(error: &StoreError, class: Class, codes: [&str; 3]) {
    assert_eq!(error.class(), class, "{error}");
    assert!(codes.contains(&error.code()), "{error}");
}

async fn a_duplicate_is_a_conflict(ground: &Ground) {
    let twice = sql("INSERT INTO checkpoints (follower, txid, position)
         VALUES ('f', 1, 1), ('f', 2, 2)");
    is(
        &error(ground, twice).await,
        Class::Conflict,
        ["23505", "1062", "1555"],
    );
}

async fn a_constraint_of_the_schema_is_permanent(ground: &Ground) {
    let null = sql("INSERT INTO checkpoints (follower, txid, position) VALUES ('f', NULL, 1)");
    is(
        &error(ground, null).await,
        Class::Permanent,
        ["23502", "1048", "1299"],
    );
}

async fn nonsense_is_permanent(ground: &Ground) {
    let nonsense = sql("SELEKT");
    is(
        &error(ground, nonsense).await,
        Class::Permanent,
        ["42601", "1064", "1"],
    );
}

async fn sqlstates_have_their_classes(ground: &Ground) {
    let table = [
        (Class::Conflict, "40001 40P01 55P03 23505"),
        (
            Class::Unavailable,
            "08000 08006 53100 53200 53300 57014 57P01 57P03 58030 25006 25P03",
        ),
        (
            Class::Permanent,
            "22012 22P02 23502 23503 23514 42501 42P01 0A000 XX000 P0001",
        ),
    ];
    for (class, states) in table {
        for state in states.split(' ') {
            let raise = format!("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$");
            let raise = sql(Box::leak(raise.into_boxed_str()));
            is(&error(ground, raise).await, class, [state; 3]);
        }
    }
}

async fn numbers_have_their_classes(ground: &Ground) {
    let table = [
        (Class::Conflict, "1020 1022 1062 1205 1213 1412 1586"),
        (
            Class::Unavailable,
            "1021 1040 1053 1114 1180 1203 1290 1317 1836 1927 1969",
        ),
        (
            Class::Permanent,
            "1044 1048 1064 1146 1264 1366 1406 1451 4025",
        ),
    ];
    for (class, numbers) in table {
        for number in numbers.split(' ') {
            let raise = format!("SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = {number}");
            let raise = sql(Box::leak(raise.into_boxed_str()));
            is(&error(ground, raise).await, class, [number; 3]);
        }
    }
}

mod sqlite_alone {
    //! SQLite's own ways to be busy, full and read-only.

    use store::{Class, Sql, StoreError, Tx};

    use super::{Ground, begin, order, sql};

    const INSERT: Sql = Sql {
        name: "insert",
        postgres: "",
        mariadb: "",
        sqlite: "INSERT INTO checkpoints (follower, txid, position)
                 SELECT hex(randomblob(5000)), 1, 1",
    };

    async fn run(tx: &mut Tx, text: &'static str) {
        tx.fetch(&sql(text), &[]).await.expect("a pragma");
    }

    /// Inserts until it is refused.
    async fn insert_until_refused(tx: &mut Tx) -> StoreError {
        loop {
            if let Err(error) = tx.execute(&INSERT, &[]).await {
                return error;
            }
        }
    }

    #[tokio::test]
    async fn a_snapshot_cannot_write() {
        let ground = Ground::sqlite().await;
        let snapshot = order(&ground).snapshot().open().await;
        let mut snapshot = snapshot.expect("a snapshot");

        let error = snapshot.execute(&INSERT, &[]).await.expect_err("an error");

        assert_eq!(
            (error.class(), error.code()),
            (Class::Permanent, "read_only")
        );
    }

    #[tokio::test]
    async fn a_full_database_is_trouble_of_the_moment() {
        let ground = Ground::sqlite().await;
        let mut tx = begin(&ground).await;
        run(&mut tx, "PRAGMA max_page_count = 1").await;

        let error = insert_until_refused(&mut tx).await;

        assert_eq!((error.class(), error.code()), (Class::Unavailable, "13"));
    }

    #[tokio::test]
    async fn a_read_only_database_is_trouble_of_the_moment() {
        let ground = Ground::sqlite().await;
        let mut tx = begin(&ground).await;
        run(&mut tx, "PRAGMA query_only = 1").await;

        let error = insert_until_refused(&mut tx).await;

        assert_eq!((error.class(), error.code()), (Class::Unavailable, "8"));
    }
}
