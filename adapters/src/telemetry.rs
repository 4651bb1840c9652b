//! Logs: to stderr, as text or JSON, filtered by `PAYOUTD_LOG`.

use std::io::{self, IsTerminal};

use tracing_subscriber::{EnvFilter, fmt};

use crate::{config::LogFormat, failure::Failure};

/// The environment variable that says what is logged, e.g. `info,store=debug`.
pub const FILTER: &str = "PAYOUTD_LOG";
/// Drivers are quiet unless something is wrong.
pub const DEFAULT: &str = "warn,adapters=info,store=info,projections=info";
/// For what tells its own story.
pub const QUIET: &str = "warn";

/// The same, with where its service can be found.
pub const SERVED: &str = "warn,adapters::daemon=info";

/// Starts logging, with this filter unless the environment has one. Later calls change
/// nothing.
///
/// # Errors
/// When the filter cannot be read.
pub fn start(format: LogFormat, default: &str) -> Result<(), Failure> {
    let filter = std::env::var(FILTER)
        .ok()
        .filter(|filter| !filter.trim().is_empty());
    let filter = EnvFilter::try_new(filter.as_deref().unwrap_or(default))
        .map_err(|error| Failure::Usage(format!("{FILTER} is not a log filter: {error}")))?;
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let logs = fmt().with_env_filter(filter).with_writer(io::stderr);
    // A second start (tests) keeps the first subscriber.
    let _ = match format {
        LogFormat::Text => logs
            .with_ansi(!plain && io::stderr().is_terminal())
            .with_target(false)
            .try_init(),
        LogFormat::Json => logs
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .try_init(),
    };
    Ok(())
}
