//! The books with a clock, a lock and a log of calls: what the server works on.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use fastrand::Rng;
use serde::Serialize;
use store::Clock;
use time::OffsetDateTime;
use tokio::sync::{Notify, mpsc::UnboundedSender};
use tokio_util::sync::CancellationToken;

use super::{
    Settings,
    books::Books,
    call::{Call, Reply},
    delivery::{Counts, Tally},
    event::Event,
    fault::{Fault, Trouble},
};

/// How many calls are remembered.
const CALLS_KEPT: usize = 10_000;
/// How long nothing is due at most before the clock is looked at again.
const IDLE: Duration = Duration::from_secs(3600);

/// A call, and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct CallRecord {
    /// By the simulated clock.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// `POST`, …
    pub method: String,
    /// Without the query.
    pub path: String,
    /// The header `Stripe-Account`.
    pub account: Option<String>,
    /// The header `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    /// What was answered; nothing if nothing was.
    pub status: Option<u16>,
    /// Whether that was an earlier call's answer.
    pub replayed: bool,
    /// What went wrong on purpose.
    pub fault: Option<&'static str>,
}

/// What the lock guards.
#[derive(Debug)]
pub(super) struct State {
    pub(super) books: Books,
    pub(super) trouble: Trouble,
    pub(super) calls: VecDeque<CallRecord>,
    /// How far the simulated clock is ahead.
    ahead: time::Duration,
}

pub(super) struct Desk {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
    fresh: UnboundedSender<Event>,
    changed: Notify,
    tally: Arc<Tally>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

impl Desk {
    pub(super) fn new(
        settings: Settings,
        fresh: UnboundedSender<Event>,
        tally: Arc<Tally>,
    ) -> Self {
        // Ids must not come back after a restart: ledgers remember them.
        let seed = settings.clock.fresh_id().as_u64_pair();
        let books = Books::new(
            settings.rules,
            Rng::with_seed(seed.0 ^ seed.1.rotate_left(32)),
        );
        Self {
            state: Mutex::new(State {
                books,
                trouble: Trouble::new(settings.faults, settings.seed),
                calls: VecDeque::new(),
                ahead: time::Duration::ZERO,
            }),
            clock: settings.clock,
            fresh,
            changed: Notify::new(),
            tally,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the books as they stand now.
    pub(super) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        self.change(|state, _| look(state))
    }

    /// Does something to the books, with the time, and sends off what events it made.
    pub(super) fn change<T>(&self, act: impl FnOnce(&mut State, OffsetDateTime) -> T) -> T {
        let mut state = self.lock();
        let now = self.clock.now() + state.ahead;
        state.books.tick(now);
        let done = act(&mut state, now);
        for event in state.books.take_fresh() {
            // Nobody listens any more when the simulator ends.
            let _ = self.fresh.send(event);
        }
        drop(state);
        self.changed.notify_one();
        done
    }

    pub(super) fn advance(&self, by: time::Duration) {
        self.lock().ahead += by;
        self.change(|_, _| ());
    }

    pub(super) fn deliveries(&self) -> Counts {
        self.tally.counts()
    }

    /// Takes a call. It takes effect even if the caller does not wait for it.
    pub(super) async fn take(self: Arc<Self>, call: Call) -> Reply {
        let slow = self.change(|state, _| {
            let faults = state.trouble.faults;
            let ms = if faults.concern(&call) {
                faults.slow_ms
            } else {
                0
            };
            // A key that is in use already is answered at once.
            (ms > 0 && state.books.hold(&call)).then(|| Duration::from_millis(ms))
        });
        if let Some(slow) = slow {
            tokio::time::sleep(slow).await;
        }
        self.change(|state, now| {
            if slow.is_some() {
                state.books.release(&call);
            }
            state.take(&call, now)
        })
    }

    /// Lets payouts take their steps when their time has come.
    pub(super) async fn watch_the_clock(self: Arc<Self>, shutdown: CancellationToken) {
        loop {
            let (due, now) = {
                let state = self.lock();
                (state.books.next_due(), self.clock.now() + state.ahead)
            };
            let wait = due.map_or(IDLE, |due| {
                // A little late is better than a little early, and again.
                let wait = Duration::try_from(due - now).unwrap_or_default();
                wait + Duration::from_micros(100)
            });
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.changed.notified() => {}
                () = tokio::time::sleep(wait) => self.change(|_, _| ()),
            }
        }
    }
}

impl State {
    fn take(&mut self, call: &Call, now: OffsetDateTime) -> Reply {
        let fault = self.trouble.befalls(call);
        let reply = self.books.handle(call, fault, now);
        let (status, replayed) = match &reply {
            Reply::Answer(answer) => (Some(answer.status), answer.replayed),
            Reply::Silence | Reply::Reset => (None, false),
        };
        if self.calls.len() == CALLS_KEPT {
            self.calls.pop_front();
        }
        self.calls.push_back(CallRecord {
            at: now,
            method: call.method.clone(),
            path: call.path.clone(),
            account: call.account.clone(),
            idempotency_key: call.key.clone(),
            status,
            replayed,
            fault: fault.map(Fault::name),
        });
        reply
    }
}
