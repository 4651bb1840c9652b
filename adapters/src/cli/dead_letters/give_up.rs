//! `payoutd dead-letters drop`: an event is given up, for a reason that the log keeps.

use store::reply::problem;

use super::{find, line, open};
use crate::{
    cli::output::Output,
    config::Settings,
    failure::{Exit, Failure},
    ledger, letters,
};

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
    payoutd dead-letters drop evt_1 --reason 'paid by hand on Friday; Ana, finance'\n\n\
    It stays in the archive and is never applied. What waits behind it comes in.\n\
    There is no way back: an event that was dropped stays dropped.")]
pub(super) struct Args {
    /// Stripe's id of the event
    event_id: String,
    /// Why, and who says so: recorded in the log for ever
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The beginning of its body's hash, when several bodies share the id
    #[arg(long, value_name = "PREFIX")]
    hash: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let database = open(settings).await?;
    let letter = find(&database, settings, &args.event_id, args.hash.as_deref()).await?;
    let ledger = ledger::start(database, settings);
    let give = letter.give_up(settings.tenant.clone(), args.reason);
    let answer = ledger.drop_letter(give).await;
    ledger.close().await;
    match answer {
        Ok(dropped) if args.json => out.json(&letters::given_up(&letter, &dropped))?,
        Ok(dropped) => {
            let name = if dropped.already {
                "dropped before"
            } else {
                "dropped"
            };
            out.line(line(name, &letter, &dropped.before, None))?;
        }
        Err(refusal) => {
            if args.json {
                out.json(&problem(&refusal))?;
            } else {
                out.line(format_args!("not dropped: {refusal}"))?;
            }
            return Ok(Exit::of_refusal(&refusal));
        }
    }
    Ok(Exit::Done)
}
