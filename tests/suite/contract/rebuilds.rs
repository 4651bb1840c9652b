//! Rebuilds of read tables beside a ledger that is written to: nobody is refused anything,
//! nobody sees less than before, and what depends on the tables is still there afterwards.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use projections::{
    compare::Difference,
    follower::{Followers, catch_up},
    read_table::ReadTable,
    rebuild::{Order, RebuildError, Report, Unwatched, Watch, rebuild},
    verify::verify,
};
use store::{Database, Ledger, Shadow, StoreError, SystemClock};
use support::eventually;
use tokio_util::sync::CancellationToken;

use super::{
    ground::{Ground, sql},
    inputs::{accepted, earn, request_payout, tenant},
    raw::Raw,
};

mod every {
    //! On every database.
    use super::{
        a_rebuild_that_was_stopped_is_gone_on_with, commands_go_on_while_tables_change_places,
        one_rebuild_at_a_time,
    };
    on_every_database! {
        commands_go_on_while_tables_change_places
        a_rebuild_that_was_stopped_is_gone_on_with
        one_rebuild_at_a_time
    }
}

mod on_servers {
    //! Where others hold the gate open for longer than a statement.
    use super::{
        a_long_reader_delays_the_rebuild_and_no_command,
        a_transaction_that_began_before_loses_nothing,
    };
    on_postgres! {
        a_long_reader_delays_the_rebuild_and_no_command
        a_transaction_that_began_before_loses_nothing
    }
    on_mariadb! {
        a_long_reader_delays_the_rebuild_and_no_command
        a_transaction_that_began_before_loses_nothing
    }
}

on_postgres! {
    grants_views_comments_and_indexes_survive
    what_cannot_be_carried_over_is_named
    a_reader_who_does_not_know_the_gate_sees_no_empty_table
}

const SOON: Duration = Duration::from_secs(60);

pub(super) fn order(tables: &[ReadTable]) -> Order {
    Order {
        tables: tables.to_vec(),
        dry_run: false,
        fresh: false,
        stop: CancellationToken::new(),
        clock: Arc::new(SystemClock),
    }
}

pub(super) async fn rebuilt(database: &Database, watch: &mut dyn Watch) -> Report {
    let report = rebuild(database, &order(&[]), watch).await;
    report.unwrap_or_else(|error| panic!("{}", error.told()))
}

pub(super) async fn laws_hold(ground: &Ground) {
    catch_up(ground.database()).await.expect("followed");
    let report = verify(ground.database(), &tenant())
        .await
        .expect("a report");
    assert!(report.holds(), "{report:#?}");
}

#[derive(Default)]
pub(super) struct Found(pub(super) Vec<Difference>);

impl Watch for Found {
    fn found(&mut self, difference: &Difference) {
        self.0.push(difference.clone());
    }
}

/// Earns and requests payouts until told to stop; how many commands were accepted.
async fn work(ledger: Ledger, name: String, stop: &AtomicBool, done: &AtomicU64) {
    let mut n = 0;
    while !stop.load(Ordering::Relaxed) {
        for _ in 0..3 {
            n += 1;
            accepted(&ledger, earn(&name, &format!("{name}-{n}"), 1_000 + n)).await;
            done.fetch_add(1, Ordering::Relaxed);
        }
        accepted(&ledger, request_payout(&name)).await;
        done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Counts rows until told to stop; no count may ever fall.
async fn watch_counts(database: &Database, stop: &AtomicBool) -> u64 {
    let count = sql(
        "SELECT (SELECT count(*) FROM transactions) AS transactions, \
         (SELECT count(*) FROM payouts) AS payouts, \
         (SELECT count(*) FROM payout_items) AS items, \
         (SELECT count(*) FROM postings) AS postings",
    );
    let names = ["transactions", "payouts", "items", "postings"];
    let (mut least, mut looks) = ([0; 4], 0);
    while !stop.load(Ordering::Relaxed) {
        let mut snapshot = database
            .gated("test")
            .snapshot()
            .open()
            .await
            .expect("a snapshot");
        let in_snapshot = snapshot.fetch(&count, &[]).await.expect("counts");
        snapshot.rollback().await.expect("an end");
        let alone = database.fetch(&count, &[]).await.expect("counts");
        for rows in [in_snapshot, alone] {
            let seen = names.map(|name| rows[0].int(name).expect("a count"));
            let fell = seen.iter().zip(least).any(|(now, before)| *now < before);
            assert!(!fell, "{names:?}: {seen:?} after {least:?}");
            least = seen;
        }
        looks += 1;
    }
    looks
}

async fn commands_go_on_while_tables_change_places(ground: &Ground) {
    let ledger = ground.ledger().await;
    let ending = CancellationToken::new();
    let followers = Followers::new(ledger.database().clone());
    let following = tokio::spawn(followers.run(ledger.committed(), ending.clone()));
    let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));

    let working = (0..12).map(|n| work(ledger.clone(), format!("s{n}"), &stop, &done));
    let rebuilding = async {
        for round in 1..=4 {
            let before = done.load(Ordering::Relaxed);
            let mut found = Found::default();
            let report = rebuilt(ground.database(), &mut found).await;
            assert!(
                report.is_clean(),
                "round {round}: {report:#?} {:#?}",
                found.0
            );
            eventually(SOON, async || match done.load(Ordering::Relaxed) {
                now if now > before + 100 => Ok(()),
                now => Err(now),
            })
            .await;
        }
        stop.store(true, Ordering::Relaxed);
    };
    let watching = watch_counts(ground.database(), &stop);
    let (_, (), looks) = tokio::join!(join_all(working), rebuilding, watching);

    assert!(looks > 0);
    let accepted = done.load(Ordering::Relaxed);
    eprintln!("{accepted} commands accepted and none refused, {looks} looks, 4 rebuilds");
    ledger.close().await;
    ending.cancel();
    following.await.expect("an end");
    laws_hold(ground).await;
}

