//! `payoutd doctor`: what is found, and what to do about it.

use std::time::Duration;

use serde_json::json;

use crate::{
    cli::{
        output::Output,
        render::{self, Format, Row, plain},
    },
    config::Settings,
    doctor::{self, Finding, Options, Part, Report, Status},
    failure::{Exit, Failure},
};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd doctor\n  \
    payoutd doctor --nats-monitor-url http://127.0.0.1:8222\n  \
    payoutd doctor --json | jq '.[] | select(.status != \"ok\")'\n\n\
    Looks at the database, NATS and the settings; changes nothing. Exit code 1 if there is a\n\
    problem, 4 if the database or NATS does not answer; warnings alone are 0.")]
pub(super) struct Args {
    /// NATS' monitoring port, which tells whether messages are flushed before they are
    /// acknowledged; once for each server
    #[arg(long, value_name = "URL")]
    nats_monitor_url: Vec<String>,
    /// Transactions open for at least so many seconds are told of
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    long_transaction_secs: u64,
    #[command(flatten)]
    format: Format,
}

const COLUMNS: &[&str] = &["status", "check", "finding", "advice"];

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let options = Options {
        nats_monitor_urls: args.nats_monitor_url,
        long_transaction: Duration::from_secs(args.long_transaction_secs),
    };
    let report = doctor::examine(settings, &options).await;
    if args.format.is_for_people() {
        print(&report, out)?;
    } else {
        let rows: Vec<_> = report.findings.iter().map(row).collect();
        render::print(args.format, COLUMNS, &rows, out)?;
    }
    Ok(match (report.unreachable, report.worst()) {
        (true, _) => Exit::Unreachable,
        (false, Status::Problem) => Exit::Failed,
        (false, Status::Ok | Status::Warning) => Exit::Done,
    })
}

fn row(finding: &Finding) -> Row {
    let values = [
        json!(finding.status.as_str()),
        json!(finding.check),
        json!(finding.finding),
        json!(finding.advice),
    ];
    let names = COLUMNS.iter().map(|name| (*name).to_owned());
    names.zip(values).collect()
}

/// The parts and how they answer, then the findings, each with its advice below.
fn print(report: &Report, out: &mut Output) -> Result<(), Failure> {
    out.line(format_args!("payoutd {}", env!("CARGO_PKG_VERSION")))?;
    for (at, part) in report.parts.iter().enumerate() {
        let last = at + 1 == report.parts.len();
        out.line(branch(part, last))?;
    }
    out.line("")?;
    let longest = |width: usize, finding: &Finding| width.max(finding.check.len());
    let width = report.findings.iter().fold(0, longest);
    for finding in &report.findings {
        let (mark, status) = (mark(finding.status), finding.status.as_str());
        let text = plain(&finding.finding);
        out.line(format_args!(
            "{mark} {status:<7}  {:<width$}  {text}",
            finding.check
        ))?;
        if let Some(advice) = &finding.advice {
            out.line(format_args!(
                "{:indent$}→ {advice}",
                "",
                indent = width + 13
            ))?;
        }
    }
    let count = |status| {
        report
            .findings
            .iter()
            .filter(|f| f.status == status)
            .count()
    };
    let (problems, warnings) = (count(Status::Problem), count(Status::Warning));
    let sound = count(Status::Ok);
    let of = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        many => format!("{many} {one}s"),
    };
    out.line(format_args!(
        "\n{}, {}, {sound} ok",
        of(problems, "problem"),
        of(warnings, "warning")
    ))
}

fn branch(part: &Part, last: bool) -> String {
    let line = if last { "└──" } else { "├──" };
    match part.latency {
        Some(latency) => format!(
            "{line} {latency:.1?} ──▶ {} at {}",
            part.what,
            plain(&part.at)
        ),
        None => format!(
            "{line} ✗ no answer ──▶ {} at {}",
            part.what,
            plain(&part.at)
        ),
    }
}

const fn mark(status: Status) -> char {
    match status {
        Status::Ok => '✓',
        Status::Warning => '!',
        Status::Problem => '✗',
    }
}
