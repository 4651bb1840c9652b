//! Looks at the seals, a block at a time and over and over, beside everything else: whoever alters
//! old events does not announce it.

use std::{sync::Arc, time::Duration};

use domain::id::Tenant;
use store::{
    Clock, Database, StoreError,
    checks::{self, CheckRow},
    error::chain,
    seal,
};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Whose seals are looked at, and how often.
#[derive(Debug)]
pub(super) struct Scrubber {
    pub(super) database: Database,
    pub(super) tenant: Tenant,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) every: Duration,
}

impl Scrubber {
    /// Looks until the shutdown. What was found is left among the results of checks.
    pub(super) async fn run(self, shutdown: CancellationToken) {
        let mut ticks = interval(self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = ticks.tick() => {}
            }
            if let Err(error) = self.look().await {
                warn!(error = chain(&error), "the seals cannot be checked");
            }
        }
    }

    async fn look(&self) -> Result<(), StoreError> {
        let rows = checks::load(&self.database, &self.tenant).await?;
        let before = rows.iter().find(|row| row.name == checks::SEALS);
        let after = before.and_then(|row| u64::try_from(row.cursor).ok());
        let found = seal::scrub(&self.database, &self.tenant, after.unwrap_or(0)).await?;
        let row = CheckRow {
            name: checks::SEALS.to_owned(),
            holds: found.flaw.is_none(),
            detail: found.flaw.unwrap_or_default(),
            cursor: i64::try_from(found.after).unwrap_or(0),
            checked_at: self.clock.now(),
        };
        checks::record(&self.database, &self.tenant, &row).await
    }
}
