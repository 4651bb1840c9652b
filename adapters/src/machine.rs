//! What the service reads off itself: every ten seconds one set of [`Readings`], for whoever
//! watches it from inside.
//!
//! | what | file |
//! |---|---|
//! | the figures, and what each means | `machine/readings.rs` |
//! | who takes them | `machine/collector.rs` |
//!
//! The collector publishes each set on a `tokio::sync::watch` channel of
//! `Arc<Readings>`: [`Latest`]. Whoever consumes them keeps a receiver, looks at the newest with
//! `borrow()` and waits for the next with `changed()`; a slow one misses sets and holds up
//! nobody. Before the first set is taken the channel holds one of zeros, whose
//! [`window_ms`](Readings::window_ms) is 0.

mod collector;
mod readings;

use std::net::SocketAddr;

pub use self::{
    collector::{Collector, EVERY, Latest},
    readings::{
        Books, Commands, Lag, Lags, Letters, Payouts, Pool, Queue, Readings, StripeEvents,
        Transactions, Waiting,
    },
};

/// The machine as the rest of the service sees it.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The newest readings.
    pub readings: Latest,
}

/// What an instance is called: the machine's name, and the port on which it answers.
#[must_use]
pub fn instance(http_addr: SocketAddr) -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname");
    let name = name.unwrap_or_default();
    let name = match name.trim() {
        "" => "unknown",
        name => name,
    };
    format!("{name}:{}", http_addr.port())
}
