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
        ("status", args.status.is_some()),
        ("payout", args.payout.is_some()),
        ("since", args.since.is_some()),
        ("until", args.until.is_some()),
        ("limit", args.limit.is_some()),
        ("cursor", args.cursor.is_some()),
    ];
    if let Some((name, _)) = others.into_iter().find(|(_, given)| *given) {
        return Err(Failure::Usage(format!(
            "{NAME} knows no --{name}; it knows --seller, --currency and --as-of"
        )));
    }
    Ok(Question {
        tenant: settings.tenant.clone(),
        seller: args.seller,
        currency: args.currency,
        as_of: args.as_of,
    })
}
