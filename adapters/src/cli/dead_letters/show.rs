//! `payoutd dead-letters show`: all there is of one event.

use std::io::{IsTerminal, Write, stdout};

use serde_json::{Value as Json, json};
use store::archive::{self, Letter};

use super::{find, line};
use crate::{
    cli::{output::Output, query::explain, render::plain},
    config::Settings,
    failure::{Exit, Failure},
    ledger,
    letters::{self, row},
};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd dead-letters show evt_1\n  \
    payoutd dead-letters show evt_1 --body > evt_1.json\n\n\
    Any event of the archive can be shown, also one that was applied.")]
pub(super) struct Args {
    /// Stripe's id of the event
    event_id: String,
    /// The beginning of its body's hash, when several bodies share the id
    #[arg(long, value_name = "PREFIX")]
    hash: Option<String>,
    /// Print its body, byte for byte as it was received, and nothing else
    #[arg(long)]
    body: bool,
    /// Print one JSON object
    #[arg(long, conflicts_with = "body")]
    json: bool,
}

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let database = ledger::open_existing(settings).await?;
    let letter = find(&database, settings, &args.event_id, args.hash.as_deref()).await?;
    if args.body {
        let body = archive::body(&database, &settings.tenant, &letter).await?;
        print_body(&body, out)?;
    } else {
        let others = letters::others(&database, &settings.tenant, &letter).await;
        let (ahead, behind) = others.map_err(explain)?;
        if args.json {
            let mut json = row(&letter);
            let rows = |letters: &[Letter]| letters.iter().map(row).collect::<Vec<_>>();
            json.insert("ahead".to_owned(), json!(rows(&ahead)));
            json.insert("behind".to_owned(), json!(rows(&behind)));
            out.json(&json)?;
        } else {
            print(&letter, (&ahead, &behind), out)?;
        }
    }
    database.close().await;
    Ok(Exit::Done)
}

fn print(
    letter: &Letter,
    (ahead, behind): (&[Letter], &[Letter]),
    out: &mut Output,
) -> Result<(), Failure> {
    for (name, value) in row(letter) {
        match value {
            Json::Null => {}
            Json::String(text) => out.line(format_args!("{name:<12} {}", plain(&text)))?,
            other => out.line(format_args!("{name:<12} {other}"))?,
        }
    }
    for (heading, letters) in [("before it:", ahead), ("behind it:", behind)] {
        if !letters.is_empty() {
            out.line(heading)?;
        }
        for other in letters {
            let outcome = other.outcome.as_str();
            let line = line(outcome, other, &other.outcome, other.detail.as_deref());
            out.line(format_args!("  {line}"))?;
        }
    }
    Ok(())
}

/// Raw for a file or a program; for a terminal, what it would obey is made visible.
fn print_body(body: &[u8], out: &mut Output) -> Result<(), Failure> {
    if !stdout().is_terminal() {
        return out.write_all(body).map_err(Failure::output);
    }
    let text = String::from_utf8_lossy(body);
    text.lines().try_for_each(|line| out.line(plain(line)))
}
