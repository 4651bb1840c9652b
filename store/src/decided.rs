//! A decided batch: what its transaction writes, and what it answers.

use std::collections::HashSet;

use domain::{
    Event, Refusal,
    id::{Fingerprint, StreamId, Tenant},
};
use time::OffsetDateTime;

use crate::{
    inbox::Standing,
    job::{Outcome, Subject, Work},
    log::Cursor,
    recorded::Recorded,
    reply::{Acceptance, Dropped, EventRef, Ingested, Reply, Rerun, StoredOutcome},
};

/// What became of one input.
#[derive(Debug)]
pub(crate) enum Settled {
    /// Decided now; its receipt is written. Its events are `first..first + count`.
    Command {
        outcome: StoredOutcome,
        first: usize,
        count: usize,
    },
    /// Decided now; its archive row is written.
    Webhook {
        told: Ingested,
        detail: Option<String>,
    },
    /// A webhook of the archive, decided once more. Its new outcome is written if it
    /// has one.
    Again {
        rerun: Rerun,
        writes: bool,
        /// What the archive says it is about.
        object: Option<String>,
    },
    /// A webhook of the archive, given up now.
    Dropped {
        before: Standing,
        now: Ingested,
        reason: String,
    },
    /// Answered from what was recorded earlier; nothing is written.
    Earlier(Outcome),
    /// The same came earlier in this batch, at the given index.
    SameAs(usize),
    /// Its key came earlier in this batch, with another input.
    KeyReused(Refusal),
}

impl Settled {
    /// Whether later webhooks of the same object have to wait, or no longer have to.
    pub(crate) const fn is_sticky(&self) -> bool {
        match self {
            Self::Webhook { told, .. } => told.is_stuck(),
            Self::Again { writes, .. } => *writes,
            Self::Dropped { .. } => true,
            Self::Command { .. } | Self::Earlier(_) | Self::SameAs(_) | Self::KeyReused(_) => false,
        }
    }

    /// Whether something is recorded of it.
    const fn writes(&self) -> bool {
        match self {
            Self::Command { .. } | Self::Webhook { .. } | Self::Dropped { .. } => true,
            Self::Again { rerun, writes, .. } => *writes || rerun.events > 0,
            Self::Earlier(_) | Self::SameAs(_) | Self::KeyReused(_) => false,
        }
    }
}

/// A stream before and after.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) tenant: Tenant,
    pub(crate) stream: StreamId,
    /// The version that was read; 0 if there was none.
    pub(crate) expected: u64,
    /// The version afterwards. Streams that were read and did not change are moved
    /// to where they are: that turns the read into a write conflict.
    pub(crate) version: u64,
}

/// Decisions of one transaction.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) now: OffsetDateTime,
    pub(crate) heads: Vec<Head>,
    pub(crate) events: Vec<Recorded>,
    pub(crate) settled: Vec<Settled>,
}

impl Decided {
    pub(crate) fn new(now: OffsetDateTime) -> Self {
        Self {
            now,
            heads: Vec::new(),
            events: Vec::new(),
            settled: Vec::new(),
        }
    }

    /// Adds one input's decision.
    pub(crate) fn take(&mut self, settled: Settled, events: Vec<Recorded>) {
        let first = self.events.len();
        self.settled.push(match settled {
            Settled::Command { outcome, count, .. } => Settled::Command {
                outcome,
                first,
                count,
            },
            settled => settled,
        });
        self.events.extend(events);
    }

    /// Whether there is anything to write: not when all was answered from earlier.
    pub(crate) fn writes(&self) -> bool {
        self.settled.iter().any(Settled::writes)
    }

    /// The heads to move and the heads to open.
    pub(crate) fn heads(&self) -> (Vec<&Head>, Vec<&Head>) {
        let mut heads: Vec<_> = self.heads.iter().filter(|head| head.version > 0).collect();
        // One order for everybody: deadlocks are impossible.
        heads.sort_unstable_by(|a, b| (&a.stream, &a.tenant).cmp(&(&b.stream, &b.tenant)));
        heads.into_iter().partition(|head| head.expected > 0)
    }

    /// The names that the events claim.
    pub(crate) fn claims(&self) -> Vec<(&Recorded, String, Fingerprint)> {
        let claim = |recorded| {
            let event: &Recorded = recorded;
            let (alias, fingerprint) = event.event.claims()?;
            Some((event, alias.to_string(), fingerprint))
        };
        self.events.iter().filter_map(claim).collect()
    }

