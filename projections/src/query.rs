//! Questions to the read tables: a filter in, a page of rows out.
//!
//! Pages are stable: rows come in the order of the table's key, and a cursor says
//! after which key to go on, so rows that are written meanwhile neither repeat
//! nor hide others. `events` shows what is committed, in log order; whoever must
//! not miss one that is still to be committed before another follows the log
//! itself (`store::log::read`).

mod cursor;
mod pages;
mod past;
mod row;
mod table;

use domain::{
    id::{PayoutId, SellerId, Tenant},
    money::Currency,
};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use store::{Database, Row, StoreError, Value};
use time::{OffsetDateTime, UtcOffset};

pub use crate::as_of::{AsOf, InvalidAsOf};
pub use cursor::InvalidCursor;
pub use pages::Pages;
pub use table::{By, Kind, Table};
use table::{Key, Sorted};

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
    /// The rows as they were then; payouts, transactions and balances only.
    #[serde(default)]
    pub as_of: Option<AsOf>,
    /// In which order, if not in that of the key; payouts of the present only.
    #[serde(default)]
    pub order: Option<Order>,
}

/// An order of rows that is not that of their key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// What was requested last comes first.
    Newest,
}

impl Order {
    /// All there are.
    pub const ALL: [Self; 1] = [Self::Newest];

    /// What callers call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Newest => "newest",
        }
    }
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
            as_of: None,
            order: None,
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

    /// The arguments of what a table is filtered by.
    fn values(&self, table: Table) -> impl Iterator<Item = Value<'_>> {
        table.filtered_by().iter().map(|by| self.value(*by))
    }

    /// All times that are in it, by their names.
    fn moments(&self) -> [(&'static str, Option<OffsetDateTime>); 3] {
        let (since, until) = (By::Since.name(), By::Until.name());
        let as_of = self.as_of.and_then(AsOf::moment);
        [(since, self.since), (until, self.until), ("as_of", as_of)]
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
    /// The table shows the present only.
    #[error(
        "{} cannot be asked as of a time; payouts, transactions and balances can",
        table.name()
    )]
    NoPast {
        /// The table.
        table: Table,
    },
    /// Rows cannot come in that order.
    #[error(
        "{} cannot be ordered so; payouts of the present can be ordered by newest",
        table.name()
    )]
    NoOrder {
        /// The table.
        table: Table,
    },
    /// Too many rows, or none, for one page.
    #[error("limit must be 1 to {MAX_LIMIT}, not {0}")]
    Limit(u32),
    /// Neither a seller nor a balance has this id.
    #[error("there is no seller {0}")]
    SellerNotFound(SellerId),
    /// Nothing is recorded of such a payout.
    #[error("there is no payout {0}")]
    PayoutNotFound(String),
    /// There is more than an answer in one piece can hold.
    #[error("the period has more than {0} movements: ask for a shorter one")]
    TooLong(usize),
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
    let (limit, after) = start(table, filter)?;
    // One row more than asked for tells whether there is another page.
    let more = limit.saturating_add(1);
    let found = match filter.as_of {
        Some(as_of) => past::rows(database, (table, filter), as_of, (after, more)).await?,
        None => {
            let values = question(table, filter, &after, more);
            database.fetch(sorted(table, filter).sql, &values).await?
        }
    };
    page(table, filter, (found, limit))
}

/// Some rows by their keys, in the order of those: a JSON list of keys, each a list.
/// Only of tables with a past.
pub(crate) async fn named(
    database: &Database,
    table: Table,
    tenant: &Tenant,
    keys: &Json,
) -> Result<Vec<Row>, StoreError> {
    picked(database, table, &Filter::of(tenant.clone()), keys).await
}

/// Those of some rows that a filter lets through.
async fn picked(
    database: &Database,
    table: Table,
    filter: &Filter,
    keys: &Json,
) -> Result<Vec<Row>, StoreError> {
    let Some(sql) = table.picked() else {
        return Ok(Vec::new());
    };
    let keys = keys.to_string();
    let mut values = vec![Value::Text(filter.tenant.as_str()), Value::Text(&keys)];
    values.extend(filter.values(table));
    database.fetch(sql, &values).await
}

/// How many rows a page is to have, and behind which key it begins.
fn start(table: Table, filter: &Filter) -> Result<(u32, Vec<Key>), QueryError> {
    check(table, filter)?;
    let after = match &filter.cursor {
        Some(cursor) => cursor::decode(&sorted(table, filter), cursor)?,
        None => sorted(table, filter).start(),
    };
    Ok((filter.limit.unwrap_or(DEFAULT_LIMIT), after))
}

/// The arguments of a table's own statement: rows behind a key, at most so many.
fn question<'v>(table: Table, filter: &'v Filter, after: &'v [Key], limit: u32) -> Vec<Value<'v>> {
    let mut values = vec![
        Value::Text(filter.tenant.as_str()),
        Value::Int(i64::from(limit)),
    ];
    values.extend(after.iter().map(Key::value));
    values.extend(filter.values(table));
    values
}

/// The order that a filter asks for.
fn sorted(table: Table, filter: &Filter) -> Sorted {
    match filter.order {
        Some(Order::Newest) => table.newest().unwrap_or_else(|| table.by_key()),
        None => table.by_key(),
    }
}

fn page(
    table: Table,
    filter: &Filter,
    (mut found, limit): (Vec<Row>, u32),
) -> Result<Answer, QueryError> {
    let page = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = found.len() > page;
    found.truncate(page);
    let next_cursor = match found.last().filter(|_| is_more) {
        Some(last) => {
            let sorted = sorted(table, filter);
            Some(cursor::encode(&sorted, &row::key(&sorted, last)?))
        }
        None => None,
    };
    let rows = in_words(table, &found)?;
    Ok(Answer { rows, next_cursor })
}

/// A table's rows in the words of the contract.
pub(crate) fn in_words(table: Table, rows: &[Row]) -> Result<Vec<Map<String, Json>>, StoreError> {
    rows.iter()
        .map(|found| row::to_json(table, found))
        .collect()
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
    check_moments(&filter.moments())?;
    if filter.as_of.is_some() && table.picked().is_none() {
        return Err(QueryError::NoPast { table });
    }
    if filter.order.is_some() && (table.newest().is_none() || filter.as_of.is_some()) {
        return Err(QueryError::NoOrder { table });
    }
    match filter.limit {
        Some(limit) if limit == 0 || limit > MAX_LIMIT => Err(QueryError::Limit(limit)),
        _ => Ok(()),
    }
}

/// Refuses moments that cannot be written in UTC with a year of four digits.
pub(crate) fn check_moments(
    moments: &[(&'static str, Option<OffsetDateTime>)],
) -> Result<(), QueryError> {
    let is_writable = |moment: OffsetDateTime| {
        let utc = moment.checked_to_offset(UtcOffset::UTC);
        utc.is_some_and(|moment| (0..=9999).contains(&moment.year()))
    };
    let lost = moments
        .iter()
        .find(|(_, moment)| moment.is_some_and(|it| !is_writable(it)));
    lost.map_or(Ok(()), |(filter, _)| Err(QueryError::Moment { filter }))
}
