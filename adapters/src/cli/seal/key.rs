//! `payoutd seal key`: a new key.

use std::path::PathBuf;

use serde_json::json;
use store::seal::Key;

use super::file;
use crate::{
    cli::output::Output,
    failure::{Exit, Failure},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where the key goes; must not be there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, out: &mut Output) -> Result<Exit, Failure> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|error| Failure::Start(std::io::Error::other(error.to_string())))?;
    let key = Key::of_seed(seed);
    let failed = |source| Failure::Key {
        path: args.file.clone(),
        source,
    };
    let (private, public) = (
        key.to_pem().map_err(failed)?,
        key.public().to_pem().map_err(failed)?,
    );
    file::create(&args.file, &private, 0o600)?;
    if args.json {
        out.json(&json!({
            "key_id": key.public().id(), "public_key": key.public(), "pem": public,
        }))?;
    } else {
        out.line(public.trim_end())?;
        tracing::info!(
            key_id = key.public().id(),
            "a new key; heads are signed with it"
        );
    }
    Ok(Exit::Done)
}
