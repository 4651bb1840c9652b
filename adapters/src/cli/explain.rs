//! `payoutd explain payout ID`: the whole story of one payout on a page.

use projections::explain::{self, Name, Question};

use crate::{
    cli::{output::Output, query::unmade},
    config::Settings,
    failure::{Exit, Failure},
    ledger,
};

mod page;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd explain payout po_1\n  \
    payoutd explain payout 0193a1b2-0000-7000-8000-000000000001 --json\n\n\
    What Stripe's events contain is not shown, only their ids and hashes:\n\
    `payoutd dead-letters show` and the archive have it.")]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// A payout: commands, Stripe's events, what was recorded, items, postings and rows
    #[command(after_help = "Example:\n  payoutd explain payout po_1\n\n\
        Exit code 1 if its row is not what its events make of it.")]
    Payout(Payout),
}

#[derive(Debug, clap::Args)]
struct Payout {
    /// The ledger's id, or Stripe's
    #[arg(value_name = "ID", value_parser = |text: &str| text.parse::<Name>())]
    payout: Name,
    /// Leave out what changed nothing: finding it reads all receipts and the whole archive
    #[arg(long)]
    quick: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let What::Payout(args) = args.what;
    let question = Question {
        tenant: settings.tenant.clone(),
        payout: args.payout,
        thorough: !args.quick,
    };
    let database = ledger::open_existing(settings).await?;
    let report = explain::payout(&database, &question)
        .await
        .map_err(unmade)?;
    if args.json {
        out.json(&report)?;
    } else {
        page::print(&report, out)?;
    }
    out.finish()?;
    database.close().await;
    Ok(if report.now.payout_equals_its_events {
        Exit::Done
    } else {
        Exit::Failed
    })
}
