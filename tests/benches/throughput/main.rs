//! How fast the ledger is, beside what one transaction per command could reach.
//!
//! Both write the same rows into databases with the same content, on the same
//! server, with default durability, in turns within one run: the ledger through
//! its writer, each command awaited by its caller; pgbench with the scripts in
//! `pgbench/`. Only ratios within a run mean anything.
//!
//! `./tests/run --services cargo bench -p tests -- [seconds of a turn] [requests|events]`

mod floor;
mod ledger;
mod measure;
mod seed;

use measure::{Line, Measured, table};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Sellers, each with a balance of its own.
const SELLERS: usize = 1000;
/// Payouts that are paid by events in each turn: some seconds, of which the first and
/// the last batch, when nothing else is under way, are a small part.
const PAID: usize = 24_000;
/// And some unmeasured: a server that runs has its pages in memory.
const WARM_UP: usize = 4_000;
/// pgbench's clients, where it has many.
const CLIENTS: usize = 32;
/// How often each load has its turn. A machine's speed changes within a run, and a
/// checkpoint or a vacuum falls into one turn or another: the median counts.
const TURNS: usize = 5;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let seconds = arguments.iter().find_map(|text| text.parse().ok());
    let seconds = seconds.unwrap_or(1);
    let wanted = |load: &str| {
        let other = if load == "events" {
            "requests"
        } else {
            "events"
        };
        !arguments.iter().any(|text| text == other)
    };

    if wanted("requests") {
        measure_requests(seconds).await;
    }
    if wanted("events") {
        measure_events(seconds).await;
    }
}

/// Two databases with the same content, and who is measured on each.
struct Prepared {
    floor: floor::Floor,
    ledger: ledger::Bench,
    // Dropped, they are gone.
    _databases: [support::Postgres; 2],
}

async fn prepare(submitted: usize, requests: usize, seconds: u64) -> Prepared {
    println!(
        "preparing {SELLERS} sellers, {submitted} submitted payouts, {requests} to be requested …"
    );
    let ours = support::Postgres::fresh_database().await;
    seed::fill(&ours.url(), submitted, requests).await;
    let theirs = seed::copy_of(&ours).await;
    let floor = floor::Floor::new(&theirs.url(), submitted, seconds);
    let mut ledger = ledger::Bench::open(&ours.url(), submitted, seconds).await;
    ledger.warm_up().await;
    Prepared {
        floor,
        ledger,
        _databases: [ours, theirs],
    }
}

async fn measure_requests(seconds: u64) {
    let requests = seed::requests(seconds);
    let mut prepared = prepare(0, requests, seconds).await;
    let (floor, ledger) = (&mut prepared.floor, &mut prepared.ledger);
    let mut floor_one = Measured::default();
    let mut floor_many = Measured::default();
    let mut one = Measured::default();
    let mut at_32 = Measured::default();
    let mut at_256 = Measured::default();
    for _ in 0..TURNS {
        floor.request_payout(1, &mut floor_one).await;
        ledger.request_payout(1, &mut one).await;
        floor.request_payout(CLIENTS, &mut floor_many).await;
        ledger.request_payout(32, &mut at_32).await;
        ledger.request_payout(256, &mut at_256).await;
    }
    prepared.ledger.close().await;
    let floors = |name, measured| Line {
        name,
        measured,
        floor: None,
    };
    let against = |name, measured, floor, target| Line {
        name,
        measured,
        floor: Some((floor, target)),
    };
    table(&[
        floors("request-payout, pgbench, 1 client", &floor_one),
        floors("request-payout, pgbench, 32 clients", &floor_many),
        against("request-payout, 1 in flight", &one, &floor_one, None),
        against(
            "request-payout, 32 in flight",
            &at_32,
            &floor_many,
            Some(1.5),
        ),
        against(
            "request-payout, 256 in flight",
            &at_256,
            &floor_many,
            Some(3.0),
        ),
    ]);
    println!(
        "p50 with one in flight: {:.2} times pgbench's with one client (at most 2)",
        one.quantile_ms(0.5) / floor_one.quantile_ms(0.5)
    );
}

async fn measure_events(seconds: u64) {
    let mut prepared = prepare(WARM_UP + TURNS * PAID, SELLERS, seconds).await;
    let (floor, ledger) = (&mut prepared.floor, &mut prepared.ledger);
    let mut floor_events = Measured::default();
    let mut events = Measured::default();
    let mut unmeasured = Measured::default();
    floor
        .payout_events(0..WARM_UP, CLIENTS, &mut unmeasured)
        .await;
    ledger.payout_events(0..WARM_UP, &mut unmeasured).await;
    for turn in 0..TURNS {
        let first = WARM_UP + turn * PAID;
        let payouts = first..first + PAID;
        floor
            .payout_events(payouts.clone(), CLIENTS, &mut floor_events)
            .await;
        ledger.payout_events(payouts, &mut events).await;
    }
    prepared.ledger.close().await;
    table(&[
        Line {
            name: "payout.paid, pgbench, 32 clients",
            measured: &floor_events,
            floor: None,
        },
        Line {
            name: "payout.paid from a file",
            measured: &events,
            floor: Some((&floor_events, Some(5.0))),
        },
    ]);
}
