//! `payoutd replay`: webhooks of the archive run again, in order of arrival.

use domain::{
    Refusal,
    id::{PayoutId, StripePayoutId},
};
use indicatif::ProgressBar;
use serde_json::json;
use store::{
    Again, Database, Ingested, Ledger, Redelivery, Rerun,
    archive::{self, About, Letter, Selection},
    rehearsal::Rehearsal,
};
use time::OffsetDateTime;

use crate::{
    cli::{
        dead_letters::line,
        output::Output,
        progress,
        query::{explain, moment, payout_id},
    },
    config::Settings,
    failure::{Exit, Failure},
    ledger,
};

mod count;

use count::Count;

/// How many webhooks are held in memory at once, with their bodies.
const PAGE: u32 = 500;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd replay --dry-run --since 2026-11-01\n  \
    payoutd replay --payout po_1 --each\n  \
    payoutd replay --dead\n\n\
    Safe at any time, beside a running service: what was applied has no second effect.\n\
    Exit code 1 if one could not be run.")]
pub(super) struct Args {
    /// Events that came at this moment or later (RFC 3339, or a day)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<OffsetDateTime>,
    /// Events that came before this moment
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<OffsetDateTime>,
    /// Events of this type
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// Events of this payout: Stripe's id, or the ledger's
    #[arg(long, value_name = "ID", value_parser = payout)]
    payout: Option<Payout>,
    /// Only dead ones
    #[arg(long)]
    dead: bool,
    /// Also those that were ignored because of their mode: after a ledger was in the wrong one
    #[arg(long)]
    other_mode: bool,
    /// Decide everything and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print what becomes of each event
    #[arg(long, visible_alias = "verbose")]
    each: bool,
    /// Print one JSON object; with --each, one for each event before it
    #[arg(long)]
    json: bool,
}

/// A payout by one of its names.
#[derive(Debug, Clone)]
enum Payout {
    Ours(PayoutId),
    Stripes(StripePayoutId),
}

fn payout(text: &str) -> Result<Payout, String> {
    payout_id(text).map(Payout::Ours).or_else(|_| {
        StripePayoutId::new(text)
            .map(Payout::Stripes)
            .map_err(|error| error.to_string())
    })
}

/// Who carries the replay out.
enum Stage<'l> {
    Ledger(&'l Ledger),
    Rehearsal(Box<Rehearsal>),
}

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let database = ledger::open_existing(settings).await?;
    let clock = settings.store.clock.clone();
    let mut count = Count::since(clock.now());
    let selection = selection(&args, &database, settings).await?;
    let mut replay = Replay {
        args: &args,
        settings,
        database: &database,
        selection,
        bar: progress::events(),
    };
    if args.dry_run {
        let rehearsal = Box::new(Rehearsal::new(database.clone(), clock));
        let mut stage = Stage::Rehearsal(rehearsal);
        replay.run(&mut stage, &mut count, out).await?;
    } else {
        database.migrate().await?;
        let ledger = ledger::start(database.clone(), settings);
        let ended = replay
            .run(&mut Stage::Ledger(&ledger), &mut count, out)
            .await;
        ledger.close().await;
        ended?;
    }
    if args.json {
        out.json(&count.to_json(args.dry_run))?;
    } else {
        out.line(&count)?;
        if args.dry_run {
            out.line("nothing was written: this was a dry run")?;
        }
    }
    Ok(if count.not_run == 0 {
        Exit::Done
    } else {
        Exit::Failed
    })
}

async fn selection(
    args: &Args,
    database: &Database,
    settings: &Settings,
) -> Result<Selection, Failure> {
    let about = match &args.payout {
        None => None,
        Some(Payout::Stripes(id)) => Some(About::stripe(id)),
        Some(Payout::Ours(id)) => {
            let about = About::ours(database, &settings.tenant, *id).await;
            Some(about.map_err(explain)?)
        }
    };
    Ok(Selection {
        dead: args.dead,
        event_type: args.event_type.clone(),
        about,
        since: args.since,
        until: args.until,
    })
}