/// Stops after a number of pages.
struct StopAfter(u32, CancellationToken);

impl Watch for StopAfter {
    fn replayed(&mut self, _events: usize, _position: i64) {
        match self.0 {
            0 => self.1.cancel(),
            _ => self.0 -= 1,
        }
    }
}

pub(super) async fn fill(ground: &Ground, transactions: i64) -> Ledger {
    let ledger = ground.ledger().await;
    let earned = (0..transactions).map(|n| {
        let command = earn(&format!("s{}", n % 7), &format!("t{n}"), 100 + n);
        accepted(&ledger, command)
    });
    join_all(earned).await;
    accepted(&ledger, request_payout("s1")).await;
    catch_up(ground.database()).await.expect("followed");
    ledger
}

async fn a_rebuild_that_was_stopped_is_gone_on_with(ground: &Ground) {
    let ledger = fill(ground, 600).await;
    let stopped = order(&[]);
    let mut watch = StopAfter(0, stopped.stop.clone());
    let result = rebuild(ground.database(), &stopped, &mut watch).await;
    assert!(matches!(result, Err(RebuildError::Stopped)), "{result:?}");

    accepted(&ledger, earn("s1", "meanwhile", 5)).await;
    let report = rebuilt(ground.database(), &mut Unwatched).await;
    assert!(report.is_clean(), "{report:?}");
    let from = report.resumed_from.expect("it went on");
    assert!(from > 0 && report.events < 600, "{report:?}");

    let report = rebuilt(ground.database(), &mut Unwatched).await;
    assert_eq!(report.resumed_from, None, "nothing was left behind");
    laws_hold(ground).await;
}

async fn one_rebuild_at_a_time(ground: &Ground) {
    let _ledger = fill(ground, 10).await;
    let other = Shadow::claim(ground.database()).await.expect("a claim");
    let result = rebuild(ground.database(), &order(&[]), &mut Unwatched).await;
    let refused = matches!(
        result,
        Err(RebuildError::Store(StoreError::RebuildElsewhere))
    );
    assert!(refused, "{result:?}");
    other.leave().await;
    rebuilt(ground.database(), &mut Unwatched).await;
}

async fn grants_views_comments_and_indexes_survive(ground: &Ground) {
    let ledger = fill(ground, 30).await;
    let mut raw = Raw::to(ground).await;
    let role = format!("auditor_{}", uuid::Uuid::new_v4().simple());
    raw.run(format!(
        "CREATE ROLE {role};
         GRANT SELECT ON transactions TO {role} WITH GRANT OPTION;
         GRANT SELECT (seller_id) ON payouts TO {role};
         COMMENT ON TABLE payouts IS 'ours';
         CREATE INDEX by_kind ON transactions (tenant, kind) WHERE kind <> 'payment';
         CREATE SCHEMA audit;
         CREATE VIEW audit.open WITH (security_barrier = true) AS
             SELECT t.*, p.status AS payout_status FROM transactions AS t
             LEFT JOIN payouts AS p USING (tenant, payout_id);
         CREATE VIEW audit.sums AS SELECT seller_id, sum(net_minor) AS net FROM audit.open
             GROUP BY seller_id;
         GRANT SELECT ON audit.open TO {role};"
    ))
    .await;
    let shape = "SELECT hashtext(string_agg(line, chr(10) ORDER BY line))::bigint AS n FROM (
        SELECT indexdef AS line FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT conrelid::regclass || conname || pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT oid::regclass || COALESCE(relacl::text, '')
            || COALESCE(reloptions::text, '') || COALESCE(obj_description(oid, 'pg_class'), '')
        FROM pg_class WHERE relnamespace IN ('public'::regnamespace, 'audit'::regnamespace)
        UNION ALL SELECT attrelid::regclass || attname || attnum || atttypid || attacl::text
        FROM pg_attribute WHERE attacl IS NOT NULL
        UNION ALL SELECT viewname || definition FROM pg_views WHERE schemaname = 'audit'
    ) AS lines";
    let before = raw.number(shape).await;

    for _ in 0..2 {
        let report = rebuilt(ground.database(), &mut Unwatched).await;
        assert!(report.is_clean());
    }

    assert_eq!(raw.number(shape).await, before);
    let sum = "SELECT sum(net)::bigint AS n FROM audit.sums";
    let net = raw.number(sum).await;
    accepted(&ledger, earn("s1", "later", 50)).await;
    assert_eq!(raw.number(sum).await, net + 50, "views show the new tables");
    let schemas = "SELECT count(*) AS n FROM pg_namespace WHERE nspname LIKE '%rebuild%'";
    assert_eq!(raw.number(schemas).await, 0, "nothing is left behind");
    raw.run(format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .await;
}

