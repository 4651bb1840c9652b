//! Takes the readings, for as long as a service runs.

use std::{sync::Arc, time::Duration};

use async_nats::{Client, connection::State as Connected};
use store::{Ledger, PoolState};
use time::OffsetDateTime;
use tokio::{
    sync::{broadcast, mpsc, watch},
    time::{Instant, MissedTickBehavior, interval_at},
};
use tokio_util::sync::CancellationToken;

use super::{
    Machine,
    books::Asker,
    exposition::{Exposition, Text},
    gauges,
    history::{History, Taken},
    readings::{Books, Pool, Queue, Readings},
    tell_build,
    window::Counted,
};
use crate::{alerts::LIVE_BACKLOG, config};

/// So many sets of readings wait to be kept; more are not.
const UNKEPT: usize = 64;

/// The newest readings, and word of the next ones.
pub type Latest = watch::Receiver<Arc<Readings>>;

/// Takes the readings of one instance.
#[derive(Debug)]
pub struct Collector {
    ledger: Ledger,
    nats: Option<Client>,
    instance: String,
    exposition: Exposition,
    settings: config::machine::Settings,
    latest: watch::Sender<Arc<Readings>>,
}

impl Collector {
    /// A collector, and where its readings are seen. Without NATS there is no client.
    #[must_use]
    pub fn new(
        (ledger, nats): (Ledger, Option<Client>),
        instance: String,
        exposition: Exposition,
        settings: config::machine::Settings,
    ) -> (Self, Machine) {
        tell_build(ledger.database().backend());
        let none = Readings::none(&instance, ledger.now());
        let (latest, readings) = watch::channel(Arc::new(none));
        let machine = Machine {
            readings,
            exposition: exposition.clone(),
            alerts: broadcast::Sender::new(LIVE_BACKLOG),
        };
        let collector = Self {
            ledger,
            nats,
            instance,
            exposition,
            settings,
            latest,
        };
        (collector, machine)
    }

    /// Takes readings until the shutdown.
    pub async fn run(self, shutdown: CancellationToken) {
        let (kept, to_keep) = mpsc::channel(UNKEPT);
        let database = self.ledger.database().clone();
        let history = History::new(database.clone(), self.instance.clone());
        let keeping = tokio::spawn(history.run(to_keep, shutdown.clone()));
        let mut asker = Asker::new(database, self.nats.clone());
        let mut before = (Instant::now(), self.counted());
        let mut ticks = interval_at(before.0 + self.settings.every, self.settings.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                _ = ticks.tick() => {}
            }
            let now = self.ledger.now();
            let books = tokio::select! {
                () = shutdown.cancelled() => break,
                books = asker.ask(now) => books,
            };
            gauges::in_doubt(asker.in_doubt());
            let (at, counted) = (Instant::now(), self.counted());
            let window = (at - before.0, counted.clone().since(&before.1));
            before = (at, counted);
            let taken = self.put_together(now, window, books);
            self.latest.send_replace(Arc::new(taken.readings.clone()));
            if self.settings.keep {
                // When the database takes nothing for long, the history has a gap.
                let _ = kept.try_send(taken);
            }
        }
        let _ = keeping.await;
    }

    fn counted(&self) -> Counted {
        Counted::of(Text(&self.exposition.render()))
    }

    fn put_together(
        &self,
        now: OffsetDateTime,
        (window, counted): (Duration, Counted),
        books: Option<Books>,
    ) -> Taken {
        let pools = self.ledger.database().pools();
        let sum = |of: fn(&PoolState) -> u32| pools.iter().map(|pool| u64::from(of(pool))).sum();
        let nats = self.nats.as_ref();
        let readings = Readings {
            taken_at: now,
            instance: self.instance.clone(),
            window_ms: u64::try_from(window.as_millis()).unwrap_or(u64::MAX),
            transactions: counted.transactions,
            commands: counted.commands,
            stripe_events: counted.stripe_events,
            events: counted.events,
            queue: Queue {
                length: self.ledger.waiting() as u64,
                capacity: self.ledger.capacity() as u64,
                full: counted.queue_full,
            },
            pool: Pool {
                size: sum(|pool| pool.size),
                in_use: sum(|pool| pool.size.saturating_sub(pool.idle)),
                capacity: sum(|pool| pool.capacity),
                waits: counted.pool_waits,
            },
            nats_connected: nats.map(|client| client.connection_state() == Connected::Connected),
            books,
        };
        gauges::set(&readings, &pools);
        Taken {
            readings,
            durations: counted.durations,
        }
    }
}
