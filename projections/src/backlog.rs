//! What waits, over all tenants: events for those who follow the log, payouts and webhooks for
//! somebody who looks after them.

use domain::money::{Amount, Currency, Money};
use store::{Database, Row, StoreError, Value, seal};
use time::OffsetDateTime;

use crate::{follower::Followed, statements};

/// The name of the outbox's checkpoint.
pub const OUTBOX: &str = "outbox";

/// How far somebody who follows the log is behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Behind {
    /// How many events are to come; roughly, for not every position of the log is used.
    pub events: u64,
    /// When the first of them was recorded; none if there are none.
    pub since: Option<OffsetDateTime>,
}

/// How far all who follow the log are behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Followers {
    /// The last position of the log; 0 while it is empty.
    pub position: u64,
    /// The books' lines.
    pub postings: Behind,
    /// Each day's sums.
    pub daily_rollups: Behind,
    /// Links between transfers and transactions.
    pub links: Behind,
    /// Seals.
    pub seals: Behind,
    /// What is published to NATS, where there is one.
    pub outbox: Behind,
}

/// Things that wait for somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub count: u64,
    /// Since when the oldest waits; none if there are none.
    pub since: Option<OffsetDateTime>,
}

impl Waiting {
    /// Both together.
    fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            since: [self.since, other.since].into_iter().flatten().min(),
        }
    }
}

/// Payouts that somebody should look after.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payouts {
    /// Nobody knows whether Stripe made them; since they were last told of.
    pub in_doubt: Waiting,
    /// How much they are in all, in each currency in which there are some.
    pub money_in_doubt: Vec<Money>,
    /// They should have arrived, and nobody has told of them; since their day of arrival.
    pub overdue: Waiting,
}

/// Stripe's events that had no effect yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Letters {
    /// Those that a person has to look at; since they came.
    pub dead: Waiting,
    /// Those that wait for something to come; since they came.
    pub parked: Waiting,
}

/// How far all who follow the log are behind. A few look-ups by key.
///
/// # Errors
/// When the database fails.
pub async fn followers(database: &Database) -> Result<Followers, StoreError> {
    let names = [
        Followed::Postings.name(),
        Followed::DailyRollups.name(),
        Followed::Links.name(),
        seal::CHECKPOINT,
        OUTBOX,
    ];
    let values = [Value::Texts(names.to_vec())];
    let rows = database
        .fetch(&statements::BACKLOG_FOLLOWERS, &values)
        .await?;
    let mut found = Followers::default();
    for row in &rows {
        let end = row.opt_int("log_end")?.unwrap_or(0);
        let events = end.saturating_sub(row.int("position")?);
        let behind = Behind {
            events: u64::try_from(events).unwrap_or(0),
            since: row.opt_time("waiting_since")?,
        };
        found.position = u64::try_from(end).unwrap_or(0);
        match row.text("follower")?.as_str() {
            name if name == Followed::Postings.name() => found.postings = behind,
            name if name == Followed::DailyRollups.name() => found.daily_rollups = behind,
            name if name == Followed::Links.name() => found.links = behind,
            seal::CHECKPOINT => found.seals = behind,
            _ => found.outbox = behind,
        }
    }
    Ok(found)
}

/// Payouts in doubt, and those that should have arrived before a moment. Reads all payouts:
/// dear where there are many.
///
/// # Errors
/// When the database fails.
pub async fn payouts(
    database: &Database,
    arrived_before: OffsetDateTime,
) -> Result<Payouts, StoreError> {
    let values = [Value::Time(arrived_before)];
    let rows = database
        .fetch(&statements::BACKLOG_PAYOUTS, &values)
        .await?;
    let mut found = Payouts::default();
    for row in &rows {
        let in_doubt = waiting(row, ("in_doubt", "in_doubt_since"))?;
        if in_doubt.count > 0 {
            let amount = Amount::from_minor(row.int("in_doubt_minor")?);
            let currency = Currency::parse(&row.text("currency")?)?;
            found.money_in_doubt.push(Money::new(amount, currency));
        }
        found.in_doubt = found.in_doubt.and(in_doubt);
        let overdue = waiting(row, ("overdue", "overdue_since"))?;
        found.overdue = found.overdue.and(overdue);
    }
    Ok(found)
}

/// Dead letters, and webhooks that wait. Reads each of them.
///
/// # Errors
/// When the database fails.
pub async fn letters(database: &Database) -> Result<Letters, StoreError> {
    let rows = database.fetch(&statements::BACKLOG_LETTERS, &[]).await?;
    rows.first().map_or_else(
        || Ok(Letters::default()),
        |row| {
            Ok(Letters {
                dead: waiting(row, ("dead", "dead_since"))?,
                parked: waiting(row, ("parked", "parked_since"))?,
            })
        },
    )
}

fn waiting(row: &Row, (count, since): (&str, &str)) -> Result<Waiting, StoreError> {
    Ok(Waiting {
        count: row.count(count)?,
        since: row.opt_time(since)?,
    })
}
