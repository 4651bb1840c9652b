//! Rebuilds every read table from the log, beside the real ones, and compares.

use std::collections::BTreeMap;

use domain::id::Tenant;
use store::{Cursor, Recorded, Sql, StoreError, Tx, checkpoint, error::chain, log};

use super::{ask, law::Law, statements};
use crate::{Inline, follower::Followed};

/// Events that are read and written at once.
const PAGE: u32 = 2_000;

const READABLE: &str = "every event of the log can be read";
const BALANCED: &str = "the postings of every event sum to zero";

/// The tables that are written with their events, and their comparisons.
const INLINE: [(&str, Sql); 6] = [
    ("sellers equal their rebuild", statements::COMPARE_SELLERS),
    ("payouts equal their rebuild", statements::COMPARE_PAYOUTS),
    (
        "payout items equal their rebuild",
        statements::COMPARE_PAYOUT_ITEMS,
    ),
    (
        "transactions equal their rebuild",
        statements::COMPARE_TRANSACTIONS,
    ),
    (
        "transfers equal their rebuild",
        statements::COMPARE_TRANSFERS,
    ),
    ("balances equal their rebuild", statements::COMPARE_BALANCES),
];

/// The same of those that follow the log.
const FOLLOWED: [(Followed, &str, Sql); 2] = [
    (
        Followed::Postings,
        "postings equal their rebuild, as far as they have followed",
        statements::COMPARE_POSTINGS,
    ),
    (
        Followed::DailyRollups,
        "daily rollups equal their rebuild, as far as they have followed",
        statements::COMPARE_DAILY_ROLLUPS,
    ),
];

/// A walk through the log.
pub(super) struct Rebuild<'t> {
    tenant: &'t Tenant,
    /// Where in the log the shadow tables are.
    at: Cursor,
    events: u64,
    unbalanced: Option<String>,
}

impl<'t> Rebuild<'t> {
    pub(super) const fn new(tenant: &'t Tenant) -> Self {
        Self {
            tenant,
            at: Cursor::START,
            events: 0,
            unbalanced: None,
        }
    }

    /// Fills the shadow tables. Each followed table is compared on the way, when
    /// its shadow is where the table itself is; the others at the end.
    pub(super) async fn run(&mut self, tx: &mut Tx) -> Result<Vec<Law>, StoreError> {
        let mut stops = Vec::new();
        for (table, name, sql) in FOLLOWED {
            stops.push((checkpoint::load_in(tx, table.name()).await?, name, sql));
        }
        stops.sort_by_key(|(at, ..)| *at);

        let mut laws = Vec::new();
        for (at, name, sql) in stops {
            self.walk(tx, Some(at)).await?;
            laws.push(ask(tx, self.tenant, name, &sql).await?);
        }
        self.walk(tx, None).await?;
        for (name, sql) in INLINE {
            laws.push(ask(tx, self.tenant, name, &sql).await?);
        }
        Ok(laws)
    }

    /// The laws that the walk itself has checked.
    pub(super) fn laws(&self) -> [Law; 2] {
        [
            Law::new(READABLE, self.events, None),
            Law::new(BALANCED, self.events, self.unbalanced.clone()),
        ]
    }

    /// The law that has ended the walk.
    pub(super) fn unreadable(&self, error: &StoreError) -> Law {
        Law {
            note: Some("the laws that need the whole log were not checked".to_owned()),
            ..Law::new(READABLE, self.events, Some(chain(error)))
        }
    }

    async fn walk(&mut self, tx: &mut Tx, until: Option<Cursor>) -> Result<(), StoreError> {
        loop {
            let mut events = log::read_snapshot(tx, self.at, PAGE).await?.events;
            if let Some(until) = until {
                events.retain(|recorded| recorded.cursor <= until);
            }
            let Some(last) = events.last() else {
                return Ok(());
            };
            self.at = last.cursor;
            events.retain(|recorded| recorded.tenant == *self.tenant);
            self.take(tx, &events).await?;
        }
    }

    async fn take(&mut self, tx: &mut Tx, events: &[Recorded]) -> Result<(), StoreError> {
        for recorded in events {
            self.events += 1;
            if self.unbalanced.is_none() {
                self.unbalanced = imbalance(recorded);
            }
        }
        Inline.apply(tx, events).await?;
        for (table, ..) in FOLLOWED {
            table.apply(tx, events).await?;
        }
        Ok(())
    }
}

fn imbalance(recorded: &Recorded) -> Option<String> {
    let mut sums: BTreeMap<_, i128> = BTreeMap::new();
    for posting in domain::postings::postings(&recorded.event) {
        *sums.entry(posting.currency).or_default() += i128::from(posting.amount.minor());
    }
    let (currency, sum) = sums.into_iter().find(|(_, sum)| *sum != 0)?;
    Some(format!(
        "event {}: {sum} {currency} left over",
        recorded.position()
    ))
}
