//! What is set about the readings a service takes of itself: the file's `[machine]`.

use std::{num::NonZeroU32, time::Duration};

use serde::Deserialize;

/// How readings are taken, and whether they are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How often readings are taken.
    pub every: Duration,
    /// Whether they are written to the database.
    pub keep: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(10),
            keep: true,
        }
    }
}

/// The part of the configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    readings_every_secs: Option<NonZeroU32>,
    keep_readings: Option<bool>,
}

impl File {
    pub(super) fn settle(&self) -> Settings {
        let default = Settings::default();
        let secs = |secs: NonZeroU32| Duration::from_secs(secs.get().into());
        Settings {
            every: self.readings_every_secs.map_or(default.every, secs),
            keep: self.keep_readings.unwrap_or(default.keep),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<Settings, toml::de::Error> {
        toml::from_str::<File>(text).map(|file| file.settle())
    }

    #[test]
    fn what_is_said_counts_and_the_rest_is_the_default() {
        assert_eq!(file("").unwrap(), Settings::default());
        let set = file("readings_every_secs = 60\nkeep_readings = false").unwrap();
        assert_eq!((set.every, set.keep), (Duration::from_secs(60), false));
        assert!(file("readings_every_secs = 0").is_err());
    }
}
