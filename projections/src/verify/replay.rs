//! Folds the log into a throw-away database with the code that wrote the read tables, and
//! compares these with what comes out. A table that follows the log is compared on the way,
//! when its rebuild is where the table itself is.

use std::collections::{BTreeMap, VecDeque};

use domain::id::Tenant;
use serde_json::{Map, Value as Json};
use store::{Class, Cursor, Recorded, Scratch, StoreError, Tx, checkpoint, error::chain};

use super::{
    aliases::Claims,
    ask,
    law::{Law, READABLE},
};
use crate::{
    Inline,
    compare::{Compared, Difference, Sides, compare},
    read_table::ReadTable,
    statements,
};

const BALANCED: &str = "the postings of every event sum to zero";
const SUMS: &str = "balances are the sums of their postings";
/// The accounts of a seller, and the columns that hold them.
const ACCOUNTS: [(&str, &str); 4] = [
    ("pending", "pending_minor"),
    ("available", "available_minor"),
    ("reserved", "reserved_minor"),
    ("paid_out", "paid_out_minor"),
];

/// A rebuild on its way.
pub(super) struct Replay<'t> {
    tenant: &'t Tenant,
    rebuilt: Tx,
    /// Followed tables that are still to be compared, and where they are.
    stops: VecDeque<(Cursor, ReadTable)>,
    applied: u64,
    claims: Claims,
    unbalanced: Option<String>,
    /// Why the log cannot be folded any further.
    broken: Option<String>,
    laws: Vec<(ReadTable, Law, u64)>,
    /// The first total of a balance that is not the sum of its postings.
    total: Option<String>,
}

impl<'t> Replay<'t> {
    pub(super) async fn new(
        live: &mut Tx,
        scratch: &Scratch,
        tenant: &'t Tenant,
    ) -> Result<Self, StoreError> {
        let mut stops = Vec::new();
        for table in ReadTable::ALL {
            if let Some(name) = table.checkpoint() {
                stops.push((checkpoint::load_in(live, name).await?, table));
            }
        }
        stops.sort_by_key(|(at, _)| *at);
        Ok(Self {
            tenant,
            rebuilt: scratch.database().gated("verify_scratch").open().await?,
            stops: stops.into(),
            applied: 0,
            claims: Claims::new(),
            unbalanced: None,
            broken: None,
            laws: Vec::new(),
            total: None,
        })
    }

    /// Whether a table is to be compared before everything up to a place is folded.
    pub(super) fn stops_by(&self, last: Cursor) -> bool {
        self.stops.front().is_some_and(|(at, _)| *at < last)
    }

    /// Nothing that comes can be folded.
    pub(super) fn give_up(&mut self, why: String) {
        self.broken.get_or_insert(why);
    }

    pub(super) async fn apply_with_stops(
        &mut self,
        live: &mut Tx,
        events: &[Recorded],
    ) -> Result<(), StoreError> {
        let mut rest = events;
        while let Some((at, table)) = self.stops.front().copied() {
            let (before, after) = rest.split_at(rest.partition_point(|event| event.cursor <= at));
            self.apply(before).await?;
            rest = after;
            if rest.is_empty() {
                return Ok(());
            }
            self.compare(live, table).await?;
            self.stops.pop_front();
        }
        self.apply(rest).await
    }

