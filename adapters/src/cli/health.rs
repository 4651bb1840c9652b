//! `payoutd health`: the score of the services on a database, and what to do about it.

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;
use store::{Database, alerts::firing};

use crate::{
    alerts::{Health, judge},
    cli::{output::Output, query::explain, render::plain},
    config::Settings,
    failure::{Exit, Failure},
    ledger,
    machine::{LookBack, LookBackError, Readings, look_back},
};

/// Who has not written readings for so long is no service that runs.
const RECENT: Duration = Duration::from_secs(60);
/// So many readings may be missed before that.
const MISSED: u32 = 3;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd health\n  \
    payoutd health --json | jq .score\n\n\
    100 less points for each alert that fires and each strain that is none yet, as in\n\
    GET /v1/machine/health. Of several services on the database the worst is told. Exit code 0\n\
    if it is good or fair, 1 if it is poor, 4 if no service runs or the database does not answer.")]
pub(super) struct Args {
    /// Print the score as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    args: &Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let database = ledger::open_existing(settings).await?;
    let worst = worst(&database, settings).await;
    database.close().await;
    let (instance, health) = worst?;
    if args.json {
        let mut told = json!(health);
        told["instance"] = json!(instance);
        out.json(&told)?;
    } else {
        print(&instance, &health, out)?;
    }
    Ok(match health.status {
        "poor" => Exit::Failed,
        _ => Exit::Done,
    })
}

/// The service with the lowest score.
async fn worst(database: &Database, settings: &Settings) -> Result<(String, Health), Failure> {
    let now = settings.store.clock.now();
    let recent = RECENT.max(settings.machine.every * MISSED);
    let wanted = LookBack {
        since: Some(now - recent),
        ..LookBack::default()
    };
    let past = look_back(database, wanted, now).await;
    let past = past.map_err(|error| match error {
        LookBackError::Store(error) => explain(error),
        error => Failure::LookBack(error),
    })?;
    let alerts = firing(database, &settings.tenant).await.map_err(explain)?;
    // In order of time: the newest of each instance stays.
    let newest: BTreeMap<String, Readings> = past
        .readings
        .into_iter()
        .filter_map(|reading| serde_json::from_value(reading).ok())
        .map(|reading: Readings| (reading.instance.clone(), reading))
        .collect();
    newest
        .into_iter()
        .map(|(instance, readings)| (instance, judge(&readings, &alerts)))
        .min_by_key(|(_, health)| health.score)
        .ok_or(Failure::NoReadings(recent.as_secs()))
}

/// The score, where its points went, and what to do.
fn print(instance: &str, health: &Health, out: &mut Output) -> Result<(), Failure> {
    let (score, status) = (health.score, health.status);
    out.line(format_args!(
        "{score} of 100, {status}: {}",
        plain(instance)
    ))?;
    if !health.reasons.is_empty() {
        out.line("")?;
    }
    for reason in &health.reasons {
        let points = format!("-{}", reason.points);
        out.line(format_args!("{points:>4}  {}", plain(&reason.reason)))?;
    }
    for recommendation in &health.recommendations {
        let (title, detail) = (&recommendation.title, &recommendation.detail);
        out.line(format_args!("\n→ {}\n  {}", plain(title), plain(detail)))?;
    }
    Ok(())
}
