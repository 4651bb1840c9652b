//! One batch on its way into the database, in a task of its own: the next one is
//! decided meanwhile.

use std::{collections::HashSet, sync::Arc, time::Instant};

use domain::id::Tenant;
use tokio::sync::watch;
use tracing::{Span, debug, debug_span};

use super::{count, count_outcome};
use crate::{
    append::Append,
    database::Database,
    decided::{Decided, Head},
    error::{Class, StoreError},
    job::Work,
    kept::Kept,
    ledger::{InlineProjection, Prepared},
    settings::Isolation,
};

/// What the writer's transactions are called.
pub(super) const APPEND: &str = "append";

/// What every transaction of the writer needs.
pub(super) struct Runway {
    pub(super) database: Database,
    pub(super) connection: Arc<Kept>,
    pub(super) projection: Arc<dyn InlineProjection>,
    pub(super) isolation: Isolation,
    pub(super) committed: watch::Sender<u64>,
}

/// A batch whose transaction has ended.
pub(super) struct Landed {
    /// What parked webhooks may wait for and is there now.
    pub(super) arrivals: HashSet<(Tenant, String)>,
    pub(super) result: Result<Done, Failed>,
}

/// A batch that is durable. Nobody is answered yet.
pub(super) struct Done {
    decided: Decided,
    works: Vec<Work>,
}

/// A batch that was not committed, or not for certain. Nobody is answered yet.
pub(super) struct Failed {
    pub(super) works: Vec<Work>,
    /// The streams whose cached state rests on it.
    pub(super) heads: Vec<Head>,
    pub(super) error: StoreError,
}

/// A batch before take-off: everything its transaction sends is at hand.
pub(super) struct Plan {
    decided: Decided,
    statements: Option<Statements>,
}

struct Statements {
    append: Append,
    inline: Option<Box<dyn Prepared>>,
}

/// What is told of a batch: it is a part of what its first input is a part of, and linked with the
/// others both ways, for a span has one parent.
pub(super) fn span(works: &[Work]) -> Span {
    let mut told = works.iter().map(|work| &work.span);
    let Some(first) = told.find(|span| !span.is_disabled()) else {
        return Span::none();
    };
    let inputs = i64::try_from(works.len()).unwrap_or(i64::MAX);
    let span = debug_span!(parent: first, "batch", payoutd.batch.inputs = inputs);
    for other in told.filter(|span| !span.is_disabled()) {
        span.follows_from(other);
        other.follows_from(&span);
    }
    span
}

impl Runway {
    /// Puts together what the transaction of a batch will send.
    pub(super) fn plan(&self, decided: Decided, works: &[Work]) -> Result<Plan, StoreError> {
        let statements = if decided.writes() {
            let backend = self.database.backend();
            let prepare = || Arc::clone(&self.projection).prepare(backend, &decided.events);
            Some(Statements {
                append: Append::prepare(backend, &decided, works)?,
                inline: (!decided.events.is_empty()).then(prepare).transpose()?,
            })
        } else {
            None
        };
        Ok(Plan {
            decided,
            statements,
        })
    }

    /// Writes a batch in one transaction.
    pub(super) async fn fly(self: Arc<Self>, plan: Plan, mut works: Vec<Work>) -> Landed {
        let started = Instant::now();
        let Plan {
            mut decided,
            statements,
        } = plan;
        let result = match statements {
            Some(statements) => self.write(&mut decided, statements).await,
            None => Ok(()),
        };
        let elapsed = started.elapsed();
        metrics::histogram!("payoutd_batch_size").record(count(works.len()));
        debug!(
            batch = works.len(),
            events = decided.events.len(),
            isolation = self.isolation.as_sql(),
            duration_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
            committed = result.is_ok(),
            "ended a transaction"
        );
        // Also of a commit in doubt, which may have happened: looking for those who
        // wait costs nothing when it has not.
        let arrivals = decided.arrivals(&works);
        let result = match result {
            Ok(()) => Ok(Done { decided, works }),
            Err(error) => {
                if error.class() == Class::Ambiguous {
                    decided.leave_uncertain(&mut works);
                }
                Err(Failed {
                    works,
                    heads: decided.heads,
                    error,
                })
            }
        };
        Landed { arrivals, result }
    }

    /// Answers those whose inputs are durable.
    pub(super) fn answer(&self, done: Done) {
        let Done { decided, works } = done;
        // First, so that whoever has an answer finds its events counted.
        let events = u64::try_from(decided.events.len()).unwrap_or(0);
        if events > 0 {
            metrics::counter!("payoutd_events_total").increment(events);
            self.committed.send_modify(|total| *total += events);
        }
        for (index, work) in works.into_iter().enumerate() {
            let outcome = decided.outcome(index);
            count_outcome(&work, &outcome);
            work.answer(outcome);
        }
    }

    async fn write(&self, decided: &mut Decided, statements: Statements) -> Result<(), StoreError> {
        let append = self.database.gated(APPEND).isolation(self.isolation);
        let mut tx = append.open_next(&self.connection).await?;
        decided.place(statements.append.write(&mut tx).await?);
        if let Some(inline) = statements.inline {
            inline.write(&mut tx).await?;
        }
        tx.commit().await
    }
}
