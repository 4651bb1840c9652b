//! Where the tokens of the HTTP API are: in the environment, or in a file it names.

use std::path::PathBuf;

use super::Secret;

/// `PAYOUTD_API_TOKENS` or `PAYOUTD_API_TOKENS_FILE`; they are read when HTTP is served.
#[derive(Debug, Clone, Default)]
pub struct TokenSource {
    /// The tokens themselves.
    pub text: Option<Secret>,
    /// A file that has them.
    pub file: Option<PathBuf>,
}

impl TokenSource {
    /// Reads the environment. An empty variable says nothing.
    #[must_use]
    pub fn from_environment() -> Self {
        let text = std::env::var("PAYOUTD_API_TOKENS").unwrap_or_default();
        let file = std::env::var_os("PAYOUTD_API_TOKENS_FILE");
        Self {
            text: Secret::new(&text),
            file: file.filter(|path| !path.is_empty()).map(PathBuf::from),
        }
    }
}