    pub(super) async fn apply(&mut self, events: &[Recorded]) -> Result<(), StoreError> {
        let (Some(first), Some(last), None) = (events.first(), events.last(), &self.broken) else {
            return Ok(());
        };
        for recorded in events {
            self.claims.take(recorded);
            if self.unbalanced.is_none() {
                self.unbalanced = imbalance(recorded);
            }
        }
        self.applied += u64::try_from(events.len()).unwrap_or(u64::MAX);
        match self.write(events).await {
            // The throw-away database is in need of something.
            Err(error) if error.class() == Class::Unavailable => Err(error),
            Err(error) => {
                self.give_up(format!(
                    "events {} to {}, for they cannot be applied: {}",
                    first.position(),
                    last.position(),
                    chain(&error)
                ));
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    async fn write(&mut self, events: &[Recorded]) -> Result<(), StoreError> {
        Inline.apply(&mut self.rebuilt, events).await?;
        for table in ReadTable::ALL {
            if let Some(follower) = table.follower() {
                follower.apply(&mut self.rebuilt, events).await?;
            }
        }
        Ok(())
    }

    async fn compare(&mut self, live: &mut Tx, table: ReadTable) -> Result<(), StoreError> {
        if self.broken.is_some() {
            return Ok(());
        }
        let sides = Sides {
            live,
            rebuilt: &mut self.rebuilt,
        };
        let mut first: Option<Difference> = None;
        let mut total: Option<String> = None;
        let mut found = |difference: Difference| {
            if table == ReadTable::Balances {
                let other = another_total(&difference);
                total = [total.take(), other].into_iter().flatten().min();
            }
            if first.as_ref().is_none_or(|one| difference.key < one.key) {
                first = Some(difference);
            }
        };
        let compared = compare(sides, table, Some(self.tenant), &mut found).await?;
        let law = Law {
            note: note(&compared),
            ..Law::new(
                law_of(table),
                compared.rows,
                first.map(|difference| difference.to_string()),
            )
        };
        self.laws.push((table, law, self.applied));
        self.total = self.total.take().or(total);
        Ok(())
    }

    /// Compares what is left, and tells everything.
    pub(super) async fn laws(mut self, live: &mut Tx, events: u64) -> Result<Vec<Law>, StoreError> {
        while let Some((_, table)) = self.stops.pop_front() {
            self.compare(live, table).await?;
        }
        for table in ReadTable::ALL {
            if table.checkpoint().is_none() {
                self.compare(live, table).await?;
            }
        }
        if let Some(why) = self.broken {
            // Without the whole log, nothing can be held against it.
            return Ok(vec![Law {
                note: Some("the laws that need the whole log were not checked".to_owned()),
                ..Law::new(READABLE, events, Some(why))
            }]);
        }
        let mut laws = vec![
            Law::new(READABLE, events, None),
            Law::new(BALANCED, events, self.unbalanced),
        ];
        let mut sums = ask(
            &mut self.rebuilt,
            self.tenant,
            SUMS,
            &statements::CHECK_BALANCES,
        )
        .await?;
        // Those of the live table are the sums too, unless they differ from the rebuilt ones.
        sums.offender = sums.offender.or(self.total);
        self.rebuilt.rollback().await?;
        for (table, mut law, applied) in self.laws {
            let behind = events.saturating_sub(applied);
            if table.checkpoint().is_some() && behind > 0 {
                let behind = format!("{behind} events behind");
                law.note = Some(
                    law.note
                        .map_or(behind.clone(), |note| format!("{note}; {behind}")),
                );
            }
            laws.push(law);
        }
        laws.push(sums);
        laws.push(self.claims.law(live, self.tenant).await?);
        Ok(laws)
    }
}

const fn law_of(table: ReadTable) -> &'static str {
    match table {
        ReadTable::Sellers => "sellers equal their rebuild",
        ReadTable::Payouts => "payouts equal their rebuild",
        ReadTable::PayoutItems => "payout items equal their rebuild",
        ReadTable::Transactions => "transactions equal their rebuild",
        ReadTable::Transfers => "transfers equal their rebuild",
        ReadTable::Balances => "balances equal their rebuild",
        ReadTable::Postings => "postings equal their rebuild, as far as they have followed",
        ReadTable::DailyRollups => {
            "daily rollups equal their rebuild, as far as they have followed"
        }
    }
}

fn note(compared: &Compared) -> Option<String> {
    let kinds = [
        (compared.edited, "edited"),
        (compared.missing, "missing"),
        (compared.extra, "extra"),
    ];
    let told: Vec<_> = kinds
        .iter()
        .filter(|(rows, _)| *rows > 0)
        .map(|(rows, kind)| format!("{rows} {kind}"))
        .collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// The first account of a balance whose total is not what was posted to it.
fn another_total(difference: &Difference) -> Option<String> {
    let told = |row: &Option<Map<String, Json>>, column: &str| {
        row.as_ref()
            .and_then(|row| row.get(column).cloned())
            .unwrap_or(Json::from(0))
    };
    let row = difference.live.as_ref().or(difference.rebuilt.as_ref())?;
    let (seller, currency) = (
        row.get("seller_id")?.as_str()?,
        row.get("currency")?.as_str()?,
    );
    ACCOUNTS.iter().find_map(|(account, column)| {
        let (live, posted) = (
            told(&difference.live, column),
            told(&difference.rebuilt, column),
        );
        (live != posted).then(|| {
            format!(
                "seller/{seller}/{account} in {currency}: {live} in the balance, {posted} in \
                 the books"
            )
        })
    })
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
