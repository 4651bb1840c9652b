//! What is set about alerts: the section `[alerts]` of the configuration file. A webhook's
//! secret comes from the environment, or from a file it names.

use std::{num::NonZeroU64, path::PathBuf, time::Duration};

use serde::{Deserialize, Deserializer, de};

use super::Secret;
use crate::alerts::Kind;

/// The secret that webhooks are signed with.
const SECRET: &str = "PAYOUTD_ALERT_WEBHOOK_SECRET";
/// A file that has it.
const SECRET_FILE: &str = "PAYOUTD_ALERT_WEBHOOK_SECRET_FILE";

/// When alerts fire, and who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whether `serve` looks for alerts at all.
    pub enabled: bool,
    /// How often it looks.
    pub every: Duration,
    /// One condition is one alert until it was not seen for so long.
    pub window: Duration,
    /// Alerts that never fire.
    pub off: Vec<Kind>,
    /// Payouts that should have arrived so long ago.
    pub overdue: Duration,
    /// Payouts in doubt for so long.
    pub in_doubt: Duration,
    /// Read tables, the outbox or the intake of Stripe's events so far behind.
    pub lag: Duration,
    /// Seals so far behind.
    pub seals_lag: Duration,
    /// So many of a hundred transactions fail because of others …
    pub conflict_percent: u64,
    /// … of at least so many that ended since the last readings.
    pub conflict_least: u64,
    /// So often since the last readings nobody got a connection at once.
    pub pool_waits: u64,
    /// So many of a hundred places of the writer's queue are taken.
    pub queue_percent: u64,
    /// So many dead letters.
    pub dead_letters: u64,
    /// Clocks so far apart.
    pub clock_skew: Duration,
    /// How often new seals are checked against the log.
    pub seal_check_every: Duration,
    /// Where alerts are posted.
    pub webhook_url: Option<String>,
    /// Hosts and networks that may be posted to although they are not on the open internet.
    pub webhook_allow: Vec<String>,
    /// What posts are signed with.
    pub webhook_secret: Option<Secret>,
    /// A file that has it.
    pub webhook_secret_file: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            every: Duration::from_secs(10),
            window: Duration::from_secs(5 * 60),
            off: Vec::new(),
            overdue: Duration::from_secs(24 * 60 * 60),
            in_doubt: Duration::from_secs(15 * 60),
            lag: Duration::from_secs(60),
            seals_lag: Duration::from_secs(5 * 60),
            conflict_percent: 20,
            conflict_least: 50,
            pool_waits: 10,
            queue_percent: 90,
            dead_letters: 1,
            clock_skew: Duration::from_secs(1),
            seal_check_every: Duration::from_secs(60),
            webhook_url: None,
            webhook_allow: Vec::new(),
            webhook_secret: None,
            webhook_secret_file: None,
        }
    }
}

/// The section of the configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    enabled: Option<bool>,
    every_ms: Option<NonZeroU64>,
    window_secs: Option<NonZeroU64>,
    #[serde(deserialize_with = "kinds")]
    off: Vec<Kind>,
    overdue_secs: Option<u64>,
    in_doubt_secs: Option<u64>,
    lag_secs: Option<u64>,
    seals_lag_secs: Option<u64>,
    conflict_percent: Option<NonZeroU64>,
    conflict_least: Option<NonZeroU64>,
    pool_waits: Option<NonZeroU64>,
    queue_percent: Option<NonZeroU64>,
    dead_letters: Option<NonZeroU64>,
    clock_skew_ms: Option<NonZeroU64>,
    seal_check_secs: Option<NonZeroU64>,
    webhook_url: Option<String>,
    webhook_allow: Vec<String>,
}

impl File {
    pub(super) fn settle(self) -> Settings {
        let default = Settings::default();
        let secs = |set: Option<u64>, default| set.map_or(default, Duration::from_secs);
        let some_secs = |set: Option<NonZeroU64>, default| secs(set.map(NonZeroU64::get), default);
        let millis = |set: Option<NonZeroU64>, default| {
            set.map_or(default, |set| Duration::from_millis(set.get()))
        };
        let count = |set: Option<NonZeroU64>, default| set.map_or(default, NonZeroU64::get);
        Settings {
            enabled: self.enabled.unwrap_or(default.enabled),
            every: millis(self.every_ms, default.every),
            window: some_secs(self.window_secs, default.window),
            off: self.off,
            overdue: secs(self.overdue_secs, default.overdue),
            in_doubt: secs(self.in_doubt_secs, default.in_doubt),
            lag: secs(self.lag_secs, default.lag),
            seals_lag: secs(self.seals_lag_secs, default.seals_lag),
            conflict_percent: count(self.conflict_percent, default.conflict_percent),
            conflict_least: count(self.conflict_least, default.conflict_least),
            pool_waits: count(self.pool_waits, default.pool_waits),
            queue_percent: count(self.queue_percent, default.queue_percent),
            dead_letters: count(self.dead_letters, default.dead_letters),
            clock_skew: millis(self.clock_skew_ms, default.clock_skew),
            seal_check_every: some_secs(self.seal_check_secs, default.seal_check_every),
            webhook_url: self.webhook_url,
            webhook_allow: self.webhook_allow,
            webhook_secret: std::env::var(SECRET).ok().as_deref().and_then(Secret::new),
            webhook_secret_file: std::env::var_os(SECRET_FILE)
                .filter(|path| !path.is_empty())
                .map(PathBuf::from),
        }
    }
}

/// Names of alerts; one that is not known would switch nothing off.
fn kinds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Kind>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    let kind = |name: &String| {
        let known: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        let unknown = || {
            format!(
                "there is no alert {name:?}; there are: {}",
                known.join(", ")
            )
        };
        Kind::parse(name).ok_or_else(|| de::Error::custom(unknown()))
    };
    names.iter().map(kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<Settings, toml::de::Error> {
        toml::from_str::<File>(text).map(File::settle)
    }

    #[test]
    fn nothing_said_is_the_default() {
        assert_eq!(file("").unwrap(), Settings::default());
    }

    #[test]
    fn what_is_said_counts() {
        let settings = file("off = [\"clock-skew\"]\nlag_secs = 0\nevery_ms = 50").unwrap();
        let expected = Settings {
            off: vec![Kind::ClockSkew],
            lag: Duration::ZERO,
            every: Duration::from_millis(50),
            ..Settings::default()
        };
        assert_eq!(settings, expected);
    }

    #[test]
    fn what_makes_no_sense_is_an_error() {
        for text in ["off = [\"clock-skewed\"]", "every_ms = 0", "window = 3"] {
            assert!(file(text).is_err(), "{text}");
        }
    }
}
