//! A program without the feature `otel`: nothing is exported, and whoever asks for it is told.

use metrics::{Recorder, SetRecorderError};
use tracing::Span;
use tracing_subscriber::layer::Identity;

use super::Headers;
use crate::config::otel::Settings;

/// The export that this program does not have.
#[derive(Debug, Clone, Default)]
pub struct Export {
    asked_for: bool,
}

/// Why nothing can be exported: here for no reason at all.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {}

impl Export {
    /// Exports nothing.
    ///
    /// # Errors
    /// None: a setting for a whole machine must not keep a program from starting.
    pub fn start(settings: &Settings) -> Result<Self, ExportError> {
        Ok(Self {
            asked_for: settings.is_on(),
        })
    }

    /// Says that nothing is exported, if somebody may wait for it.
    pub(crate) fn tell(&self) {
        if self.asked_for {
            tracing::warn!(
                "an endpoint of OpenTelemetry is set, but this payoutd was built without it: \
                 nothing is exported; build one with `cargo build --release -p adapters \
                 --features otel`"
            );
        }
    }

    #[expect(clippy::unused_self, reason = "with the feature it is in there")]
    pub(super) fn layer(&self) -> Identity {
        Identity::new()
    }

    /// Has metrics recorded here alone.
    ///
    /// # Errors
    /// When they are recorded elsewhere already.
    #[expect(
        clippy::unused_self,
        reason = "with the feature there is another recorder"
    )]
    pub(crate) fn install<R>(&self, recorder: R) -> Result<(), SetRecorderError<R>>
    where
        R: Recorder + Sync + 'static,
    {
        metrics::set_global_recorder(recorder)
    }

    #[expect(clippy::unused_async, reason = "with the feature it waits")]
    pub(crate) async fn flush(&self) {}
}

/// Has a span be part of its sender's trace.
pub(super) const fn follow(_: &Span, _: &impl Headers) {}

/// Has whoever is called go on with this trace.
pub(super) const fn pass_on(_: &mut impl Headers) {}
