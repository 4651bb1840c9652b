//! A read table held against its rebuild, row by row, wherever the two are: live on
//! PostgreSQL and rebuilt on SQLite, or in two schemas of one database.
//!
//! First both are read once, and each row's hash is added up in a bucket that is chosen by
//! its key. Equal sums are equal rows, in whatever order they came; so nothing depends on
//! how a database sorts, and what is held in memory does not grow with the table. Only
//! the rows of buckets that differ are read once more, a bounded group at a time.
//!
//! Hashes are keyed with bytes drawn for each comparison: nobody can prepare rows that
//! differ and add up to the same.

mod bucket;
mod difference;

use std::cmp::Ordering;

use domain::id::Tenant;
use futures::StreamExt;
use store::{StoreError, Tx, Value};

pub use difference::Difference;

use crate::read_table::ReadTable;
use bucket::{Buckets, Choice, Salt};

/// Rows of buckets that differ, of both sides together, that are in memory at once. A
/// single bucket is never cut.
const GROUP: u64 = 100_000;

/// The two that are compared. Each is best a snapshot: what moves meanwhile differs.
#[derive(Debug)]
pub struct Sides<'t> {
    /// The table as people read it.
    pub live: &'t mut Tx,
    /// The same, worked out from the log.
    pub rebuilt: &'t mut Tx,
}

/// What came of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compared {
    /// Rows of the rebuilt table.
    pub rows: u64,
    /// Rows of the live table.
    pub live_rows: u64,
    /// Rows that are not as the log tells.
    pub edited: u64,
    /// Rows that the log tells of and that are not there.
    pub missing: u64,
    /// Rows that are there and that the log does not tell of.
    pub extra: u64,
}

impl Compared {
    /// How many rows differ.
    #[must_use]
    pub const fn differences(&self) -> u64 {
        self.edited + self.missing + self.extra
    }
}

/// Compares a table with its rebuild, of one tenant or of all, and calls `found` with each
/// difference. Those of a group of keys come in the order of their keys; groups come in
/// no order.
///
/// # Errors
/// When a database fails.
pub async fn compare(
    sides: Sides<'_>,
    table: ReadTable,
    tenant: Option<&Tenant>,
    found: &mut (impl FnMut(Difference) + Send),
) -> Result<Compared, StoreError> {
    let Sides { live, rebuilt } = sides;
    let salt = Salt::fresh();
    let scope = Scope {
        table,
        tenant,
        salt: &salt,
    };
    let (live_sums, rebuilt_sums) =
        futures::try_join!(scope.sums(&mut *live), scope.sums(&mut *rebuilt))?;
    let mut compared = Compared {
        rows: rebuilt_sums.rows(),
        live_rows: live_sums.rows(),
        ..Compared::default()
    };
    for choice in live_sums.groups_that_differ(&rebuilt_sums, GROUP) {
        let (left, right) = futures::try_join!(
            scope.rows(&mut *live, &choice),
            scope.rows(&mut *rebuilt, &choice)
        )?;
        merge(table, (left, right), |difference| {
            match (&difference.live, &difference.rebuilt) {
                (Some(_), Some(_)) => compared.edited += 1,
                (None, _) => compared.missing += 1,
                (_, None) => compared.extra += 1,
            }
            found(difference);
        });
    }
    Ok(compared)
}

/// What is read, and how it is hashed.
struct Scope<'s> {
    table: ReadTable,
    tenant: Option<&'s Tenant>,
    salt: &'s Salt,
}

impl Scope<'_> {
    async fn sums(&self, tx: &mut Tx) -> Result<Buckets, StoreError> {
        let mut buckets = Buckets::new();
        let mut bytes = Vec::new();
        let values = [Value::OptText(self.tenant.map(Tenant::as_str))];
        let mut rows = tx.scan(self.table.scan(), &values);
        while let Some(row) = rows.next().await {
            let key = self.table.pack(&row?, &mut bytes)?;
            let number = self.salt.bucket(&bytes[..key]);
            buckets.add(number, self.salt.hash(&bytes));
        }
        Ok(buckets)
    }

    /// The rows of some buckets, in the order of their bytes.
    async fn rows(&self, tx: &mut Tx, choice: &Choice) -> Result<Vec<Packed>, StoreError> {
        let mut kept = Vec::new();
        let mut bytes = Vec::new();
        let values = [Value::OptText(self.tenant.map(Tenant::as_str))];
        let mut rows = tx.scan(self.table.scan(), &values);
        while let Some(row) = rows.next().await {
            let key = self.table.pack(&row?, &mut bytes)?;
            if choice.has(self.salt.bucket(&bytes[..key])) {
                kept.push(Packed {
                    bytes: bytes.as_slice().into(),
                    key,
                });
            }
        }
        kept.sort_unstable_by(|one, other| one.bytes.cmp(&other.bytes));
        Ok(kept)
    }
}

/// A row's bytes, which begin with its key.
struct Packed {
    bytes: Box<[u8]>,
    key: usize,
}

impl Packed {
    fn key(&self) -> &[u8] {
        &self.bytes[..self.key]
    }
}

/// Walks through both, and tells what differs. A key that one side has twice, which only
/// a table without its primary key can have, is extra or missing the second time.
fn merge(
    table: ReadTable,
    (live, rebuilt): (Vec<Packed>, Vec<Packed>),
    mut found: impl FnMut(Difference),
) {
    let (mut live, mut rebuilt) = (live.into_iter().peekable(), rebuilt.into_iter().peekable());
    loop {
        let order = match (live.peek(), rebuilt.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(live), Some(rebuilt)) => live.key().cmp(rebuilt.key()),
        };
        let left = if order.is_le() { live.next() } else { None };
        let right = if order.is_ge() { rebuilt.next() } else { None };
        let same = left.as_ref().map(|row| &row.bytes) == right.as_ref().map(|row| &row.bytes);
        if !same {
            let bytes = |row: &Option<Packed>| row.as_ref().map(|row| row.bytes.clone());
            found(Difference::of(
                table,
                bytes(&left).as_deref(),
                bytes(&right).as_deref(),
            ));
        }
    }
}
