//! Readings of some time, read from the database.

use serde_json::{Map, Value as Json, json};
use store::{Database, StoreError, readings};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339, macros::datetime};

use super::{history::STEPS, readings::Readings};

/// An answer has at most so many stretches.
pub const MOST: u32 = 10_000;
/// Without a step, the shortest is taken of which a period has at most so many.
const FITTING: i64 = 1_000;
/// Without a beginning, a period is so long.
const USUAL: Duration = Duration::hours(1);

/// There was none before.
const EARLIEST: OffsetDateTime = datetime!(1970-01-01 00:00 UTC);
/// What every database can say.
const LATEST: OffsetDateTime = datetime!(9999-12-31 00:00 UTC);

/// Which readings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LookBack {
    /// From this moment on; an hour before the end if it is not said.
    pub since: Option<OffsetDateTime>,
    /// Before this moment; now if it is not said.
    pub until: Option<OffsetDateTime>,
    /// How long the stretches are, in seconds: one of [`STEPS`]. The shortest that fits the period
    /// if it is not said.
    pub step_seconds: Option<u32>,
}

/// Readings of some time.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// How long the stretches are, in seconds.
    pub step_seconds: u32,
    /// One for each stretch and instance, in order of time: when it starts, and the figures.
    pub readings: Vec<Json>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum LookBackError {
    /// There are no stretches of such a length.
    #[error("step must be 10, 300 or 3600 seconds, not {0}")]
    Step(u32),
    /// It would be a large answer.
    #[error(
        "there are more than {MOST} readings in this period: ask for a shorter one, or step {0}"
    )]
    Many(u32),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The readings of some time, of all instances.
///
/// # Errors
/// When the question makes no sense, there is too much to tell, or the database fails.
pub async fn look_back(
    database: &Database,
    wanted: LookBack,
    now: OffsetDateTime,
) -> Result<Past, LookBackError> {
    let (step, period) = wanted.settle(now)?;
    let found = readings::load(database, step, period, MOST + 1).await?;
    if found.len() > MOST as usize {
        let coarser = STEPS
            .iter()
            .map(|(step, _)| *step)
            .find(|other| *other > step);
        return Err(LookBackError::Many(coarser.unwrap_or(step)));
    }
    let told = found.iter().map(|stretch| {
        let starts_at = stretch.starts_at.format(&Rfc3339).unwrap_or_default();
        let mut told = json!({ "starts_at": starts_at });
        let figures = serde_json::from_str(&stretch.figures);
        if let (Some(told), Ok(Json::Object(figures))) = (told.as_object_mut(), figures) {
            told.extend(figures);
        }
        told
    });
    Ok(Past {
        step_seconds: step,
        readings: told.collect(),
    })
}

impl LookBack {
    /// The length of the stretches, and the period.
    fn settle(
        self,
        now: OffsetDateTime,
    ) -> Result<(u32, (OffsetDateTime, OffsetDateTime)), LookBackError> {
        // Nothing is outside, and every database can say these.
        let inside = |moment: OffsetDateTime| moment.clamp(EARLIEST, LATEST);
        let until = inside(self.until.unwrap_or(now));
        let since = inside(self.since.unwrap_or(until - USUAL));
        let step = match self.step_seconds {
            Some(step) if STEPS.iter().any(|(known, _)| *known == step) => step,
            Some(step) => return Err(LookBackError::Step(step)),
            None => fitting(since, until, now),
        };
        Ok((step, (since, until)))
    }
}

/// The shortest step of which there are not too many in a period, and which is kept for so long.
fn fitting(since: OffsetDateTime, until: OffsetDateTime, now: OffsetDateTime) -> u32 {
    let [.., (longest, _)] = STEPS;
    let fits = |(step, kept): &(u32, Duration)| {
        (until - since).whole_seconds() / i64::from(*step) <= FITTING && now - since <= *kept
    };
    STEPS
        .iter()
        .find(|step| fits(step))
        .map_or(longest, |(step, _)| *step)
}

/// Readings as one row without depth: `books.lags.seals.events` as `books_lags_seals_events`, as
/// in the view `machine_readings`.
#[must_use]
pub fn flat(readings: &Json) -> Map<String, Json> {
    let mut row = Map::new();
    level(readings, "", &mut row);
    row
}

/// The columns of such a row, also of what is missing in some.
#[must_use]
pub fn columns() -> Vec<String> {
    let columns = flat(&json!(Readings::whole()));
    let columns = columns.keys().map(String::as_str);
    ["starts_at"]
        .into_iter()
        .chain(columns)
        .map(str::to_owned)
        .collect()
}

fn level(json: &Json, above: &str, row: &mut Map<String, Json>) {
    let Some(members) = json.as_object() else {
        return;
    };
    for (name, value) in members {
        let name = match above {
            "" => name.clone(),
            above => format!("{above}_{name}"),
        };
        if value.is_object() {
            level(value, &name, row);
        } else {
            row.insert(name, value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

    fn step(since: OffsetDateTime, until: OffsetDateTime) -> u32 {
        let wanted = LookBack {
            since: Some(since),
            until: Some(until),
            step_seconds: None,
        };
        wanted.settle(NOW).expect("a period").0
    }

    #[test]
    fn the_step_is_the_shortest_that_fits_the_period_and_is_still_kept() {
        assert_eq!(step(NOW - Duration::hours(1), NOW), 10);
        assert_eq!(step(NOW - Duration::hours(20), NOW), 300);
        assert_eq!(
            step(NOW - Duration::days(2), NOW - Duration::hours(47)),
            300
        );
        assert_eq!(step(NOW - Duration::days(20), NOW), 3_600);
        assert_eq!(
            step(NOW - Duration::days(800), NOW - Duration::days(799)),
            3_600
        );
    }

    #[test]
    fn nothing_said_is_the_last_hour() {
        let (step, period) = LookBack::default().settle(NOW).expect("a period");
        assert_eq!((step, period), (10, (NOW - Duration::hours(1), NOW)));
    }

    #[test]
    fn a_step_that_is_not_kept_is_refused() {
        let wanted = LookBack {
            step_seconds: Some(60),
            ..LookBack::default()
        };
        let refused = wanted.settle(NOW).expect_err("no such step");
        assert!(refused.to_string().contains("10, 300 or 3600"));
    }

    #[test]
    fn a_period_reaches_no_further_than_databases_can_say() {
        let wanted = LookBack {
            since: Some(datetime!(-0001-01-01 00:00 UTC)),
            until: Some(datetime!(9999-12-31 23:59 -12:00)),
            step_seconds: None,
        };
        let settled = wanted.settle(NOW).expect("a period");
        assert_eq!(settled, (3_600, (EARLIEST, LATEST)));
    }
}
