//! What the NATS side needs to know.

use std::path::PathBuf;

use domain::{id::Tenant, stripe::Mode};

/// Settings of the NATS side.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the servers are: `nats://host:port` or `tls://…`, several with
    /// commas between. Credentials may be part of it: `user:password@` or `token@`.
    pub url: String,
    /// A file of credentials (JWT and key), instead of those in the URL.
    pub credentials: Option<PathBuf>,
    /// Whose dead letters keep the Stripe events whose subject names no tenant.
    pub tenant: Tenant,
    /// Which of Stripe's events belong into these books.
    pub mode: Mode,
    /// How many servers keep each message of a stream that is created here.
    pub replicas: usize,
}

impl Settings {
    /// Settings for one server, or for streams that are there already. Takes
    /// the credentials file from `NATS_CREDS`.
    #[must_use]
    pub fn new(url: impl Into<String>, tenant: Tenant, mode: Mode) -> Self {
        let credentials = std::env::var_os("NATS_CREDS").map(PathBuf::from);
        Self {
            url: url.into(),
            credentials,
            tenant,
            mode,
            replicas: 1,
        }
    }
}
