//! `payoutd ingest FILE…`: Stripe's events from files, each byte for byte.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use domain::{Refusal, stripe};
use indicatif::ProgressBar;
use serde_json::json;
use store::{Delivery, Ingested, Ledger, Pending};

use crate::{
    cli::{output::Output, progress, render::plain},
    config::Settings,
    failure::{Exit, Failure},
    ledger,
};

mod split;
mod tally;

pub(super) use tally::Tally;

/// How many events are on their way to the writer at once: a few of its batches.
const IN_FLIGHT: usize = 4096;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd ingest events.jsonl\n  \
    stripe events list --limit 100 | jq -c '.data[]' | payoutd ingest -\n\n\
    Exit code 1 if an event could not be taken; those that are dead are kept.")]
pub(super) struct Args {
    /// Files with one JSON object, an array of them, or one a line; `-` is stdin
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Print what became of each event
    #[arg(long, visible_alias = "verbose")]
    each: bool,
}

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    for file in args.files.iter().filter(|file| !is_stdin(file)) {
        File::open(file).map_err(|source| unreadable(file, source))?;
    }
    let ledger = ledger::start(ledger::open(settings).await?, settings);
    let mut tally = Tally::default();
    let progress = progress::events();
    for file in &args.files {
        let input = read(file)?;
        let taking = Taking {
            ledger: &ledger,
            settings,
            args: &args,
            progress: &progress,
        };
        taking.take(&split::split(&input), &mut tally, out).await?;
    }
    progress.finish_and_clear();
    ledger.close().await;
    if args.json {
        out.json(&tally.to_json())?;
    } else {
        out.line(&tally)?;
    }
    Ok(if tally.not_taken == 0 {
        Exit::Done
    } else {
        Exit::Failed
    })
}

struct Taking<'a> {
    ledger: &'a Ledger,
    settings: &'a Settings,
    args: &'a Args,
    progress: &'a ProgressBar,
}

impl Taking<'_> {
    /// Hands the events to the ledger in the order of the file, many at once, and
    /// counts the answers in that order too.
    async fn take(
        &self,
        bodies: &[&[u8]],
        tally: &mut Tally,
        out: &mut Output,
    ) -> Result<(), Failure> {
        self.progress.inc_length(bodies.len() as u64);
        let mut waiting = VecDeque::with_capacity(IN_FLIGHT);
        for body in bodies {
            if waiting.len() == IN_FLIGHT
                && let Some(first) = waiting.pop_front()
            {
                self.count(first, tally, out).await?;
            }
            waiting.push_back((*body, self.ledger.submit(self.delivery(body)).await));
        }
        while let Some(first) = waiting.pop_front() {
            self.count(first, tally, out).await?;
        }
        Ok(())
    }

    async fn count(
        &self,
        (body, pending): (&[u8], Pending<Ingested>),
        tally: &mut Tally,
        out: &mut Output,
    ) -> Result<(), Failure> {
        let answer = pending.await;
        self.progress.inc(1);
        if self.args.each {
            self.show(body, &answer, out)?;
        }
        tally.count(&answer);
        Ok(())
    }

    fn delivery(&self, body: &[u8]) -> Delivery {
        Delivery {
            tenant: self.settings.tenant.clone(),
            body: body.to_vec(),
            mode: self.settings.mode,
        }
    }

    fn show(
        &self,
        body: &[u8],
        answer: &Result<Ingested, Refusal>,
        out: &mut Output,
    ) -> Result<(), Failure> {
        let event = stripe::translate(body, self.settings.mode);
        let (outcome, reason) = tally::told(answer);
        if self.args.json {
            return out.json(&json!({
                "event": event.event_id,
                "type": event.event_type,
                "outcome": outcome,
                "reason": reason,
            }));
        }
        let shown = |text: Option<String>| text.map_or_else(|| "-".to_owned(), |text| plain(&text));
        let reason = reason
            .map(|reason| format!(": {}", plain(&reason)))
            .unwrap_or_default();
        let (id, name) = (shown(event.event_id), shown(event.event_type));
        out.line(format_args!("{outcome:<9} {name} {id}{reason}"))
    }
}

fn is_stdin(file: &Path) -> bool {
    file == Path::new("-")
}

fn unreadable(file: &Path, source: io::Error) -> Failure {
    Failure::File {
        action: "read",
        path: file.to_owned(),
        source,
    }
}

/// What is in a file, or on stdin if it is `-`.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    if !is_stdin(file) {
        return fs::read(file).map_err(|source| unreadable(file, source));
    }
    let mut input = Vec::new();
    io::stdin()
        .read_to_end(&mut input)
        .map_err(|source| Failure::Stream {
            action: "read stdin",
            source,
        })?;
    Ok(input)
}
