//! `payoutd seal`: heads of the seals, and proofs that a payout is below one.

use std::{fs, path::PathBuf};

use clap::Subcommand;
use domain::id::PayoutId;
use serde_json::json;
use store::{
    StoreError,
    row::sqlite_time,
    seal::{self, Head, Header, ProveError},
};
use time::{Duration, OffsetDateTime};

use crate::{
    cli::{
        output::Output,
        query::{explain, payout_id},
    },
    config::Settings,
    failure::{Exit, Failure},
    ledger,
};

mod check;
pub(super) mod file;
mod key;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd seal key seal.pem > seal.pub\n  \
    PAYOUTD_SEAL_KEY_FILE=seal.pem payoutd seal head --out head.json\n  \
    payoutd seal prove 0198f0e2-7a51-7d3c-a2ec-7c1e9a3fb4d1 --head head.json > proof.json\n  \
    payoutd seal check proof.json --head head.json --public-key seal.pub\n\n\
    Keep heads where who keeps the ledger cannot change them: see docs/seals.md.")]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the head of what is sealed, signed if there is a key
    #[command(
        after_help = "Example:\n  payoutd seal head --out head-$(date +%F).json\n\n\
        The key is in the file that PAYOUTD_SEAL_KEY_FILE or `key_file` of `[seal]` names."
    )]
    Head {
        /// Write it to a new file
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Print it in one line
        #[arg(long)]
        json: bool,
    },
    /// Show that a payout is below a head
    #[command(after_help = "Example:\n  \
        payoutd seal prove 0198f0e2-7a51-7d3c-a2ec-7c1e9a3fb4d1 --head head.json > proof.json")]
    Prove {
        /// The payout
        #[arg(value_name = "PAYOUT", value_parser = payout_id)]
        payout: PayoutId,
        /// A head that was published [default: the head of now]
        #[arg(long, value_name = "FILE")]
        head: Option<PathBuf>,
        /// Print it in one line
        #[arg(long)]
        json: bool,
    },
    /// Check a proof; needs no database
    Check(check::Args),
    /// Seal what is there, for when no service runs
    #[command(after_help = "Example:\n  payoutd seal now")]
    Now {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// List the blocks of the chain
    #[command(after_help = "Example:\n  payoutd seal log --json | tail -n 1")]
    Log {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Make a key that signs heads, and print its public half
    #[command(after_help = "Example:\n  payoutd seal key seal.pem > seal.pub\n\n\
        The same as: openssl genpkey -algorithm ed25519 -out seal.pem")]
    Key(key::Args),
}

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    match args.action {
        Action::Head { out: to, json } => head(to, json, settings, out).await,
        Action::Prove { payout, head, json } => {
            let head = head.as_deref().map(file::head).transpose()?;
            prove(payout, (head, json), settings, out).await
        }
        Action::Check(args) => check::run(&args, out),
        Action::Now { json } => now(json, settings, out).await,
        Action::Log { json } => log(json, settings, out).await,
        Action::Key(args) => key::run(&args, out),
    }
}

/// With the signature of the key that is set, if one is.
fn signed(head: Head, settings: &Settings) -> Result<Head, Failure> {
    match &settings.seal.key_file {
        Some(path) => Ok(head.signed(&file::key(path)?)),
        None => {
            tracing::warn!(
                "the head is not signed: set PAYOUTD_SEAL_KEY_FILE to a key of `payoutd seal key`"
            );
            Ok(head)
        }
    }
}

async fn head(
    to: Option<PathBuf>,
    json: bool,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let database = ledger::open_existing(settings).await?;
    let now = settings.store.clock.now();
    let head = seal::head(&database, &settings.tenant, now).await;
    database.close().await;
    let head = signed(head.map_err(explain)?, settings)?;
    match to {
        None => file::print(&head, json, out)?,
        Some(path) => {
            let text = file::pretty(&head)? + "\n";
            file::create(&path, &text, 0o644)?;
            out.line(format_args!(
                "{}: the head of {} blocks over {} events, {}",
                path.display(),
                head.blocks,
                head.events,
                check::signer(&head, false)
            ))?;
        }
    }
    Ok(Exit::Done)
}

async fn prove(
    payout: PayoutId,
    (head, json): (Option<Head>, bool),
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let database = ledger::open_existing(settings).await?;
    let now = settings.store.clock.now();
    let about = (&settings.tenant, payout);
    let proof = seal::prove(&database, about, head.as_ref(), now).await;
    database.close().await;
    let (mut proof, later) = proof.map_err(|error| match error {
        ProveError::Store(error) => explain(error),
        error => Failure::Prove(error),
    })?;
    if head.is_none() {
        proof.head = signed(proof.head, settings)?;
    }
    if later > 0 {
        tracing::warn!(
            later,
            "the payout has later events that are not below this head: they are not shown"
        );
    }
    file::print(&proof, json, out)?;
    Ok(Exit::Done)
}

async fn now(json: bool, settings: &Settings, out: &mut Output) -> Result<Exit, Failure> {
    let database = ledger::open_existing(settings).await?;
    let sealed = seal::seal_all(&database, &*settings.store.clock).await;
    let sealed = sealed.map_err(explain)?;
    let left = seal::lag(&database).await?;
    database.close().await;
    if json {
        out.json(&json!({ "sealed": sealed, "not_sealed": left }))?;
    } else {
        out.line(format_args!("{sealed} events sealed"))?;
        if left > 0 {
            out.line("the last events are left: a transaction that runs may precede them")?;
        }
    }
    Ok(Exit::Done)
}

async fn log(json: bool, settings: &Settings, out: &mut Output) -> Result<Exit, Failure> {
    let database = ledger::open_existing(settings).await?;
    let mut tx = database.gated("seal_log").snapshot().open().await?;
    let mut written = Ok(());
    let listed = seal::headers(&mut tx, &settings.tenant, |header| {
        if written.is_ok() {
            written = list(&header, json, out);
        }
    });
    let listed: Result<(), StoreError> = listed.await;
    tx.rollback().await?;
    database.close().await;
    listed.map_err(explain)?;
    written.map(|()| Exit::Done)
}

fn list(header: &Header, json: bool, out: &mut Output) -> Result<(), Failure> {
    if json {
        return out.json(&json!({
            "number": header.number, "events": header.events, "first": header.first,
            "last": header.last, "root": header.root, "previous": header.previous,
            "sealed_at": moment(header.sealed_at), "hash": header.hash(),
        }));
    }
    out.line(format_args!(
        "block {}: {} events, from {} to {}, {}, {}",
        header.number,
        header.events,
        header.first.position,
        header.last.position,
        moment(header.sealed_at),
        header.hash()
    ))
}

fn moment(micros: i64) -> String {
    OffsetDateTime::UNIX_EPOCH
        .checked_add(Duration::microseconds(micros))
        .map_or_else(String::new, sqlite_time)
}

fn read(path: &std::path::Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|source| Failure::File {
        action: "read",
        path: path.to_owned(),
        source,
    })
}
