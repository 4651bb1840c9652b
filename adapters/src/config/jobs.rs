//! What is set about background jobs: the file's `[jobs]`, and `PAYOUTD_JOBS`.

use std::{num::NonZeroU32, time::Duration};

use serde::{Deserialize, Deserializer, de};
use time::{Time, macros::format_description, macros::time};

/// When jobs are due, and whether a service runs them at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Whether `serve` runs jobs.
    pub enabled: bool,
    /// How long after one look for held transactions that are due the next one is.
    pub release_every: Duration,
    /// When a day's scheduled payouts are requested, in UTC.
    pub payouts_at: Time,
    /// When the day before is closed, in UTC.
    pub roll_up_at: Time,
    /// How long after one look for what webhooks missed the next one is.
    pub sync_every: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            release_every: Duration::from_secs(60),
            payouts_at: time!(00:05),
            roll_up_at: time!(00:15),
            sync_every: Duration::from_secs(60 * 60),
        }
    }
}

/// The part of the configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    enabled: Option<bool>,
    release_every_secs: Option<NonZeroU32>,
    #[serde(deserialize_with = "hour_and_minute")]
    payouts_at: Option<Time>,
    #[serde(deserialize_with = "hour_and_minute")]
    roll_up_at: Option<Time>,
    sync_every_secs: Option<NonZeroU32>,
}

impl File {
    pub(super) fn settle(&self) -> Settings {
        let default = Settings::default();
        let secs = |secs: NonZeroU32| Duration::from_secs(secs.get().into());
        Settings {
            enabled: self.enabled.unwrap_or(default.enabled),
            release_every: self.release_every_secs.map_or(default.release_every, secs),
            payouts_at: self.payouts_at.unwrap_or(default.payouts_at),
            roll_up_at: self.roll_up_at.unwrap_or(default.roll_up_at),
            sync_every: self.sync_every_secs.map_or(default.sync_every, secs),
        }
    }
}

/// `"00:05"`
fn hour_and_minute<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Time::parse(&text, format_description!("[hour]:[minute]"))
        .map(Some)
        .map_err(|_| de::Error::custom("a time of day is written like \"00:05\", in UTC"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<Settings, toml::de::Error> {
        toml::from_str::<File>(text).map(|file| file.settle())
    }

    #[test]
    fn nothing_said_is_the_default() {
        assert_eq!(file("").unwrap(), Settings::default());
    }

    #[test]
    fn what_is_said_counts() {
        let text = "enabled = false\nrelease_every_secs = 5\npayouts_at = \"23:30\"\n\
            roll_up_at = \"01:00\"\nsync_every_secs = 60";
        let expected = Settings {
            enabled: false,
            release_every: Duration::from_secs(5),
            payouts_at: time!(23:30),
            roll_up_at: time!(01:00),
            sync_every: Duration::from_secs(60),
        };
        assert_eq!(file(text).unwrap(), expected);
    }

    #[test]
    fn what_makes_no_sense_is_an_error() {
        for text in [
            "release_every_secs = 0",
            "payouts_at = \"24:00\"",
            "payouts_at = \"5\"",
            "payouts = \"00:05\"",
        ] {
            assert!(file(text).is_err(), "{text}");
        }
    }
}
