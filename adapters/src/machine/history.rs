//! Readings as they are kept: for a day every ten seconds, for a month every five minutes, for
//! two years every hour, side by side in one table.
//!
//! Each set of readings goes into the running stretch of each length, and the three rows are
//! written again: so a process that is killed loses ten seconds, and a question about a year reads
//! hours, not sums. Nobody waits for any of this, and a database that takes no readings costs the
//! history and nothing else.

use store::{
    Database, StoreError,
    error::chain,
    readings::{self, Stretch},
};
use time::{Duration, OffsetDateTime};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::{readings::Readings, window::Durations};

/// How long stretches are, in seconds, and for how long they are kept.
pub const STEPS: [(u32, Duration); 3] = [
    (10, Duration::days(1)),
    (300, Duration::days(30)),
    (3_600, Duration::days(730)),
];
const SHORTEST: u32 = STEPS[0].0;
/// What is too old is removed so many rows at a time, whenever a stretch of five minutes ends.
const THINNED: u32 = 5_000;

/// A window's readings, on their way into the history.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) readings: Readings,
    pub(super) durations: Durations,
}

/// Writes the history of one instance.
#[derive(Debug)]
pub(super) struct History {
    database: Database,
    instance: String,
    building: Vec<Building>,
}

/// A stretch that goes on.
#[derive(Debug)]
struct Building {
    step_seconds: u32,
    starts_at: OffsetDateTime,
    /// What was written by a process of the same name before this one.
    before: Option<Readings>,
    readings: Readings,
    durations: Durations,
}

impl History {
    pub(super) fn new(database: Database, instance: String) -> Self {
        Self {
            database,
            instance,
            building: Vec::new(),
        }
    }

    /// Writes what it is given until the shutdown.
    pub(super) async fn run(
        mut self,
        mut taken: mpsc::Receiver<Taken>,
        shutdown: CancellationToken,
    ) {
        loop {
            let next = tokio::select! {
                () = shutdown.cancelled() => return,
                next = taken.recv() => next,
            };
            let Some(next) = next else {
                return;
            };
            let noted = tokio::select! {
                () = shutdown.cancelled() => return,
                noted = self.note(&next) => noted,
            };
            if let Err(error) = noted {
                warn!(error = chain(&error), "readings could not be kept");
            }
        }
    }

    async fn note(&mut self, taken: &Taken) -> Result<(), StoreError> {
        let mut thin = false;
        for (step, _) in STEPS {
            let starts_at = start(taken.readings.taken_at, step);
            let same = |building: &&mut Building| {
                building.step_seconds == step && building.starts_at == starts_at
            };
            if let Some(building) = self.building.iter_mut().find(same) {
                building.absorb(taken);
            } else {
                let begun = self.building_on((step, starts_at), taken).await;
                self.building.retain(|ended| ended.step_seconds != step);
                self.building.push(begun);
                thin |= step > SHORTEST;
            }
        }
        let rows = self.building.iter().map(|building| Stretch {
            step_seconds: building.step_seconds,
            starts_at: building.starts_at,
            instance: self.instance.clone(),
            figures: building.figures(),
        });
        readings::keep(&self.database, &rows.collect::<Vec<_>>()).await?;
        if thin {
            self.thin(taken.readings.taken_at).await?;
        }
        Ok(())
    }

    /// A stretch that begins, or goes on where a process of the same name ended.
    async fn building_on(
        &self,
        (step, starts_at): (u32, OffsetDateTime),
        taken: &Taken,
    ) -> Building {
        let stretch = (starts_at, starts_at + Duration::seconds(1));
        let known = readings::load(&self.database, step, stretch, u32::MAX).await;
        let known = known.unwrap_or_default().into_iter();
        let mut own = known.filter(|stretch| stretch.instance == self.instance);
        let before = own.next();
        Building {
            step_seconds: step,
            starts_at,
            before: before.and_then(|stretch| serde_json::from_str(&stretch.figures).ok()),
            readings: taken.readings.clone(),
            durations: taken.durations.clone(),
        }
    }

    async fn thin(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        for (step, kept) in STEPS {
            let removed = readings::thin(&self.database, step, now - kept, THINNED).await?;
            debug!(step, removed, "removed old readings");
        }
        Ok(())
    }
}

impl Building {
    fn absorb(&mut self, taken: &Taken) {
        self.readings.absorb(&taken.readings);
        self.durations.absorb(&taken.durations);
        self.durations.tell(&mut self.readings.transactions);
    }

    fn figures(&self) -> String {
        let all = self.before.clone().map(|mut all| {
            all.absorb(&self.readings);
            all
        });
        // Nothing in readings cannot be said in JSON.
        serde_json::to_string(all.as_ref().unwrap_or(&self.readings)).unwrap_or_default()
    }
}

/// The beginning of the stretch that a moment is in.
fn start(moment: OffsetDateTime, step_seconds: u32) -> OffsetDateTime {
    let into = moment.unix_timestamp().rem_euclid(step_seconds.into());
    let moment = moment - Duration::seconds(into);
    moment.replace_nanosecond(0).unwrap_or(moment)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_stretch_begins_at_a_multiple_of_its_length() {
        let moment = datetime!(2026-11-22 13:47:59.999 UTC);
        let begins = STEPS.map(|(step, _)| start(moment, step));
        assert_eq!(
            begins,
            [
                datetime!(2026-11-22 13:47:50 UTC),
                datetime!(2026-11-22 13:45 UTC),
                datetime!(2026-11-22 13:00 UTC),
            ]
        );
    }
}
