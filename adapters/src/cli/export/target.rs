//! Where an export goes: stdout, or a file that appears when it is complete.

use std::{
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::{cli::output::Output, failure::Failure};

/// Stdout, or a file beside the one that is wanted.
#[derive(Debug)]
pub(super) enum Target<'o> {
    Stdout(&'o mut Output),
    File(BufWriter<NamedTempFile>, PathBuf),
}

impl Target<'_> {
    /// A file that only its owner can read, and nobody sees before it is complete.
    pub(super) fn file(path: PathBuf) -> Result<Self, Failure> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let made = tempfile::Builder::new()
            .prefix(".payoutd-export-")
            .tempfile_in(folder);
        match made {
            Ok(file) => Ok(Self::File(BufWriter::new(file), path)),
            Err(source) => Err(unwritten(path, source)),
        }
    }

    /// Whether what is written there is read at once, and stays whatever comes.
    pub(super) const fn is_stream(&self) -> bool {
        matches!(self, Self::Stdout(_))
    }

    pub(super) const fn is_unread(&self) -> bool {
        match self {
            Self::Stdout(out) => out.is_closed(),
            Self::File(..) => false,
        }
    }

    /// Puts the file in its place.
    fn finish(self) -> Result<(), Failure> {
        match self {
            Self::Stdout(out) => out.finish(),
            Self::File(file, path) => match place(file, &path) {
                Ok(()) => Ok(()),
                Err(source) => Err(unwritten(path, source)),
            },
        }
    }
}

/// First all of its bytes, then its name, then the folder's entry.
fn place(file: BufWriter<NamedTempFile>, path: &Path) -> io::Result<()> {
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

const fn unwritten(path: PathBuf, source: io::Error) -> Failure {
    Failure::File {
        action: "write",
        path,
        source,
    }
}

impl Write for Target<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            Self::File(file, _) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::File(file, _) => file.flush(),
        }
    }
}

/// A target with the digest of all that was written there.
#[derive(Debug)]
pub(super) struct Digested<'o> {
    target: Target<'o>,
    digest: Sha256,
}

impl<'o> Digested<'o> {
    pub(super) fn new(target: Target<'o>) -> Self {
        Self {
            target,
            digest: Sha256::new(),
        }
    }

    pub(super) const fn target(&self) -> &Target<'o> {
        &self.target
    }

    /// Completes it; the digest.
    pub(super) fn finish(self) -> Result<String, Failure> {
        self.target.finish()?;
        Ok(hex::encode(self.digest.finalize()))
    }
}

impl Write for Digested<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.target.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.target.flush()
    }
}
