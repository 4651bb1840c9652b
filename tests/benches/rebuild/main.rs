//! How fast read tables are rebuilt, beside an upsert for each row of each event; and how
//! much memory that and `verify` take, whatever the length of the log.
//!
//! A random history is made first, with the ledger itself. All is measured on the same
//! server, with the same tables and indexes and default durability, in one run. Only ratios
//! within a run mean anything.
//!
//! `cargo build --release`, then
//! `./tests/run --services cargo bench -p tests --bench rebuild -- [EVENTS]`

mod baseline;
mod process;
mod rows;

use std::time::Instant;

use domain::id::Tenant;
use projections::follower;
use sqlx::{Connection, PgConnection};
use store::{Database, Ledger};
use support::{Generator, Postgres, Shape};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Where memory is measured first: a tenth of the default.
const SHORT: u64 = 100_000;
const DEFAULT_EVENTS: u64 = 1_000_000;
/// Events that the baseline is measured on, from the middle of the log.
const SAMPLE: u32 = 20_000;
/// How many times as fast as the baseline a rebuild is to be.
const TARGET: f64 = 12.0;
const SEED: u64 = 20_261_122;

#[tokio::main]
async fn main() {
    let wanted = std::env::args().find_map(|text| text.parse().ok());
    let events: u64 = wanted.unwrap_or(DEFAULT_EVENTS);
    let books = Postgres::fresh_database().await;
    let database = Database::open(&books.url())
        .await
        .expect("the database is there");
    database.migrate().await.expect("the schema is ours");
    let mut generator = Generator::new(SEED, Shape::default());
    let ledger = generator.ledger(database.clone());

    let mut log = 0;
    let mut measured = Vec::new();
    for length in [SHORT.min(events), events] {
        if length > log {
            log += grow(&mut generator, &ledger, length - log).await;
            tidy_up(&books.url()).await;
            measured.push((log, process::rebuild(&books.url()).await));
        }
    }
    let verified = process::verify(&books.url()).await;
    let sample = rows::sample(&database, &books.url(), log / 2, SAMPLE).await;
    let single = baseline::apply(&sample, 1).await;
    let thousands = baseline::apply(&sample, 1000).await;
    ledger.close().await;

    report(&measured, &sample, [single, thousands]);
    println!(
        "verify, {log} events, three tenants: {:.1} s, {} MiB at most",
        verified.seconds, verified.peak_mib
    );
}

/// Makes more of the history; how many events it had.
async fn grow(generator: &mut Generator, ledger: &Ledger, events: u64) -> u64 {
    println!("making {events} events …");
    let started = Instant::now();
    let report = generator.run(ledger, events).await;
    let seconds = started.elapsed().as_secs_f64();
    println!("… {report:?}");
    println!("… {:.0} events a second", report.events as f64 / seconds);
    let following = Instant::now();
    follower::catch_up(ledger.database())
        .await
        .expect("the followers can follow");
    println!("… followed in {:.1} s", following.elapsed().as_secs_f64());
    report.events
}

/// Both sides find tables with statistics, and no dead rows of the history's making.
async fn tidy_up(url: &str) {
    let mut connection = PgConnection::connect(url)
        .await
        .expect("the server is there");
    for sql in ["VACUUM ANALYZE", "CHECKPOINT"] {
        sqlx::raw_sql(sql)
            .execute(&mut connection)
            .await
            .expect(sql);
    }
    connection.close().await.expect("the server is there");
}

fn report(measured: &[(u64, process::Run)], sample: &rows::Sample, baselines: [f64; 2]) {
    let rows = sample.rows() as f64 / sample.events.len() as f64;
    let [single, thousands] = baselines;
    println!(
        "\n{:<48} {:>10} {:>10} {:>8} {:>8} {:>8}",
        "", "events/s", "seconds", "MiB", "ratio", "target"
    );
    let of = sample.events.len() as f64;
    for (name, rate, target) in [
        ("one by one, a transaction for each event", single, "1"),
        ("one by one, 1000 events a transaction", thousands, "-"),
    ] {
        let ratio = rate / single;
        println!(
            "{name:<48} {rate:>10.0} {:>10.1} {:>8} {ratio:>8.2} {target:>8}",
            of / rate,
            "-"
        );
    }
    for (events, run) in measured {
        if !run.succeeded {
            println!("payoutd rebuild, {events} events: it FAILED, see above");
            continue;
        }
        let rate = *events as f64 / run.seconds;
        println!(
            "{:<48} {rate:>10.0} {:>10.1} {:>8} {:>8.2} {TARGET:>8}",
            format!("payoutd rebuild, {events} events"),
            run.seconds,
            run.peak_mib,
            rate / single,
        );
    }
    println!("the baseline wrote {rows:.2} rows for each event, of {of} events");
}

/// Whose books a history has.
fn tenants() -> Vec<Tenant> {
    let names = Shape::default().tenants;
    names
        .iter()
        .map(|name| Tenant::new(name).expect("a tenant"))
        .collect()
}
