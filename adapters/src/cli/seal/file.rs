//! Files of keys, heads and proofs.

use std::{
    fs::OpenOptions,
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use serde::{Serialize, de::DeserializeOwned};
use store::seal::{Head, Key, KeyError, PublicKey};

use super::read;
use crate::{cli::output::Output, failure::Failure};

/// Whoever may read a key besides its owner.
const OTHERS: u32 = 0o077;

/// The key that signs.
pub(super) fn key(path: &Path) -> Result<Key, Failure> {
    let text = read(path)?;
    if let Ok(metadata) = path.metadata()
        && metadata.permissions().mode() & OTHERS != 0
    {
        tracing::warn!(
            path = %path.display(),
            "others may read the key that signs heads: chmod 600 it"
        );
    }
    Key::from_pem(&text).map_err(|source| no_key(path, source))
}

/// The key that signatures are checked with.
pub(in crate::cli) fn public_key(path: &Path) -> Result<PublicKey, Failure> {
    PublicKey::from_pem(&read(path)?).map_err(|source| no_key(path, source))
}

fn no_key(path: &Path, source: KeyError) -> Failure {
    Failure::Key {
        path: path.to_owned(),
        source,
    }
}

/// A head that was published.
pub(in crate::cli) fn head(path: &Path) -> Result<Head, Failure> {
    parse(path)
}

/// A head or a proof.
pub(super) fn parse<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin()).map_err(|source| Failure::Stream {
            action: "read standard input",
            source,
        })?
    } else {
        read(path)?
    };
    serde_json::from_str(&text).map_err(|source| Failure::NotAProof {
        path: path.to_owned(),
        source,
    })
}

/// Writes a file that must not be there yet.
pub(super) fn create(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
    written.map_err(|source| Failure::File {
        action: "make",
        path: path.to_owned(),
        source,
    })
}

pub(super) fn pretty(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map_err(|error| Failure::output(error.into()))
}

/// On several lines for people, or on one.
pub(super) fn print(value: &impl Serialize, json: bool, out: &mut Output) -> Result<(), Failure> {
    if json {
        out.json(value)
    } else {
        out.line(pretty(value)?)
    }
}
