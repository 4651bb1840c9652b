//! Every metric there is: what it is called, what its labels are, what it means. The table in
//! `docs/metrics.md` is this one; tests hold it against that page and against the source.
//!
//! Conventions: <https://prometheus.io/docs/practices/naming/>. Base units, counters end in
//! `_total`, and no label has values that somebody outside can make up, a tenant least of all.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder};

/// A metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub kind: Kind,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it tells, in one line.
    pub about: &'static str,
}

/// What a metric does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// It only rises.
    Counter,
    /// It rises and falls.
    Gauge,
    /// It counts what is at most as large as each of some bounds.
    Histogram(&'static [f64]),
}

/// Bounds for what takes milliseconds, in seconds.
const BRIEF: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
/// Bounds for what takes minutes, in seconds.
const LONG: &[f64] = &[
    0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0,
];
/// Bounds for how many.
const MANY: &[f64] = &[
    1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0,
];

const fn counter(
    name: &'static str,
    labels: &'static [&'static str],
    about: &'static str,
) -> Metric {
    Metric {
        name,
        kind: Kind::Counter,
        labels,
        about,
    }
}

const fn gauge(
    name: &'static str,
    labels: &'static [&'static str],
    about: &'static str,
) -> Metric {
    Metric {
        name,
        kind: Kind::Gauge,
        labels,
        about,
    }
}

const fn histogram(
    name: &'static str,
    (labels, bounds): (&'static [&'static str], &'static [f64]),
    about: &'static str,
) -> Metric {
    Metric {
        name,
        kind: Kind::Histogram(bounds),
        labels,
        about,
    }
}

/// All of them.
pub const ALL: &[Metric] = &[
    // The service.
    gauge("payoutd_build_info", &["version", "database"], "1, and which program on which database this is"),
    gauge("payoutd_readings_age_seconds", &[], "How old the readings were that the gauges below were last set from"),
];
