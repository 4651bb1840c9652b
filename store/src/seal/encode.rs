//! Bytes that mean one thing only: what can be of any length is led by its length, so
//! nothing can be moved from one field to the next without a change of the bytes.

use super::hash::Hash;

/// Bytes that are about to be hashed or signed.
#[derive(Debug, Default)]
pub(super) struct Canonical(Vec<u8>);

impl Canonical {
    /// Begins with what the bytes are for: those of one purpose are never of another.
    pub(super) fn of(purpose: &str) -> Self {
        Self::default().text(purpose)
    }

    /// Length in 4 bytes, then the text as it is, in UTF-8.
    pub(super) fn text(mut self, text: &str) -> Self {
        // No database has a text of 4 GiB.
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// 8 bytes, the highest first; two's complement if it is negative.
    pub(super) fn int(mut self, number: i64) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// 8 bytes, the highest first.
    pub(super) fn count(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// 32 bytes.
    pub(super) fn hash(mut self, hash: Hash) -> Self {
        self.0.extend_from_slice(&hash.0);
        self
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Moments as JSON has them.
pub(super) mod moment {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};
    use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

    use crate::row::sqlite_time;

    /// Microseconds since the beginning of 1970. No date of ours is beyond their range.
    pub(in crate::seal) fn micros(moment: OffsetDateTime) -> i64 {
        i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000)).unwrap_or(i64::MAX)
    }

    pub(in crate::seal) fn serialize<S: Serializer>(
        micros: &i64,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match OffsetDateTime::UNIX_EPOCH.checked_add(Duration::microseconds(*micros)) {
            Some(moment) => serializer.serialize_str(&sqlite_time(moment)),
            None => Err(serde::ser::Error::custom("a moment beyond all calendars")),
        }
    }

    pub(in crate::seal) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<i64, D::Error> {
        let text = String::deserialize(deserializer)?;
        OffsetDateTime::parse(&text, &Rfc3339)
            .map(micros)
            .map_err(D::Error::custom)
    }
}
