//! The table of background jobs: when each is due, who is at it, how it went.
//!
//! Who holds a job has it to itself for a while: that saves doing it twice. It is no
//! lock, for a process that stands still holds it without knowing that its time is
//! over. So a job must be harmless when it is done twice at once.

use std::time::Duration;

use domain::id::Tenant;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    change::Change,
    database::Database,
    error::StoreError,
    row::Row,
    sql::{Sql, Value},
    statements,
};

/// What a change of a job is called.
const JOB: &str = "job";

/// How long a run that is not heard of is taken to be alive.
pub const HOLD: Duration = Duration::from_secs(60);

/// A job as the table tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Its name.
    pub job: String,
    /// How far it has come.
    pub cursor: Option<String>,
    /// When the latest run began.
    pub last_started_at: Option<OffsetDateTime>,
    /// When the latest run that ended did so.
    pub last_ended_at: Option<OffsetDateTime>,
    /// How that run ended: `done`, `failed` or `stopped`.
    pub last_outcome: Option<String>,
    /// Why it failed.
    pub last_error: Option<String>,
    /// How often it was started.
    pub runs: u64,
    /// How many runs in a row have failed.
    pub failures: u64,
    /// When it is due.
    pub next_run_at: OffsetDateTime,
    /// Until when a run holds it, if one does.
    pub held_until: Option<OffsetDateTime>,
}

/// A job of a tenant, and the run that is at it.
#[derive(Debug, Clone, Copy)]
pub struct Held<'a> {
    /// Whose books.
    pub tenant: &'a Tenant,
    /// The job's name.
    pub job: &'a str,
    /// The run.
    pub run: Uuid,
}

/// How a run ended.
#[derive(Debug, Clone, Copy)]
pub struct End<'a> {
    /// When.
    pub at: OffsetDateTime,
    /// `done`, `failed` or `stopped`.
    pub outcome: &'a str,
    /// Why it failed.
    pub error: Option<&'a str>,
    /// How many runs in a row have failed by now.
    pub failures: u64,
    /// When the job is due again.
    pub next_run_at: OffsetDateTime,
}

/// The jobs of a tenant that ever ran, by name.
///
/// # Errors
/// When the database fails.
pub async fn load(database: &Database, tenant: &Tenant) -> Result<Vec<JobRow>, StoreError> {
    let values = [Value::Text(tenant.as_str())];
    let rows = database.fetch(&statements::LOAD_JOBS, &values).await?;
    rows.iter().map(JobRow::from_row).collect()
}

/// Makes a job known that is due at a moment, unless it is known already.
///
/// # Errors
/// When the database fails.
pub async fn introduce(
    database: &Database,
    tenant: &Tenant,
    job: &str,
    due: OffsetDateTime,
) -> Result<(), StoreError> {
    let values = [
        Value::Text(tenant.as_str()),
        Value::Text(job),
        Value::Time(due),
    ];
    change(database, &statements::INSERT_JOB, &values).await?;
    Ok(())
}

/// Begins a run if the job is due and no other run is at it; whether it is begun. Runs
/// are never due further ahead than `furthest`: a time beyond came from a wrong clock.
///
/// # Errors
/// When the database fails.
pub async fn claim(
    database: &Database,
    held: &Held<'_>,
    now: OffsetDateTime,
    furthest: OffsetDateTime,
) -> Result<bool, StoreError> {
    let values = [
        Value::Text(held.tenant.as_str()),
        Value::Text(held.job),
        Value::OptUuid(Some(held.run)),
        Value::Time(now),
        Value::Time(now + HOLD),
        Value::Time(furthest),
        // Clocks that agree within one such time are no reason for mistrust.
        Value::Time(now + HOLD + HOLD),
    ];
    Ok(change(database, &statements::CLAIM_JOB, &values).await? == 1)
}

/// Begins a run whether the job is due or not, and whoever is at it.
///
/// # Errors
/// When the database fails.
pub async fn take(
    database: &Database,
    held: &Held<'_>,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let values = [
        Value::Text(held.tenant.as_str()),
        Value::Text(held.job),
        Value::OptUuid(Some(held.run)),
        Value::Time(now),
        Value::Time(now + HOLD),
    ];
    change(database, &statements::TAKE_JOB, &values).await?;
    Ok(())
}

/// Goes on holding a job; whether it still was held by this run.
///
/// # Errors
/// When the database fails.
pub async fn hold(
    database: &Database,
    held: &Held<'_>,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let until = Value::Time(now + HOLD);
    by_holder(database, &statements::HOLD_JOB, held, [until]).await
}

/// Notes how far a run has come, if it still holds the job.
///
/// # Errors
/// When the database fails.
pub async fn advance(
    database: &Database,
    held: &Held<'_>,
    cursor: &str,
) -> Result<bool, StoreError> {
    let cursor = Value::Text(cursor);
    by_holder(database, &statements::ADVANCE_JOB, held, [cursor]).await
}

/// Ends a run, if it still holds the job.
///
/// # Errors
/// When the database fails.
pub async fn end(database: &Database, held: &Held<'_>, end: &End<'_>) -> Result<bool, StoreError> {
    let values = [
        Value::Time(end.at),
        Value::Text(end.outcome),
        Value::OptText(end.error),
        Value::Int(i64::try_from(end.failures).unwrap_or(i64::MAX)),
        Value::Time(end.next_run_at),
    ];
    by_holder(database, &statements::END_JOB, held, values).await
}

async fn by_holder<'a, const N: usize>(
    database: &Database,
    sql: &Sql,
    held: &Held<'a>,
    more: [Value<'a>; N],
) -> Result<bool, StoreError> {
    let mut values = vec![
        Value::Text(held.tenant.as_str()),
        Value::Text(held.job),
        Value::OptUuid(Some(held.run)),
    ];
    values.extend(more);
    Ok(change(database, sql, &values).await? == 1)
}

async fn change(database: &Database, sql: &Sql, values: &[Value<'_>]) -> Result<u64, StoreError> {
    let change = Change {
        database,
        name: JOB,
        sql,
        values,
    };
    change.count().await
}

impl JobRow {
    /// A job that never ran.
    #[must_use]
    pub fn new(job: &str, due: OffsetDateTime) -> Self {
        Self {
            job: job.to_owned(),
            cursor: None,
            last_started_at: None,
            last_ended_at: None,
            last_outcome: None,
            last_error: None,
            runs: 0,
            failures: 0,
            next_run_at: due,
            held_until: None,
        }
    }

    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            job: row.text("job")?,
            cursor: row.opt_text("cursor")?,
            last_started_at: row.opt_time("last_started_at")?,
            last_ended_at: row.opt_time("last_ended_at")?,
            last_outcome: row.opt_text("last_outcome")?,
            last_error: row.opt_text("last_error")?,
            runs: row.count("runs")?,
            failures: row.count("failures")?,
            next_run_at: row.time("next_run_at")?,
            held_until: row.opt_time("held_until")?,
        })
    }
}
