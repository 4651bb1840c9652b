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
/// Payouts that are requested and submitted beforehand, to be paid by events.
const SUBMITTED: usize = 40_000;
/// So many of them unmeasured: a server that runs has its pages in memory.
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

    let ours = support::Postgres::fresh_database().await;
    let requests = if wanted("requests") {
        seed::requests(seconds)
    } else {
        SELLERS
    };
    println!(
        "preparing {SELLERS} sellers, {SUBMITTED} submitted payouts, {requests} to be requested …"
    );
    seed::fill(&ours.url(), requests).await;
    let theirs = seed::copy_of(&ours).await;

    let mut floor = floor::Floor::new(&theirs.url(), seconds);
    let mut ledger = ledger::Bench::open(&ours.url(), seconds).await;
    ledger.warm_up().await;
    if wanted("requests") {
        measure_requests(&mut floor, &mut ledger).await;
    }
    if wanted("events") {
        measure_events(&mut floor, &mut ledger).await;
    }
    ledger.close().await;
}

async fn measure_requests(floor: &mut floor::Floor, ledger: &mut ledger::Bench) {
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

async fn measure_events(floor: &mut floor::Floor, ledger: &mut ledger::Bench) {
    let mut floor_events = Measured::default();
    let mut events = Measured::default();
    let mut unmeasured = Measured::default();
    floor
        .payout_events(0..WARM_UP, CLIENTS, &mut unmeasured)
        .await;
    ledger.payout_events(0..WARM_UP, &mut unmeasured).await;
    let each = (SUBMITTED - WARM_UP) / TURNS;
    for turn in 0..TURNS {
        let first = WARM_UP + turn * each;
        let payouts = first..first + each;
        floor
            .payout_events(payouts.clone(), CLIENTS, &mut floor_events)
            .await;
        ledger.payout_events(payouts, &mut events).await;
    }
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
