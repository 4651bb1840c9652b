//! `payoutd jobs list|run`: background jobs, looked at and run by hand.

use domain::id::Tenant;
use projections::work::parse_day;
use serde_json::{Value as Json, json};
use store::{
    jobs::{self, JobRow},
    row::sqlite_time,
};
use time::{Date, OffsetDateTime};
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        output::Output,
        progress,
        query::explain,
        render::{self, Format, Row, because, plain},
    },
    config::{self, Settings},
    failure::{Exit, Failure},
    jobs::{Days, Job, JobError, Jobs, Order, Outcome, Report, StripeSide},
    ledger,
    stripe::api::Api,
};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd jobs list\n  \
    payoutd jobs run payouts\n\n\
    Jobs run by themselves in `payoutd serve`. Running one by hand does no harm: nothing is\n\
    released or paid out twice.")]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show the jobs: when they ran, how that went, when they are due
    #[command(after_help = "Example:\n  payoutd jobs list --json")]
    List(List),
    /// Run a job now, whether it is due or not
    #[command(after_help = "Examples:\n  \
        payoutd jobs run release\n  \
        payoutd jobs run payouts --day 2026-11-20\n\n\
        Exit code 1 if a part of it failed.")]
    Run(Run),
}

#[derive(Debug, clap::Args)]
struct List {
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, clap::Args)]
struct Run {
    #[arg(value_parser = job, help = format!("One of {}", names()))]
    job: Job,
    /// For this day instead of the one that is due; for payouts and roll-up
    #[arg(long, value_parser = day)]
    day: Option<Date>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    match args.action {
        Action::List(args) => list(args, settings, out).await,
        Action::Run(args) => run_now(&args, settings, out).await,
    }
}

const COLUMNS: &[&str] = &[
    "job",
    "does",
    "due",
    "running",
    "last_started_at",
    "last_ended_at",
    "last_outcome",
    "last_error",
    "runs",
    "failures",
    "next_run_at",
    "cursor",
];

async fn list(args: List, settings: &Settings, out: &mut Output) -> Result<Exit, Failure> {
    let database = ledger::open_existing(settings).await?;
    let known = jobs::load(&database, &settings.tenant)
        .await
        .map_err(explain)?;
    database.close().await;
    let now = settings.store.clock.now();
    let rows: Vec<_> = Job::ALL
        .into_iter()
        .map(|job| {
            let row = known.iter().find(|row| row.job == job.name());
            shown(job, row, (&settings.jobs, now))
        })
        .collect();
    render::print(args.format, COLUMNS, &rows, out)?;
    Ok(Exit::Done)
}

/// A job that never ran has nothing but its name and its time.
fn shown(
    job: Job,
    row: Option<&JobRow>,
    (settings, now): (&config::jobs::Settings, OffsetDateTime),
) -> Row {
    let time = |moment: Option<OffsetDateTime>| moment.map(sqlite_time);
    let held_until = row.and_then(|row| row.held_until);
    let values: [Json; 12] = [
        json!(job.name()),
        json!(job.about().does),
        json!(job.cadence(settings).to_string()),
        json!(held_until.is_some_and(|until| until > now)),
        json!(time(row.and_then(|row| row.last_started_at))),
        json!(time(row.and_then(|row| row.last_ended_at))),
        json!(row.and_then(|row| row.last_outcome.as_deref())),
        json!(row.and_then(|row| row.last_error.as_deref())),
        json!(row.map_or(0, |row| row.runs)),
        json!(row.map_or(0, |row| row.failures)),
        json!(time(row.map(|row| row.next_run_at))),
        json!(row.and_then(|row| row.cursor.as_deref())),
    ];
    let names = COLUMNS.iter().map(|name| (*name).to_owned());
    names.zip(values).collect()
}

async fn run_now(args: &Run, settings: &Settings, out: &mut Output) -> Result<Exit, Failure> {
    check_day(args, settings)?;
    let side = StripeSide::of(Api::of(&settings.stripe)?, settings);
    if args.job == Job::Sync && side.is_none() {
        return Err(Failure::Usage(JobError::NoKey.to_string()));
    }
    let ledger = ledger::start(ledger::open(settings).await?, settings);
    let clock = settings.store.clock.clone();
    let progress = progress::bar("{bar:40} {pos}/{len} units, {eta} left");
    let order = Order {
        job: args.job,
        tenant: &settings.tenant,
        day: args.day,
        progress: Some(&progress),
    };
    let report = Jobs::new(ledger.clone(), clock, settings.jobs)
        .with_stripe(side)
        .run_now(order, &CancellationToken::new())
        .await;
    progress.finish_and_clear();
    ledger.close().await;
    let report = report?;
    if args.json {
        out.json(&to_json(args.job, &settings.tenant, &report))?;
    } else {
        print(args.job, &report, out)?;
    }
    Ok(match report.outcome {
        Outcome::Done => Exit::Done,
        Outcome::Failed | Outcome::Stopped => Exit::Failed,
    })
}

fn check_day(args: &Run, settings: &Settings) -> Result<(), Failure> {
    let Some(day) = args.day else {
        return Ok(());
    };
    let about = args.job.about();
    let now = settings.store.clock.now();
    let present = args.job.cadence(&settings.jobs).day(now);
    let problem = match about.days {
        Days::None => "knows no days",
        Days::Past if day >= now.date() => "is for days that are over",
        Days::PastAndPresent if day > present => "is for days that have begun",
        Days::Past | Days::PastAndPresent => return Ok(()),
    };
    Err(Failure::Usage(format!("{} {problem}", about.name)))
}

fn to_json(job: Job, tenant: &Tenant, report: &Report) -> Json {
    let mut json = json!({ "job": job.name(), "tenant": tenant.as_str() });
    if let (Json::Object(json), Json::Object(told)) = (&mut json, report.to_json()) {
        json.extend(told);
    }
    json
}

fn print(job: Job, report: &Report, out: &mut Output) -> Result<(), Failure> {
    let tally = &report.tally;
    out.line(format_args!("{}: {}", job.name(), report.outcome.as_str()))?;
    for (outcome, count) in [
        ("done", tally.done),
        ("skipped", tally.skipped),
        ("failed", tally.failed),
    ] {
        let reasons = because(&tally.reasons, outcome);
        out.line(format_args!("{outcome:<10} {count:>8}{reasons}"))?;
    }
    match &report.error {
        Some(error) => out.line(format_args!("error: {}", plain(error))),
        None => Ok(()),
    }
}

fn names() -> String {
    Job::ALL.map(Job::name).join(", ")
}

fn job(name: &str) -> Result<Job, String> {
    Job::parse(name).ok_or_else(|| format!("there are: {}", names()))
}

fn day(text: &str) -> Result<Date, String> {
    parse_day(text).ok_or_else(|| "a day is written like 2026-11-25".to_owned())
}
