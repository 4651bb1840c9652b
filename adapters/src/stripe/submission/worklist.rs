//! What is to be done at Stripe: a fold of the log, and of nothing else.
//!
//! Only payouts that Stripe has not told of are kept, so the list is as long as
//! there are payouts on their way there. The log is read again from just before
//! the oldest of them after a restart.

use std::collections::HashMap;

use domain::{
    Event,
    id::{PayoutId, SellerId, StreamId, StripePayoutId, Tenant},
    payout::{Known, Payout, Stage, Standing},
};
use store::{Cursor, Recorded};
use time::{Duration, OffsetDateTime};

/// When something was recorded and does not show in the log, it is looked at again.
const ECHO: Duration = Duration::seconds(30);

/// Payouts to be made and called off, as far as the log was read.
#[derive(Debug)]
pub(super) struct Worklist {
    tenant: Tenant,
    /// So long an attempt of another instance, or of an earlier run, is left alone. Safe
    /// at any length: whoever takes over calls under the same key.
    lease: Duration,
    at: Cursor,
    payouts: HashMap<PayoutId, Open<Payout>>,
    cancellations: HashMap<PayoutId, Open<Cancellation>>,
}

/// Something that is not done yet.
#[derive(Debug)]
struct Open<T> {
    what: T,
    /// Where the log has to be read from to know of it.
    from: Cursor,
    /// When its last event was recorded.
    changed_at: OffsetDateTime,
    /// Nobody here begins before.
    not_before: Option<OffsetDateTime>,
    busy: bool,
    /// Something was heard of it while it was busy.
    heard: bool,
    /// The attempt under way was begun here.
    ours: bool,
}

/// A payout that Stripe is to call off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cancellation {
    pub(super) payout_id: PayoutId,
    pub(super) seller_id: SellerId,
    pub(super) stripe_payout_id: StripePayoutId,
    /// Where it was asked for: its idempotency key is made of this.
    pub(super) position: i64,
}

/// Something to be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Task {
    /// Begin an attempt, and call Stripe.
    Begin(Box<Known>, Attempt),
    /// Call Stripe for an attempt that has begun, under the same key.
    GoOn(Box<Known>, Attempt),
    /// Nobody knows what became of an attempt: look whether Stripe has the payout.
    LookUp(Box<Known>, Attempt),
    /// Call the payout off.
    Cancel(Cancellation),
}

/// An attempt, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Attempt {
    /// From 1.
    pub(super) number: u32,
    /// When it began, or when the payout was last heard of.
    pub(super) since: OffsetDateTime,
}

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Its outcome is recorded: the log tells what comes next.
    Recorded,
    /// Nothing came of it yet: again later. The attempt is ours.
    Later(Duration),
}

impl Task {
    pub(super) fn payout_id(&self) -> PayoutId {
        match self {
            Self::Begin(payout, _) | Self::GoOn(payout, _) | Self::LookUp(payout, _) => {
                payout.payout_id()
            }
            Self::Cancel(cancellation) => cancellation.payout_id,
        }
    }
}

impl Worklist {
    pub(super) fn new(tenant: Tenant, lease: Duration, at: Cursor) -> Self {
        Self {
            tenant,
            lease,
            at,
            payouts: HashMap::new(),
            cancellations: HashMap::new(),
        }
    }

    /// Up to where the log was read.
    pub(super) const fn at(&self) -> Cursor {
        self.at
    }

    /// Where a restart has to read the log from.
    pub(super) fn floor(&self) -> Cursor {
        let payouts = self.payouts.values().map(|open| open.from);
        let cancellations = self.cancellations.values().map(|open| open.from);
        payouts.chain(cancellations).min().unwrap_or(self.at)
    }

    /// Payouts that are not at Stripe for certain, and those of them in doubt.
    pub(super) fn counts(&self) -> (usize, usize) {
        let in_doubt = self.payouts.values().filter(|open| {
            let standing = open.what.known().map(Known::standing);
            matches!(standing, Some(Standing::InDoubt { .. }))
        });
        (self.payouts.len(), in_doubt.count())
    }

