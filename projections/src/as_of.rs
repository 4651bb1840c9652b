//! A point in the past of the books: a position of the log, or a time.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::{
    Date, Duration, OffsetDateTime, Time, format_description::well_known::Rfc3339,
    macros::format_description,
};

/// When the books are looked at: after all events up to and including this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// A position in the log; 0 is before the first event.
    Position(i64),
    /// A moment: what was recorded later does not show.
    Time(OffsetDateTime),
}

impl AsOf {
    /// The moment, if it is one.
    #[must_use]
    pub const fn moment(self) -> Option<OffsetDateTime> {
        match self {
            Self::Position(_) => None,
            Self::Time(moment) => Some(moment),
        }
    }
}

/// What is neither a position nor a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "as of is a time such as 2026-11-25T10:00:00Z, a day such as 2026-11-25 (its end, in UTC), \
    or a position in the log such as 1234"
)]
pub struct InvalidAsOf;

/// The last moment of a day that is told from the next day's first.
const BEFORE_MIDNIGHT: Duration = Duration::microseconds(-1);

impl FromStr for AsOf {
    type Err = InvalidAsOf;

    /// A day is meant with all that happened on it, as in "the balance of the 31st".
    fn from_str(text: &str) -> Result<Self, InvalidAsOf> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map(Self::Position).map_err(|_| InvalidAsOf);
        }
        if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
            return Ok(Self::Time(moment));
        }
        Date::parse(text, format_description!("[year]-[month]-[day]"))
            .ok()
            .and_then(Date::next_day)
            .and_then(|next| {
                let midnight = next.with_time(Time::MIDNIGHT).assume_utc();
                midnight.checked_add(BEFORE_MIDNIGHT)
            })
            .map(Self::Time)
            .ok_or(InvalidAsOf)
    }
}

impl fmt::Display for AsOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Position(position) => write!(f, "{position}"),
            Self::Time(moment) => f.write_str(&store::row::sqlite_time(*moment)),
        }
    }
}

impl Serialize for AsOf {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Position(position) => serializer.serialize_i64(*position),
            Self::Time(_) => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for AsOf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

/// Reads a number as a position, and text as [`FromStr`] does.
struct Reader;

impl de::Visitor<'_> for Reader {
    type Value = AsOf;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time, a day or a position in the log")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<AsOf, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, position: u64) -> Result<AsOf, E> {
        let position = i64::try_from(position).map_err(|_| E::custom(InvalidAsOf))?;
        Ok(AsOf::Position(position))
    }

    fn visit_i64<E: de::Error>(self, position: i64) -> Result<AsOf, E> {
        match position {
            0.. => Ok(AsOf::Position(position)),
            _ => Err(E::custom(InvalidAsOf)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_number_is_a_position_and_all_else_a_time() {
        let cases = [
            ("0", AsOf::Position(0)),
            ("20261125", AsOf::Position(20_261_125)),
            (
                "2026-11-25T10:00:00Z",
                AsOf::Time(datetime!(2026-11-25 10:00 UTC)),
            ),
            (
                "2026-11-25T10:00:00.5+01:00",
                AsOf::Time(datetime!(2026-11-25 09:00:00.5 UTC)),
            ),
            (
                "2026-12-31",
                AsOf::Time(datetime!(2026-12-31 23:59:59.999999 UTC)),
            ),
        ];
        for (text, meant) in cases {
            assert_eq!(text.parse(), Ok(meant), "{text}");
            let read: AsOf = serde_json::from_value(json!(text)).unwrap();
            assert_eq!(read, meant, "{text}");
        }
        let read: AsOf = serde_json::from_value(json!(7)).unwrap();
        assert_eq!(read, AsOf::Position(7));
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in [
            "",
            "-1",
            "1.5",
            "yesterday",
            "2026-11-32",
            "2026-11",
            "9999-12-31x",
            "99999999999999999999",
        ] {
            assert_eq!(text.parse::<AsOf>(), Err(InvalidAsOf), "{text}");
        }
        for json in [
            json!(-1),
            json!(1.5),
            json!(u64::MAX),
            json!(null),
            json!([]),
        ] {
            assert!(serde_json::from_value::<AsOf>(json).is_err());
        }
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        for as_of in [
            AsOf::Position(12),
            AsOf::Time(datetime!(2026-11-25 10:00:00.25 UTC)),
        ] {
            let written = serde_json::to_value(as_of).unwrap();
            assert_eq!(serde_json::from_value::<AsOf>(written).unwrap(), as_of);
            assert_eq!(as_of.to_string().parse(), Ok(as_of));
        }
    }
}
