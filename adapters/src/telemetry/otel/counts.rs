//! The metrics of the catalogue as OpenTelemetry's instruments: the same names, labels, meanings
//! and bounds as at `/metrics`, told by the same calls in the code.
//!
//! Counters and gauges are numbers in memory that the SDK reads when it sends. Only histograms
//! cost more: each value is put into a bucket once more.

use std::sync::{Arc, atomic::Ordering};

use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    atomics::AtomicU64,
};
use metrics_util::registry::{Registry, Storage};
use opentelemetry::{KeyValue, metrics::Meter};

use crate::machine::catalogue::{self, Kind, Metric};

/// A recorder that tells this meter.
pub(super) fn recorder(meter: Meter) -> Counts {
    Counts(Registry::new(Instruments(meter)))
}

/// Everything that was counted, by name and labels.
pub(super) struct Counts(Registry<Key, Instruments>);

impl Recorder for Counts {
    // What each means is in the catalogue.
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.0
            .get_or_create_counter(key, |counter| Counter::from_arc(Arc::clone(counter)))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.0
            .get_or_create_gauge(key, |gauge| Gauge::from_arc(Arc::clone(gauge)))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.0
            .get_or_create_histogram(key, |histogram| Histogram::from_arc(Arc::clone(histogram)))
    }
}

struct Instruments(Meter);

impl Storage<Key> for Instruments {
    type Counter = Arc<AtomicU64>;
    type Gauge = Arc<AtomicU64>;
    type Histogram = Arc<Distribution>;

    fn counter(&self, key: &Key) -> Self::Counter {
        let (count, labels) = (Arc::new(AtomicU64::new(0)), labels(key));
        let read = Arc::clone(&count);
        self.0
            .u64_observable_counter(key.name().to_owned())
            .with_description(about(key))
            .with_unit(unit(key))
            .with_callback(move |told| told.observe(read.load(Ordering::Relaxed), &labels))
            .build();
        count
    }

    fn gauge(&self, key: &Key) -> Self::Gauge {
        let (level, labels) = (Arc::new(AtomicU64::new(0)), labels(key));
        let read = Arc::clone(&level);
        self.0
            .f64_observable_gauge(key.name().to_owned())
            .with_description(about(key))
            .with_unit(unit(key))
            .with_callback(move |told| {
                // The facade keeps the bits of a gauge.
                told.observe(f64::from_bits(read.load(Ordering::Relaxed)), &labels);
            })
            .build();
        level
    }

    fn histogram(&self, key: &Key) -> Self::Histogram {
        let mut histogram = self
            .0
            .f64_histogram(key.name().to_owned())
            .with_description(about(key))
            .with_unit(unit(key));
        if let Some(Kind::Histogram(bounds)) = listed(key).map(|metric| metric.kind) {
            histogram = histogram.with_boundaries(bounds.to_vec());
        }
        Arc::new(Distribution {
            histogram: histogram.build(),
            labels: labels(key),
        })
    }
}

/// A histogram of the SDK's, with one set of labels.
struct Distribution {
    histogram: opentelemetry::metrics::Histogram<f64>,
    labels: Vec<KeyValue>,
}

impl HistogramFn for Distribution {
    fn record(&self, value: f64) {
        self.histogram.record(value, &self.labels);
    }
}

fn listed(key: &Key) -> Option<&'static Metric> {
    catalogue::all().find(|metric| metric.name == key.name())
}

fn about(key: &Key) -> &'static str {
    listed(key).map_or("", |metric| metric.about)
}

/// In UCUM, as OpenTelemetry writes units; names say them already.
fn unit(key: &Key) -> &'static str {
    let name = key.name().trim_end_matches("_total");
    match name.rsplit('_').next() {
        Some("seconds") => "s",
        Some("bytes") => "By",
        _ => "",
    }
}

fn labels(key: &Key) -> Vec<KeyValue> {
    key.labels()
        .map(|label| KeyValue::new(label.key().to_owned(), label.value().to_owned()))
        .collect()
}
