//! What became of this process's transactions, counted by name, and which of them run now.
//!
//! Every transaction at the server counts once as started and once as committed, rolled back or
//! failed; one that is tried again is another transaction. What is counted here is told to
//! the `metrics` facade in the same breath.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, LazyLock, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tracing::Span;

use super::{
    histogram::{Filling, Histogram},
    isolation::IsolationInForce,
    pressure::Pressure,
    span,
};
use crate::{
    database::Backend,
    error::{Conflict, StoreError, label},
};

/// What became of the transactions of one name since the process began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Begun at the server.
    pub started: u64,
    /// Made durable; of those that only read, ended as they should.
    pub committed: u64,
    /// Undone because their code said so.
    pub rolled_back: u64,
    /// Undone because something went wrong, or ended nobody knows how.
    pub failed: u64,
    /// Of the failed: past their deadline.
    pub timed_out: u64,
    /// Deadlocks that the server ended.
    pub deadlocks: u64,
    /// Refused because they could not have run one after the other.
    pub serialization_failures: u64,
    /// Not begun because no connection came free in time.
    pub exhausted: u64,
    /// Hooks that failed and changed nothing by that.
    pub hook_failures: u64,
    /// How often something was tried again: by the code of the failure, and which try it was
    /// that followed (1 is the first after the failure).
    pub retries: BTreeMap<(String, u32), u64>,
    /// From BEGIN to the answer of COMMIT or ROLLBACK.
    pub durations: Histogram,
    /// How much longer pauses are than the retry policy says.
    pub pressure: Pressure,
    /// Running now.
    pub active: u64,
}

/// A transaction that runs now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Active {
    /// Counted from 1 in each process.
    pub id: u64,
    /// What it is for.
    pub name: &'static str,
    /// How strictly it is kept apart.
    pub isolation: IsolationInForce,
    /// Since BEGIN.
    pub age: Duration,
    /// How many savepoints deep it is.
    pub depth: u32,
    /// Which try it is; 1 is the first.
    pub attempt: u32,
    /// When it will be cancelled, if it has a deadline: nothing once it has passed.
    pub left: Option<Duration>,
}

/// What became of the transactions of each name since the process began.
#[must_use]
pub fn stats() -> BTreeMap<&'static str, Counts> {
    let mut all: BTreeMap<_, _> = read_tallies()
        .iter()
        .map(|(name, tally)| (*name, tally.read()))
        .collect();
    for active in running().values() {
        all.entry(active.name).or_default().active += 1;
    }
    all
}

/// The transactions that run now, the oldest first.
#[must_use]
pub fn active() -> Vec<Active> {
    let mut all: Vec<Active> = running()
        .iter()
        .map(|(id, running)| running.read(*id))
        .collect();
    all.sort_by_key(|active| active.id);
    all
}

static TALLIES: LazyLock<RwLock<HashMap<&'static str, Arc<Tally>>>> =
    LazyLock::new(RwLock::default);
static RUNNING: LazyLock<Mutex<HashMap<u64, Arc<Running>>>> = LazyLock::new(Mutex::default);
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

fn read_tallies() -> std::sync::RwLockReadGuard<'static, HashMap<&'static str, Arc<Tally>>> {
    TALLIES.read().unwrap_or_else(PoisonError::into_inner)
}

fn running() -> MutexGuard<'static, HashMap<u64, Arc<Running>>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The counts of one name, as they are counted.
#[derive(Debug)]
struct Tally {
    started: AtomicU64,
    committed: AtomicU64,
    rolled_back: AtomicU64,
    failed: AtomicU64,
    timed_out: AtomicU64,
    deadlocks: AtomicU64,
    serialization_failures: AtomicU64,
    exhausted: AtomicU64,
    hook_failures: AtomicU64,
    pressure: AtomicU32,
    retries: Mutex<BTreeMap<(String, u32), u64>>,
    durations: Filling,
}

impl Tally {
    fn of(name: &'static str) -> Arc<Self> {
        if let Some(tally) = read_tallies().get(name) {
            return Arc::clone(tally);
        }
        let mut tallies = TALLIES.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(tallies.entry(name).or_insert_with(|| Arc::new(Self::new())))
    }

    fn new() -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            started: zero(),
            committed: zero(),
            rolled_back: zero(),
            failed: zero(),
            timed_out: zero(),
            deadlocks: zero(),
            serialization_failures: zero(),
            exhausted: zero(),
            hook_failures: zero(),
            pressure: AtomicU32::new(Pressure::NONE.permille()),
            retries: Mutex::default(),
            durations: Filling::new(),
        }
    }

    fn read(&self) -> Counts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let retries = self.retries.lock().unwrap_or_else(PoisonError::into_inner);
        Counts {
            started: of(&self.started),
            committed: of(&self.committed),
            rolled_back: of(&self.rolled_back),
            failed: of(&self.failed),
            timed_out: of(&self.timed_out),
            deadlocks: of(&self.deadlocks),
            serialization_failures: of(&self.serialization_failures),
            exhausted: of(&self.exhausted),
            hook_failures: of(&self.hook_failures),
            retries: retries.clone(),
            durations: self.durations.read(),
            pressure: self.pressure(),
            active: 0,
        }
    }

    fn pressure(&self) -> Pressure {
        Pressure::from_permille(self.pressure.load(Ordering::Relaxed))
    }

    fn press(&self, change: impl Fn(Pressure) -> Pressure) {
        let change = |permille| Some(change(Pressure::from_permille(permille)).permille());
        // The change never declines, so this cannot fail.
        let _ = self
            .pressure
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, change);
    }
}

