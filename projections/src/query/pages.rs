//! All rows of a question, page by page, as they were at one moment.

use store::{Database, Tx};

use super::{Answer, AsOf, Filter, QueryError, Table, page, question, run, sorted, start};
use crate::past;

/// Rows that are in memory at once.
const PAGE: u32 = 1_000;
/// As of the past, each page is worked out: fewer of them are less work.
const PAST_PAGE: u32 = 10_000;

/// Pages of one moment, however many there are and however long it takes.
#[derive(Debug)]
pub struct Pages {
    table: Table,
    filter: Filter,
    moment: Moment,
    /// How many rows are still wanted, if not all.
    left: Option<u64>,
    done: bool,
}

#[derive(Debug)]
enum Moment {
    /// That of a transaction.
    Now(Box<Tx>),
    /// A position in the log, where nothing changes any more.
    Past(Database),
}

impl Pages {
    /// Begins behind the filter's cursor; at most so many rows, the filter's own limit set
    /// aside. From here on nothing that is written meanwhile shows.
    ///
    /// # Errors
    /// See [`QueryError`].
    pub async fn begin(
        database: &Database,
        table: Table,
        mut filter: Filter,
        limit: Option<u64>,
    ) -> Result<Self, QueryError> {
        filter.limit = None;
        start(table, &filter)?;
        let moment = match filter.as_of {
            Some(as_of) => {
                // A time is turned into a position once, for all pages.
                let position = past::position(database, as_of).await?;
                filter.as_of = Some(AsOf::Position(position));
                Moment::Past(database.clone())
            }
            None => {
                let tx = database.gated("pages").snapshot().open().await?;
                Moment::Now(Box::new(tx))
            }
        };
        Ok(Self {
            table,
            filter,
            moment,
            left: limit,
            done: limit == Some(0),
        })
    }

    /// The next page; none behind the last. Its cursor is where another reading can go on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next(&mut self) -> Result<Option<Answer>, QueryError> {
        if self.done {
            return Ok(None);
        }
        let most = match self.moment {
            Moment::Now(_) => PAGE,
            Moment::Past(_) => PAST_PAGE,
        };
        let left = self.left.map_or(most, |left| {
            u32::try_from(left).map_or(most, |left| left.min(most))
        });
        self.filter.limit = Some(left);
        let answer = match &mut self.moment {
            Moment::Now(tx) => run_in(tx, self.table, &self.filter).await?,
            Moment::Past(database) => run(database, self.table, &self.filter).await?,
        };
        self.filter.cursor.clone_from(&answer.next_cursor);
        let rows = u64::try_from(answer.rows.len()).unwrap_or(u64::MAX);
        self.left = self.left.map(|left| left.saturating_sub(rows));
        self.done = answer.next_cursor.is_none() || self.left == Some(0);
        Ok(Some(answer))
    }

    /// Lets go of the moment.
    ///
    /// # Errors
    /// When the connection died.
    pub async fn end(self) -> Result<(), QueryError> {
        match self.moment {
            Moment::Now(tx) => Ok(tx.rollback().await?),
            Moment::Past(_) => Ok(()),
        }
    }
}

/// A page inside a transaction.
async fn run_in(tx: &mut Tx, table: Table, filter: &Filter) -> Result<Answer, QueryError> {
    let (limit, after) = start(table, filter)?;
    let values = question(table, filter, &after, limit.saturating_add(1));
    let found = tx.fetch(sorted(table, filter).whole, &values).await?;
    page(table, filter, (found, limit))
}
