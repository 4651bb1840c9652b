//! Metrics: what is at `/metrics` is what a collector is sent.

use std::collections::BTreeSet;

use adapters::machine::catalogue::{self, Kind};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Metric, NumberDataPoint, metric::Data, number_data_point::Value,
};

use super::{
    collector::{Collector, attributes},
    stage::{Service, TRACE, launch},
};

fn value(point: &NumberDataPoint) -> f64 {
    match point.value {
        Some(Value::AsDouble(value)) => value,
        Some(Value::AsInt(value)) => value as f64,
        None => f64::NAN,
    }
}

fn points(metric: &Metric) -> Vec<NumberDataPoint> {
    match metric.data.as_ref().expect("data") {
        Data::Gauge(gauge) => gauge.data_points.clone(),
        Data::Sum(sum) => {
            assert!(sum.is_monotonic, "{}", metric.name);
            let cumulative = AggregationTemporality::Cumulative;
            assert_eq!(sum.aggregation_temporality(), cumulative, "{}", metric.name);
            sum.data_points.clone()
        }
        other => panic!("{} is no number: {other:?}", metric.name),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_is_sent_what_is_at_the_page_under_the_same_names() {
    let collector = Collector::start().await;
    let service = Service::start(launch(&collector.url())).await;
    for number in 1..=7 {
        service.sell(number, TRACE).await;
    }
    let page = service.get("/metrics").await;
    service.end().await;

    let named = |line: &str| Some(line.strip_prefix("# TYPE ")?.split(' ').next()?.to_owned());
    let scraped: BTreeSet<String> = page.lines().filter_map(named).collect();
    collector.look(|seen| {
        let missing: Vec<_> = scraped
            .iter()
            .filter(|name| !seen.metrics.contains_key(*name))
            .filter(|name| !is_without_a_value(name))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
        for metric in catalogue::all() {
            let Some(told) = seen.metrics.get(metric.name) else {
                continue;
            };
            assert_eq!(told.description, metric.about);
            match (metric.kind, told.data.as_ref().expect("data")) {
                (Kind::Counter, Data::Sum(_)) | (Kind::Gauge, Data::Gauge(_)) => {}
                (Kind::Histogram(bounds), Data::Histogram(told)) => {
                    assert_eq!(told.data_points[0].explicit_bounds, bounds);
                }
                (_, other) => panic!("{}: {other:?}", metric.name),
            }
        }
        let commands = points(&seen.metrics["payoutd_commands_total"]);
        let [accepted] = &commands[..] else {
            panic!("{commands:?}")
        };
        let labels = attributes(&accepted.attributes);
        assert_eq!(labels["command"], "record-transaction");
        assert_eq!(labels["outcome"], "accepted");
        assert_eq!(value(accepted) as u64, 7);
        let build = points(&seen.metrics["payoutd_build_info"]);
        assert_eq!(attributes(&build[0].attributes)["database"], "SQLite");
        let Some(Data::Histogram(sizes)) = &seen.metrics["payoutd_batch_size"].data else {
            panic!("no histogram")
        };
        assert_eq!(sizes.data_points[0].count, 7);
        assert_eq!(seen.metrics["payoutd_batch_size"].unit, "");
        assert_eq!(
            seen.metrics["payoutd_transaction_duration_seconds"].unit,
            "s"
        );
    });
}

/// Of a histogram with nothing in it, OpenTelemetry tells nothing.
fn is_without_a_value(name: &str) -> bool {
    catalogue::all().any(|metric| {
        metric.name == name && metric.labels.is_empty() && matches!(metric.kind, Kind::Histogram(_))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_alone_are_sent_where_metrics_alone_have_an_endpoint() {
    let collector = Collector::start().await;
    let alone = launch("").env(
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        format!("{}/v1/metrics", collector.url()),
    );
    let service = Service::start(alone).await;
    service.sell(1, TRACE).await;
    service.end().await;
    collector.look(|seen| {
        assert!(seen.metrics.contains_key("payoutd_commands_total"));
        assert!(seen.spans.is_empty());
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sent_when_the_sdk_is_disabled() {
    let collector = Collector::start().await;
    let service = Service::start(launch(&collector.url()).env("OTEL_SDK_DISABLED", "true")).await;
    service.sell(1, TRACE).await;
    service.end().await;
    assert!(collector.look(|seen| seen.bytes.is_empty()));
}
