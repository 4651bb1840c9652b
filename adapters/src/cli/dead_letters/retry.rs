//! `payoutd dead-letters retry`: events that could not be applied, tried again.

use domain::Refusal;
use store::{
    Again, Database, Ingested, Ledger, Rerun, archive,
    archive::{Letter, Wanted},
    reply::{OTHER_MODE, problem},
};

use super::{find, line, open};
use crate::{
    cli::{output::Output, query::explain},
    config::Settings,
    failure::{Exit, Failure},
    ledger, letters,
};

/// How many are on their way to the writer at once.
const PAGE: u32 = 500;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd dead-letters retry evt_1 evt_2\n  \
    payoutd dead-letters retry --all --reason illegal_transition\n\n\
    What waits behind an event comes in after it. Exit code 1 if one is still dead.")]
pub(super) struct Args {
    /// Stripe's ids of the events
    #[arg(
        required_unless_present = "all",
        conflicts_with = "all",
        value_name = "EVENT_ID"
    )]
    event_ids: Vec<String>,
    /// The beginning of the body's hash, when several bodies share the id
    #[arg(long, value_name = "PREFIX", conflicts_with = "all")]
    hash: Option<String>,
    /// All that are dead, in order of arrival
    #[arg(long)]
    all: bool,
    /// Of all, those that are dead for this reason, e.g. already_exists
    #[arg(long, requires = "all")]
    reason: Option<String>,
    /// Print one JSON object for each event
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let database = open(settings).await?;
    let mut named = Vec::new();
    for event_id in &args.event_ids {
        named.push(find(&database, settings, event_id, args.hash.as_deref()).await?);
    }
    let ledger = ledger::start(database.clone(), settings);
    let retrying = Retrying {
        database: &database,
        ledger: &ledger,
        settings,
        json: args.json,
    };
    let exit = if args.all {
        retrying.all(args.reason, out).await?
    } else {
        retrying.retry(&named, out).await?
    };
    ledger.close().await;
    Ok(exit)
}

struct Retrying<'a> {
    database: &'a Database,
    ledger: &'a Ledger,
    settings: &'a Settings,
    json: bool,
}

impl Retrying<'_> {
    /// Those that are dead now, page by page: one that stays dead is not met again.
    async fn all(&self, reason: Option<String>, out: &mut Output) -> Result<Exit, Failure> {
        let (_, last) = archive::ends(self.database).await.map_err(explain)?;
        let mut wanted = Wanted {
            outcome: Some("dead"),
            reason,
            ..Wanted::default()
        };
        let mut worst = Exit::Done;
        loop {
            let tenant = &self.settings.tenant;
            let mut page = archive::letters(self.database, tenant, &wanted, PAGE).await?;
            page.retain(|letter| letter.sequence <= last);
            let Some(end) = page.last() else {
                return Ok(worst);
            };
            wanted.after = end.sequence;
            worst = worse(worst, self.retry(&page, out).await?);
        }
    }

    /// In this order, without waiting for each other's answers.
    async fn retry(&self, letters: &[Letter], out: &mut Output) -> Result<Exit, Failure> {
        let mut waiting = Vec::new();
        for letter in letters {
            let tenant = self.settings.tenant.clone();
            let body = archive::body(self.database, &tenant, letter).await?;
            let why = (self.settings.mode, Again::Retry);
            let pending = self.ledger.again(letter.again(tenant, body, why)).await;
            waiting.push((letter, pending));
        }
        let mut worst = Exit::Done;
        for (letter, pending) in waiting {
            let answer = pending.await;
            worst = worse(worst, ended(&answer));
            self.show(letter, &answer, out)?;
        }
        Ok(worst)
    }

    fn show(
        &self,
        letter: &Letter,
        answer: &Result<Rerun, Refusal>,
        out: &mut Output,
    ) -> Result<(), Failure> {
        match answer {
            Ok(rerun) if self.json => out.json(&letters::tried(letter, rerun)),
            Ok(rerun) => {
                let line = line(
                    rerun.now.as_str(),
                    letter,
                    &rerun.now,
                    rerun.detail.as_deref(),
                );
                let note = if is_of_other_mode(rerun) {
                    "; not tried: it is of the other mode, see --livemode"
                } else {
                    ""
                };
                out.line(format_args!("{line}{note}"))
            }
            Err(refusal) if self.json => out.json(&problem(refusal)),
            Err(refusal) => {
                let line = line("not done", letter, &Ingested::Applied, None);
                out.line(format_args!("{line}: {refusal}"))
            }
        }
    }
}

fn is_of_other_mode(rerun: &Rerun) -> bool {
    matches!(&rerun.otherwise, Some(Ingested::Ignored(reason)) if reason == OTHER_MODE)
}

fn ended(answer: &Result<Rerun, Refusal>) -> Exit {
    match answer {
        Ok(rerun) if matches!(rerun.now, Ingested::Dead(_)) || is_of_other_mode(rerun) => {
            Exit::Failed
        }
        Ok(_) => Exit::Done,
        Err(refusal) => Exit::of_refusal(refusal),
    }
}

/// Trouble with the database is told before what stays dead.
fn worse(one: Exit, other: Exit) -> Exit {
    if one as u8 >= other as u8 { one } else { other }
}