#[derive(Debug)]
struct Running {
    name: &'static str,
    isolation: IsolationInForce,
    since: Instant,
    depth: AtomicU32,
    attempt: u32,
    until: Option<Instant>,
}

impl Running {
    fn read(&self, id: u64) -> Active {
        let now = Instant::now();
        Active {
            id,
            name: self.name,
            isolation: self.isolation,
            age: now.saturating_duration_since(self.since),
            depth: self.depth.load(Ordering::Relaxed),
            attempt: self.attempt,
            left: self.until.map(|until| until.saturating_duration_since(now)),
        }
    }
}

/// How a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Committed,
    RolledBack,
    Failed,
}

/// What is told of a transaction when it begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beginning {
    pub(super) name: &'static str,
    pub(super) backend: Backend,
    pub(super) isolation: IsolationInForce,
    pub(super) attempt: u32,
    pub(super) until: Option<Instant>,
}

/// One running transaction under observation. Dropped without an end, it has failed.
#[derive(Debug)]
pub(super) struct Watched {
    id: u64,
    running: Arc<Running>,
    tally: Arc<Tally>,
    span: Span,
    ended: bool,
}

impl Watched {
    pub(super) fn begin(beginning: Beginning) -> Self {
        let span = span::begin(&beginning);
        let Beginning {
            name,
            isolation,
            attempt,
            until,
            ..
        } = beginning;
        let tally = Tally::of(name);
        tally.started.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("payoutd_transactions_started_total", "name" => name).increment(1);
        metrics::gauge!("payoutd_transactions_active", "name" => name).increment(1.0);
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let new = Arc::new(Running {
            name,
            isolation,
            since: Instant::now(),
            depth: AtomicU32::new(0),
            attempt,
            until,
        });
        running().insert(id, Arc::clone(&new));
        Self {
            id,
            running: new,
            tally,
            span,
            ended: false,
        }
    }

    pub(super) const fn id(&self) -> u64 {
        self.id
    }

    pub(super) fn is_at_depth(&self, depth: usize) {
        let depth = u32::try_from(depth).unwrap_or(u32::MAX);
        self.running.depth.store(depth, Ordering::Relaxed);
    }

    /// Takes note of a failure.
    pub(super) fn saw(&self, error: &StoreError) {
        saw(self.running.name, &self.tally, error);
        span::saw(&self.span, error);
    }

    pub(super) fn hook_failed(&self) {
        self.tally.hook_failures.fetch_add(1, Ordering::Relaxed);
        let name = self.running.name;
        metrics::counter!("payoutd_transaction_hook_failures_total", "name" => name).increment(1);
    }

    pub(super) fn end(&mut self, end: End) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let Running { name, since, .. } = *self.running;
        let duration = since.elapsed();
        self.tally.durations.record(duration);
        let (counter, metric) = match end {
            End::Committed => (
                &self.tally.committed,
                "payoutd_transactions_committed_total",
            ),
            End::RolledBack => (
                &self.tally.rolled_back,
                "payoutd_transactions_rolled_back_total",
            ),
            End::Failed => (&self.tally.failed, "payoutd_transactions_failed_total"),
        };
        counter.fetch_add(1, Ordering::Relaxed);
        span::end(&mut self.span, end);
        if end == End::Committed {
            self.tally.press(Pressure::after_commit);
        }
        running().remove(&self.id);
        metrics::counter!(metric, "name" => name).increment(1);
        metrics::gauge!("payoutd_transactions_active", "name" => name).decrement(1.0);
        metrics::histogram!("payoutd_transaction_duration_seconds", "name" => name)
            .record(duration);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.end(End::Failed);
    }
}

fn saw(name: &'static str, tally: &Tally, error: &StoreError) {
    let (counter, metric) = match (error, error.conflict()) {
        (StoreError::DeadlineExceeded { .. }, _) => {
            (&tally.timed_out, "payoutd_transaction_timeouts_total")
        }
        (StoreError::PoolExhausted { .. }, _) => {
            (&tally.exhausted, "payoutd_transaction_pool_exhausted_total")
        }
        (_, Some(Conflict::Deadlock)) => (&tally.deadlocks, "payoutd_transaction_deadlocks_total"),
        (_, Some(Conflict::Serialization)) => (
            &tally.serialization_failures,
            "payoutd_transaction_serialization_failures_total",
        ),
        _ => return,
    };
    counter.fetch_add(1, Ordering::Relaxed);
    metrics::counter!(metric, "name" => name).increment(1);
}

/// Takes note of a transaction that could not begin.
pub(super) fn not_begun(name: &'static str, error: &StoreError) {
    saw(name, &Tally::of(name), error);
}

/// Takes note that something is tried again, and of what was in the way.
pub(crate) fn tried_again(name: &'static str, code: &str, attempt: u32) {
    let tally = Tally::of(name);
    let mut retries = tally.retries.lock().unwrap_or_else(PoisonError::into_inner);
    *retries.entry((code.to_owned(), attempt)).or_default() += 1;
    metrics::counter!("payoutd_transaction_retries_total", "name" => name,
        "code" => label(code), "attempt" => attempt.to_string())
    .increment(1);
}

/// Has pauses of this name grow: its transaction met a conflict.
pub(crate) fn met_conflict(name: &'static str) {
    Tally::of(name).press(Pressure::after_conflict);
}

/// How much longer pauses of this name are than the policy says.
pub(crate) fn pressure(name: &'static str) -> Pressure {
    Tally::of(name).pressure()
}
