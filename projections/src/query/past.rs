//! Payouts, transactions and balances as they were.
//!
//! Rows are never deleted, and their keys, sellers and currencies never change. So the
//! table of today tells which rows there may have been. The streams that these come from
//! are folded up to the position, by the very code that writes the tables, into a
//! database of their own; and that is asked the same question. What is read is the
//! history of the rows that come into question, not the log.

use std::collections::HashSet;

use domain::{
    id::{PayoutId, SellerId, StreamId},
    money::Currency,
};
use serde_json::{Value as Json, json};
use store::{Database, Recorded, Row, Scratch, StoreError};

use super::{
    AsOf, Filter, picked, question, row,
    table::{Key, Table},
};
use crate::{
    Inline,
    past::{self, Batches},
};

/// How many rows of today come into question at once.
const PAGE: u32 = 1_000;
/// After so many events a new database is begun, lest it grow without end.
const ROOM: usize = 100_000;

/// The rows behind a key that a filter lets through as of then, at most so many.
pub(super) async fn rows(
    database: &Database,
    (table, filter): (Table, &Filter),
    as_of: AsOf,
    (mut after, limit): (Vec<Key>, u32),
) -> Result<Vec<Row>, StoreError> {
    let position = past::position(database, as_of).await?;
    let mut past = Past::new(database, (table, filter), position).await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut size = limit.min(PAGE);
    let mut rows = Vec::new();
    while rows.len() < wanted {
        let candidates = past.candidates(&after, size).await?;
        let Some(last) = candidates.last() else {
            break;
        };
        after.clone_from(&last.key);
        let is_last = candidates.len() < usize::try_from(size).unwrap_or(usize::MAX);
        rows.extend(past.pick(&candidates).await?);
        if is_last {
            break;
        }
        size = size.saturating_mul(2).min(PAGE);
    }
    rows.truncate(wanted);
    past.close().await?;
    Ok(rows)
}

/// A row that there may have been.
struct Candidate {
    key: Vec<Key>,
    /// Where it comes from.
    stream: StreamId,
}

struct Past<'q> {
    database: &'q Database,
    table: Table,
    filter: &'q Filter,
    position: i64,
    scratch: Scratch,
    /// What the scratch holds.
    folded: HashSet<StreamId>,
    events: usize,
}

impl<'q> Past<'q> {
    async fn new(
        database: &'q Database,
        (table, filter): (Table, &'q Filter),
        position: i64,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            database,
            table,
            filter,
            position,
            scratch: Scratch::new().await?,
            folded: HashSet::new(),
            events: 0,
        })
    }

    /// The next rows of today, by what never changes of them.
    async fn candidates(&self, after: &[Key], limit: u32) -> Result<Vec<Candidate>, StoreError> {
        if let (Table::Transactions, Some(payout)) = (self.table, self.filter.payout) {
            return self.items(payout, after, limit).await;
        }
        let filter = self.unchanging();
        let values = question(self.table, &filter, after, limit);
        let found = self.database.fetch(self.table.sql(), &values).await?;
        found
            .iter()
            .map(|found| {
                let key = row::key(&self.table.by_key(), found)?;
                let stream = match key.first() {
                    Some(Key::Uuid(id)) => StreamId::payout(PayoutId(*id)),
                    _ => balance(found)?,
                };
                Ok(Candidate { key, stream })
            })
            .collect()
    }

    /// A filter that lets through whatever the wanted one did at any time.
    fn unchanging(&self) -> Filter {
        let mut filter = Filter {
            status: None,
            ..self.filter.clone()
        };
        // A payout is filtered by when it was requested, all else by its last change.
        if self.table != Table::Payouts {
            filter.since = None;
            filter.until = None;
        }
        filter
    }

    /// Whatever was in a payout at any time is among its items.
    async fn items(
        &self,
        payout: PayoutId,
        after: &[Key],
        limit: u32,
    ) -> Result<Vec<Candidate>, StoreError> {
        let of_payout = Filter {
            payout: Some(payout),
            ..Filter::of(self.filter.tenant.clone())
        };
        let start = Table::Payouts.before_all();
        let values = question(Table::Payouts, &of_payout, &start, 1);
        let payouts = self.database.fetch(Table::Payouts.sql(), &values).await?;
        let Some(row) = payouts.first() else {
            return Ok(Vec::new());
        };
        let stream = balance(row)?;
        let behind: Vec<_> = [Key::Uuid(payout.0)]
            .into_iter()
            .chain(after.iter().cloned())
            .collect();
        let values = question(Table::PayoutItems, &of_payout, &behind, limit);
        let items = self
            .database
            .fetch(Table::PayoutItems.sql(), &values)
            .await?;
        items
            .iter()
            .map(|item| {
                Ok(Candidate {
                    key: vec![Key::Text(item.text("transaction_id")?)],
                    stream: stream.clone(),
                })
            })
            .collect()
    }

    /// Those of them that were there, and that the filter lets through as they were.
    async fn pick(&mut self, candidates: &[Candidate]) -> Result<Vec<Row>, StoreError> {
        self.fold(candidates).await?;
        let keys: Json = candidates
            .iter()
            .map(|one| json!(one.key.iter().map(Key::to_json).collect::<Vec<_>>()))
            .collect();
        picked(self.scratch.database(), self.table, self.filter, &keys).await
    }

    /// Folds the streams of some rows, unless they are folded already.
    async fn fold(&mut self, candidates: &[Candidate]) -> Result<(), StoreError> {
        // Transactions of one balance are in many pages; a payout or a balance is in one.
        if self.events > ROOM && self.table != Table::Transactions {
            self.scratch = Scratch::new().await?;
            self.folded.clear();
            self.events = 0;
        }
        let mut streams = Vec::new();
        for one in candidates {
            if self.folded.insert(one.stream.clone()) {
                streams.push(one.stream.clone());
            }
        }
        let scratch = self.scratch.database();
        let mut tx = self.database.gated("past").snapshot().open().await?;
        let source = (&self.filter.tenant, streams.as_slice());
        let mut batches = Batches::of(&mut tx, source, self.position);
        while let Some(batch) = batches.next().await? {
            self.events += batch.len();
            write(scratch, &batch).await?;
        }
        drop(batches);
        tx.commit().await
    }

    async fn close(self) -> Result<(), StoreError> {
        self.scratch.close().await
    }
}

async fn write(scratch: &Database, events: &[Recorded]) -> Result<(), StoreError> {
    let mut tx = scratch.gated("past_scratch").open().await?;
    Inline.apply(&mut tx, events).await?;
    tx.commit().await
}

/// The stream of a row's seller and currency.
fn balance(row: &Row) -> Result<StreamId, StoreError> {
    let seller = SellerId::new(row.text("seller_id")?)?;
    let currency = Currency::parse(&row.text("currency")?)?;
    Ok(StreamId::balance(&seller, currency))
}
