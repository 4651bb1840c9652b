//! What goes wrong on the NATS side.

use std::path::PathBuf;

use store::StoreError;

/// An error of async-nats. Its text tells its own causes, so that they are not
/// told again as sources.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Cause(String);

impl Cause {
    pub(super) fn of(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// A failure of the NATS side.
#[derive(Debug, thiserror::Error)]
pub enum NatsError {
    /// The URL cannot be read. It is not shown: it may hold a password.
    #[error("the NATS URL is not of the form nats://host:port")]
    Url(#[source] std::io::Error),
    /// The credentials cannot be used.
    #[error("the credentials file {} cannot be used", path.display())]
    Credentials {
        /// Where it should be.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// No server answers, or it does not let us in.
    #[error("cannot connect to NATS at {servers}")]
    Unreachable {
        /// Where.
        servers: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The micro service cannot be started.
    #[error("the NATS service cannot be started")]
    Service(#[source] Cause),
    /// A stream or consumer cannot be found or created.
    #[error("{name} cannot be set up; is JetStream enabled on the server?")]
    JetStream {
        /// Of the stream or consumer.
        name: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The server made something else than was asked for, or what was there
    /// before would lose events.
    #[error("{setting} of {name} is {found}, and must be {wanted}")]
    Setting {
        /// Of the stream or consumer.
        name: String,
        /// Which.
        setting: &'static str,
        /// As the server tells it.
        found: String,
        /// As it must be.
        wanted: String,
    },
    /// Stripe's events stopped coming.
    #[error("the Stripe events cannot be pulled")]
    Pull(#[source] Cause),
    /// Somebody has deleted the consumer, alone or with its stream.
    #[error("the consumer of Stripe events was deleted")]
    Deleted,
    /// A ledger event could not be published.
    #[error("event {event} cannot be published")]
    Publish {
        /// Its id.
        event: String,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The database failed.
    #[error("the log cannot be followed")]
    Log(#[from] StoreError),
    /// A part of the NATS side ended by itself.
    #[error("the {0} stopped unexpectedly")]
    Stopped(&'static str),
}
