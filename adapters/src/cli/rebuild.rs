//! `payoutd rebuild`: read tables built anew from the log, and held against the live ones.

use indicatif::ProgressBar;
use projections::{
    compare::Difference,
    read_table::ReadTable,
    rebuild::{Order, RebuildError, Watch, rebuild},
};
use store::{StoreError, error::chain};
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{output::Output, progress, query::explain},
    config::Settings,
    failure::{Exit, Failure},
    ledger,
};

mod told;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd rebuild\n  \
    payoutd rebuild balances postings --dry-run\n\n\
    Safe beside a running service: commands go on, and the tables serve until they change \
    places.\nOne that was killed is gone on with. Tables of all tenants are rebuilt. \
    Exit code 1 if a row\nwas not as the log tells; it is then mended, but for a dry run.")]
pub(super) struct Args {
    /// Tables [default: all]: sellers, payouts, payout-items, transactions, transfers,
    /// balances, postings, daily-rollups. Transactions and transfers go together
    #[arg(value_name = "NAME", value_parser = table)]
    tables: Vec<ReadTable>,
    /// Compare only, and replace nothing
    #[arg(long)]
    dry_run: bool,
    /// Begin anew, also where a rebuild that was killed could be gone on with
    #[arg(long)]
    fresh: bool,
    /// Print one JSON object, and before it one for each difference
    #[arg(long)]
    json: bool,
}

fn table(name: &str) -> Result<ReadTable, String> {
    ReadTable::named(name).ok_or_else(|| {
        let names: Vec<_> = ReadTable::ALL.iter().map(|table| table.name()).collect();
        format!("the read tables are {}", names.join(", ").replace('_', "-"))
    })
}

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let database = ledger::open_existing(settings).await?;
    if !args.dry_run {
        database.migrate().await?;
    }
    let order = Order {
        tables: args.tables,
        dry_run: args.dry_run,
        fresh: args.fresh,
        stop: CancellationToken::new(),
        clock: settings.store.clock.clone(),
    };
    let mut telling = Telling {
        out,
        json: args.json,
        bar: progress::rate(),
        failed: None,
    };
    let result = rebuild(&database, &order, &mut telling).await;
    telling.bar.finish_and_clear();
    let failed = telling.failed.take();
    let report = result.map_err(|error| match error {
        RebuildError::Store(error) => explain(error),
        error => error.into(),
    })?;
    database.close().await;
    failed.map_or(Ok(()), Err)?;
    if args.json {
        out.json(&told::report_json(&report, args.dry_run))?;
    } else {
        let lines = told::report(&report, args.dry_run);
        lines.iter().try_for_each(|line| out.line(line))?;
    }
    Ok(if report.is_clean() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// Tells what happens as it does.
struct Telling<'o> {
    out: &'o mut Output,
    json: bool,
    bar: ProgressBar,
    /// The result could not be written; told at the end.
    failed: Option<Failure>,
}

impl Telling<'_> {
    fn say(&self, text: &str) {
        self.bar.suspend(|| tracing::info!("{text}"));
    }
}

impl Watch for Telling<'_> {
    fn begun(&mut self, resumed: bool, from: i64, end: i64) {
        self.bar.set_length(u64::try_from(end).unwrap_or(0));
        self.bar.set_position(u64::try_from(from).unwrap_or(0));
        self.bar.reset_eta();
        if resumed {
            self.say(&format!(
                "going on from position {from}, where the last one ended"
            ));
        }
    }

    fn replayed(&mut self, _events: usize, position: i64) {
        self.bar.set_position(u64::try_from(position).unwrap_or(0));
    }

    fn found(&mut self, found: &Difference) {
        let written = if self.json {
            self.out.json(&told::difference_json(found))
        } else {
            self.out.line(told::difference(found))
        };
        if let Err(failure) = written {
            self.failed.get_or_insert(failure);
        }
    }

    fn waiting(&mut self, why: &StoreError) {
        let why = chain(why);
        self.say(&format!(
            "somebody reads for long; trying again soon ({why})"
        ));
    }
}
