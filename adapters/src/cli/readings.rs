//! `payoutd readings`: what services read off themselves.

use serde_json::Value as Json;
use time::OffsetDateTime;

use crate::{
    cli::{
        output::Output,
        query::{explain, moment},
        render::{self, Form, Format, Row},
    },
    config::Settings,
    failure::{Exit, Failure},
    ledger,
    machine::{LookBack, LookBackError, columns, flat, look_back},
};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd readings\n  \
    payoutd readings --since 2026-11-01 --step 3600 --csv > november.csv\n\n\
    Every service on this database writes what it did and how it stands, every ten seconds.\n\
    Kept are stretches of 10 seconds for a day, of 300 for 30 days and of 3600 for two years.\n\
    A table shows the most important columns, lags in seconds; CSV and JSON have all.")]
pub(super) struct Args {
    /// From this moment on (RFC 3339, or a day) [default: an hour before the end]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<OffsetDateTime>,
    /// Before this moment [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<OffsetDateTime>,
    /// How long a stretch is: 10, 300 or 3600 [default: the shortest that fits the period]
    #[arg(long, value_name = "SECONDS")]
    step: Option<u32>,
    #[command(flatten)]
    format: Format,
}

/// What people see, and what it is called there: the whole names are too wide for a screen.
const SHOWN: &[(&str, &str)] = &[
    ("starts_at", "starts_at"),
    ("instance", "instance"),
    ("transactions_committed", "committed"),
    ("transactions_failed", "failed"),
    ("transactions_retries", "retries"),
    ("transactions_p95_us", "p95_us"),
    ("commands_accepted", "commands"),
    ("commands_failed", "given_up"),
    ("queue_length", "queue"),
    ("books_lags_postings_seconds", "tables_lag"),
    ("books_lags_seals_seconds", "seals_lag"),
    ("books_payouts_in_doubt_count", "in_doubt"),
    ("books_letters_dead_count", "dead"),
];

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let wanted = LookBack {
        since: args.since,
        until: args.until,
        step_seconds: args.step,
    };
    let database = ledger::open_existing(settings).await?;
    let past = look_back(&database, wanted, settings.store.clock.now()).await;
    let past = past.map_err(|error| match error {
        LookBackError::Store(error) => explain(error),
        error => Failure::LookBack(error),
    })?;
    let flat = || past.readings.iter().map(flat).collect::<Vec<Row>>();
    match args.format.form() {
        Form::Table => {
            let rows: Vec<_> = flat().into_iter().map(shown).collect();
            let columns: Vec<_> = SHOWN.iter().map(|(_, heading)| *heading).collect();
            render::print(args.format, &columns, &rows, out)?;
        }
        Form::Csv => {
            let columns = columns();
            let columns: Vec<_> = columns.iter().map(String::as_str).collect();
            render::print(args.format, &columns, &flat(), out)?;
        }
        Form::Json | Form::JsonLines => {
            let rows = past
                .readings
                .into_iter()
                .filter_map(|reading| match reading {
                    Json::Object(row) => Some(row),
                    _ => None,
                });
            render::print(args.format, &[], &rows.collect::<Vec<Row>>(), out)?;
        }
    }
    out.finish()?;
    database.close().await;
    Ok(Exit::Done)
}

fn shown(mut row: Row) -> Row {
    let cells = SHOWN.iter().map(|(name, heading)| {
        let value = row.remove(*name).unwrap_or_default();
        ((*heading).to_owned(), value)
    });
    cells.collect()
}
