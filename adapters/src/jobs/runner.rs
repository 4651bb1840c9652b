//! Runs jobs: when they are due for as long as a service runs, or one at a person's order.

use std::{sync::Mutex, time::Duration};

use domain::id::Tenant;
use futures::future::join_all;
use indicatif::ProgressBar;
use projections::work;
use store::{
    Database, RetryPolicy, StoreError,
    error::chain,
    jobs::{self, End, HOLD, Held, JobRow},
};
use time::{Date, OffsetDateTime};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::{Job, JobError, Jobs, Outcome, Report, run::Run};

/// How often it is looked for jobs that are due.
const LOOK: Duration = Duration::from_secs(5);
/// The same while the database does not answer.
const LOOK_IN_TROUBLE: Duration = Duration::from_secs(30);
/// How often a run tells that it is alive.
const BEAT: Duration = Duration::from_secs(15);
/// When a run that failed is made again: anything from half to all of the bound.
const AGAIN: RetryPolicy = RetryPolicy {
    retries: u32::MAX,
    base: Duration::from_secs(10),
    factor: 2,
    cap: Duration::from_secs(15 * 60),
    budget: Duration::MAX,
};
/// The table keeps no more of an error, in characters.
const LONGEST_ERROR: usize = 500;

/// A run that a person asks for.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// Which job.
    pub job: Job,
    /// Whose books.
    pub tenant: &'a Tenant,
    /// For a day of its own. Such a run leaves the table `jobs` alone.
    pub day: Option<Date>,
    /// Shows how far it is.
    pub progress: Option<&'a ProgressBar>,
}

impl Jobs {
    /// Runs all jobs when they are due, until told to stop.
    pub async fn keep(self, stop: CancellationToken) {
        join_all(Job::ALL.map(|job| self.keep_one(job, &stop))).await;
    }

