//! `payoutd verify`: every law of the ledger, checked on the live database.

use std::path::PathBuf;

use projections::{
    follower,
    verify::{Extras, Law, Report, verify_with},
};
use serde_json::{Value as Json, json};
use store::{Database, checks, error::chain, seal::Head};

use crate::{
    cli::{output::Output, progress, query::explain, render::plain, seal::file},
    config::Settings,
    failure::{Exit, Failure},
    ledger,
};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  payoutd verify && echo 'the books are in order'\n  \
    payoutd verify --head head.json --public-key seal.pub\n\n\
    One line a law. Exit code 1 if one is broken. Beside a running service; the right to read is \
    enough."
)]
pub(super) struct Args {
    /// A head that was published: the seals must lead to it
    #[arg(long, value_name = "FILE")]
    head: Option<PathBuf>,
    /// The key that the head must be signed with
    #[arg(long, value_name = "FILE", requires = "head")]
    public_key: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    args: &Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let head = published(args)?;
    let database = ledger::open_existing(settings).await?;
    catch_up(&database).await;
    let report = check(&database, settings, head.as_ref()).await?;
    let broken = report.laws.iter().find(|law| law.offender.is_some());
    let broken = broken.map(|law| {
        let offender = law.offender.as_deref().unwrap_or_default();
        format!("{}: broken by {offender}", law.name)
    });
    ledger::record(&database, settings, (checks::LAWS, broken)).await;
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

/// The head that was given, if it is one to hold on to.
fn published(args: &Args) -> Result<Option<Head>, Failure> {
    let Some(path) = &args.head else {
        return Ok(None);
    };
    let head = file::head(path)?;
    let key = args
        .public_key
        .as_deref()
        .map(file::public_key)
        .transpose()?;
    head.check(key.as_ref()).map_err(Failure::Head)?;
    Ok(Some(head))
}

/// Who may only read, or asks a standby, compares as far as the tables have followed.
async fn catch_up(database: &Database) {
    if let Err(error) = follower::catch_up(database).await {
        tracing::warn!(
            error = chain(&error),
            "tables that follow the log are compared as far as they are: they cannot be taken on"
        );
    }
}

async fn check(
    database: &Database,
    settings: &Settings,
    head: Option<&Head>,
) -> Result<Report, Failure> {
    let bar = progress::events();
    let progress = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let extras = Extras {
        head,
        progress: Some(&progress),
    };
    let report = verify_with(database, &settings.tenant, extras).await;
    bar.finish_and_clear();
    report.map_err(explain)
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
