//! The metrics of this process, in the text that Prometheus reads
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>), and figures read back from
//! it: so readings and `/metrics` never tell two stories.

use std::fmt;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector as Process;

use super::catalogue::{self, Kind};
use crate::telemetry::Export;

/// What the text is, for `Content-Type`.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The metrics of this process.
#[derive(Clone)]
pub struct Exposition {
    recorder: PrometheusHandle,
    process: Process,
}

/// Why metrics cannot be recorded.
#[derive(Debug, thiserror::Error)]
pub enum ExpositionError {
    /// A histogram has no bounds.
    #[error("a metric is not described well")]
    Described(#[from] metrics_exporter_prometheus::BuildError),
    /// Somebody else records them.
    #[error("metrics are recorded elsewhere in this process already")]
    Taken,
}

impl Exposition {
    /// Begins to record metrics, here and for whatever is exported: what was counted before is
    /// lost. Once in a process.
    ///
    /// # Errors
    /// When they are recorded already.
    pub fn install(export: &Export) -> Result<Self, ExpositionError> {
        let mut builder = PrometheusBuilder::new();
        for metric in catalogue::all() {
            if let Kind::Histogram(bounds) = metric.kind {
                let name = Matcher::Full(metric.name.to_owned());
                builder = builder.set_buckets_for_metric(name, bounds)?;
            }
        }
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        let installed = export.install(recorder);
        installed.map_err(|_| ExpositionError::Taken)?;
        catalogue::describe();
        Ok(Self {
            recorder: handle,
            process: Process::default(),
        })
    }

    /// All metrics as they are now.
    #[must_use]
    pub fn render(&self) -> String {
        self.process.collect();
        self.recorder.render()
    }
}

impl fmt::Debug for Exposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Exposition")
    }
}

/// A text of metrics, to be asked for figures.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'a>(pub(super) &'a str);

/// One line of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample<'a> {
    /// `name="value",…`, with the values as they are escaped.
    labels: &'a str,
    /// The value, without what is behind the decimal point.
    pub(super) value: u64,
}

impl<'a> Text<'a> {
    /// All samples of a name.
    pub(super) fn samples(self, name: &'a str) -> impl Iterator<Item = Sample<'a>> {
        self.0.lines().filter_map(move |line| {
            let rest = line.strip_prefix(name)?;
            let (labels, value) = match rest.strip_prefix('{') {
                Some(rest) => rest.rsplit_once("} ")?,
                None => ("", rest.strip_prefix(' ')?),
            };
            let whole = value.split('.').next().unwrap_or_default();
            Some(Sample {
                labels,
                value: whole.parse().ok()?,
            })
        })
    }

    /// The sum of all samples of a name.
    pub(super) fn sum(self, name: &str) -> u64 {
        self.samples(name).map(|sample| sample.value).sum()
    }

    /// The sum of those of which a label has a value.
    pub(super) fn sum_of(self, name: &str, label: &str, value: &str) -> u64 {
        self.samples(name)
            .filter(|sample| sample.label(label) == Some(value))
            .map(|sample| sample.value)
            .sum()
    }
}

impl<'a> Sample<'a> {
    /// The value of a label that holds no quotes.
    pub(super) fn label(&self, name: &str) -> Option<&'a str> {
        self.labels.split(',').find_map(|label| {
            let value = label.strip_prefix(name)?.strip_prefix("=\"")?;
            value.strip_suffix('"')
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: Text<'_> = Text(
        "# HELP payoutd_commands_total Commands\n\
        # TYPE payoutd_commands_total counter\n\
        payoutd_commands_total{command=\"mark\",outcome=\"accepted\"} 7\n\
        payoutd_commands_total{command=\"sale\",outcome=\"accepted\"} 3\n\
        payoutd_commands_total{command=\"sale\",outcome=\"duplicate\"} 2\n\
        \n\
        payoutd_commands_total_more 100\n\
        payoutd_queue_full_total 4\n\
        payoutd_transactions_active 3.0\n",
    );

    #[test]
    fn samples_are_those_of_the_name_and_no_longer_one() {
        assert_eq!(TEXT.sum("payoutd_commands_total"), 12);
        assert_eq!(TEXT.sum("payoutd_queue_full_total"), 4);
        assert_eq!(TEXT.sum("payoutd_transactions_active"), 3);
        assert_eq!(TEXT.sum("payoutd_nothing"), 0);
    }

    #[test]
    fn labels_choose_samples() {
        let of = |outcome| TEXT.sum_of("payoutd_commands_total", "outcome", outcome);
        assert_eq!((of("accepted"), of("duplicate"), of("dead")), (10, 2, 0));
    }
}
