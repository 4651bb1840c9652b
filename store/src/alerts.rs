//! The table of alerts. One condition that holds is one row, however many instances see it:
//! a unique key decides who was first, and that one tells people.

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

/// What a change of an alert is called.
const ALERT: &str = "alert";

/// How many alerts of a tenant are kept.
pub const KEPT: i64 = 1000;

/// An alert as the table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRow {
    /// Sorts by the time it fired.
    pub id: Uuid,
    /// Its name.
    pub alert: String,
    /// What it is about.
    pub subject: String,
    /// `INFO`, `WARNING`, `ERROR` or `CRITICAL`.
    pub level: String,
    /// For people, as last seen.
    pub message: String,
    /// When it was first seen.
    pub fired_at: OffsetDateTime,
    /// When its condition last held.
    pub last_seen_at: OffsetDateTime,
    /// When it was taken to be over.
    pub resolved_at: Option<OffsetDateTime>,
    /// How often its condition was seen.
    pub count: u64,
}

/// Which alerts are asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted<'a> {
    /// Of these levels.
    pub levels: Vec<&'a str>,
    /// `firing` or `resolved`; nothing for both.
    pub state: Option<&'a str>,
    /// Fired at this moment or later.
    pub since: Option<OffsetDateTime>,
    /// Older than this one.
    pub before: Option<Uuid>,
    /// How many at most.
    pub limit: i64,
}

/// Records sightings of an alert; whether it is new. `row.id` is used if it is, and what the
/// table has by then comes back.
///
/// # Errors
/// When the database fails.
pub async fn see(
    database: &Database,
    tenant: &Tenant,
    row: &AlertRow,
) -> Result<(AlertRow, bool), StoreError> {
    let values = [
        Value::OptUuid(Some(row.id)),
        Value::Text(tenant.as_str()),
        Value::Text(&row.alert),
        Value::Text(&row.subject),
        Value::Text(&row.level),
        Value::Text(&row.message),
        Value::Time(row.fired_at),
        Value::Time(row.last_seen_at),
        Value::Int(i64::try_from(row.count).unwrap_or(i64::MAX)),
    ];
    let rows = change(database, &statements::ALERT_SEE, &values);
    let rows = rows.rows().await?;
    let mut kept = row.clone();
    for found in &rows {
        kept.id = found.opt_uuid("id")?.unwrap_or(row.id);
        kept.fired_at = found.time("fired_at")?;
        kept.count = found.count("count")?;
    }
    let new = kept.id == row.id;
    if new {
        let values = [Value::Text(tenant.as_str()), Value::Int(KEPT)];
        change(database, &statements::ALERTS_PRUNE, &values)
            .count()
            .await?;
    }
    Ok((kept, new))
}

/// The alerts of a tenant that fire.
///
/// # Errors
/// When the database fails.
pub async fn firing(database: &Database, tenant: &Tenant) -> Result<Vec<AlertRow>, StoreError> {
    let values = [Value::Text(tenant.as_str())];
    let rows = database.fetch(&statements::ALERTS_FIRING, &values).await?;
    rows.iter().map(AlertRow::from_row).collect()
}

/// Ends an alert unless it was seen after a moment; whether this ended it.
///
/// # Errors
/// When the database fails.
pub async fn resolve(
    database: &Database,
    id: Uuid,
    now: OffsetDateTime,
    unseen_since: OffsetDateTime,
) -> Result<bool, StoreError> {
    let values = [
        Value::OptUuid(Some(id)),
        Value::Time(now),
        Value::Time(unseen_since),
    ];
    let changed = change(database, &statements::ALERT_RESOLVE, &values);
    Ok(changed.count().await? == 1)
}

/// Alerts of a tenant, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn page(
    database: &Database,
    tenant: &Tenant,
    wanted: Wanted<'_>,
) -> Result<Vec<AlertRow>, StoreError> {
    let values = [
        Value::Text(tenant.as_str()),
        Value::Texts(wanted.levels),
        Value::OptText(wanted.state),
        Value::OptTime(wanted.since),
        Value::OptUuid(wanted.before),
        Value::Int(wanted.limit),
    ];
    let rows = database.fetch(&statements::ALERTS_PAGE, &values).await?;
    rows.iter().map(AlertRow::from_row).collect()
}

const fn change<'c>(database: &'c Database, sql: &'c Sql, values: &'c [Value<'c>]) -> Change<'c> {
    Change {
        database,
        name: ALERT,
        sql,
        values,
    }
}

impl AlertRow {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.opt_uuid("id")?.unwrap_or_default(),
            alert: row.text("alert")?,
            subject: row.text("subject")?,
            level: row.text("level")?,
            message: row.text("message")?,
            fired_at: row.time("fired_at")?,
            last_seen_at: row.time("last_seen_at")?,
            resolved_at: row.opt_time("resolved_at")?,
            count: row.count("count")?,
        })
    }
}
