//! What the service reads off itself: every ten seconds one set of [`Readings`], for whoever
//! watches it from inside; and its metrics, for Prometheus.
//!
//! | what | file |
//! |---|---|
//! | the figures, and what each means | `machine/readings.rs` |
//! | who takes them | `machine/collector.rs`, `books.rs`, `window.rs` |
//! | how they are kept | `machine/history.rs`; how they are read again: `look_back.rs` |
//! | the metrics, and what each means | `machine/catalogue.rs`, `gauges.rs` |
//! | their text | `machine/exposition.rs` |
//!
//! The collector publishes each set on a `tokio::sync::watch` channel of `Arc<Readings>`:
//! [`Latest`]. Whoever consumes them keeps a receiver, looks at the newest with `borrow()` and
//! waits for the next with `changed()`; a slow one misses sets and holds up nobody. Before the
//! first set is taken the channel holds one of zeros: [`window_ms`](Readings::window_ms) is 0.

pub mod catalogue;

mod books;
mod collector;
mod exposition;
mod gauges;
mod history;
mod look_back;
mod readings;
mod window;

use std::net::SocketAddr;

use crate::alerts::Live;

pub use self::{
    collector::{Collector, Latest},
    exposition::{CONTENT_TYPE, Exposition, ExpositionError},
    history::STEPS,
    look_back::{LookBack, LookBackError, MOST, Past, columns, flat, look_back},
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
    /// The metrics.
    pub exposition: Exposition,
    /// News of alerts, as they come.
    pub alerts: Live,
}

/// Tells which program on which kind of database this is.
fn tell_build(backend: store::Backend) {
    let version = env!("CARGO_PKG_VERSION");
    metrics::gauge!("payoutd_build_info", "version" => version, "database" => backend.as_str())
        .set(1);
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
