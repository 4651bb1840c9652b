//! The watcher: reads, remembers what fires, and says when it is over.
//!
//! While the database is away nothing can be remembered there. Then alerts are kept in memory and
//! told all the same, by each instance, and stored when it is back.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domain::id::Tenant;
use metrics::gauge;
use store::{
    Clock, Database, StoreError,
    alerts::{self, AlertRow},
    checks::{self, CheckRow},
    error::chain,
    examine,
};
use time::OffsetDateTime;
use tokio::{
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{
    kind::Level,
    rules::{self, Condition, Seen},
    scrubber::Scrubber,
    teller::Teller,
};
use crate::{config::alerts::Settings, machine::Latest};

/// How long the database may take to tell its time.
const WITHIN: Duration = Duration::from_secs(5);

/// What an alert is called by: name and subject.
type Key = (String, String);
/// Whether the database answers, and how far its clock is from ours.
type Skew = Result<time::Duration, String>;

/// Looks for alerts, for as long as a service runs.
#[derive(Debug)]
pub struct Watcher {
    /// On connections of its own: it must get through when others do not.
    database: Database,
    tenant: Tenant,
    clock: Arc<dyn Clock>,
    settings: Settings,
    latest: Latest,
    teller: Teller,
    /// A question that the database has not answered yet.
    asking: Option<JoinHandle<Skew>>,
    /// What fired when the table was last read, and how bad it is.
    firing: BTreeMap<Key, String>,
    /// Told, and not in the table yet.
    unstored: BTreeMap<Key, AlertRow>,
}

impl Watcher {
    /// A watcher of a service.
    pub(crate) fn new(
        database: &Database,
        (tenant, clock): (Tenant, Arc<dyn Clock>),
        (settings, teller): (Settings, Teller),
        latest: Latest,
    ) -> Self {
        Self {
            database: database.apart(),
            tenant,
            clock,
            settings,
            latest,
            teller,
            asking: None,
            firing: BTreeMap::new(),
            unstored: BTreeMap::new(),
        }
    }

    /// Looks until the shutdown: as often as is set, and whenever there are new readings.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let scrubber = Scrubber {
            database: self.database.clone(),
            tenant: self.tenant.clone(),
            clock: Arc::clone(&self.clock),
            every: self.settings.seal_check_every,
        };
        let scrubbing = tokio::spawn(scrubber.run(shutdown.clone()));
        let mut ticks = interval(self.settings.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                Ok(()) = self.latest.changed() => {}
                _ = ticks.tick() => {}
            }
            if let Err(error) = self.look().await {
                warn!(error = chain(&error), "alerts cannot be stored yet");
            }
            self.count();
        }
        if let Some(asking) = self.asking {
            // Its connection goes with it: nobody waits for a database that hangs.
            asking.abort();
        }
        // Each of its steps has a deadline.
        let _ = scrubbing.await;
        self.database.close().await;
    }

    async fn look(&mut self) -> Result<(), StoreError> {
        let database = self.ask().await;
        let stored = database.is_ok();
        let checks = if stored {
            self.checks().await
        } else {
            Vec::new()
        };
        let readings = self.latest.borrow_and_update().as_ref().clone();
        let seen = Seen {
            readings,
            database,
            checks,
        };
        let now = self.clock.now();
        let mut failed = Ok(());
        for condition in rules::conditions(&seen, &self.settings) {
            let sighting = self.sighting(condition, now);
            if stored && failed.is_ok() {
                failed = self.store(sighting).await;
            } else {
                self.keep(sighting);
            }
        }
        failed?;
        if stored {
            self.catch_up().await?;
            self.resolve(now).await?;
        }
        Ok(())
    }

    /// A question that hangs is not asked twice.
    async fn ask(&mut self) -> Skew {
        let asking = self.asking.get_or_insert_with(|| {
            let (database, clock) = (self.database.clone(), Arc::clone(&self.clock));
            tokio::spawn(async move {
                let before = clock.now();
                let theirs = examine::clock(&database).await;
                let took = clock.now() - before;
                theirs
                    .map(|theirs| theirs - before - took / 2)
                    .map_err(|error| chain(&error))
            })
        });
        let Ok(answer) = tokio::time::timeout(WITHIN, asking).await else {
            return Err(format!("no answer within {} s", WITHIN.as_secs()));
        };
        self.asking = None;
        answer.unwrap_or_else(|error| Err(error.to_string()))
    }

    /// The results of checks.
    async fn checks(&self) -> Vec<CheckRow> {
        let loaded = checks::load(&self.database, &self.tenant).await;
        loaded.unwrap_or_else(|error| {
            warn!(
                error = chain(&error),
                "the results of checks cannot be read"
            );
            Vec::new()
        })
    }

    fn sighting(&self, condition: Condition, now: OffsetDateTime) -> AlertRow {
        AlertRow {
            id: self.clock.fresh_id(),
            alert: condition.kind.name().to_owned(),
            subject: condition.subject,
            level: condition.kind.level().as_str().to_owned(),
            message: condition.message,
            fired_at: now,
            last_seen_at: now,
            resolved_at: None,
            count: 1,
        }
    }

    /// Into the table; told if it is new there.
    async fn store(&mut self, sighting: AlertRow) -> Result<(), StoreError> {
        let key = key(&sighting);
        if self.unstored.contains_key(&key) {
            self.keep(sighting);
            return Ok(());
        }
        match alerts::see(&self.database, &self.tenant, &sighting).await {
            Ok((kept, new)) => {
                if new {
                    self.teller.tell(&kept);
                }
                self.firing.insert(key, kept.level);
                Ok(())
            }
            Err(error) => {
                self.keep(sighting);
                Err(error)
            }
        }
    }

    /// Into memory; told unless it was.
    fn keep(&mut self, sighting: AlertRow) {
        let key = key(&sighting);
        if let Some(kept) = self.unstored.get_mut(&key) {
            kept.count += 1;
            kept.last_seen_at = sighting.last_seen_at;
            kept.message = sighting.message;
            return;
        }
        if !self.firing.contains_key(&key) {
            self.teller.tell(&sighting);
        }
        self.unstored.insert(key, sighting);
    }

    /// What could not be stored when it was seen.
    async fn catch_up(&mut self) -> Result<(), StoreError> {
        while let Some((key, row)) = self.unstored.first_key_value() {
            alerts::see(&self.database, &self.tenant, row).await?;
            let key = key.clone();
            self.unstored.remove(&key);
        }
        Ok(())
    }

    /// What nobody has seen for a whole window is over. Whoever says so first tells.
    async fn resolve(&mut self, now: OffsetDateTime) -> Result<(), StoreError> {
        let unseen_since = now - self.settings.window;
        let mut firing = BTreeMap::new();
        for mut row in alerts::firing(&self.database, &self.tenant).await? {
            if row.last_seen_at > unseen_since {
                firing.insert(key(&row), row.level);
            } else if alerts::resolve(&self.database, row.id, now, unseen_since).await? {
                row.resolved_at = Some(now);
                self.teller.tell(&row);
            }
        }
        self.firing = firing;
        Ok(())
    }

    /// How many fire, by level: each level is told, so that none is missed when it is 0.
    fn count(&self) {
        let unstored = self.unstored.iter();
        let unstored = unstored.filter(|(key, _)| !self.firing.contains_key(key));
        let unstored = unstored.map(|(_, row)| &row.level);
        let firing: Vec<_> = self.firing.values().chain(unstored).collect();
        for level in Level::ALL {
            let name = level.as_str();
            let alerts = firing.iter().filter(|level| level.as_str() == name);
            let alerts = u32::try_from(alerts.count()).unwrap_or(u32::MAX);
            gauge!("payoutd_alerts_firing", "level" => name).set(alerts);
        }
    }
}

fn key(row: &AlertRow) -> Key {
    (row.alert.clone(), row.subject.clone())
}