struct Replay<'a> {
    args: &'a Args,
    settings: &'a Settings,
    database: &'a Database,
    selection: Selection,
    bar: ProgressBar,
}

impl Replay<'_> {
    /// Page by page, up to what is the end of the archive now: what comes later is
    /// decided with the rules of today anyway.
    async fn run(
        &mut self,
        stage: &mut Stage<'_>,
        count: &mut Count,
        out: &mut Output,
    ) -> Result<(), Failure> {
        let (first, last) = archive::ends(self.database).await.map_err(explain)?;
        let mut after = first - 1;
        self.bar
            .set_length(u64::try_from(last - after).unwrap_or(0));
        loop {
            let place = ((after, last), PAGE);
            let (tenant, selection) = (&self.settings.tenant, &self.selection);
            let page = archive::page(self.database, tenant, selection, place).await?;
            let Some((end, _)) = page.last() else {
                self.bar.finish_and_clear();
                return Ok(());
            };
            after = end.sequence;
            let (letters, works): (Vec<_>, Vec<_>) =
                page.into_iter().map(|it| self.work(it)).unzip();
            let answers = carry_out(stage, works).await?;
            for (letter, answer) in letters.iter().zip(&answers) {
                let told = count.take(letter, answer);
                if self.args.each {
                    self.show(told, letter, answer, out)?;
                }
            }
            self.bar
                .set_position(u64::try_from(after - first + 1).unwrap_or(0));
        }
    }

    fn work(&self, (letter, body): (Letter, Vec<u8>)) -> (Letter, Redelivery) {
        let other_mode = self.args.other_mode;
        let why = (self.settings.mode, Again::Replay { other_mode });
        let work = letter.again(self.settings.tenant.clone(), body, why);
        (letter, work)
    }

    fn show(
        &self,
        told: &str,
        letter: &Letter,
        answer: &Result<Rerun, Refusal>,
        out: &mut Output,
    ) -> Result<(), Failure> {
        let rerun = answer.as_ref().ok();
        if self.args.json {
            return out.json(&json!({
                "event_id": letter.event_id,
                "body_hash": letter.body_hash.as_str(),
                "event_type": letter.event_type,
                "object": letter.object,
                "before": letter.outcome.as_str(),
                "outcome": told,
                "reason": rerun.and_then(|rerun| rerun.now.reason()),
                "detail": rerun.and_then(|rerun| rerun.detail.as_deref()),
                "events": rerun.map(|rerun| rerun.events),
                "otherwise": rerun.and_then(otherwise),
                "problem": answer.as_ref().err().map(store::reply::problem),
            }));
        }
        match answer {
            Ok(rerun) => {
                let text = line(told, letter, &rerun.now, rerun.detail.as_deref());
                match otherwise(rerun) {
                    Some(today) => out.line(format_args!("{text}; would be {today} today")),
                    None => out.line(text),
                }
            }
            Err(refusal) => {
                let text = line(told, letter, &Ingested::Applied, None);
                out.line(format_args!("{text}: {refusal}"))
            }
        }
    }
}

fn otherwise(rerun: &Rerun) -> Option<&'static str> {
    rerun.otherwise.as_ref().map(Ingested::as_str)
}

/// The answers, in the order of the webhooks.
async fn carry_out(
    stage: &mut Stage<'_>,
    works: Vec<Redelivery>,
) -> Result<Vec<Result<Rerun, Refusal>>, Failure> {
    match stage {
        Stage::Rehearsal(rehearsal) => {
            let told = rehearsal.run(works).await?;
            Ok(told.into_iter().map(Ok).collect())
        }
        Stage::Ledger(ledger) => {
            let mut waiting = Vec::with_capacity(works.len());
            for work in works {
                waiting.push(ledger.again(work).await);
            }
            let mut answers = Vec::with_capacity(waiting.len());
            for pending in waiting {
                answers.push(pending.await);
            }
            Ok(answers)
        }
    }
}
