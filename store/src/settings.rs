//! Settings of the store, each with a default that is safe.

use std::{fmt, sync::Arc, time::Duration};

use time::OffsetDateTime;
use uuid::Uuid;

/// How strictly transactions are kept apart. The ledger's laws hold at each of
/// them; SERIALIZABLE is the second belt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Isolation {
    /// Statements may see what was never committed. For readers who count roughly.
    ReadUncommitted,
    /// Each statement sees what was committed before it.
    ReadCommitted,
    /// The transaction sees one snapshot.
    RepeatableRead,
    /// As if one transaction ran after the other.
    #[default]
    Serializable,
}

impl Isolation {
    /// In SQL.
    #[must_use]
    pub const fn as_sql(self) -> &'static str {
        match self {
            Self::ReadUncommitted => "READ UNCOMMITTED",
            Self::ReadCommitted => "READ COMMITTED",
            Self::RepeatableRead => "REPEATABLE READ",
            Self::Serializable => "SERIALIZABLE",
        }
    }
}

/// When something is tried again, and for how long: the one policy of the ledger.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryPolicy {
    /// How often after the first time.
    pub retries: u32,
    /// Upper bound of the first pause.
    pub base: Duration,
    /// How much the bound grows each time.
    pub factor: u32,
    /// No pause is longer than this.
    pub cap: Duration,
    /// All tries and pauses together; the last try may end later.
    pub budget: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl RetryPolicy {
    /// What is used where nothing else is said.
    pub const DEFAULT: Self = Self {
        retries: 3,
        base: Duration::from_millis(100),
        factor: 2,
        cap: Duration::from_secs(2),
        budget: Duration::from_secs(10),
    };
    /// Nothing is tried again.
    pub const NEVER: Self = Self {
        retries: 0,
        ..Self::DEFAULT
    };

    /// How long to pause before the given retry (1 is the first): anything up to
    /// the bound, so that rivals do not meet again ("full jitter").
    #[must_use]
    pub fn pause(&self, retry: u32) -> Duration {
        let bound = self.bound(retry);
        let micros = u64::try_from(bound.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(fastrand::u64(0..=micros))
    }

    /// The upper bound of the pause before the given retry.
    #[must_use]
    pub fn bound(&self, retry: u32) -> Duration {
        let growth = self.factor.saturating_pow(retry.saturating_sub(1));
        self.base.saturating_mul(growth).min(self.cap)
    }

    /// Whether the given retry may still be made after so much time.
    #[must_use]
    pub fn allows(&self, retry: u32, spent: Duration) -> bool {
        retry <= self.retries && spent < self.budget
    }
}

/// Where time and fresh ids come from.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Now, in UTC.
    fn now(&self) -> OffsetDateTime;
    /// An id that was never used.
    fn fresh_id(&self) -> Uuid;
}

/// The machine's clock; ids sort by time.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where time is read"
    )]
    fn now(&self) -> OffsetDateTime {
        // Databases keep microseconds; what is answered must equal what is kept.
        let now = OffsetDateTime::now_utc();
        now.replace_microsecond(now.microsecond()).unwrap_or(now)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where ids are minted"
    )]
    fn fresh_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// How the writer works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Isolation level of the writer's transactions.
    pub isolation: Isolation,
    /// When a batch is tried again.
    pub retry: RetryPolicy,
    /// How many inputs may wait; more are refused with `UNAVAILABLE`.
    pub queue: usize,
    /// How many inputs go into one transaction at most.
    pub batch: usize,
    /// How much folded state is kept in memory, in transactions and items.
    pub cache_weight: usize,
    /// How often to look for parked webhooks whose time came while nobody saw it:
    /// another process may have ended right after it had brought what they wait for.
    pub look_again: Duration,
    /// Time and ids.
    pub clock: Arc<dyn Clock>,
}

impl Settings {
    /// How many waiting inputs are worth being decided while a batch is written.
    pub(crate) fn ahead(&self) -> usize {
        self.batch.div_ceil(4)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            isolation: Isolation::default(),
            retry: RetryPolicy::default(),
            queue: 4096,
            batch: 1024,
            cache_weight: 500_000,
            look_again: Duration::from_secs(30),
            clock: Arc::new(SystemClock),
        }
    }
}
