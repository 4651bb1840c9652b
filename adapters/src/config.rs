//! Settings: a flag beats the environment, which beats the configuration file,
//! which beats the default.

use std::{
    fs, io,
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::ValueEnum;
use domain::{id::Tenant, stripe::Mode};
use serde::Deserialize;
use store::{Isolation, RetryPolicy};

pub mod alerts;
pub mod api;
pub mod jobs;
pub mod machine;
pub mod otel;
pub mod seal;
pub mod stripe;

pub use stripe::{Secret, Stripe};

/// The embedded database that is used when no other is named.
pub const DEFAULT_DATABASE_URL: &str = "sqlite://payout-ledger.db";
/// Where HTTP listens when nothing else is said.
pub const DEFAULT_HTTP_ADDR: &str = "127.0.0.1:8080";

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What was said on the command line or in the environment.
#[derive(Debug, Default)]
pub struct Given {
    /// The database.
    pub database_url: Option<String>,
    /// The NATS server.
    pub nats_url: Option<String>,
    /// Where HTTP listens.
    pub http_addr: Option<String>,
    /// Whose books.
    pub tenant: Option<Tenant>,
    /// How logs are written.
    pub log_format: Option<LogFormat>,
    /// Whether the ledger keeps books of real money.
    pub livemode: Option<bool>,
    /// Secrets and address of Stripe.
    pub stripe: stripe::Given,
    /// Where the tokens of the HTTP API are.
    pub api_tokens: api::TokenSource,
    /// Where a collector of OpenTelemetry is.
    pub otel: otel::Given,
}

/// Everything that can be set, settled.
#[derive(Clone)]
pub struct Settings {
    /// The database. May hold a password: never shown.
    pub database_url: String,
    /// The NATS server, if there is one. May hold a password: never shown.
    pub nats_url: Option<String>,
    /// Where HTTP listens.
    pub http_addr: String,
    /// Whose books.
    pub tenant: Tenant,
    /// How logs are written.
    pub log_format: LogFormat,
    /// Which of Stripe's events belong into these books.
    pub mode: Mode,
    /// How the ledger's writer works.
    pub store: store::Settings,
    /// Webhook secrets and Stripe's API.
    pub stripe: Stripe,
    /// Background jobs.
    pub jobs: jobs::Settings,
    /// When alerts fire, and who is told.
    pub alerts: alerts::Settings,
    /// Seals over the log.
    pub seal: seal::Settings,
    /// What the service reads off itself.
    pub machine: machine::Settings,
    /// Where spans and metrics are exported to.
    pub otel: otel::Settings,
    /// Where the tokens of the HTTP API are.
    pub api_tokens: api::TokenSource,
}

/// Why the configuration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It is not there, or not readable.
    #[error("cannot read configuration file {}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It says something that is not understood.
    #[error("configuration file {} is not valid", path.display())]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: toml::de::Error,
    },
}

/// The configuration file, in TOML. Unknown keys are errors: a misspelt setting
/// must not be a default in disguise.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    database_url: Option<String>,
    nats_url: Option<String>,
    http_addr: Option<String>,
    tenant: Option<Tenant>,
    log_format: Option<LogFormat>,
    livemode: Option<bool>,
    isolation: Option<IsolationName>,
    queue: Option<NonZeroU32>,
    batch: Option<NonZeroU32>,
    retry: Retry,
    stripe: stripe::File,
    jobs: jobs::File,
    seal: seal::File,
    alerts: alerts::File,
    machine: machine::File,
    otel: otel::File,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum IsolationName {
    ReadCommitted,
    RepeatableRead,
    Serializable,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Retry {
    retries: Option<u32>,
    base_ms: Option<u64>,
    factor: Option<NonZeroU32>,
    cap_ms: Option<u64>,
    budget_ms: Option<u64>,
}

impl Settings {
    /// Settles what was given with what the file says, if there is one.
    ///
    /// # Errors
    /// When the file cannot be read or understood.
    pub fn resolve(given: Given, file: Option<&Path>) -> Result<Self, ConfigError> {
        let file = file.map_or_else(|| Ok(File::default()), read)?;
        let livemode = given
            .livemode
            .or(file.livemode)
            .unwrap_or(given.stripe.is_live());
        let store = file.store();
        let mode = if livemode { Mode::Live } else { Mode::Test };
        let jobs = file.jobs.settle();
        let seal = file.seal.settle();
        let alerts = file.alerts.settle();
        let machine = file.machine.settle();
        let otel = file.otel.settle(given.otel);
        Ok(Self {
            database_url: said(given.database_url)
                .or(said(file.database_url))
                .unwrap_or_else(|| DEFAULT_DATABASE_URL.to_owned()),
            nats_url: said(given.nats_url).or(said(file.nats_url)),
            http_addr: said(given.http_addr)
                .or(said(file.http_addr))
                .unwrap_or_else(|| DEFAULT_HTTP_ADDR.to_owned()),
            tenant: given
                .tenant
                .or(file.tenant)
                .unwrap_or_else(Tenant::default_tenant),
            log_format: given.log_format.or(file.log_format).unwrap_or_default(),
            mode,
            store,
            stripe: file.stripe.settle(given.stripe, mode),
            jobs,
            seal,
            alerts,
            machine,
            otel,
            api_tokens: given.api_tokens,
        })
    }
}

/// An empty variable in the environment says nothing.
fn said(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn read(path: &Path) -> Result<File, ConfigError> {
    let text = fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    toml::from_str(&text).map_err(|source| ConfigError::Invalid {
        path: path.to_owned(),
        source,
    })
}

impl File {
    fn store(&self) -> store::Settings {
        let default = store::Settings::default();
        let count = |set: Option<NonZeroU32>, default| {
            set.and_then(|count| usize::try_from(count.get()).ok())
                .unwrap_or(default)
        };
        store::Settings {
            isolation: self.isolation.map_or(default.isolation, Isolation::from),
            retry: self.retry.over(default.retry),
            queue: count(self.queue, default.queue),
            batch: count(self.batch, default.batch),
            ..default
        }
    }
}

impl Retry {
    fn over(&self, default: RetryPolicy) -> RetryPolicy {
        let pause = |ms: Option<u64>, default| ms.map_or(default, Duration::from_millis);
        RetryPolicy {
            retries: self.retries.unwrap_or(default.retries),
            base: pause(self.base_ms, default.base),
            factor: self.factor.map_or(default.factor, NonZeroU32::get),
            cap: pause(self.cap_ms, default.cap),
            budget: pause(self.budget_ms, default.budget),
        }
    }
}

impl From<IsolationName> for Isolation {
    fn from(name: IsolationName) -> Self {
        match name {
            IsolationName::ReadCommitted => Self::ReadCommitted,
            IsolationName::RepeatableRead => Self::RepeatableRead,
            IsolationName::Serializable => Self::Serializable,
        }
    }
}
