//! How `payoutd` ends: its exit codes, and the failures behind them.

use std::{io, path::PathBuf, process::ExitCode};

use domain::{Code, Refusal};
use projections::{query::QueryError, rebuild::RebuildError};
use store::{Class, StoreError, seal};

use crate::{
    alerts::WebhookError,
    config::ConfigError,
    http::HttpError,
    machine::{ExpositionError, LookBackError},
    nats::NatsError,
    sim::SimError,
    stripe::api::{ApiError, Unanswered},
};

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It is done.
    Done = 0,
    /// It failed, or a check found something.
    Failed = 1,
    /// It was called wrongly.
    Usage = 2,
    /// A command was refused.
    Refused = 3,
    /// The database, NATS or Stripe cannot be reached.
    Unreachable = 4,
}

impl Exit {
    /// How a refusal ends the process. Trouble with the database is none: the same may
    /// succeed later.
    #[must_use]
    pub const fn of_refusal(refusal: &Refusal) -> Self {
        match refusal.code {
            Code::Unavailable | Code::PayoutTransactionError => Self::Unreachable,
            _ => Self::Refused,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why `payoutd` could not do what it was called for.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The arguments make no sense together.
    #[error("{0}")]
    Usage(String),
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A query could not be answered.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Read tables could not be rebuilt.
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
    /// The schema is missing.
    #[error("there is no ledger in this database yet; `payoutd migrate` makes one")]
    NoLedger,
    /// The archive has no such event.
    #[error("there is no event {0} in the archive")]
    NoEvent(String),
    /// NATS failed.
    #[error(transparent)]
    Nats(#[from] NatsError),
    /// There can be no client of Stripe's API.
    #[error(transparent)]
    Stripe(#[from] ApiError),
    /// Stripe cannot be asked.
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    /// Stripe showed what is of another mode than the ledger: test and live are mixed up.
    #[error("Stripe's {what} is of {theirs} mode, and the ledger is of {ours} mode")]
    OtherMode {
        /// Which object.
        what: String,
        /// Its mode.
        theirs: &'static str,
        /// The ledger's.
        ours: &'static str,
    },
    /// The simulator cannot run.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// Metrics cannot be recorded.
    #[error(transparent)]
    Metrics(#[from] ExpositionError),
    /// Readings cannot be looked back at.
    #[error(transparent)]
    LookBack(#[from] LookBackError),
    /// No service is at work that could be judged.
    #[error(
        "no service has read itself for {0} s: none runs on this database, or they keep no \
         readings (`[machine] keep_readings`)"
    )]
    NoReadings(u64),
    /// HTTP cannot be served.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// Alerts cannot be posted.
    #[error(transparent)]
    Alerts(#[from] WebhookError),
    /// A file could not be read or made.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Standard input could not be read, or a result not be written.
    #[error("cannot {action}")]
    Stream {
        /// What was tried.
        action: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A report of Stripe's lacks what is needed to compare it.
    #[error("cannot use the report {}: {problem}", path.display())]
    Report {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file holds no key.
    #[error("cannot use the key {}", path.display())]
    Key {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: seal::KeyError,
    },
    /// A file holds no head or proof of the seals.
    #[error("{} holds no head or proof as `payoutd seal` writes them", path.display())]
    NotAProof {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A head is not to be believed.
    #[error("the head that was given is not to be believed")]
    Head(#[source] seal::HeadFlaw),
    /// No proof can be made.
    #[error(transparent)]
    Prove(seal::ProveError),
    /// A result has no CSV form.
    #[error("cannot write CSV")]
    Csv(#[from] csv::Error),
    /// The operating system refused a runtime or a signal handler.
    #[error("cannot start")]
    Start(#[source] io::Error),
    /// A part of the service ended although nobody asked it to.
    #[error("{0} ended unexpectedly")]
    Ended(&'static str),
    /// The service did not come to an end in time.
    #[error("the service did not stop in time; what was not answered may be sent again")]
    StopTimeout,
    /// The demo did not go as it is told.
    #[error("the demo went wrong: {0}")]
    Demo(String),
}

impl Failure {
    /// The exit code that goes with it.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_)
            | Self::Config(_)
            | Self::Stripe(_)
            | Self::Alerts(_)
            | Self::Http(HttpError::Address { .. } | HttpError::Access(_)) => Exit::Usage,
            Self::Store(error) | Self::Rebuild(RebuildError::Store(error)) => store_exit(error),
            Self::LookBack(LookBackError::Store(error)) => store_exit(error),
            Self::LookBack(_) => Exit::Usage,
            Self::Query(error) => query_exit(error),
            Self::Nats(error) => nats_exit(error),
            Self::Sim(error) => sim_exit(error),
            Self::Unanswered(_) | Self::NoReadings(_) => Exit::Unreachable,
            Self::Http(HttpError::Bind { .. })
            | Self::Metrics(_)
            | Self::OtherMode { .. }
            | Self::Rebuild(_)
            | Self::NoLedger
            | Self::NoEvent(_)
            | Self::File { .. }
            | Self::Stream { .. }
            | Self::Csv(_)
            | Self::Report { .. }
            | Self::Key { .. }
            | Self::NotAProof { .. }
            | Self::Head(_)
            | Self::Prove(_)
            | Self::Start(_)
            | Self::Ended(_)
            | Self::StopTimeout
            | Self::Demo(_) => Exit::Failed,
        }
    }

    /// A failure to write a result.
    #[must_use]
    pub const fn output(source: io::Error) -> Self {
        Self::Stream {
            action: "write the result",
            source,
        }
    }
}

const fn sim_exit(error: &SimError) -> Exit {
    match error {
        SimError::NotLoopback(_) | SimError::Fault(_) | SimError::NoSecret(_) => Exit::Usage,
        SimError::Unreachable { .. } => Exit::Unreachable,
        SimError::Refused { .. } => Exit::Refused,
        SimError::Listen { .. } | SimError::Client(_) => Exit::Failed,
    }
}

const fn store_exit(error: &StoreError) -> Exit {
    match (error, error.class()) {
        (StoreError::UnknownUrl, _) => Exit::Usage,
        (_, Class::Unavailable) => Exit::Unreachable,
        _ => Exit::Failed,
    }
}

fn query_exit(error: &QueryError) -> Exit {
    match error {
        QueryError::Store(error) => store_exit(error),
        // The question makes sense; the books do not have it.
        QueryError::SellerNotFound(_) | QueryError::PayoutNotFound(_) | QueryError::TooLong(_) => {
            Exit::Failed
        }
        QueryError::NoSuchFilter { .. }
        | QueryError::NoSuchStatus { .. }
        | QueryError::Moment { .. }
        | QueryError::NoPast { .. }
        | QueryError::NoOrder { .. }
        | QueryError::Limit(_)
        | QueryError::Cursor(_) => Exit::Usage,
    }
}

const fn nats_exit(error: &NatsError) -> Exit {
    match error {
        NatsError::Url(_) | NatsError::Credentials { .. } => Exit::Usage,
        _ => Exit::Unreachable,
    }
}
