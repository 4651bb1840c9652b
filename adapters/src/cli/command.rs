//! `payoutd command NAME [JSON|-]`: one command, carried out directly.

use std::io::{self, IsTerminal, Read};

use domain::{Command, Refusal, id::IdempotencyKey};
use store::{Reply, Request};

use crate::{
    cli::output::Output,
    config::Settings,
    failure::{Exit, Failure},
    ledger,
};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd command request-payout '{\"seller_id\":\"seller-1\",\"currency\":\"usd\"}'\n  \
    payoutd command record-transaction --idempotency-key sale-17 - < sale.json\n\n\
    Prints the reply as JSON. Exit code 3 if the command was refused.")]
pub(super) struct Args {
    #[arg(help = format!("One of {}", Command::NAMES.join(", ")))]
    name: String,
    /// The command's fields; `-` or nothing reads them from stdin
    json: Option<String>,
    /// Names this intent: sent again under the same key, it has no second effect
    #[arg(long, value_name = "KEY", value_parser = |text: &str| IdempotencyKey::new(text))]
    idempotency_key: Option<IdempotencyKey>,
}

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let reply = match parse(&args)? {
        Ok(command) => carry_out(command, args.idempotency_key, settings).await?,
        Err(refusal) => Reply::Refused(refusal),
    };
    out.json(&reply.to_json())?;
    Ok(exit(&reply))
}

fn parse(args: &Args) -> Result<Result<Command, Refusal>, Failure> {
    let json = match args.json.as_deref() {
        Some(json) if json != "-" => json.as_bytes().to_vec(),
        given => from_stdin(given.is_some())?,
    };
    Ok(Command::parse(&args.name, &json))
}

fn from_stdin(asked: bool) -> Result<Vec<u8>, Failure> {
    if !asked && io::stdin().is_terminal() {
        let text = "the command's JSON is missing: give it as an argument or on stdin";
        return Err(Failure::Usage(text.to_owned()));
    }
    let mut json = Vec::new();
    io::stdin()
        .read_to_end(&mut json)
        .map_err(|source| Failure::Stream {
            action: "read stdin",
            source,
        })?;
    Ok(json)
}

async fn carry_out(
    command: Command,
    key: Option<IdempotencyKey>,
    settings: &Settings,
) -> Result<Reply, Failure> {
    let ledger = ledger::start(ledger::open(settings).await?, settings);
    let reply = ledger
        .execute(Request {
            tenant: settings.tenant.clone(),
            command,
            key,
        })
        .await;
    ledger.close().await;
    Ok(reply)
}

const fn exit(reply: &Reply) -> Exit {
    match reply {
        Reply::Accepted(_) => Exit::Done,
        Reply::Refused(refusal) => Exit::of_refusal(refusal),
    }
}
