//! Progress bars: on stderr, and only if that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that has nothing to do yet.
pub(super) fn bar(template: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// A bar that counts events.
pub(super) fn events() -> ProgressBar {
    bar("{bar:40} {pos}/{len} events, {eta} left")
}

/// A bar that counts events, and tells how fast it goes.
pub(super) fn rate() -> ProgressBar {
    bar("{bar:40} {pos}/{len} events, {per_sec}, {eta} left")
}