    /// Adds the places that the database gave to the events.
    pub(crate) fn place(&mut self, places: Vec<Cursor>) {
        for (recorded, place) in self.events.iter_mut().zip(places) {
            recorded.cursor = place;
        }
    }

    /// The outcome of the input at an index; positions are known by now.
    pub(crate) fn outcome(&self, index: usize) -> Outcome {
        match &self.settled[index] {
            Settled::Command {
                outcome,
                first,
                count,
            } => Outcome::Command(self.reply(outcome, *first, *count)),
            Settled::Webhook { told, .. } => Outcome::Webhook(told.clone()),
            Settled::Again { rerun, .. } => Outcome::Rerun(rerun.clone()),
            Settled::Dropped { before, .. } => Outcome::Dropped(Dropped {
                before: before.told.clone(),
                already: false,
            }),
            Settled::Earlier(outcome) => outcome.clone(),
            Settled::SameAs(earlier) => match self.outcome(*earlier) {
                Outcome::Command(Reply::Accepted(acceptance)) => {
                    let again = Acceptance {
                        duplicate: true,
                        ..acceptance
                    };
                    Outcome::Command(Reply::Accepted(again))
                }
                Outcome::Command(refused) => Outcome::Command(refused),
                Outcome::Webhook(_) => Outcome::Webhook(Ingested::Duplicate),
                outcome => outcome,
            },
            Settled::KeyReused(refusal) => Outcome::Command(Reply::Refused(refusal.clone())),
        }
    }

    fn reply(&self, outcome: &StoredOutcome, first: usize, count: usize) -> Reply {
        match outcome {
            StoredOutcome::Accepted { payout_id, .. } => {
                let event = |recorded: &Recorded| EventRef {
                    stream: recorded.stream.clone(),
                    version: recorded.version,
                    name: recorded.event.name().to_owned(),
                    position: recorded.position(),
                };
                let events = self.events[first..first + count]
                    .iter()
                    .map(event)
                    .collect();
                Reply::Accepted(Acceptance {
                    payout_id: *payout_id,
                    events,
                    duplicate: false,
                })
            }
            StoredOutcome::Refused { code, detail } => {
                Reply::Refused(Refusal::new(*code, detail.clone()))
            }
        }
    }

    /// Marks the inputs that were decided here, whose commit may or may not have
    /// happened. Those answered from an earlier one are as certain as before.
    pub(crate) fn leave_uncertain(&self, works: &mut [Work]) {
        for (work, settled) in works.iter_mut().zip(&self.settled) {
            work.uncertain |= settled.writes();
        }
    }

    /// What parked webhooks may have waited for until now: payouts that came into
    /// being, and objects of which one holds up the others no longer. A webhook parked
    /// just now may have missed what it waits for by a moment.
    pub(crate) fn arrivals(&self, works: &[Work]) -> HashSet<(Tenant, String)> {
        let payouts = self
            .events
            .iter()
            .filter(|recorded| matches!(recorded.event, Event::PayoutRequested(_)))
            .map(|recorded| (recorded.tenant.clone(), recorded.stream.to_string()));
        let webhooks = works.iter().zip(&self.settled).flat_map(|(work, settled)| {
            arrived(&work.subject, settled)
                .into_iter()
                .map(|reason| (work.tenant.clone(), reason))
        });
        payouts.chain(webhooks).collect()
    }
}

/// What may have become free by what happened to one webhook.
fn arrived(subject: &Subject, settled: &Settled) -> Vec<String> {
    let about = match subject {
        Subject::Webhook(webhook) => webhook.object.as_ref(),
        Subject::Command(_) | Subject::Drop(_) => None,
    };
    match settled {
        Settled::Webhook {
            told: Ingested::Parked(reason),
            ..
        } => vec![reason.clone()],
        Settled::Again { rerun, object, .. } => match (&rerun.before, &rerun.now) {
            (before, now) if before.is_stuck() && !now.is_stuck() => {
                about.into_iter().chain(object).cloned().collect()
            }
            (before, Ingested::Parked(reason)) if *before != rerun.now => vec![reason.clone()],
            _ => Vec::new(),
        },
        Settled::Dropped { before, .. } => before.object.iter().cloned().collect(),
        Settled::Webhook { .. }
        | Settled::Command { .. }
        | Settled::Earlier(_)
        | Settled::SameAs(_)
        | Settled::KeyReused(_) => Vec::new(),
    }
}