async fn what_cannot_be_carried_over_is_named(ground: &Ground) {
    let _ledger = fill(ground, 5).await;
    let mut raw = Raw::to(ground).await;
    raw.run("CREATE MATERIALIZED VIEW of_theirs AS SELECT * FROM balances")
        .await;
    let result = rebuild(ground.database(), &order(&[]), &mut Unwatched).await;
    let Err(RebuildError::Blocked(named)) = result else {
        panic!("{result:?}");
    };
    assert!(
        named.iter().any(|name| name.contains("of_theirs")),
        "{named:?}"
    );
    raw.run("DROP MATERIALIZED VIEW of_theirs").await;
    rebuilt(ground.database(), &mut Unwatched).await;
}

/// Tells when it waits.
struct Waiting(Arc<AtomicU64>);

impl Watch for Waiting {
    fn waiting(&mut self, _why: &StoreError) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

async fn a_long_reader_delays_the_rebuild_and_no_command(ground: &Ground) {
    let ledger = fill(ground, 50).await;
    let mut reader = ground
        .database()
        .gated("test")
        .snapshot()
        .open()
        .await
        .expect("a snapshot");
    let count = sql("SELECT count(*) AS n FROM payouts");
    let waits = Arc::new(AtomicU64::new(0));
    let mut watch = Waiting(Arc::clone(&waits));
    let order = order(&[]);
    let rebuilding = rebuild(ground.database(), &order, &mut watch);
    let reading = async {
        for n in 0..3 {
            eventually(SOON, async || match waits.load(Ordering::Relaxed) {
                seen if seen > n => Ok(()),
                seen => Err(seen),
            })
            .await;
            accepted(&ledger, earn("s2", &format!("while-{n}"), 5)).await;
        }
        let rows = reader.fetch(&count, &[]).await.expect("the old snapshot");
        assert_eq!(rows[0].int("n").expect("a count"), 1);
        reader.rollback().await.expect("an end");
    };
    let (report, ()) = tokio::join!(rebuilding, reading);
    let report = report.unwrap_or_else(|error| panic!("{}", error.told()));
    assert!(report.is_clean() && report.waited >= 3, "{report:?}");
    laws_hold(ground).await;
}

/// It has a snapshot from before, and changes a row by it. Were the table another one by
/// then, it would change nothing, and nobody would notice.
async fn a_transaction_that_began_before_loses_nothing(ground: &Ground) {
    let _ledger = fill(ground, 50).await;
    let isolation = ground.settings().isolation;
    let mut old = ground
        .database()
        .gated("test")
        .isolation(isolation)
        .open()
        .await
        .expect("a transaction");
    let waits = Arc::new(AtomicU64::new(0));
    let mut watch = Waiting(Arc::clone(&waits));
    let order = order(&[]);
    let rebuilding = rebuild(ground.database(), &order, &mut watch);
    let writing = async {
        eventually(SOON, async || match waits.load(Ordering::Relaxed) {
            0 => Err(()),
            _ => Ok(()),
        })
        .await;
        let update = sql("UPDATE payouts SET version = version");
        assert_eq!(old.execute(&update, &[]).await.expect("an update"), 1);
        old.commit().await.expect("a commit");
    };
    let (report, ()) = tokio::join!(rebuilding, writing);
    let report = report.unwrap_or_else(|error| panic!("{}", error.told()));
    assert!(report.is_clean(), "{report:?}");
    laws_hold(ground).await;
}

async fn a_reader_who_does_not_know_the_gate_sees_no_empty_table(ground: &Ground) {
    let _ledger = fill(ground, 50).await;
    let mut stranger = Raw::to(ground).await;
    stranger.run("BEGIN ISOLATION LEVEL REPEATABLE READ").await;
    // A snapshot, and no lock on any read table yet.
    assert!(stranger.number("SELECT count(*) FROM events").await > 50);
    let waits = Arc::new(AtomicU64::new(0));
    let mut watch = Waiting(Arc::clone(&waits));
    let order = order(&[]);
    let rebuilding = rebuild(ground.database(), &order, &mut watch);
    let reading = async {
        eventually(SOON, async || match waits.load(Ordering::Relaxed) {
            0 => Err(()),
            _ => Ok(()),
        })
        .await;
        let payouts = stranger.number("SELECT count(*) FROM payouts").await;
        assert_eq!(payouts, 1);
        stranger.run("COMMIT").await;
    };
    let (report, ()) = tokio::join!(rebuilding, reading);
    let report = report.unwrap_or_else(|error| panic!("{}", error.told()));
    assert!(report.is_clean(), "{report:?}");
}
