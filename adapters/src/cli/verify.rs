//! `payoutd verify`: every law of the ledger, checked on the live database.

use projections::{
    follower,
    verify::{Law, Report, verify},
};
use serde_json::{Value as Json, json};

use crate::{
    cli::{output::Output, query::explain, render::plain},
    config::Settings,
    failure::{Exit, Failure},
    ledger,
};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  payoutd verify && echo 'the books are in order'\n\n\
    One line a law. Exit code 1 if one is broken."
)]
pub(super) struct Args {
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    args: &Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let database = ledger::open_existing(settings).await?;
    follower::catch_up(&database).await.map_err(explain)?;
    let report = verify(&database, &settings.tenant).await.map_err(explain)?;
    database.close().await;
    if args.json {
        out.json(&to_json(&report))?;
    } else {
        print(&report, out)?;
    }
    Ok(if report.holds() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// One line a law.
pub(super) fn print(report: &Report, out: &mut Output) -> Result<(), Failure> {
    report.laws.iter().try_for_each(|law| out.line(line(law)))
}

fn line(law: &Law) -> String {
    let note = law
        .note
        .as_ref()
        .map(|note| format!("; {note}"))
        .unwrap_or_default();
    let (name, checked) = (law.name, law.checked);
    match &law.offender {
        None => format!("✓ {name} ({checked} checked{note})"),
        Some(offender) => {
            format!(
                "✗ {name} ({checked} checked{note}): broken by {}",
                plain(offender)
            )
        }
    }
}

/// The report for programs.
pub(super) fn to_json(report: &Report) -> Json {
    let laws = report.laws.iter().map(|law| {
        json!({
            "law": law.name,
            "holds": law.offender.is_none(),
            "checked": law.checked,
            "note": law.note,
            "offender": law.offender,
        })
    });
    json!({ "holds": report.holds(), "laws": laws.collect::<Vec<_>>() })
}
