//! Which tables are built, and by which version of the code.

use std::collections::BTreeSet;

use store::{Database, StoreError, log, shadow};

use crate::{
    balances, daily_rollups, payout_items, payouts, postings, read_table::ReadTable, sellers,
    transactions, transfers,
};

impl ReadTable {
    /// The version of the code that writes it. A table that was built by an older one is
    /// rebuilt when the service starts.
    #[must_use]
    pub const fn version(self) -> i64 {
        match self {
            Self::Sellers => sellers::VERSION,
            Self::Payouts => payouts::VERSION,
            Self::PayoutItems => payout_items::VERSION,
            Self::Transactions => transactions::VERSION,
            Self::Transfers => transfers::VERSION,
            Self::Balances => balances::VERSION,
            Self::Postings => postings::VERSION,
            Self::DailyRollups => daily_rollups::VERSION,
        }
    }

    /// What can only be built together with it: its rows are made with theirs. And what is
    /// put in place together with it.
    const fn needs(self) -> (Option<Self>, Option<Self>) {
        match self {
            Self::Transactions => (Some(Self::Transfers), Some(Self::Transfers)),
            Self::Transfers => (Some(Self::Transactions), Some(Self::Transactions)),
            // Amounts of payouts that were paid or failed.
            Self::DailyRollups => (Some(Self::Payouts), None),
            Self::Sellers | Self::Payouts | Self::PayoutItems | Self::Balances | Self::Postings => {
                (None, None)
            }
        }
    }
}

/// The tables of a rebuild.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// Those that are built.
    pub(super) built: BTreeSet<ReadTable>,
    /// Those of them that are compared and put in place.
    pub(super) replaced: BTreeSet<ReadTable>,
}

impl Plan {
    /// Of some tables, or of all if none is named.
    pub(super) fn of(wanted: &[ReadTable]) -> Self {
        let mut replaced: BTreeSet<_> = wanted.iter().copied().collect();
        if replaced.is_empty() {
            replaced.extend(ReadTable::ALL);
        }
        let together: Vec<_> = replaced
            .iter()
            .filter_map(|table| table.needs().1)
            .collect();
        replaced.extend(together);
        let needed: Vec<_> = replaced
            .iter()
            .filter_map(|table| table.needs().0)
            .collect();
        let mut built = replaced.clone();
        built.extend(needed);
        Self { built, replaced }
    }

    pub(super) fn has(&self, table: ReadTable) -> bool {
        self.built.contains(&table)
    }

    /// Whether tables are built that are written together with their events.
    pub(super) fn is_inline(&self) -> bool {
        self.built.iter().any(|table| table.checkpoint().is_none())
    }

    /// The tables that follow the log.
    pub(super) fn followed(&self) -> impl Iterator<Item = ReadTable> {
        let followed = self.built.iter().copied();
        followed.filter(|table| table.checkpoint().is_some())
    }

    pub(super) fn names(tables: &BTreeSet<ReadTable>) -> Vec<&'static str> {
        tables.iter().map(|table| table.name()).collect()
    }
}

/// How the read tables stand to the code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Built by older code, or never: to be rebuilt.
    pub older: Vec<ReadTable>,
    /// Built by newer code: somebody runs an older program than before.
    pub newer: Vec<ReadTable>,
}

/// Looks which code has built each read table. In an empty ledger nothing has to be
/// built: it is only noted down.
///
/// # Errors
/// When the database fails.
pub async fn standing(live: &Database) -> Result<Standing, StoreError> {
    let versions = shadow::versions(live).await?;
    let is = |table: &ReadTable, order: std::cmp::Ordering| {
        let found = versions.get(table.name()).copied().unwrap_or(0);
        found.cmp(&table.version()) == order
    };
    let those = |order| {
        ReadTable::ALL
            .into_iter()
            .filter(move |table| is(table, order))
    };
    let standing = Standing {
        older: those(std::cmp::Ordering::Less).collect(),
        newer: those(std::cmp::Ordering::Greater).collect(),
    };
    if standing.older.is_empty() {
        return Ok(standing);
    }
    let mut tx = live.gated("rebuild_plan").open().await?;
    let first = log::read_snapshot(&mut tx, store::Cursor::START, 1).await?;
    if !first.events.is_empty() {
        tx.rollback().await?;
        return Ok(standing);
    }
    for table in &standing.older {
        shadow::mark(&mut tx, (table.name(), table.version()), None).await?;
    }
    tx.commit().await?;
    Ok(Standing {
        older: Vec::new(),
        ..standing
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_each_other_is_built_and_replaced_together() {
        let plan = Plan::of(&[ReadTable::Transfers]);
        let both = BTreeSet::from([ReadTable::Transactions, ReadTable::Transfers]);
        assert_eq!((&plan.built, &plan.replaced), (&both, &both));
    }

    #[test]
    fn what_is_only_looked_up_is_built_and_not_replaced() {
        let plan = Plan::of(&[ReadTable::DailyRollups]);
        assert!(plan.has(ReadTable::Payouts) && plan.is_inline());
        assert_eq!(plan.replaced, BTreeSet::from([ReadTable::DailyRollups]));
    }

    #[test]
    fn no_name_means_all() {
        assert_eq!(Plan::of(&[]).replaced.len(), ReadTable::ALL.len());
    }
}
