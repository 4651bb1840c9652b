//! When a job is due.

use std::{fmt, time::Duration};

use time::{Date, OffsetDateTime, Time, UtcOffset, macros::format_description};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// When a job is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cadence {
    /// So long after the end of the last run.
    Every(Duration),
    /// Once a day at this time, in UTC.
    Daily(Time),
}

impl Cadence {
    /// The latest moment, up to now, at which a run was due.
    #[must_use]
    pub fn latest(self, now: OffsetDateTime) -> OffsetDateTime {
        match self {
            Self::Every(_) => now,
            Self::Daily(at) => {
                let today = now.to_offset(UtcOffset::UTC).replace_time(at);
                if today <= now { today } else { today - DAY }
            }
        }
    }

    /// When the next run is due. A daily run that went on past the time of the next one
    /// does not stand for it.
    #[must_use]
    pub fn next(self, began: OffsetDateTime, ended: OffsetDateTime) -> OffsetDateTime {
        match self {
            Self::Every(period) => ended + period,
            Self::Daily(_) => self.latest(began) + DAY,
        }
    }

    /// The day that is worked on: it begins when the daily run is due, so that a
    /// late run still is that day's.
    #[must_use]
    pub fn day(self, now: OffsetDateTime) -> Date {
        self.latest(now).to_offset(UtcOffset::UTC).date()
    }

    /// How long it is from one run to the next.
    #[must_use]
    pub const fn period(self) -> Duration {
        match self {
            Self::Every(period) => period,
            Self::Daily(_) => DAY,
        }
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(period) => write!(f, "every {} s", period.as_secs()),
            Self::Daily(at) => {
                let at = at.format(format_description!("[hour]:[minute]"));
                write!(f, "daily at {} UTC", at.unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime, time};

    use super::*;

    #[test]
    fn a_daily_job_is_due_once_a_day() {
        let daily = Cadence::Daily(time!(00:05));
        let table = [
            // Now, latest, next.
            (
                datetime!(2026-11-21 00:04:59 UTC),
                datetime!(2026-11-20 00:05 UTC),
                datetime!(2026-11-21 00:05 UTC),
            ),
            (
                datetime!(2026-11-21 00:05 UTC),
                datetime!(2026-11-21 00:05 UTC),
                datetime!(2026-11-22 00:05 UTC),
            ),
            (
                datetime!(2026-12-31 23:59 UTC),
                datetime!(2026-12-31 00:05 UTC),
                datetime!(2027-01-01 00:05 UTC),
            ),
            (
                datetime!(2026-11-21 02:00 +03:00),
                datetime!(2026-11-20 00:05 UTC),
                datetime!(2026-11-21 00:05 UTC),
            ),
        ];
        for (now, latest, next) in table {
            assert_eq!((daily.latest(now), daily.next(now, now)), (latest, next));
        }
    }

    #[test]
    fn a_run_that_ends_tomorrow_does_not_stand_for_tomorrows() {
        let daily = Cadence::Daily(time!(00:05));
        let began = datetime!(2026-11-21 23:59 UTC);
        let ended = datetime!(2026-11-22 00:06 UTC);
        assert_eq!(daily.next(began, ended), datetime!(2026-11-22 00:05 UTC));
    }

    #[test]
    fn a_day_lasts_until_the_next_run_is_due() {
        let evening = Cadence::Daily(time!(23:00));
        let morning = datetime!(2026-11-21 09:00 UTC);
        assert_eq!(evening.day(morning), date!(2026 - 11 - 20));
        assert_eq!(
            evening.day(datetime!(2026-11-21 23:00 UTC)),
            date!(2026 - 11 - 21)
        );
    }

    #[test]
    fn a_frequent_job_is_due_at_once_and_then_after_its_pause() {
        let often = Cadence::Every(Duration::from_secs(60));
        let now = datetime!(2026-11-21 09:00 UTC);
        assert_eq!(often.latest(now), now);
        let ended = now + DAY;
        assert_eq!(often.next(now, ended), datetime!(2026-11-22 09:01 UTC));
        assert_eq!(often.to_string(), "every 60 s");
        assert_eq!(
            Cadence::Daily(time!(00:05)).to_string(),
            "daily at 00:05 UTC"
        );
    }
}
