//! The indexes that are there, held against those that the migrations make.
//!
//! What an index is for is said by its table and columns, not by its name: databases name those
//! of keys themselves.

use std::collections::{BTreeMap, BTreeSet};

use crate::{database::Database, error::StoreError, statements};

/// A table and the columns of one of its indexes, with commas between.
type Index = (String, String);

/// What is wrong with the indexes, each as `table (columns)`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Indexes {
    /// How many there should be.
    pub expected: usize,
    /// Made by a migration, and not there.
    pub missing: Vec<String>,
    /// There, and not used by the database: it was never built to its end.
    pub invalid: Vec<String>,
}

/// Looks at the indexes of the ledger's schema.
///
/// # Errors
/// When the database fails.
pub async fn indexes(database: &Database) -> Result<Indexes, StoreError> {
    let rows = database.fetch(&statements::EXAMINE_INDEXES, &[]).await?;
    let mut usable = BTreeSet::new();
    let mut invalid = BTreeSet::new();
    for row in &rows {
        // An index over an expression has no columns, and is none of ours.
        let columns = row.opt_text("columns")?.unwrap_or_default();
        let index = (row.text("table_name")?, columns);
        if row.flag("usable")? {
            usable.insert(index);
        } else {
            invalid.insert(index);
        }
    }
    let scripts: Vec<&str> = database
        .migrations()
        .iter()
        .map(|migration| migration.sql.as_str())
        .collect();
    let expected = made_by(&scripts);
    let missing = expected
        .iter()
        .filter(|index| !usable.contains(*index) && !invalid.contains(*index));
    Ok(Indexes {
        expected: expected.len(),
        missing: missing.map(shown).collect(),
        invalid: invalid.iter().map(shown).collect(),
    })
}

fn shown((table, columns): &Index) -> String {
    format!("{table} ({})", columns.replace(',', ", "))
}

/// The indexes that some migrations make, one after the other.
fn made_by(scripts: &[&str]) -> BTreeSet<Index> {
    let mut named = BTreeMap::new();
    let mut keys = BTreeSet::new();
    for script in scripts {
        let script: Vec<&str> = script
            .lines()
            .map(|line| line.split_once("--").map_or(line, |(sql, _)| sql))
            .collect();
        for statement in script.join(" ").split(';') {
            take(statement, &mut named, &mut keys);
        }
    }
    keys.extend(named.into_values());
    keys
}

fn take(statement: &str, named: &mut BTreeMap<String, Index>, keys: &mut BTreeSet<Index>) {
    let (head, body) = statement.split_once('(').unwrap_or((statement, ""));
    let words: Vec<&str> = head
        .split_whitespace()
        .filter(|word| !["IF", "NOT", "EXISTS"].contains(word))
        .collect();
    match words.as_slice() {
        ["CREATE", "TABLE", table] => {
            keys.extend(parts(body).filter_map(|part| key(part, table)));
        }
        ["CREATE", "INDEX", name, "ON", table]
        | ["CREATE", "UNIQUE", "INDEX", name, "ON", table] => {
            let index = ((*table).to_owned(), columns(body));
            named.insert((*name).to_owned(), index);
        }
        ["DROP", "INDEX", name, ..] => drop(named.remove(*name)),
        ["DROP", "TABLE", table] => {
            keys.retain(|(of, _)| of != table);
            named.retain(|_, (of, _)| of != table);
        }
        _ => {}
    }
}

/// What stands between commas outside of parentheses, up to the one that closes the list.
fn parts(body: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let mut ended = false;
    body.split(move |c| {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => ended = true,
            ')' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0 || ended && c == ')'
    })
}

/// The index behind a part of a table, if it is a key.
fn key(part: &str, table: &str) -> Option<Index> {
    let (head, body) = part.split_once('(').unwrap_or((part, ""));
    let words: Vec<&str> = head.split_whitespace().collect();
    let columns = match words.as_slice() {
        ["PRIMARY", "KEY"] | ["UNIQUE" | "KEY" | "INDEX", ..] => columns(body),
        // SQLite's own name for the place of a row: there is no index beside the table.
        [_, "INTEGER", "PRIMARY", "KEY", ..] => return None,
        [column, .., "PRIMARY", "KEY"] => (*column).to_owned(),
        _ => return None,
    };
    Some((table.to_owned(), columns))
}

/// The names of columns up to the closing parenthesis.
fn columns(body: &str) -> String {
    let list = body.split_once(')').map_or(body, |(list, _)| list);
    let name = |column: &str| {
        let column = column.split(['(', ' ']).find(|word| !word.is_empty());
        column.unwrap_or_default().trim_matches('`').to_owned()
    };
    list.split(',').map(name).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::made_by;

    fn made(scripts: &[&str]) -> Vec<String> {
        made_by(scripts)
            .into_iter()
            .map(|(table, columns)| format!("{table} {columns}"))
            .collect()
    }

    #[test]
    fn keys_and_indexes_are_read_off_the_migrations() {
        let script = "CREATE TABLE t (
                a TEXT NOT NULL, -- the key, (partly)
                b BIGINT NOT NULL DEFAULT max(1, 2),
                c `cursor` TEXT,
                PRIMARY KEY (a, b),
                UNIQUE (b, c),
                KEY by_c (`c`)
            ) WITH (fillfactor = 50);
            CREATE TABLE u (id TEXT PRIMARY KEY);
            CREATE TABLE v (id INTEGER PRIMARY KEY AUTOINCREMENT, x TEXT);
            CREATE INDEX IF NOT EXISTS v_x ON v (x) WHERE x IN ('p', 'q');";
        assert_eq!(made(&[script]), ["t a,b", "t b,c", "t c", "u id", "v x"]);
    }

    #[test]
    fn what_a_later_migration_drops_is_not_expected() {
        let first = "CREATE TABLE t (a TEXT);CREATE INDEX i ON t (a);CREATE INDEX j ON t (a, b)";
        let later = "DROP INDEX i; CREATE INDEX i ON t (b)";
        assert_eq!(made(&[first, later]), ["t a,b", "t b"]);
    }
}
