//! `payoutd dead-letters`: work on events of Stripe's that could not be applied.

use store::{Database, Ingested, archive, archive::Letter};

use crate::{
    cli::{output::Output, query::explain, render::plain},
    config::Settings,
    failure::{Exit, Failure},
    ledger,
};

mod give_up;
mod list;
mod retry;
mod show;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd dead-letters list\n  \
    payoutd dead-letters show evt_1\n  \
    payoutd dead-letters retry --all --reason already_exists\n  \
    payoutd dead-letters drop evt_1 --reason 'paid by hand; Ana, finance'\n\n\
    Safe beside a running service.")]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show what is dead, or what waits, oldest first
    List(list::Args),
    /// Show all there is of one event
    Show(show::Args),
    /// Try events again with the rules and the books of today
    Retry(retry::Args),
    /// Give an event up, for a reason that the log keeps
    Drop(give_up::Args),
}

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    match args.action {
        Action::List(args) => list::run(args, settings, out).await,
        Action::Show(args) => show::run(args, settings, out).await,
        Action::Retry(args) => retry::run(args, settings, out).await,
        Action::Drop(args) => give_up::run(args, settings, out).await,
    }
}

/// An event of the archive, named by its id and, if bodies share that, by its hash.
async fn find(
    database: &Database,
    settings: &Settings,
    event_id: &str,
    hash: Option<&str>,
) -> Result<Letter, Failure> {
    let found = archive::find(database, &settings.tenant, event_id).await;
    let mut found = found.map_err(explain)?;
    if found.is_empty() {
        return Err(Failure::NoEvent(event_id.to_owned()));
    }
    let prefix = hash.unwrap_or_default().to_ascii_lowercase();
    let all: Vec<_> = found.iter().map(described).collect();
    found.retain(|letter| letter.body_hash.as_str().starts_with(&prefix));
    match (found.pop(), found.is_empty()) {
        (Some(letter), true) => Ok(letter),
        (found, _) => {
            let how_many = if found.is_some() { "several" } else { "no" };
            let text = format!(
                "{how_many} bodies fit; name one of these with --hash:\n{}",
                all.join("\n")
            );
            Err(Failure::Usage(text))
        }
    }
}

fn described(letter: &Letter) -> String {
    let hash: String = letter.body_hash.as_str().chars().take(12).collect();
    let event_type = letter.event_type.as_deref().unwrap_or("-");
    format!(
        "  {hash}  {}  {}",
        plain(event_type),
        letter.outcome.as_str()
    )
}

/// Opens a database that holds a ledger, to change it.
async fn open(settings: &Settings) -> Result<Database, Failure> {
    let database = ledger::open_existing(settings).await?;
    database.migrate().await?;
    Ok(database)
}

/// An outcome in one line for people.
pub(super) fn line(
    name: &str,
    letter: &Letter,
    outcome: &Ingested,
    detail: Option<&str>,
) -> String {
    let event_type = letter.event_type.as_deref().unwrap_or("-");
    let mut line = format!(
        "{name:<9} {} {}",
        plain(event_type),
        plain(&letter.event_id)
    );
    for text in outcome.reason().into_iter().chain(detail) {
        line.push_str(": ");
        line.push_str(&plain(text));
    }
    line
}
