//! Rows of a read table as a table for people, JSON, JSON lines or CSV.

use serde_json::{Map, Value as Json};

use crate::{cli::output::Output, failure::Failure};

use crate::sheet::money;
pub(super) use crate::sheet::{headings, record};

mod sheet;
mod table;
mod text;

pub(super) use table::{fitted, grid};
pub(super) use text::{because, plain};

/// A row: columns and their values, in order. An amount is there twice: `x_minor`
/// in minor units for programs, and `x` as money.
pub(super) type Row = Map<String, Json>;

/// In which form rows are printed.
#[derive(Debug, Clone, Copy, clap::Args)]
#[group(multiple = false)]
pub(super) struct Format {
    /// Print one JSON array
    #[arg(long)]
    json: bool,
    /// Print one JSON object a line
    #[arg(long)]
    jsonl: bool,
    /// Print CSV; text that a spreadsheet would run as a formula starts with '
    #[arg(long)]
    csv: bool,
}

/// The same, as one choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Table,
    Json,
    JsonLines,
    Csv,
}

impl Format {
    /// What was asked for; a table if nothing was.
    pub(super) const fn form(self) -> Form {
        match self {
            Self { json: true, .. } => Form::Json,
            Self { jsonl: true, .. } => Form::JsonLines,
            Self { csv: true, .. } => Form::Csv,
            Self { .. } => Form::Table,
        }
    }

    /// Whether it is a table, not a form for programs.
    pub(super) const fn is_for_people(self) -> bool {
        !(self.json || self.jsonl || self.csv)
    }
}

/// Prints rows. The columns are those of the table, for when there is no row.
pub(super) fn print(
    format: Format,
    columns: &[&str],
    rows: &[Row],
    out: &mut Output,
) -> Result<(), Failure> {
    if format.json {
        out.json(&rows)
    } else if format.jsonl {
        rows.iter().try_for_each(|row| out.json(row))
    } else if format.csv {
        sheet::print(&headings(columns), rows, out)
    } else {
        out.line(fitted(&headings(columns), rows))
    }
}
