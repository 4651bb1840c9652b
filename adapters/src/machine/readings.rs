//! One set of readings: what a service was doing in the last ten seconds, and how it stands.
//!
//! Two kinds of figures: counts are of the window alone and add up over windows; levels are as
//! they were at its end. Durations of transactions are in microseconds (`_us`), ages and lags in
//! whole seconds (`_seconds`). Nothing here is about one tenant.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// What one instance read off itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readings {
    /// When: the end of the window, by the ledger's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub taken_at: OffsetDateTime,
    /// Which instance, as `host:port` of its HTTP address.
    pub instance: String,
    /// How long the window was, in milliseconds; 0 before anything was read.
    pub window_ms: u64,
    /// Transactions of this instance.
    pub transactions: Transactions,
    /// Commands that this instance answered.
    pub commands: Commands,
    /// Stripe's events that this instance took.
    pub stripe_events: StripeEvents,
    /// Count: events that this instance added to the log.
    pub events: u64,
    /// Inputs that wait for this instance's writer.
    pub queue: Queue,
    /// This instance's connections to the database, all pools together.
    pub pool: Pool,
    /// Whether NATS is connected; none where no NATS is set.
    pub nats_connected: Option<bool>,
    /// How the books stand, the same for every instance; none while the database cannot be asked.
    pub books: Option<Books>,
}

/// Database transactions, by how they ended. Those that only read count too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transactions {
    /// Count: begun.
    pub started: u64,
    /// Count: committed.
    pub committed: u64,
    /// Count: rolled back on purpose, with nothing wrong.
    pub rolled_back: u64,
    /// Count: ended by an error, of whatever kind.
    pub failed: u64,
    /// Count: of those that failed, the ones that took too long.
    pub timed_out: u64,
    /// Count: of those that failed, the ones that were a deadlock's victim.
    pub deadlocks: u64,
    /// Count: of those that failed, the ones that conflicted with others' writes.
    pub serialization_failures: u64,
    /// Count: work that was tried again after a failure.
    pub retries: u64,
    /// Level: running now.
    pub active: u64,
    /// Half of those that ended took at most so long, in microseconds; 0 if none ended.
    pub p50_us: u64,
    /// 95 of 100 took at most so long, in microseconds.
    pub p95_us: u64,
    /// 99 of 100 took at most so long, in microseconds.
    pub p99_us: u64,
}

/// Commands by how they were answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commands {
    /// Count: recorded.
    pub accepted: u64,
    /// Count: recorded before, and answered the same.
    pub duplicate: u64,
    /// Count: refused by the rules.
    pub refused: u64,
    /// Count: not carried out, or with an unknown outcome: the database or too much work.
    pub failed: u64,
}

/// Stripe's events by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StripeEvents {
    /// Count: applied to the books.
    pub applied: u64,
    /// Count: of no concern to the books.
    pub ignored: u64,
    /// Count: set aside until something comes that they wait for.
    pub parked: u64,
    /// Count: dead letters.
    pub dead: u64,
    /// Count: known already.
    pub duplicate: u64,
}

/// Inputs that wait for the writer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    /// Level: waiting.
    pub length: u64,
    /// Level: how many may wait.
    pub capacity: u64,
    /// Count: commands that were turned away because it was full.
    pub full: u64,
}

/// Connections to the database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// Level: open.
    pub size: u64,
    /// Level: open, and used by somebody.
    pub in_use: u64,
    /// Level: how many there may be.
    pub capacity: u64,
    /// Count: somebody had to wait for one.
    pub waits: u64,
}

/// How the books stand, over all tenants. All of it is levels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    /// When the database was asked. What is dear to ask is asked less often: up to this long
    /// before `taken_at`.
    #[serde(with = "time::serde::rfc3339")]
    pub asked_at: OffsetDateTime,
    /// The last position of the log; 0 while it is empty.
    pub position: u64,
    /// How far those who follow the log are behind.
    pub lags: Lags,
    /// Payouts that somebody should look after.
    pub payouts: Payouts,
    /// Stripe's events that had no effect yet.
    pub letters: Letters,
}

/// How far each of those who follow the log is behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lags {
    /// The books' lines.
    pub postings: Lag,
    /// Each day's sums.
    pub daily_rollups: Lag,
    /// Links between transfers and transactions.
    pub links: Lag,
    /// Seals.
    pub seals: Lag,
    /// Events that JetStream has not been given; none where no NATS is set.
    pub outbox: Option<Lag>,
    /// Stripe's events that JetStream still has for us; none where no NATS is set.
    pub ingest: Option<Lag>,
}

/// How far somebody is behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Lag {
    /// For how long the oldest of these events has waited; 0 if none waits.
    pub seconds: u64,
    /// How many events are to come; roughly, for not every position of the log is used.
    pub events: u64,
}

/// Payouts that somebody should look after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payouts {
    /// Nobody knows whether Stripe made them.
    pub in_doubt: Waiting,
    /// Under way, more than a day beyond their day of arrival, and nobody has told of them since.
    pub overdue: Waiting,
}

/// Stripe's events that had no effect yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letters {
    /// Those that a person has to look at.
    pub dead: Waiting,
    /// Those that wait for something to come.
    pub parked: Waiting,
}

/// Things that wait for somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// How many.
    pub count: u64,
    /// For how long the oldest has waited, in seconds; 0 if there are none. Of overdue payouts:
    /// since the day of arrival.
    pub oldest_seconds: u64,
}

impl Readings {
    /// Before anything was read.
    #[must_use]
    pub fn none(instance: &str, now: OffsetDateTime) -> Self {
        Self {
            taken_at: now,
            instance: instance.to_owned(),
            window_ms: 0,
            transactions: Transactions::default(),
            commands: Commands::default(),
            stripe_events: StripeEvents::default(),
            events: 0,
            queue: Queue::default(),
            pool: Pool::default(),
            nats_connected: None,
            books: None,
        }
    }

    /// One that has everything that may be missing, for descriptions of what there is.
    #[must_use]
    pub fn whole() -> Self {
        let lags = Lags {
            outbox: Some(Lag::default()),
            ingest: Some(Lag::default()),
            ..Lags::default()
        };
        Self {
            nats_connected: Some(true),
            books: Some(Books {
                asked_at: OffsetDateTime::UNIX_EPOCH,
                position: 0,
                lags,
                payouts: Payouts::default(),
                letters: Letters::default(),
            }),
            ..Self::none("host:8080", OffsetDateTime::UNIX_EPOCH)
        }
    }
}

impl Transactions {
    /// How many ended.
    #[must_use]
    pub const fn ended(&self) -> u64 {
        self.committed + self.rolled_back + self.failed
    }

    /// Of a thousand that ended, how many did without an error; none if none ended.
    #[must_use]
    pub fn succeeded_per_mille(&self) -> Option<u64> {
        (self.committed + self.rolled_back)
            .saturating_mul(1_000)
            .checked_div(self.ended())
    }
}

impl Lags {
    /// The one of the read tables that is furthest behind.
    #[must_use]
    pub fn projections(&self) -> Lag {
        self.postings.max(self.daily_rollups).max(self.links)
    }
}
