//! What a transaction of the store costs beside one of bare sqlx, both empty: on PostgreSQL,
//! MariaDB and SQLite, in turns within one run. Only differences within a run mean anything.
//!
//! Bare sqlx begins and commits. The store does more: it makes sure of the commit, counts, and
//! runs in a task of its own. Allowed is a twentieth more, or 50 µs.
//!
//! `./tests/run --services cargo bench -p tests --bench transactions -- [TRANSACTIONS OF A TURN]`

mod bare;

use std::time::{Duration, Instant};

use bare::Bare;
use hdrhistogram::Histogram;
use store::{Database, RetryPolicy, StoreError};
use support::{MariaDb, Postgres};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often each has its turn: a machine's speed changes within a run.
const TURNS: usize = 20;
const OF_A_TURN: usize = 500;
/// What is allowed: so much more,
const SHARE: f64 = 0.05;
/// or so long.
const ALLOWED: Duration = Duration::from_micros(50);

/// Who makes a transaction.
#[derive(Clone, Copy)]
enum Way {
    /// sqlx alone.
    Bare,
    /// The store, for a caller that holds it.
    Held,
    /// The store, in a task of its own.
    Run,
}

#[tokio::main]
async fn main() {
    // Callers are tasks, as those of a service are. The main thread is not one of the runtime's
    // workers: each hand-over to them would wake a processor first.
    tokio::spawn(compare_all()).await.expect("no panic");
}

async fn compare_all() {
    let wanted = std::env::args().find_map(|text| text.parse().ok());
    let of_a_turn = wanted.unwrap_or(OF_A_TURN);
    println!(
        "{:<12} {:>12} {:>12} {:>12} {:>12} {:>8} {:>8}",
        "database", "sqlx µs", "held µs", "run µs", "more µs", "more", "allowed"
    );
    let postgres = Postgres::fresh_database().await;
    compare("PostgreSQL", &postgres.url(), of_a_turn).await;
    let mariadb = MariaDb::fresh_database().await;
    compare("MariaDB", &mariadb.url(), of_a_turn).await;
    let folder = tempfile::TempDir::new().expect("a throw-away folder");
    let url = format!("sqlite://{}/bench.db", folder.path().display());
    compare("SQLite", &url, of_a_turn).await;
}

async fn compare(name: &str, url: &str, of_a_turn: usize) {
    let database = Database::open(url).await.expect("the database is there");
    database.migrate().await.expect("the schema is ours");
    let bare = Bare::open(url).await;
    let [mut theirs, mut held, mut run] = [(); 3].map(|()| latencies());
    for turn in 0..=TURNS {
        for (way, latencies) in [
            (Way::Bare, &mut theirs),
            (Way::Held, &mut held),
            (Way::Run, &mut run),
        ] {
            measure((of_a_turn, way), latencies, (&bare, &database)).await;
        }
        if turn == 0 {
            // Whoever runs has its pages and statements in memory.
            for histogram in [&mut theirs, &mut held, &mut run] {
                histogram.reset();
            }
        }
    }
    bare.close().await;
    database.close().await;
    let median = |latencies: &Histogram<u64>| latencies.value_at_quantile(0.5) as f64 / 1_000.0;
    let (theirs, held, run) = (median(&theirs), median(&held), median(&run));
    let more = run - theirs;
    let allowed = (theirs * SHARE).max(ALLOWED.as_secs_f64() * 1e6);
    let kept = if more <= allowed { "kept" } else { "BROKEN" };
    let share = more / theirs * 100.0;
    println!(
        "{name:<12} {theirs:>12.1} {held:>12.1} {run:>12.1} {more:>12.1} {share:>7.1}% {kept:>8}"
    );
}

/// Held by the caller.
async fn hold(database: &Database) {
    let tx = database.transaction("bench").open().await;
    let tx = tx.expect("a transaction");
    tx.commit().await.expect("a commit");
}

/// Carried out in a task.
async fn carry_out(database: &Database) {
    let tx = database.transaction("bench").retry(RetryPolicy::NEVER);
    let done = tx.run(|_| Box::pin(async { Ok::<_, StoreError>(()) }));
    done.await.expect("a commit");
}

async fn measure(
    (times, way): (usize, Way),
    into: &mut Histogram<u64>,
    (bare, database): (&Bare, &Database),
) {
    for _ in 0..times {
        let began = Instant::now();
        match way {
            Way::Bare => bare.empty().await,
            Way::Held => hold(database).await,
            Way::Run => carry_out(database).await,
        }
        let nanos = u64::try_from(began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        into.saturating_record(nanos);
    }
}

/// Nanoseconds, up to ten seconds.
fn latencies() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 10_000_000_000, 3).expect("the bounds are in order")
}
