//! What services read off themselves, as it is kept: for people, beside the books and not part of
//! them. What the figures are is not known here.

use std::time::Duration;

use time::OffsetDateTime;

use crate::{
    database::Database,
    error::StoreError,
    row::Row,
    settings::Isolation,
    sql::{Sql, Value},
    statements,
};

/// So long a write may take: the next one comes soon.
const DEADLINE: Duration = Duration::from_secs(5);

/// The readings of one instance over a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// How long it is, in seconds.
    pub step_seconds: u32,
    /// When it begins: a multiple of its length.
    pub starts_at: OffsetDateTime,
    /// Whose.
    pub instance: String,
    /// The figures, in JSON.
    pub figures: String,
}

/// Keeps readings, in place of what the same instance wrote of the same stretches.
///
/// # Errors
/// When the database fails; none of them is kept then.
pub async fn keep(database: &Database, stretches: &[Stretch]) -> Result<(), StoreError> {
    let values = stretches.iter().map(|stretch| {
        vec![
            Value::Int(stretch.step_seconds.into()),
            Value::Time(stretch.starts_at),
            Value::Text(&stretch.instance),
            Value::Text(&stretch.figures),
        ]
    });
    let values: Vec<_> = values.collect();
    change(database, &statements::KEEP_READINGS, &values)
        .await
        .map(|_| ())
}

/// The readings of stretches of one length that begin within a time, in order of time; not more
/// than a limit.
///
/// # Errors
/// When the database fails.
pub async fn load(
    database: &Database,
    step_seconds: u32,
    (since, until): (OffsetDateTime, OffsetDateTime),
    limit: u32,
) -> Result<Vec<Stretch>, StoreError> {
    let values = [
        Value::Int(step_seconds.into()),
        Value::Time(since),
        Value::Time(until),
        Value::Int(limit.into()),
    ];
    let rows = database.fetch(&statements::LOAD_READINGS, &values).await?;
    let stretch = |row: &Row| {
        Ok(Stretch {
            step_seconds,
            starts_at: row.time("starts_at")?,
            instance: row.text("instance")?,
            figures: row.text("figures")?,
        })
    };
    rows.iter().map(stretch).collect()
}

/// Removes readings of stretches of one length that begin before a moment, whosever they are; not
/// more than a limit. How many.
///
/// # Errors
/// When the database fails.
pub async fn thin(
    database: &Database,
    step_seconds: u32,
    before: OffsetDateTime,
    limit: u32,
) -> Result<u64, StoreError> {
    let values = vec![
        Value::Int(step_seconds.into()),
        Value::Time(before),
        Value::Int(limit.into()),
    ];
    change(database, &statements::THIN_READINGS, &[values]).await
}

/// One statement with several sets of arguments, in a transaction of its own. It may fail: what
/// is lost are figures, and the next ones come soon.
async fn change(database: &Database, sql: &Sql, all: &[Vec<Value<'_>>]) -> Result<u64, StoreError> {
    let mut tx = database
        .gated("readings")
        .isolation(Isolation::ReadCommitted)
        .deadline(DEADLINE)
        .open()
        .await?;
    let mut changed = 0;
    for values in all {
        match tx.execute(sql, values).await {
            Ok(rows) => changed += rows,
            Err(error) => {
                tx.rollback().await?;
                return Err(error);
            }
        }
    }
    tx.commit().await.map(|()| changed)
}
