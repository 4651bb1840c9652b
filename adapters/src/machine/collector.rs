//! Takes the readings, for as long as a service runs.

use std::{sync::Arc, time::Duration};

use async_nats::{Client, connection::State as Connected};
use store::Ledger;
use time::OffsetDateTime;
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval_at},
};
use tokio_util::sync::CancellationToken;

use super::readings::{Queue, Readings};

/// How often readings are taken.
pub const EVERY: Duration = Duration::from_secs(10);

/// The newest readings, and word of the next ones.
pub type Latest = watch::Receiver<Arc<Readings>>;

/// Takes the readings of one instance.
#[derive(Debug)]
pub struct Collector {
    ledger: Ledger,
    nats: Option<Client>,
    instance: String,
    latest: watch::Sender<Arc<Readings>>,
}

impl Collector {
    /// A collector, and where its readings are seen. Without NATS there is no client.
    #[must_use]
    pub fn new(ledger: Ledger, nats: Option<Client>, instance: String) -> (Self, Latest) {
        let none = Readings::none(&instance, ledger.now());
        let (latest, seen) = watch::channel(Arc::new(none));
        let collector = Self {
            ledger,
            nats,
            instance,
            latest,
        };
        (collector, seen)
    }

    /// Takes readings until the shutdown.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut before = Instant::now();
        let mut ticks = interval_at(before + EVERY, EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let now = Instant::now();
            let readings = self.take(self.ledger.now(), now - before);
            before = now;
            self.latest.send_replace(Arc::new(readings));
        }
    }

    fn take(&self, now: OffsetDateTime, window: Duration) -> Readings {
        Readings {
            window_ms: u64::try_from(window.as_millis()).unwrap_or(u64::MAX),
            queue: Queue {
                length: self.ledger.waiting() as u64,
                ..Queue::default()
            },
            nats_connected: self
                .nats
                .as_ref()
                .map(|client| client.connection_state() == Connected::Connected),
            ..Readings::none(&self.instance, now)
        }
    }
}
