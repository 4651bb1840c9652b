//! What is set about seals: the section `[seal]` of the configuration file.

use std::path::PathBuf;

use serde::Deserialize;

/// Names the file of the key, before the configuration file does.
const KEY_FILE: &str = "PAYOUTD_SEAL_KEY_FILE";

/// How the log is sealed.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The file of the key that heads are signed with. It is read when one is signed.
    pub key_file: Option<PathBuf>,
}

/// The section of the configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    key_file: Option<PathBuf>,
}

impl File {
    pub(super) fn settle(self) -> Settings {
        let said = std::env::var_os(KEY_FILE).filter(|path| !path.is_empty());
        Settings {
            key_file: said.map(PathBuf::from).or(self.key_file),
        }
    }
}
