//! What is set about OpenTelemetry: where a collector is. What belongs to it alone (headers, which
//! are secrets; names; sampling) is in the variables that its own specification names, and read by
//! its SDK: <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>.

use std::time::Duration;

use serde::Deserialize;

/// How long a collector is waited for when nothing else is said: the specification's ten seconds.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where spans and metrics are sent; what has no endpoint is not exported.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where spans go. May hold a password: never shown.
    pub traces: Option<String>,
    /// Where metrics go. May hold a password: never shown.
    pub metrics: Option<String>,
    /// How long an answer is waited for.
    pub timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            traces: None,
            metrics: None,
            timeout: TIMEOUT,
        }
    }
}

impl Settings {
    /// Whether anything is exported.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.traces.is_some() || self.metrics.is_some()
    }
}

/// What was said in the environment.
#[derive(Default)]
pub struct Given {
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`
    pub endpoint: Option<String>,
    /// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`
    pub traces: Option<String>,
    /// `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`
    pub metrics: Option<String>,
    /// `OTEL_EXPORTER_OTLP_TIMEOUT`, in milliseconds
    pub timeout: Option<String>,
    /// `OTEL_SDK_DISABLED`
    pub disabled: Option<String>,
}

impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Given(…)")
    }
}

impl Given {
    /// Reads the environment.
    #[must_use]
    pub fn from_environment() -> Self {
        let said = |name: &str| super::said(std::env::var(name).ok());
        Self {
            endpoint: said("OTEL_EXPORTER_OTLP_ENDPOINT"),
            traces: said("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
            metrics: said("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"),
            timeout: said("OTEL_EXPORTER_OTLP_TIMEOUT"),
            disabled: said("OTEL_SDK_DISABLED"),
        }
    }
}

/// The section `[otel]` of the configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    endpoint: Option<String>,
}

impl File {
    pub(super) fn settle(self, given: Given) -> Settings {
        let disabled = given
            .disabled
            .is_some_and(|text| text.eq_ignore_ascii_case("true"));
        if disabled {
            return Settings::default();
        }
        let base = given.endpoint.or(super::said(self.endpoint));
        let below = |path| {
            base.as_ref()
                .map(|base| format!("{}{path}", base.trim_end_matches('/')))
        };
        let timeout = given.timeout.and_then(|text| text.trim().parse().ok());
        Settings {
            traces: given.traces.or_else(|| below("/v1/traces")),
            metrics: given.metrics.or_else(|| below("/v1/metrics")),
            timeout: timeout.map_or(TIMEOUT, Duration::from_millis),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    fn settled(file: &str, given: Given) -> (Option<String>, Option<String>) {
        let settings = toml::from_str::<File>(file).unwrap().settle(given);
        (settings.traces, settings.metrics)
    }

    #[test]
    fn nothing_is_exported_unless_somebody_says_where() {
        assert!(!File::default().settle(Given::default()).is_on());
    }

    #[test]
    fn both_go_below_the_one_endpoint_and_the_environment_beats_the_file() {
        let file = "endpoint = \"http://file:4318/\"";
        let here = (
            some("http://file:4318/v1/traces"),
            some("http://file:4318/v1/metrics"),
        );
        assert_eq!(settled(file, Given::default()), here);
        let given = Given {
            endpoint: some("http://env:4318/otlp"),
            ..Given::default()
        };
        let there = (
            some("http://env:4318/otlp/v1/traces"),
            some("http://env:4318/otlp/v1/metrics"),
        );
        assert_eq!(settled(file, given), there);
    }

    #[test]
    fn an_endpoint_of_one_kind_is_taken_as_it_is_and_exports_that_kind_alone() {
        let given = Given {
            traces: some("http://traces/here"),
            ..Given::default()
        };
        assert_eq!(settled("", given), (some("http://traces/here"), None));
    }

    #[test]
    fn a_disabled_sdk_exports_nothing() {
        let given = Given {
            endpoint: some("http://env:4318"),
            disabled: some("True"),
            ..Given::default()
        };
        assert_eq!(settled("", given), (None, None));
    }
}
