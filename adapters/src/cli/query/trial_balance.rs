//! `payoutd query trial-balance`: what is on each kind of account, and whether it is even.

use projections::trial_balance::{self, COLUMNS, Question};

use super::{Args, catch_up, unmade};
use crate::{
    cli::{output::Output, render},
    config::Settings,
    failure::{Exit, Failure},
    ledger,
};

/// What it is called beside the tables.
pub(super) const NAME: &str = "trial-balance";

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let format = args.format;
    let question = question(args, settings)?;
    let database = ledger::open_existing(settings).await?;
    catch_up(&database).await;
    let trial = trial_balance::run(&database, &question)
        .await
        .map_err(unmade)?;
    render::print(format, COLUMNS, &trial.rows, out)?;
    out.finish()?;
    if !trial.complete {
        eprintln!("the postings of the latest events are not there yet");
    }
    database.close().await;
    if trial.balanced {
        Ok(Exit::Done)
    } else {
        eprintln!("the books do not balance: a total is not zero");
        Ok(Exit::Failed)
    }
}

fn question(args: Args, settings: &Settings) -> Result<Question, Failure> {
    let others = [
        ("status", args.wanted.status.is_some()),
        ("payout", args.wanted.payout.is_some()),
        ("since", args.wanted.since.is_some()),
        ("until", args.wanted.until.is_some()),
        ("limit", args.limit.is_some()),
        ("cursor", args.wanted.cursor.is_some()),
    ];
    if let Some((name, _)) = others.into_iter().find(|(_, given)| *given) {
        return Err(Failure::Usage(format!(
            "{NAME} knows no --{name}; it knows --seller, --currency and --as-of"
        )));
    }
    Ok(Question {
        tenant: settings.tenant.clone(),
        seller: args.wanted.seller,
        currency: args.wanted.currency,
        as_of: args.wanted.as_of,
    })
}
