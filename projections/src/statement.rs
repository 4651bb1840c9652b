//! A seller's statement for a period: what was there before it, each movement in order,
//! and what was there after it. Taken from the events of the seller's balances, so its
//! cost is their history and not that of the books.

use domain::{
    id::{PayoutId, SellerId, StreamId, Tenant},
    money::Currency,
};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use store::{Database, StoreError};
use time::{Duration, OffsetDateTime};

mod line;
mod movement;
mod places;

pub use line::{COLUMNS, Line};

use crate::{
    past::{self, Batches},
    query::{self, AsOf, Filter, QueryError, Table},
    streams,
};
use line::Account;
use movement::Endings;

/// How many movements an answer in one piece holds at most.
pub const MAX_MOVEMENTS: usize = 10_000;

/// Whose statement, and for when. What is not given does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Whose books.
    pub tenant: Tenant,
    /// Of which seller.
    pub seller: SellerId,
    /// In this currency only.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// Movements from this moment on.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub since: Option<OffsetDateTime>,
    /// Movements before this moment.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
}

/// The positions of a period: those after the first, up to the second.
#[derive(Debug, Clone, Copy)]
struct Period {
    after: i64,
    until: i64,
}

/// The statement in one piece, as rows.
///
/// # Errors
/// When there is no such seller, the period has more than [`MAX_MOVEMENTS`], or the
/// database fails.
pub async fn run(
    database: &Database,
    question: &Question,
) -> Result<Vec<Map<String, Json>>, QueryError> {
    let mut rows = Vec::new();
    let mut movements = 0;
    walk(database, question, |line| {
        movements += usize::from(line.is_movement());
        if movements > MAX_MOVEMENTS {
            return Err(QueryError::TooLong(MAX_MOVEMENTS));
        }
        rows.push(line.to_row());
        Ok(())
    })
    .await?;
    Ok(rows)
}

/// Hands on the statement line by line, currency by currency; only a few lines are in
/// memory at a time.
///
/// # Errors
/// When there is no such seller, the database fails, or what the lines are handed to does.
pub async fn walk<E: From<QueryError> + From<StoreError>>(
    database: &Database,
    question: &Question,
    mut take: impl FnMut(Line) -> Result<(), E>,
) -> Result<(), E> {
    query::check_moments(&[("since", question.since), ("until", question.until)])?;
    let wanted = (&question.seller, question.currency);
    let streams = streams::of_balances(database, &question.tenant, wanted).await?;
    let period = Period {
        after: match question.since {
            Some(since) => last_before(database, since).await?,
            None => 0,
        },
        until: match question.until {
            Some(until) => last_before(database, until).await?,
            None => i64::MAX,
        },
    };
    let endings = endings(database, question).await?;
    for stream in streams {
        of_stream(database, question, (&stream, period, &endings), &mut take).await?;
    }
    Ok(())
}

/// The last position of before a moment: that of a microsecond earlier, which is as fine
/// as moments are recorded.
async fn last_before(database: &Database, moment: OffsetDateTime) -> Result<i64, StoreError> {
    let last = moment.saturating_sub(Duration::MICROSECOND);
    past::position(database, AsOf::Time(last)).await
}

/// The statement in one currency; nothing if the balance began only later.
async fn of_stream<E: From<StoreError>>(
    database: &Database,
    question: &Question,
    (stream, period, endings): (&StreamId, Period, &Endings),
    take: &mut impl FnMut(Line) -> Result<(), E>,
) -> Result<(), E> {
    let mut account: Option<Account> = None;
    let mut tx = database.gated("statement").snapshot().open().await?;
    let source = (&question.tenant, std::slice::from_ref(stream));
    let mut batches = Batches::of(&mut tx, source, period.until);
    while let Some(batch) = batches.next().await? {
        for recorded in &batch {
            let is_before = recorded.position() <= period.after;
            for movement in movement::of(&recorded.event, endings) {
                let account = account.get_or_insert_with(|| Account::new(&movement));
                if is_before {
                    account.take_in(recorded, movement);
                } else {
                    account.open().map_or(Ok(()), &mut *take)?;
                    take(account.take_in(recorded, movement))?;
                }
            }
        }
    }
    drop(batches);
    tx.commit().await?;
    if let Some(mut account) = account {
        account.open().map_or(Ok(()), &mut *take)?;
        take(account.closing())?;
    }
    Ok(())
}

/// How a seller's payouts ended that came to nothing: their balance only knows that
/// their items came back.
async fn endings(database: &Database, question: &Question) -> Result<Endings, QueryError> {
    let mut endings = Endings::new();
    for (status, what) in [("failed", "payout_failed"), ("canceled", "payout_canceled")] {
        let mut filter = Filter {
            seller: Some(question.seller.clone()),
            currency: question.currency,
            status: Some(status.to_owned()),
            limit: Some(query::MAX_LIMIT),
            ..Filter::of(question.tenant.clone())
        };
        loop {
            let page = query::run(database, Table::Payouts, &filter).await?;
            let ids = page
                .rows
                .iter()
                .filter_map(|row| row.get("payout_id")?.as_str());
            endings.extend(ids.filter_map(|id| Some((PayoutId(id.parse().ok()?), what))));
            if page.next_cursor.is_none() {
                break;
            }
            filter.cursor = page.next_cursor;
        }
    }
    Ok(endings)
}
