//! A run at work: what a job is given to do its part.

use std::sync::{Mutex, PoisonError};

use domain::{
    Command, Refusal,
    id::{IdempotencyKey, Tenant},
};
use futures::{StreamExt, stream};
use indicatif::ProgressBar;
use store::{
    Acceptance, Database, Reply, Request, StoreError,
    jobs::{self, Held},
};
use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::{
    Cadence, Job, Jobs, StripeSide, Tally,
    report::{Reason, Unit},
};

/// How many units are under way at once: enough for the writer to commit many together.
const AT_ONCE: usize = 64;
/// So many failures are no matter of single units: the rest waits for the next run.
const MOST_FAILURES: u64 = 100;
/// So many are told one by one.
const TOLD_FAILURES: u64 = 10;

/// A run at work.
pub(super) struct Run<'a> {
    pub(super) jobs: &'a Jobs,
    pub(super) tenant: &'a Tenant,
    pub(super) job: Job,
    /// When it began: what is due by then is its work.
    pub(super) now: OffsetDateTime,
    /// The day that a person named.
    pub(super) day: Option<Date>,
    /// How far earlier runs have come.
    pub(super) cursor: Option<String>,
    /// Its hold on the job; without one, nothing of it is kept.
    pub(super) held: Option<Held<'a>>,
    pub(super) stop: &'a CancellationToken,
    pub(super) progress: ProgressBar,
    /// What became of its units so far.
    pub(super) tally: Mutex<Tally>,
}

impl<'a> Run<'a> {
    /// The read tables.
    pub(super) fn database(&self) -> &Database {
        self.jobs.ledger.database()
    }

    /// What there is to ask Stripe with, if it is for this tenant's books.
    pub(super) fn stripe(&self) -> Option<&'a StripeSide> {
        let side = self.jobs.stripe.as_ref()?;
        (side.tenant == *self.tenant).then_some(side)
    }

    /// When this job is due.
    pub(super) const fn cadence(&self) -> Cadence {
        self.jobs.cadence(self.job)
    }

    /// Carries out units, many at once, and counts what becomes of them. Those that are
    /// left when the run is asked to stop, or when too many have failed, are not begun.
    pub(super) async fn each<U, F>(&self, units: Vec<U>, work: impl Fn(U) -> F)
    where
        F: Future<Output = Unit>,
    {
        self.progress.inc_length(units.len() as u64);
        let begun = units.into_iter().take_while(|_| self.goes_on());
        stream::iter(begun.map(work))
            .buffer_unordered(AT_ONCE)
            .for_each(|unit| async move {
                self.count(&unit);
                self.progress.inc(1);
            })
            .await;
    }

    /// Carries out a command. Trouble of the moment is waited for; who gets a refusal
    /// in the end has nothing to wait for, or has waited long enough.
    pub(super) async fn execute(
        &self,
        command: Command,
        key: Option<IdempotencyKey>,
    ) -> Result<Acceptance, Refusal> {
        let (began, policy) = (Instant::now(), self.jobs.retry);
        let mut retry = 0;
        loop {
            let request = Request {
                tenant: self.tenant.clone(),
                command: command.clone(),
                key: key.clone(),
            };
            let refusal = match self.jobs.ledger.execute(request).await {
                Reply::Accepted(acceptance) => return Ok(acceptance),
                Reply::Refused(refusal) => refusal,
            };
            retry += 1;
            if refusal.code.is_final() || !policy.allows(retry, began.elapsed()) {
                return Err(refusal);
            }
            tokio::select! {
                () = self.stop.cancelled() => return Err(refusal),
                () = tokio::time::sleep(policy.pause(retry)) => {}
            }
        }
    }

    fn count(&self, unit: &Unit) {
        let failed = {
            let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
            tally.count(unit);
            tally.failed
        };
        let (tenant, job) = (self.tenant.as_str(), self.job.name());
        let outcome = match unit {
            Unit::Done => "done",
            Unit::Prepared => return,
            Unit::Skipped(Reason { unit, why, detail }) => {
                debug!(tenant, job, unit, why, detail, "skipped");
                "skipped"
            }
            Unit::Failed(Reason { unit, detail, .. }) => {
                if failed <= TOLD_FAILURES {
                    warn!(tenant, job, unit, error = detail, "a part of a job failed");
                }
                "failed"
            }
        };
        metrics::counter!("payoutd_job_units_total", "job_name" => job, "outcome" => outcome)
            .increment(1);
    }

    /// What became of the units so far.
    pub(super) fn tally(&self) -> Tally {
        let tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.clone()
    }

    /// Whether further units are begun.
    pub(super) fn goes_on(&self) -> bool {
        let tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        !self.stop.is_cancelled() && tally.failed < MOST_FAILURES
    }

    /// Whether everything was done so far: no unit failed, and none was left out.
    pub(super) fn is_complete(&self) -> bool {
        !self.stop.is_cancelled() && self.tally().failed == 0
    }

    /// Notes how far the job has come. Only for what is complete: whatever lies before a
    /// cursor is never looked at again.
    pub(super) async fn reached(&self, cursor: &str) -> Result<(), StoreError> {
        if let Some(held) = &self.held {
            jobs::advance(self.database(), held, cursor).await?;
        }
        Ok(())
    }
}

/// A moment as a cursor.
pub(super) fn to_cursor(moment: OffsetDateTime) -> String {
    moment.format(&Rfc3339).unwrap_or_default()
}

/// The moment of such a cursor.
pub(super) fn from_cursor(cursor: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(cursor, &Rfc3339).ok()
}
