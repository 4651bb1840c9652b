//! What the program tells of itself while it works: logs, and to a collector of OpenTelemetry the
//! spans of its work and its metrics.
//!
//! | what | file |
//! |---|---|
//! | logs, as text or JSON, filtered by `PAYOUTD_LOG` | here |
//! | spans: what is one, and what is told in it | `telemetry/spans.rs` |
//! | the trace that a caller's request is part of | `telemetry/headers.rs` |
//! | spans and metrics to a collector | `telemetry/otel.rs`, with the feature `otel` |
//! | the same, where it is not compiled in | `telemetry/bare.rs` |
//!
//! Spans go out, lines stay: what a span tells may leave the house, a log line does not.

use std::io::{self, IsTerminal};

use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer, fmt, layer::SubscriberExt, registry::LookupSpan, util::SubscriberInitExt,
};

use crate::{config::LogFormat, failure::Failure};

#[cfg(not(feature = "otel"))]
mod bare;
mod headers;
#[cfg(feature = "otel")]
mod otel;
pub(crate) mod spans;

#[cfg(not(feature = "otel"))]
use bare as export;
#[cfg(feature = "otel")]
use otel as export;

pub use export::{Export, ExportError};
pub(crate) use headers::Headers;

/// The environment variable that says what is logged, e.g. `info,store=debug`.
pub const FILTER: &str = "PAYOUTD_LOG";
/// Drivers are quiet unless something is wrong.
pub const DEFAULT: &str = "warn,adapters=info,store=info,projections=info";
/// For what tells its own story.
pub const QUIET: &str = "warn";

/// The same, with where its service can be found.
pub const SERVED: &str = "warn,adapters::daemon=info";

/// Starts logging, with this filter unless the environment has one, and telling spans to the
/// collector, if there is one. Later calls change nothing.
///
/// # Errors
/// When the filter cannot be read.
pub fn start(format: LogFormat, default: &str, export: &Export) -> Result<(), Failure> {
    let filter = std::env::var(FILTER)
        .ok()
        .filter(|filter| !filter.trim().is_empty());
    let filter = EnvFilter::try_new(filter.as_deref().unwrap_or(default))
        .map_err(|error| Failure::Usage(format!("{FILTER} is not a log filter: {error}")))?;
    // What is logged and what is exported do not depend on each other. A second start (tests)
    // keeps the first subscriber.
    let _ = tracing_subscriber::registry()
        .with(export.layer())
        .with(logs(format).with_filter(filter))
        .try_init();
    Ok(())
}

fn logs<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let logs = fmt::layer().with_writer(io::stderr);
    match format {
        LogFormat::Text => logs
            .with_ansi(!plain && io::stderr().is_terminal())
            .with_target(false)
            .boxed(),
        LogFormat::Json => logs
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .boxed(),
    }
}
