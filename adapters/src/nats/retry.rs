//! Pauses between tries that go on until the shutdown.

use std::time::Duration;

use store::RetryPolicy;
use tokio_util::sync::CancellationToken;

const POLICY: RetryPolicy = RetryPolicy {
    retries: u32::MAX,
    base: Duration::from_millis(200),
    factor: 2,
    cap: Duration::from_secs(5),
    budget: Duration::MAX,
};

/// How often something failed in a row.
pub(super) struct Retry<'a> {
    shutdown: &'a CancellationToken,
    failures: u32,
}

impl<'a> Retry<'a> {
    pub(super) const fn new(shutdown: &'a CancellationToken) -> Self {
        Self {
            shutdown,
            failures: 0,
        }
    }

    /// It works: the next pause is short again.
    pub(super) const fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Waits before the next try; not longer than to the shutdown.
    pub(super) async fn pause(&mut self) {
        self.pause_at_least(Duration::ZERO).await;
    }

    /// Waits so long at least.
    pub(super) async fn pause_at_least(&mut self, least: Duration) {
        self.failures = self.failures.saturating_add(1);
        let pause = tokio::time::sleep(least + POLICY.pause(self.failures));
        tokio::select! {
            () = self.shutdown.cancelled() => {}
            () = pause => {}
        }
    }
}
