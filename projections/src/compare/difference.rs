//! One row that is not as the log tells.

use std::fmt::{self, Display, Formatter};

use serde_json::{Map, Value as Json};
use store::Cell;

use crate::read_table::ReadTable;

/// One row that is not as the log tells: edited if both sides have it, missing if only
/// the rebuild has it, extra if only the live table has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The table.
    pub table: ReadTable,
    /// Whose books.
    pub tenant: String,
    /// Which row, for people: `payout 0198…`.
    pub key: String,
    /// The row as it is, with all columns.
    pub live: Option<Map<String, Json>>,
    /// The row as the log tells.
    pub rebuilt: Option<Map<String, Json>>,
}

impl Difference {
    pub(super) fn of(table: ReadTable, live: Option<&[u8]>, rebuilt: Option<&[u8]>) -> Self {
        let cells = cells(live.or(rebuilt).unwrap_or_default());
        let tenant = match cells.first() {
            Some(Cell::Text(tenant)) => tenant.clone(),
            _ => String::new(),
        };
        Self {
            table,
            tenant,
            key: table.describe(&cells),
            live: live.map(|bytes| row(table, bytes)),
            rebuilt: rebuilt.map(|bytes| row(table, bytes)),
        }
    }

    /// Of an edited row, the columns that differ: name, value as it is, value as the log
    /// tells.
    #[must_use]
    pub fn columns(&self) -> Vec<(&str, &Json, &Json)> {
        let (Some(live), Some(rebuilt)) = (&self.live, &self.rebuilt) else {
            return Vec::new();
        };
        live.iter()
            .filter_map(|(name, value)| Some((name.as_str(), value, rebuilt.get(name)?)))
            .filter(|(_, value, expected)| value != expected)
            .collect()
    }
}

impl Display for Difference {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        match (&self.live, &self.rebuilt) {
            (None, _) => write!(f, "{key} is in the log but not in the table"),
            (_, None) => write!(f, "{key} is in the table but not in the log"),
            (Some(_), Some(_)) => {
                write!(f, "{key} is not as the log tells")?;
                let mut before = ": ";
                for (name, value, expected) in self.columns() {
                    write!(f, "{before}{name} is {value}, not {expected}")?;
                    before = "; ";
                }
                Ok(())
            }
        }
    }
}

fn cells(mut bytes: &[u8]) -> Vec<Cell> {
    std::iter::from_fn(|| Cell::unpack(&mut bytes)).collect()
}

fn row(table: ReadTable, bytes: &[u8]) -> Map<String, Json> {
    table
        .columns()
        .iter()
        .zip(cells(bytes))
        .map(|((name, _), cell)| ((*name).to_owned(), cell.to_json()))
        .collect()
}
