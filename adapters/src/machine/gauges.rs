//! Readings as gauges, for whoever reads `/metrics`.

use std::collections::BTreeMap;

use domain::money::Currency;
use metrics::gauge;
use store::PoolState;

use super::readings::{Books, Lag, Readings, Waiting};

/// Sets the gauges that are not set where things happen.
pub(super) fn set(readings: &Readings, pools: &[PoolState]) {
    gauge!("payoutd_readings_timestamp_seconds").set(readings.taken_at.unix_timestamp() as f64);
    gauge!("payoutd_queue_capacity").set(level(readings.queue.capacity));
    for pool in pools {
        let connections =
            |state| gauge!("payoutd_pool_connections", "pool" => pool.name, "state" => state);
        connections("idle").set(pool.idle);
        connections("in_use").set(pool.size.saturating_sub(pool.idle));
        gauge!("payoutd_pool_connections_max", "pool" => pool.name).set(pool.capacity);
    }
    if let Some(per_mille) = readings.transactions.succeeded_per_mille() {
        #[expect(clippy::float_arithmetic, reason = "a ratio for charts, not money")]
        gauge!("payoutd_transaction_success_ratio").set(level(per_mille) / 1_000.0);
    }
    if let Some(books) = &readings.books {
        of_books(books);
    }
}

/// Sets the gauge of money in doubt, in minor units.
pub(super) fn in_doubt(money: &BTreeMap<Currency, i64>) {
    for (currency, minor) in money {
        let minor = level(u64::try_from(*minor).unwrap_or(0));
        gauge!("payoutd_payouts_in_doubt_minor_units", "currency" => currency.as_str()).set(minor);
    }
}

fn of_books(books: &Books) {
    gauge!("payoutd_books_timestamp_seconds").set(books.asked_at.unix_timestamp() as f64);
    gauge!("payoutd_log_position").set(level(books.position));
    let lags = &books.lags;
    for (projection, lag) in [
        ("postings", lags.postings),
        ("daily_rollups", lags.daily_rollups),
        ("links", lags.links),
    ] {
        gauge!("payoutd_projection_lag_events", "projection" => projection).set(level(lag.events));
        gauge!("payoutd_projection_lag_seconds", "projection" => projection)
            .set(level(lag.seconds));
    }
    lag(
        ("payoutd_seal_lag_events", "payoutd_seal_lag_seconds"),
        Some(lags.seals),
    );
    lag(
        ("payoutd_outbox_lag_events", "payoutd_outbox_lag_seconds"),
        lags.outbox,
    );
    lag(
        ("payoutd_ingest_lag_events", "payoutd_ingest_lag_seconds"),
        lags.ingest,
    );
    let (payouts, letters) = (&books.payouts, &books.letters);
    waiting(
        (
            "payoutd_payouts_in_doubt",
            "payoutd_payouts_in_doubt_oldest_seconds",
        ),
        payouts.in_doubt,
    );
    waiting(
        (
            "payoutd_payouts_overdue",
            "payoutd_payouts_overdue_oldest_seconds",
        ),
        payouts.overdue,
    );
    waiting(
        (
            "payoutd_dead_letters",
            "payoutd_dead_letters_oldest_seconds",
        ),
        letters.dead,
    );
    waiting(
        (
            "payoutd_parked_events",
            "payoutd_parked_events_oldest_seconds",
        ),
        letters.parked,
    );
}

fn lag((events, seconds): (&'static str, &'static str), lag: Option<Lag>) {
    if let Some(lag) = lag {
        gauge!(events).set(level(lag.events));
        gauge!(seconds).set(level(lag.seconds));
    }
}

fn waiting((count, oldest): (&'static str, &'static str), waiting: Waiting) {
    gauge!(count).set(level(waiting.count));
    gauge!(oldest).set(level(waiting.oldest_seconds));
}

/// Exact up to 2^53; more of anything there is not.
fn level(count: u64) -> f64 {
    count as f64
}
