//! Every metric there is: what it is called, what its labels are, what it means. The tables in
//! `docs/metrics.md` are this one; tests hold it against that page, the source and a live service.
//!
//! Conventions: <https://prometheus.io/docs/practices/naming/>. Base units, counters end in
//! `_total`, and no label has values that somebody outside can make up, a tenant least of all.

mod list;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, histogram};

pub use list::SECTIONS;

/// Metrics that are documented together.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// What they are about.
    pub title: &'static str,
    /// The metrics.
    pub metrics: &'static [Metric],
}

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
const LONG: &[f64] = &[0.01, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0];
/// Bounds for how many.
const MANY: &[f64] = &[
    1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0,
];

type Names = &'static [&'static str];

const fn counter(name: &'static str, labels: Names, about: &'static str) -> Metric {
    metric(Kind::Counter, name, labels, about)
}

const fn gauge(name: &'static str, labels: Names, about: &'static str) -> Metric {
    metric(Kind::Gauge, name, labels, about)
}

const fn histogram(
    name: &'static str,
    (labels, bounds): (Names, &'static [f64]),
    about: &'static str,
) -> Metric {
    metric(Kind::Histogram(bounds), name, labels, about)
}

const fn metric(kind: Kind, name: &'static str, labels: Names, about: &'static str) -> Metric {
    Metric {
        name,
        kind,
        labels,
        about,
    }
}

/// All metrics.
pub fn all() -> impl Iterator<Item = &'static Metric> {
    SECTIONS.iter().flat_map(|section| section.metrics)
}

impl Kind {
    /// As Prometheus calls it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }
}

/// Tells what each means. What has no labels and counts is there from the start, at zero: a first
/// failure is a rise then, and not something new.
pub(super) fn describe() {
    for Metric {
        name,
        kind,
        labels,
        about,
    } in all()
    {
        match kind {
            Kind::Counter => describe_counter!(*name, *about),
            Kind::Gauge => describe_gauge!(*name, *about),
            Kind::Histogram(_) => describe_histogram!(*name, *about),
        }
        match kind {
            Kind::Counter if labels.is_empty() => counter!(*name).absolute(0),
            Kind::Histogram(_) if labels.is_empty() => drop(histogram!(*name)),
            Kind::Counter | Kind::Gauge | Kind::Histogram(_) => {}
        }
    }
}
