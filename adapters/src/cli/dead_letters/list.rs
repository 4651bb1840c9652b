//! `payoutd dead-letters list`: what is dead, or what waits.

use std::ops::RangeInclusive;

use store::archive::{self, Wanted};
use time::OffsetDateTime;

use crate::{
    cli::{
        output::Output,
        query::{explain, moment},
        render::{self, Format, Row},
    },
    config::Settings,
    failure::{Exit, Failure},
    ledger, letters,
};

/// What a person needs to decide what to look at.
const FOR_PEOPLE: &[&str] = &[
    "received_at",
    "event_id",
    "event_type",
    "object",
    "reason",
    "detail",
    "waiting",
];
const LIMITS: RangeInclusive<i64> = 1..=10_000;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd dead-letters list --type payout.paid --since 2026-11-01\n  \
    payoutd dead-letters list --parked --csv > waiting.csv\n\n\
    `waiting` is how many later events of the same object wait.")]
pub(super) struct Args {
    /// Those that wait, instead of those that are dead
    #[arg(long)]
    parked: bool,
    /// Events of this type
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// Events about this, e.g. payout/po_1
    #[arg(long)]
    object: Option<String>,
    /// Events with this reason, e.g. already_exists
    #[arg(long)]
    reason: Option<String>,
    /// Events that came at this moment or later (RFC 3339, or a day)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<OffsetDateTime>,
    /// Events that came before this moment
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<OffsetDateTime>,
    /// At most so many
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(LIMITS))]
    limit: u32,
    /// Go on where an earlier list ended
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    cursor: i64,
    #[command(flatten)]
    format: Format,
}

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let database = ledger::open_existing(settings).await?;
    let wanted = Wanted {
        outcome: Some(if args.parked { "parked" } else { "dead" }),
        event_type: args.event_type,
        object: args.object,
        reason: args.reason,
        since: args.since,
        until: args.until,
        after: args.cursor,
    };
    let found = archive::letters(&database, &settings.tenant, &wanted, args.limit + 1);
    let mut found = found.await.map_err(explain)?;
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let rows: Vec<Row> = found.iter().map(letters::row).collect();
    let columns = if args.format.is_for_people() {
        FOR_PEOPLE
    } else {
        letters::COLUMNS
    };
    render::print(args.format, columns, &rows, out)?;
    out.finish()?;
    if let (true, Some(last)) = (more, found.last()) {
        eprintln!("there are more: add --cursor {}", last.sequence);
    }
    database.close().await;
    Ok(Exit::Done)
}
