//! What a batch of events does to one table: rows that are new, and patches of
//! rows that were there before. A row that is new and patched in the same batch
//! is written once, as it ends up.

use std::{collections::BTreeMap, mem};

use store::{Backend, Bulk, BulkRow, Columns, Recorded, Row, Sql, StoreError, Tx};
use time::OffsetDateTime;

/// A change of a row, before the row is known.
pub(crate) trait Patch<R> {
    /// Changes the row.
    fn apply(self, row: &mut R);
    /// Becomes the change that this and then a later one make.
    fn then(&mut self, later: Self);
}

/// New rows and patches, by key.
#[derive(Debug)]
pub(crate) struct Changes<K, R, P> {
    added: BTreeMap<K, R>,
    patched: BTreeMap<K, P>,
}

impl<K, R, P> Default for Changes<K, R, P> {
    fn default() -> Self {
        Self {
            added: BTreeMap::new(),
            patched: BTreeMap::new(),
        }
    }
}

impl<K: Ord, R, P: Patch<R>> Changes<K, R, P> {
    /// A new row.
    pub(crate) fn add(&mut self, key: K, row: R) {
        self.added.insert(key, row);
    }

    /// A change of a row, whether it is new or not.
    pub(crate) fn patch(&mut self, key: K, patch: P) {
        if let Some(row) = self.added.get_mut(&key) {
            patch.apply(row);
        } else if let Some(earlier) = self.patched.get_mut(&key) {
            earlier.then(patch);
        } else {
            self.patched.insert(key, patch);
        }
    }

    /// The new rows, in the order of their keys.
    pub(crate) fn take_added(&mut self) -> Vec<Keyed<K, R>> {
        keyed(mem::take(&mut self.added))
    }

    /// The patches, in the order of their keys: everybody locks rows in one order.
    pub(crate) fn take_patched(&mut self) -> Vec<Keyed<K, P>> {
        keyed(mem::take(&mut self.patched))
    }
}

fn keyed<K, V>(map: BTreeMap<K, V>) -> Vec<Keyed<K, V>> {
    map.into_iter()
        .map(|(key, value)| Keyed { key, value })
        .collect()
}

/// A row or patch with its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Keyed<K, V> {
    pub(crate) key: K,
    pub(crate) value: V,
}

/// Statements with their rows, to be sent one after the other.
#[derive(Debug)]
pub(crate) struct Script {
    backend: Backend,
    statements: Vec<Bulk>,
}

impl Script {
    pub(crate) const fn new(backend: Backend) -> Self {
        Self {
            backend,
            statements: Vec::new(),
        }
    }

    /// The kind of database it is for.
    pub(crate) const fn backend(&self) -> Backend {
        self.backend
    }

    /// Adds a statement over a group of rows: several, if they are too much for one. No rows, no
    /// statement.
    pub(crate) fn add<R: BulkRow>(&mut self, sql: &Sql, rows: &[R]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let bulk = Bulk::of(self.backend, sql, &[Columns::of(rows)])?;
        if rows.len() == 1 || bulk.fits(self.backend) {
            self.statements.push(bulk);
            return Ok(());
        }
        let (one, other) = rows.split_at(rows.len() / 2);
        self.add(sql, one)?;
        self.add(sql, other)
    }

    /// Adds a statement that is ready.
    pub(crate) fn push(&mut self, bulk: Bulk) {
        self.statements.push(bulk);
    }

    /// Sends everything; the rows that all of it returned.
    pub(crate) async fn run(self, tx: &mut Tx) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        for bulk in self.statements {
            rows.extend(tx.bulk(bulk).await?);
        }
        Ok(rows)
    }
}

/// Writes one group of rows.
pub(crate) async fn write<R: BulkRow>(
    tx: &mut Tx,
    sql: &Sql,
    rows: &[R],
) -> Result<Vec<Row>, StoreError> {
    let mut script = Script::new(tx.backend());
    script.add(sql, rows)?;
    script.run(tx).await
}

/// The last event that touched a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) version: i64,
    pub(crate) at: OffsetDateTime,
}

impl Stamp {
    pub(crate) fn of(recorded: &Recorded) -> Self {
        Self {
            version: int(recorded.version),
            at: recorded.recorded_at,
        }
    }
}

/// Counts and versions are far below 2^63.
pub(crate) fn int<N: TryInto<i64>>(count: N) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use store::Kind;

    use super::*;

    struct Note(String);

    impl BulkRow for Note {
        const KINDS: &'static [Kind] = &[Kind::Text];

        fn write<'a>(&'a self, columns: &mut Columns<'a>) {
            columns.text(&self.0);
        }
    }

    /// How many statements three rows of so many MiB become.
    fn statements(backend: Backend, mebibytes: usize) -> usize {
        const INSERT: Sql = Sql::alike("of_a_test", "SELECT ?1");
        let rows = [(); 3].map(|()| Note("x".repeat(mebibytes << 20)));
        let mut script = Script::new(backend);
        script.add(&INSERT, &rows).unwrap_or_default();
        script.statements.len()
    }

    #[test]
    fn rows_that_are_too_much_for_one_statement_go_in_several() {
        assert_eq!(statements(Backend::MariaDb, 1), 1);
        assert_eq!(statements(Backend::MariaDb, 7), 2);
        assert_eq!(statements(Backend::MariaDb, 9), 3);
        assert_eq!(statements(Backend::Sqlite, 9), 1);
    }
}