    async fn keep_one(&self, job: Job, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            let pause = match self.run_due(job, stop).await {
                Ok(_) => LOOK,
                Err(error) => {
                    let (job, error) = (job.name(), chain(&error));
                    warn!(job, error, "cannot look for what is due");
                    LOOK_IN_TROUBLE
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Runs a job for each tenant for whom it is due and nobody is at it, one after the
    /// other. One that fails leaves the others.
    ///
    /// # Errors
    /// When it cannot be told which tenants there are.
    pub async fn run_due(
        &self,
        job: Job,
        stop: &CancellationToken,
    ) -> Result<Vec<(Tenant, Report)>, StoreError> {
        let mut reports = Vec::new();
        for tenant in work::tenants(self.database()).await? {
            if !self.can(job, &tenant) {
                continue;
            }
            if stop.is_cancelled() {
                break;
            }
            match self.run_if_due(job, &tenant, stop).await {
                Ok(Some(report)) => reports.push((tenant, report)),
                Ok(None) => {}
                Err(error) => warn!(
                    tenant = tenant.as_str(),
                    job = job.name(),
                    error = chain(&error),
                    "a job could not be begun"
                ),
            }
        }
        Ok(reports)
    }

    async fn run_if_due(
        &self,
        job: Job,
        tenant: &Tenant,
        stop: &CancellationToken,
    ) -> Result<Option<Report>, StoreError> {
        let (now, cadence) = (self.clock.now(), self.cadence(job));
        let row = self.row(job, tenant, now).await?;
        let furthest = now + cadence.period().max(AGAIN.cap) + HOLD;
        if row.next_run_at > now && row.next_run_at <= furthest {
            return Ok(None);
        }
        let held = self.new_hold(job, tenant);
        if !jobs::claim(self.database(), &held, now, furthest).await? {
            return Ok(None);
        }
        let run = Run {
            jobs: self,
            tenant,
            job,
            now,
            day: None,
            cursor: row.cursor.clone(),
            held: Some(held),
            stop,
            progress: ProgressBar::hidden(),
            tally: Mutex::default(),
        };
        Ok(Some(self.carry_out(&run, row.failures).await))
    }

    /// Runs a job now, whether it is due or not, and whoever else is at it.
    ///
    /// # Errors
    /// When it could not be begun. What went wrong later is in the report.
    pub async fn run_now(
        &self,
        order: Order<'_>,
        stop: &CancellationToken,
    ) -> Result<Report, StoreError> {
        let Order { job, tenant, .. } = order;
        let now = self.clock.now();
        let mut run = Run {
            jobs: self,
            tenant,
            job,
            now,
            day: order.day,
            cursor: None,
            held: None,
            stop,
            progress: order
                .progress
                .map_or_else(ProgressBar::hidden, Clone::clone),
            tally: Mutex::default(),
        };
        let mut failures = 0;
        if order.day.is_none() {
            let row = self.row(job, tenant, now).await?;
            let held = self.new_hold(job, tenant);
            jobs::take(self.database(), &held, now).await?;
            run.held = Some(held);
            run.cursor = row.cursor;
            failures = row.failures;
        }
        Ok(self.carry_out(&run, failures).await)
    }

    /// What the table tells of a job, which is known from then on.
    async fn row(
        &self,
        job: Job,
        tenant: &Tenant,
        now: OffsetDateTime,
    ) -> Result<JobRow, StoreError> {
        let due = self.cadence(job).latest(now);
        let named = |rows: Vec<JobRow>| rows.into_iter().find(|row| row.job == job.name());
        if let Some(row) = named(jobs::load(self.database(), tenant).await?) {
            return Ok(row);
        }
        jobs::introduce(self.database(), tenant, job.name(), due).await?;
        Ok(JobRow::new(job.name(), due))
    }

    fn new_hold<'a>(&self, job: Job, tenant: &'a Tenant) -> Held<'a> {
        Held {
            tenant,
            job: job.name(),
            run: self.clock.fresh_id(),
        }
    }

    fn database(&self) -> &Database {
        self.ledger.database()
    }

    async fn carry_out(&self, run: &Run<'_>, failures: u64) -> Report {
        let (tenant, job) = (run.tenant.as_str(), run.job.name());
        let attempt = failures + 1;
        debug!(tenant, job, attempt, "a job begins");
        let began = Instant::now();
        let result = tokio::select! {
            result = run.job.carry_out(run) => result,
            never = self.beat(run) => never,
        };
        let report = report(run, result, began.elapsed());
        if let Some(held) = &run.held {
            let end = self.end(run, &report, failures);
            if let Err(error) = jobs::end(self.database(), held, &end).await {
                warn!(
                    tenant,
                    job,
                    error = chain(&error),
                    "the end of a job could not be noted"
                );
            }
        }
        tell(run, &report, attempt);
        report
    }

    /// Goes on holding the job for as long as the run lasts.
    async fn beat(&self, run: &Run<'_>) -> Result<(), JobError> {
        let Some(held) = &run.held else {
            return std::future::pending().await;
        };
        loop {
            tokio::time::sleep(BEAT).await;
            let (tenant, job) = (run.tenant.as_str(), run.job.name());
            match jobs::hold(self.database(), held, self.clock.now()).await {
                Ok(true) => {}
                Ok(false) => info!(tenant, job, "another run is at this job as well"),
                Err(error) => {
                    warn!(
                        tenant,
                        job,
                        error = chain(&error),
                        "cannot hold on to a job"
                    );
                }
            }
        }
    }

    fn end<'r>(&self, run: &Run<'_>, report: &'r Report, failures: u64) -> End<'r> {
        let at = self.clock.now();
        let (failures, next_run_at) = match report.outcome {
            Outcome::Done => (0, run.cadence().next(run.now, at)),
            Outcome::Failed => (failures + 1, at + pause(failures + 1)),
            Outcome::Stopped => (failures, at),
        };
        End {
            at,
            outcome: report.outcome.as_str(),
            error: report.error.as_deref(),
            failures,
            next_run_at,
        }
    }
}

fn pause(failures: u64) -> Duration {
    let failures = u32::try_from(failures).unwrap_or(u32::MAX);
    (AGAIN.bound(failures) + AGAIN.pause(failures)) / 2
}

fn report(run: &Run<'_>, result: Result<(), JobError>, took: Duration) -> Report {
    let tally = run.tally();
    let error = match result {
        Err(error) => Some(chain(&error)),
        Ok(()) => tally.first_failure.clone(),
    };
    let outcome = match error {
        _ if run.stop.is_cancelled() => Outcome::Stopped,
        Some(_) => Outcome::Failed,
        None => Outcome::Done,
    };
    Report {
        outcome,
        tally,
        error: error.map(|text| text.chars().take(LONGEST_ERROR).collect()),
        took,
    }
}

/// The end of a run. What did nothing is not worth a line.
fn tell(run: &Run<'_>, report: &Report, attempt: u64) {
    let (tenant, job) = (run.tenant.as_str(), run.job.name());
    let outcome = report.outcome.as_str();
    let (done, skipped, failed) = (report.tally.done, report.tally.skipped, report.tally.failed);
    let duration_ms = u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX);
    let reasons = serde_json::json!(report.tally.reasons);
    let error = report.error.as_deref();
    macro_rules! line {
        ($level:ident, $text:literal) => {
            $level!(
                tenant, job, attempt, duration_ms, done, skipped, failed, %reasons, error, $text
            )
        };
    }
    match report.outcome {
        Outcome::Done if done + skipped == 0 => line!(debug, "a job found nothing to do"),
        Outcome::Done => line!(info, "a job is done"),
        Outcome::Stopped => line!(info, "a job stopped before its end"),
        Outcome::Failed => line!(warn, "a job failed; it is tried again"),
    }
    metrics::counter!("payoutd_job_runs_total", "job_name" => job, "outcome" => outcome)
        .increment(1);
    metrics::histogram!("payoutd_job_duration_seconds", "job_name" => job)
        .record(report.took.as_secs_f64());
}
