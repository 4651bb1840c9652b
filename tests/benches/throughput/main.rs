//! How fast the ledger is, beside what one transaction per command could reach.
//!
//! Both write the same rows into databases with the same content, on the same
//! server, with default durability, one after the other in one run: the ledger
//! through its writer, each command awaited by its caller; pgbench with the
//! scripts in `pgbench/`. Only ratios within a run mean anything.
//!
//! `./tests/run --services cargo bench -p tests -- [seconds per measurement]`

mod floor;
mod ledger;
mod measure;
mod seed;

use measure::{Figures, table};

/// Sellers, each with a balance of its own.
const SELLERS: usize = 1000;
/// Payouts that are requested and submitted beforehand, to be paid by events.
const SUBMITTED: usize = 16_000;
/// pgbench's clients, where it has many.
const CLIENTS: usize = 32;

#[tokio::main]
async fn main() {
    let seconds = std::env::args()
        .filter_map(|arg| arg.parse().ok())
        .next()
        .unwrap_or(5);
    let ours = support::Postgres::fresh_database().await;
    let requests = seed::requests(seconds);
    println!(
        "preparing {SELLERS} sellers, {SUBMITTED} submitted payouts, {requests} to be requested …"
    );
    seed::fill(&ours.url(), requests).await;
    let theirs = seed::copy_of(&ours).await;

    let mut floor = floor::Floor::new(&theirs.url(), seconds);
    let mut ledger = ledger::Bench::open(&ours.url(), seconds).await;

    ledger.warm_up().await;
    let floor_one = floor.request_payout(1).await;
    let one = ledger.request_payout(1).await;
    let floor_many = floor.request_payout(CLIENTS).await;
    let at_32 = ledger.request_payout(32).await;
    let at_256 = ledger.request_payout(256).await;
    let floor_event = floor.payout_event(CLIENTS).await;
    let events = ledger.payout_events().await;
    ledger.close().await;

    table(&[
        Figures::floor("request-payout, pgbench, 1 client", &floor_one),
        Figures::floor("request-payout, pgbench, 32 clients", &floor_many),
        Figures::against("request-payout, 1 in flight", &one, &floor_one, None),
        Figures::against(
            "request-payout, 32 in flight",
            &at_32,
            &floor_many,
            Some(1.5),
        ),
        Figures::against(
            "request-payout, 256 in flight",
            &at_256,
            &floor_many,
            Some(3.0),
        ),
        Figures::floor("payout.paid, pgbench, 32 clients", &floor_event),
        Figures::against("payout.paid from a file", &events, &floor_event, Some(5.0)),
    ]);
    println!(
        "p50 with one in flight: {:.2} times pgbench's with one client (at most 2)",
        one.p50_us / floor_one.p50_us
    );
}
