//! `payoutd alerts list`: what fires, and what did.

use serde_json::Value as Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    alerts::{self, Level, PageError, Question},
    cli::{
        output::Output,
        query::{explain, moment},
        render::{self, Format, Row},
    },
    config::Settings,
    failure::{Exit, Failure},
    ledger,
};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd alerts list --state firing\n  \
    payoutd alerts list --level error --since 2026-11-20 --json\n\n\
    `payoutd serve` looks for alerts. What each means and what to do: docs/alerts.md.")]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show the last alerts, the newest first
    #[command(after_help = "Example:\n  payoutd alerts list --state firing")]
    List(List),
}

#[derive(Debug, clap::Args)]
struct List {
    /// Of this level and worse ones: info, warning, error, critical
    #[arg(long, value_parser = level)]
    level: Option<Level>,
    /// firing or resolved
    #[arg(long, value_parser = alerts::STATES)]
    state: Option<String>,
    /// Fired at this moment or later (RFC 3339, or a day)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<OffsetDateTime>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 100)]
    #[arg(value_parser = clap::value_parser!(i64).range(1..=alerts::MAX_LIMIT))]
    limit: i64,
    /// Go on where an answer ended
    #[arg(long)]
    cursor: Option<Uuid>,
    #[command(flatten)]
    format: Format,
}

const COLUMNS: &[&str] = &[
    "level",
    "state",
    "alert",
    "subject",
    "message",
    "fired_at",
    "last_seen_at",
    "resolved_at",
    "count",
    "id",
];

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let Action::List(args) = args.action;
    let question = Question {
        level: args.level.map(|level| level.as_str().to_owned()),
        state: args.state,
        since: args.since,
        limit: Some(args.limit),
        cursor: args.cursor,
    };
    let database = ledger::open_existing(settings).await?;
    let page = alerts::page(&database, &settings.tenant, &question).await;
    database.close().await;
    let page = page.map_err(|error| match error {
        PageError::Store(error) => explain(error),
        error => Failure::Usage(error.to_string()),
    })?;
    let rows: Vec<Row> = page.alerts.into_iter().filter_map(row).collect();
    render::print(args.format, COLUMNS, &rows, out)?;
    out.finish()?;
    if let Some(cursor) = page.next_cursor {
        eprintln!("there are more: --cursor {cursor}");
    }
    Ok(Exit::Done)
}

fn row(alert: Json) -> Option<Row> {
    match alert {
        Json::Object(mut members) => {
            let names = COLUMNS.iter().map(|name| (*name).to_owned());
            Some(
                names
                    .map(|name| {
                        let value = members.remove(&name).unwrap_or_default();
                        (name, value)
                    })
                    .collect(),
            )
        }
        _ => None,
    }
}

fn level(name: &str) -> Result<Level, String> {
    Level::parse(name).ok_or_else(|| "there are: info, warning, error, critical".to_owned())
}
