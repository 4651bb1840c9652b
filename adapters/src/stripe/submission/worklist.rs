//! What is to be done at Stripe: a fold of the log, and of nothing else.
//!
//! Only payouts that Stripe has not told of are kept, so the list is as long as
//! there are payouts on their way there. The log is read again from just before
//! the oldest of them after a restart.

use domain::{
    Event,
    id::{PayoutId, SellerId, StreamId, StripePayoutId, Tenant},
    payout::{Known, Payout, Stage, Standing},
};
use store::{Cursor, Recorded};
use time::{Duration, OffsetDateTime};

mod agenda;
mod open;

use agenda::Due;
use open::{Open, OpenList};

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
    payouts: OpenList<Payout>,
    in_doubt: usize,
    cancellations: OpenList<Cancellation>,
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
    /// When the payout was requested: Stripe has none of it that is older.
    pub(super) requested_at: OffsetDateTime,
}

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Its outcome is recorded: the log tells what comes next.
    Recorded,
    /// Nothing came of it yet: again later.
    Later(Duration),
    /// The same, and this attempt was begun here: nobody else has to be waited for.
    Ours(u32, Duration),
}

/// Which task: there is one for each at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TaskId {
    /// To make a payout.
    Payout(PayoutId),
    /// To call one off.
    Cancellation(PayoutId),
}

impl Task {
    pub(super) fn id(&self) -> TaskId {
        match self {
            Self::Begin(payout, _) | Self::GoOn(payout, _) | Self::LookUp(payout, _) => {
                TaskId::Payout(payout.payout_id())
            }
            Self::Cancel(cancellation) => TaskId::Cancellation(cancellation.payout_id),
        }
    }
}

impl Worklist {
    pub(super) fn new(tenant: Tenant, lease: Duration, at: Cursor) -> Self {
        Self {
            tenant,
            lease,
            at,
            payouts: OpenList::new(),
            in_doubt: 0,
            cancellations: OpenList::new(),
        }
    }

    /// Up to where the log was read.
    pub(super) const fn at(&self) -> Cursor {
        self.at
    }

    /// Where a restart has to read the log from.
    pub(super) fn floor(&self) -> Cursor {
        let open = [self.payouts.floor(), self.cancellations.floor()];
        open.into_iter().flatten().min().unwrap_or(self.at)
    }

    /// Payouts that are not at Stripe for certain, and those of them in doubt.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.payouts.len(), self.in_doubt)
    }

    /// Takes the next event of the log.
    pub(super) fn take(&mut self, recorded: &Recorded) {
        let before = std::mem::replace(&mut self.at, recorded.cursor);
        if recorded.tenant != self.tenant {
            return;
        }
        let lease = self.lease;
        match &recorded.event {
            Event::PayoutRequested(event) => {
                let payout = Payout::default().evolve(&recorded.event);
                let open = Open::new(payout, before, recorded.recorded_at);
                self.payouts
                    .insert(event.payout_id, open, |open| open.due(lease));
            }
            Event::PayoutCancellationRequested(event) => {
                let cancellation = Cancellation {
                    payout_id: event.payout_id,
                    seller_id: event.seller_id.clone(),
                    stripe_payout_id: event.stripe_payout_id.clone(),
                    position: recorded.position(),
                };
                let open = Open::new(cancellation, before, recorded.recorded_at);
                self.cancellations
                    .insert(event.payout_id, open, |_| Due::Now);
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
            self.cancellations.remove(id);
        }
        let was_in_doubt = self.is_in_doubt(id);
        let lease = self.lease;
        self.payouts.change(
            id,
            |open| {
                open.evolve(event, recorded.recorded_at);
                open.is_settled()
            },
            |open| open.due(lease),
        );
        self.in_doubt = self
            .in_doubt
            .saturating_sub(usize::from(was_in_doubt))
            .saturating_add(usize::from(self.is_in_doubt(id)));
    }

    fn is_in_doubt(&self, id: PayoutId) -> bool {
        let known = self.payouts.get(id).and_then(|open| open.what.known());
        known.is_some_and(|known| matches!(known.standing(), Standing::InDoubt { .. }))
    }

    /// What is due, at most so many; each is busy from now on.
    pub(super) fn due(&mut self, now: OffsetDateTime, most: usize) -> Vec<Task> {
        let mut tasks = Vec::new();
        while tasks.len() < most
            && let Some(open) = self.cancellations.take(now)
        {
            tasks.push(Task::Cancel(open.what.clone()));
        }
        while tasks.len() < most
            && let Some(open) = self.payouts.take(now)
        {
            tasks.extend(open.task());
        }
        tasks
    }

    /// A task has ended.
    pub(super) fn ended(&mut self, task: TaskId, ended: Ended, now: OffsetDateTime) {
        let lease = self.lease;
        match task {
            TaskId::Payout(id) => self.payouts.rest(id, (ended, now), |open| open.due(lease)),
            TaskId::Cancellation(id) => self.cancellations.rest(id, (ended, now), |_| Due::Now),
        }
    }
}

impl Open<Payout> {
    fn evolve(&mut self, event: &Event, recorded_at: OffsetDateTime) {
        self.what = std::mem::take(&mut self.what).evolve(event);
        self.changed_at = recorded_at;
        self.heard = true;
        // An attempt of ours goes on after its pause, also where the log is slow.
        let begun_here = match event {
            Event::PayoutSubmissionBegun(begun) => self.ours == Some(begun.attempt),
            _ => false,
        };
        if !begun_here {
            self.not_before = None;
        }
    }

    /// Stripe has told of it, or it was called off.
    fn is_settled(&self) -> bool {
        self.what.known().is_none_or(|known| {
            !matches!(
                known.standing(),
                Standing::Requested | Standing::InDoubt { .. }
            )
        })
    }

    fn due(&self, lease: Duration) -> Due {
        let Some(known) = self.what.known() else {
            return Due::Never;
        };
        let submission = known.submission();
        match (known.standing(), submission.stage) {
            (Standing::InDoubt { .. }, _) | (Standing::Requested, Stage::Idle) => Due::Now,
            (Standing::Requested, Stage::Waiting { until }) => Due::At(until),
            (Standing::Requested, Stage::Begun { .. })
                if self.ours == Some(submission.attempts) =>
            {
                Due::Now
            }
            (Standing::Requested, Stage::Begun { at }) => Due::At(at.saturating_add(lease)),
            _ => Due::Never,
        }
    }

    /// What is to be done about it now.
    fn task(&self) -> Option<Task> {
        let known = self.what.known()?;
        let submission = known.submission();
        let payout = Box::new(known.clone());
        let attempt = |number, since| Attempt {
            number,
            since,
            requested_at: self.opened_at,
        };
        let (this, next) = (submission.attempts, submission.attempts.saturating_add(1));
        Some(match (known.standing(), submission.stage) {
            (Standing::InDoubt { .. }, _) => Task::LookUp(payout, attempt(this, self.changed_at)),
            (_, Stage::Begun { at }) => Task::GoOn(payout, attempt(this, at)),
            _ => Task::Begin(payout, attempt(next, self.changed_at)),
        })
    }
}

fn payout_of(stream: &StreamId) -> Option<PayoutId> {
    (stream.aggregate() == domain::id::Aggregate::Payout)
        .then(|| stream.key().parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests;
