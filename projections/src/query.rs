//! Questions to the read tables: a filter in, a page of rows out.
//!
//! Pages are stable: rows come in the order of the table's key, and a cursor says
//! after which key to go on, so rows that are written meanwhile neither repeat
//! nor hide others. `events` shows what is committed, in log order; whoever must
//! not miss one that is still to be committed before another follows the log
//! itself (`store::log::read`).

mod cursor;
mod row;
mod table;

use domain::{
    id::{PayoutId, SellerId, Tenant},
    money::Currency,
};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use store::{Database, StoreError, Value};
use time::{OffsetDateTime, UtcOffset};

pub use cursor::InvalidCursor;
use table::Key;
pub use table::{By, Kind, Table};

/// How many rows a page has unless told otherwise.
pub const DEFAULT_LIMIT: u32 = 100;
/// How many rows a page has at most.
pub const MAX_LIMIT: u32 = 10_000;

/// Which rows are wanted. What is not given does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Whose books.
    pub tenant: Tenant,
    /// Rows of this seller.
    #[serde(default)]
    pub seller: Option<SellerId>,
    /// Rows in this status.
    #[serde(default)]
    pub status: Option<String>,
    /// Rows in this currency.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Rows of this payout.
    #[serde(default)]
    pub payout: Option<PayoutId>,
    /// Rows from this moment on.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub since: Option<OffsetDateTime>,
    /// Rows before this moment.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
    /// At most so many rows.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Where an earlier answer ended.
    #[serde(default)]
    pub cursor: Option<String>,
}

impl Filter {
    /// All rows of a tenant.
    #[must_use]
    pub const fn of(tenant: Tenant) -> Self {
        Self {
            tenant,
            seller: None,
            status: None,
            currency: None,
            payout: None,
            since: None,
            until: None,
            limit: None,
            cursor: None,
        }
    }

    fn has(&self, by: By) -> bool {
        match by {
            By::Seller => self.seller.is_some(),
            By::Status => self.status.is_some(),
            By::Currency => self.currency.is_some(),
            By::Payout => self.payout.is_some(),
            By::Since => self.since.is_some(),
            By::Until => self.until.is_some(),
        }
    }

    fn value(&self, by: By) -> Value<'_> {
        match by {
            By::Seller => Value::OptText(self.seller.as_ref().map(SellerId::as_str)),
            By::Status => Value::OptText(self.status.as_deref()),
            By::Currency => Value::OptText(self.currency.as_ref().map(Currency::as_str)),
            By::Payout => Value::OptUuid(self.payout.map(|PayoutId(id)| id)),
            By::Since => Value::OptTime(self.since),
            By::Until => Value::OptTime(self.until),
        }
    }
}

/// A page of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The rows: columns and values, in order. Each amount is there twice: as
    /// `x_minor`, a number of minor units, and as `x`, money.
    pub rows: Vec<Map<String, Json>>,
    /// The cursor of the next page, if there is one.
    pub next_cursor: Option<String>,
}

/// Why a question cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The table has nothing to filter by.
    #[error("{} cannot be filtered by {filter}; they can by {}", table.name(), table.filters())]
    NoSuchFilter {
        /// The table.
        table: Table,
        /// What was asked for.
        filter: &'static str,
    },
    /// No row can have that status.
    #[error("status {status:?} is none of {}: {}", table.name(), table.statuses().join(", "))]
    NoSuchStatus {
        /// The table.
        table: Table,
        /// What was asked for, shortened.
        status: String,
    },
    /// No calendar of the database has such a day.
    #[error("{filter} must be in the years 0000 to 9999, in UTC")]
    Moment {
        /// What was asked for.
        filter: &'static str,
    },
    /// Too many rows, or none, for one page.
    #[error("limit must be 1 to {MAX_LIMIT}, not {0}")]
    Limit(u32),
    /// The cursor was not made by an earlier answer.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Answers a question.
///
/// # Errors
/// See [`QueryError`].
pub async fn run(database: &Database, table: Table, filter: &Filter) -> Result<Answer, QueryError> {
    check(table, filter)?;
    let limit = filter.limit.unwrap_or(DEFAULT_LIMIT);
    let after = match &filter.cursor {
        Some(cursor) => cursor::decode(table, cursor)?,
        None => table
            .keys()
            .iter()
            .map(|(_, kind)| kind.before_all())
            .collect(),
    };

    // One row more than asked for tells whether there is another page.
    let more = i64::from(limit) + 1;
    let mut values = vec![Value::Text(filter.tenant.as_str()), Value::Int(more)];
    values.extend(after.iter().map(Key::value));
    values.extend(table.filtered_by().iter().map(|by| filter.value(*by)));
    let mut found = database.fetch(table.sql(), &values).await?;

    let page = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = found.len() > page;
    found.truncate(page);
    let next_cursor = match found.last().filter(|_| is_more) {
        Some(last) => Some(cursor::encode(table, &row::key(table, last)?)),
        None => None,
    };
    let rows = found
        .iter()
        .map(|found| row::to_json(table, found))
        .collect::<Result<_, _>>()?;
    Ok(Answer { rows, next_cursor })
}

fn check(table: Table, filter: &Filter) -> Result<(), QueryError> {
    if let Some(by) = By::ALL
        .into_iter()
        .find(|by| filter.has(*by) && !table.filtered_by().contains(by))
    {
        let filter = by.name();
        return Err(QueryError::NoSuchFilter { table, filter });
    }
    if let Some(status) = &filter.status
        && !table.statuses().contains(&status.as_str())
    {
        let status = status.chars().take(40).collect();
        return Err(QueryError::NoSuchStatus { table, status });
    }
    for (by, moment) in [(By::Since, filter.since), (By::Until, filter.until)] {
        if moment.is_some_and(|moment| !is_writable(moment)) {
            let filter = by.name();
            return Err(QueryError::Moment { filter });
        }
    }
    match filter.limit {
        Some(limit) if limit == 0 || limit > MAX_LIMIT => Err(QueryError::Limit(limit)),
        _ => Ok(()),
    }
}

/// Whether the moment can be written in UTC with a year of four digits.
fn is_writable(moment: OffsetDateTime) -> bool {
    let utc = moment.checked_to_offset(UtcOffset::UTC);
    utc.is_some_and(|moment| (0..=9999).contains(&moment.year()))
}
