//! `payoutd export TABLE`: all rows of a read table, as they were at one moment, in
//! constant memory.
//!
//! Rows go to stdout or to a file; what one must know about them goes to stderr: how
//! many they were, the digest of what was written, and where to go on.

use std::path::PathBuf;

use indicatif::ProgressBar;
use projections::query::{Pages, Table};
use store::error::chain;

use crate::{
    cli::{
        output::Output,
        progress,
        query::{Wanted, open, table, unmade},
    },
    config::Settings,
    failure::{Exit, Failure},
};

#[cfg(feature = "parquet")]
mod columnar;
mod sheet;
mod target;

use sheet::{Form, Sheet};
use target::{Digested, Target};

/// After so many rows, it is told how to go on if this run does not come to its end.
const CHECKPOINT: u64 = 50_000;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd export events > events.jsonl\n  \
    payoutd export payouts --csv --since 2026-11-01 --until 2026-12-01 --out payouts.csv\n  \
    payoutd export balances --as-of 2026-12-31 --out balances.jsonl\n\n\
    Rows are those of one moment, however long it takes. The number of rows, the SHA-256 of\n\
    what was written and, with --limit, the cursor to go on with are told on stderr.")]
pub(super) struct Args {
    #[arg(value_parser = table, help = format!("One of {}", Table::NAMES.join(", ")))]
    table: Table,
    #[command(flatten)]
    wanted: Wanted,
    /// At most so many rows
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    #[command(flatten)]
    form: Given,
    /// Write to this file, which appears, or is replaced, when it is complete
    #[arg(long, value_name = "FILE", conflicts_with = "parquet")]
    out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct Given {
    /// Write CSV; text that a spreadsheet would run as a formula starts with '
    #[arg(long)]
    csv: bool,
    /// With --csv, leave out the line with the columns' names
    #[arg(long, requires = "csv")]
    no_header: bool,
    /// Write a Parquet file
    #[arg(long, value_name = "FILE", conflicts_with = "csv")]
    parquet: Option<PathBuf>,
}

/// What was written.
#[derive(Debug, Default)]
struct Written {
    rows: u64,
    /// Where to go on, if there is more.
    cursor: Option<String>,
    /// Nobody reads any more.
    unread: bool,
}

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let form = args.form.form()?;
    let table = args.table;
    let database = open(settings, table).await?;
    let filter = args.wanted.filter(settings);
    let pages = Pages::begin(&database, table, filter, args.limit)
        .await
        .map_err(unmade)?;
    let target = match args.out.or(args.form.parquet) {
        Some(file) => Target::file(file)?,
        None => Target::Stdout(out),
    };
    let sheet = Sheet::begin(form, table, Digested::new(target))?;
    let (written, digest) = copy(pages, sheet).await?;
    database.close().await;
    if written.unread {
        eprintln!(
            "nobody reads any more; the export ended after some {} rows",
            written.rows
        );
        return Ok(Exit::Done);
    }
    let (rows, name, digest) = (written.rows, table.name(), digest);
    eprintln!("exported {rows} rows of {name}; SHA-256 of what was written: {digest}");
    if let Some(cursor) = written.cursor {
        eprintln!("there are more rows: go on with --cursor {cursor}");
    }
    Ok(Exit::Done)
}

/// Copies all pages and completes what they are written to.
async fn copy(mut pages: Pages, mut sheet: Sheet<'_>) -> Result<(Written, String), Failure> {
    let bar = progress::bar("{spinner} {pos} rows in {elapsed}, {per_sec}");
    let mut written = Written::default();
    let copied = copy_pages(&mut pages, &mut sheet, &mut written, &bar).await;
    bar.finish_and_clear();
    if let Err(error) = copied {
        // What is on stdout is there, and somebody may have waited long for it.
        if let (true, Some(cursor)) = (sheet.is_stream(), &written.cursor) {
            let cause = chain(&error);
            tracing::warn!(cause, "the export did not come to its end");
            tell_checkpoint(written.rows, cursor);
        }
        return Err(error);
    }
    pages.end().await.map_err(unmade)?;
    Ok((written, sheet.finish()?))
}

async fn copy_pages(
    pages: &mut Pages,
    sheet: &mut Sheet<'_>,
    written: &mut Written,
    bar: &ProgressBar,
) -> Result<(), Failure> {
    let mut told = 0;
    while let Some(page) = pages.next().await.map_err(unmade)? {
        sheet.write(&page.rows)?;
        // What is told to be written must be.
        sheet.flush()?;
        written.rows += u64::try_from(page.rows.len()).unwrap_or(0);
        written.cursor = page.next_cursor;
        written.unread = sheet.is_unread();
        if written.unread {
            break;
        }
        bar.set_position(written.rows);
        if let (true, Some(cursor)) = (written.rows - told >= CHECKPOINT, &written.cursor) {
            told = written.rows;
            if sheet.is_stream() {
                bar.suspend(|| tell_checkpoint(written.rows, cursor));
            }
        }
    }
    Ok(())
}

/// So many rows are written, whatever becomes of the rest.
fn tell_checkpoint(rows: u64, cursor: &str) {
    eprintln!("{rows} rows are written; behind them goes on --cursor {cursor}");
}

impl Given {
    fn form(&self) -> Result<Form, Failure> {
        match (&self.parquet, self.csv) {
            (Some(_), _) => Form::parquet(),
            (None, true) => Ok(Form::Csv {
                header: !self.no_header,
            }),
            (None, false) => Ok(Form::JsonLines),
        }
    }
}
