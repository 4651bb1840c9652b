//! The latest results of checks of the books, whoever made them: so a service knows what
//! `verify` found on somebody's command line.

use domain::id::Tenant;
use time::OffsetDateTime;

use crate::{
    change::Change, database::Database, error::StoreError, row::Row, sql::Value, statements,
};

/// The seals of the log.
pub const SEALS: &str = "seals";
/// All laws of the ledger: `payoutd verify`.
pub const LAWS: &str = "laws";
/// The ledger against Stripe: `payoutd reconcile`.
pub const RECONCILE: &str = "reconcile";

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckRow {
    /// Which check.
    pub name: String,
    /// Whether nothing was found.
    pub holds: bool,
    /// What was found, for people.
    pub detail: String,
    /// How far it went, for checks that go on where they ended.
    pub cursor: i64,
    /// When it was made.
    pub checked_at: OffsetDateTime,
}

/// Records a result instead of the one before.
///
/// # Errors
/// When the database fails.
pub async fn record(
    database: &Database,
    tenant: &Tenant,
    check: &CheckRow,
) -> Result<(), StoreError> {
    let values = [
        Value::Text(tenant.as_str()),
        Value::Text(&check.name),
        Value::Flag(check.holds),
        Value::Text(&check.detail),
        Value::Int(check.cursor),
        Value::Time(check.checked_at),
    ];
    let change = Change {
        database,
        name: "check",
        sql: &statements::CHECK_RECORD,
        values: &values,
    };
    change.count().await.map(|_| ())
}

/// The latest results.
///
/// # Errors
/// When the database fails.
pub async fn load(database: &Database, tenant: &Tenant) -> Result<Vec<CheckRow>, StoreError> {
    let values = [Value::Text(tenant.as_str())];
    let rows = database.fetch(&statements::CHECKS_LOAD, &values).await?;
    let check = |row: &Row| {
        Ok(CheckRow {
            name: row.text("name")?,
            holds: row.flag("holds")?,
            detail: row.text("detail")?,
            cursor: row.int("cursor")?,
            checked_at: row.time("checked_at")?,
        })
    };
    rows.iter().map(check).collect()
}
