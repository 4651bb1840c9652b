//! When a payout should reach the bank.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::{
    Date, OffsetDateTime, Time, UtcOffset,
    format_description::{BorrowedFormatItem, well_known::Rfc3339},
    macros::format_description,
};

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// The same moment in UTC, if RFC 3339 can write it there: in a year of four digits.
pub(crate) fn utc(moment: OffsetDateTime) -> Option<OffsetDateTime> {
    moment
        .checked_to_offset(UtcOffset::UTC)
        .filter(|moment| (0..=9999).contains(&moment.year()))
}

/// Stripe's estimate of a payout's arrival, in whole seconds of UTC. Often the
/// midnight a day begins with: "2026-11-25" is read as that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Arrival(OffsetDateTime);

/// Neither a time nor a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a date must be RFC 3339, such as 2026-11-25T00:00:00Z, or a day such as 2026-11-25")]
pub struct InvalidArrival;

impl Arrival {
    /// From seconds since 1970, as Stripe tells it.
    ///
    /// # Errors
    /// When no calendar has such a day.
    pub fn from_unix(seconds: i64) -> Result<Self, InvalidArrival> {
        OffsetDateTime::from_unix_timestamp(seconds)
            .ok()
            .and_then(utc)
            .map(Self)
            .ok_or(InvalidArrival)
    }

    /// The moment.
    #[must_use]
    pub const fn at(self) -> OffsetDateTime {
        self.0
    }
}

impl TryFrom<String> for Arrival {
    type Error = InvalidArrival;
    fn try_from(text: String) -> Result<Self, InvalidArrival> {
        let moment = OffsetDateTime::parse(&text, &Rfc3339)
            .or_else(|_| {
                Date::parse(&text, DAY).map(|day| day.with_time(Time::MIDNIGHT).assume_utc())
            })
            .map_err(|_| InvalidArrival)?;
        utc(moment)
            .and_then(|moment| moment.replace_nanosecond(0).ok())
            .map(Self)
            .ok_or(InvalidArrival)
    }
}

impl fmt::Display for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.format(&Rfc3339).unwrap_or_default())
    }
}

impl From<Arrival> for String {
    fn from(arrival: Arrival) -> String {
        arrival.to_string()
    }
}