    /// Takes the next event of the log.
    pub(super) fn take(&mut self, recorded: &Recorded) {
        let before = std::mem::replace(&mut self.at, recorded.cursor);
        if recorded.tenant != self.tenant {
            return;
        }
        match &recorded.event {
            Event::PayoutRequested(event) => {
                let payout = Payout::default().evolve(&recorded.event);
                let open = Open::new(payout, before, recorded.recorded_at);
                self.payouts.insert(event.payout_id, open);
            }
            Event::PayoutCancellationRequested(event) => {
                let cancellation = Cancellation {
                    payout_id: event.payout_id,
                    seller_id: event.seller_id.clone(),
                    stripe_payout_id: event.stripe_payout_id.clone(),
                    position: recorded.position(),
                };
                let open = Open::new(cancellation, before, recorded.recorded_at);
                self.cancellations.insert(event.payout_id, open);
            }
            event => self.moved(recorded, event),
        }
    }

    fn moved(&mut self, recorded: &Recorded, event: &Event) {
        let Some(id) = payout_of(&recorded.stream) else {
            return;
        };
        let settled = matches!(
            event,
            Event::PayoutCanceled(_)
                | Event::PayoutFailed(_)
                | Event::PayoutPaid(_)
                | Event::PayoutCancellationRefused(_)
        );
        if settled {
            self.cancellations.remove(&id);
        }
        let Some(open) = self.payouts.get_mut(&id) else {
            return;
        };
        open.what = std::mem::take(&mut open.what).evolve(event);
        open.changed_at = recorded.recorded_at;
        open.not_before = None;
        open.heard = true;
        let unsettled = open.what.known().is_some_and(|known| {
            matches!(
                known.standing(),
                Standing::Requested | Standing::InDoubt { .. }
            )
        });
        if !unsettled {
            self.payouts.remove(&id);
        }
    }

    /// What is due, at most so many; each is busy from now on.
    pub(super) fn due(&mut self, now: OffsetDateTime, most: usize) -> Vec<Task> {
        let mut tasks = Vec::new();
        for open in self.cancellations.values_mut() {
            if tasks.len() < most && open.is_free(now) {
                open.begin();
                tasks.push(Task::Cancel(open.what.clone()));
            }
        }
        for open in self.payouts.values_mut() {
            if tasks.len() < most
                && open.is_free(now)
                && let Some(task) = open.task(now, self.lease)
            {
                open.begin();
                open.ours |= matches!(task, Task::Begin(..));
                tasks.push(task);
            }
        }
        tasks
    }

    /// A task has ended.
    pub(super) fn ended(&mut self, payout: PayoutId, ended: Ended, now: OffsetDateTime) {
        if let Some(open) = self.payouts.get_mut(&payout) {
            open.rest(ended, now);
        }
        if let Some(open) = self.cancellations.get_mut(&payout) {
            open.rest(ended, now);
        }
    }
}

impl<T> Open<T> {
    const fn new(what: T, from: Cursor, changed_at: OffsetDateTime) -> Self {
        Self {
            what,
            from,
            changed_at,
            not_before: None,
            busy: false,
            heard: false,
            ours: false,
        }
    }

    fn is_free(&self, now: OffsetDateTime) -> bool {
        !self.busy && self.not_before.is_none_or(|moment| moment <= now)
    }

    const fn begin(&mut self) {
        self.busy = true;
        self.heard = false;
    }

    fn rest(&mut self, ended: Ended, now: OffsetDateTime) {
        self.busy = false;
        self.not_before = match ended {
            // The log was faster.
            Ended::Recorded if self.heard => None,
            Ended::Recorded => Some(now + ECHO),
            Ended::Later(pause) => Some(now + pause),
        };
    }
}

impl Open<Payout> {
    fn task(&self, now: OffsetDateTime, lease: Duration) -> Option<Task> {
        let known = self.what.known()?;
        let payout = || Box::new(known.clone());
        let submission = known.submission();
        let attempt = |number, since| Attempt { number, since };
        let next = attempt(submission.attempts.saturating_add(1), self.changed_at);
        match (known.standing(), submission.stage) {
            (Standing::InDoubt { .. }, _) => {
                let this = attempt(submission.attempts, self.changed_at);
                Some(Task::LookUp(payout(), this))
            }
            (Standing::Requested, Stage::Idle) => Some(Task::Begin(payout(), next)),
            (Standing::Requested, Stage::Waiting { until }) if until <= now => {
                Some(Task::Begin(payout(), next))
            }
            (Standing::Requested, Stage::Begun { at }) if self.ours || at + lease <= now => {
                Some(Task::GoOn(payout(), attempt(submission.attempts, at)))
            }
            _ => None,
        }
    }
}

fn payout_of(stream: &StreamId) -> Option<PayoutId> {
    (stream.aggregate() == domain::id::Aggregate::Payout)
        .then(|| stream.key().parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests;
