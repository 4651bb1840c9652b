//! `payoutd statement SELLER`: what moved a seller's money in a period.

use std::io::Write;

use domain::{id::SellerId, money::Currency};
use projections::{
    query::QueryError,
    statement::{self, COLUMNS, Line, Question},
};
use store::Database;
use time::OffsetDateTime;

use crate::{
    cli::{
        output::Output,
        query::{explain, moment},
        render::{self, Form, Format},
    },
    config::Settings,
    failure::{Exit, Failure},
    ledger,
};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd statement seller-1 --since 2026-11-01 --until 2026-12-01\n  \
    payoutd statement seller-1 --currency usd --csv > seller-1.csv\n\n\
    For each currency: the opening, each movement in order, the closing. Movements show\n\
    what they add to each place; owed is pending, available and reserved together.")]
pub(super) struct Args {
    /// Whose statement
    #[arg(value_parser = |text: &str| SellerId::new(text))]
    seller: SellerId,
    /// Movements from this moment on (RFC 3339, or a day) [default: from the beginning]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<OffsetDateTime>,
    /// Movements before this moment [default: up to now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<OffsetDateTime>,
    /// In this currency only
    #[arg(long, value_parser = Currency::parse)]
    currency: Option<Currency>,
    #[command(flatten)]
    format: Format,
}

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let format = args.format;
    let question = Question {
        tenant: settings.tenant.clone(),
        seller: args.seller,
        currency: args.currency,
        since: args.since,
        until: args.until,
    };
    let database = ledger::open_existing(settings).await?;
    print(&database, &question, format, out)
        .await
        .map_err(unmade)?;
    out.finish()?;
    database.close().await;
    Ok(Exit::Done)
}

/// For programs line by line, however many there are.
async fn print(
    database: &Database,
    question: &Question,
    format: Format,
    out: &mut Output,
) -> Result<(), Failure> {
    match format.form() {
        Form::Table => {
            let mut rows = Vec::new();
            walk(database, question, |line| {
                rows.push(line.to_row());
                Ok(())
            })
            .await?;
            // Whose it is was said by whoever asks.
            render::print(format, COLUMNS.get(1..).unwrap_or_default(), &rows, out)
        }
        Form::JsonLines => walk(database, question, |line| out.json(&line.to_row())).await,
        Form::Json => {
            let mut before = "[";
            walk(database, question, |line| {
                write!(out, "{before}").map_err(Failure::output)?;
                before = ",";
                serde_json::to_writer(&mut *out, &line.to_row())
                    .map_err(|error| Failure::output(error.into()))
            })
            .await?;
            out.line(if before == "[" { "[]" } else { "]" })
        }
        Form::Csv => {
            let headings = render::headings(COLUMNS);
            let mut sheet = csv::Writer::from_writer(out);
            sheet.write_record(&headings)?;
            walk(database, question, |line| {
                sheet.write_record(render::record(&headings, &line.to_row()))?;
                Ok(())
            })
            .await?;
            sheet.flush().map_err(Failure::output)
        }
    }
}

async fn walk(
    database: &Database,
    question: &Question,
    take: impl FnMut(Line) -> Result<(), Failure>,
) -> Result<(), Failure> {
    statement::walk(database, question, take).await
}

fn unmade(failure: Failure) -> Failure {
    match failure {
        Failure::Store(error) | Failure::Query(QueryError::Store(error)) => explain(error),
        failure => failure,
    }
}
