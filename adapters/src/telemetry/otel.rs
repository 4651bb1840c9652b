//! Spans and metrics to a collector, by OTLP: protobuf over HTTP, with OpenTelemetry's SDK.
//!
//! The ledger waits for nothing of it. Spans are queued for a thread of the SDK's, and lost when
//! the queue is full; metrics are added up in memory and sent by another thread. What the SDK's own
//! specification sets by environment variables is left to it.

use std::time::Duration;

use metrics::{Recorder, SetRecorderError};
use metrics_util::layers::{Fanout, FanoutBuilder};
use opentelemetry::{
    Context, Key, KeyValue,
    metrics::MeterProvider as _,
    propagation::{Extractor, Injector, TextMapPropagator},
    trace::{TraceContextExt, TracerProvider as _},
};
use opentelemetry_otlp::{
    ExporterBuildError, MetricExporter, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    metrics::{PeriodicReader, SdkMeterProvider},
    propagation::TraceContextPropagator,
    trace::{SdkTracerProvider, Tracer},
};
use store::{Clock, SystemClock};
use tokio::runtime::Handle;
use tracing::{Level, Metadata, Span, level_filters::LevelFilter};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt};
use tracing_subscriber::{
    Layer, Registry,
    filter::{FilterFn, Filtered},
};

use super::Headers;
use crate::config::otel::Settings;

mod client;
mod counts;
mod queue;

use client::Client;

/// What spans and metrics are told to come from.
const SCOPE: &str = "payoutd";
/// How long the end of the service waits for what was not sent yet.
const FLUSH: Duration = Duration::from_secs(2);
/// The specification asks for 512 characters at least; a longer state of a trace is left out.
const LONGEST_STATE: usize = 512;

/// What is exported, until the process ends. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Export {
    spans: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
}

/// Why nothing can be exported. The address may hold a password, and is not told.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is no client to send with.
    #[error("cannot set up the HTTP client for OpenTelemetry's collector")]
    Client(#[source] reqwest::Error),
    /// Something is set that is not understood.
    #[error(
        "cannot export {signal} to OpenTelemetry: check OTEL_EXPORTER_OTLP_ENDPOINT or [otel] \
         endpoint, which is an address as http://127.0.0.1:4318, and the other OTEL_EXPORTER_OTLP_ \
         variables; http/protobuf without compression is what there is"
    )]
    Setting {
        /// Spans or metrics.
        signal: &'static str,
    },
}

/// The layer that makes OpenTelemetry's spans of ours.
pub(super) type Spans = Option<Filtered<OpenTelemetryLayer<Registry, Tracer>, FilterFn, Registry>>;

impl Export {
    /// Begins to export what has an endpoint. Called in a runtime, which sends.
    ///
    /// # Errors
    /// When a setting makes no sense.
    pub fn start(settings: &Settings) -> Result<Self, ExportError> {
        if !settings.is_on() {
            return Ok(Self::default());
        }
        let http = client::http(settings.timeout).map_err(ExportError::Client)?;
        let client = |signal| Client::new(http.clone(), Handle::current(), signal);
        let resource = resource();
        let spans = settings.traces.as_ref().map(|endpoint| {
            let exporter = SpanExporter::builder()
                .with_http()
                .with_http_client(client("spans"))
                .with_endpoint(endpoint)
                .with_timeout(settings.timeout)
                .build();
            let exporter = exporter.map_err(|error| unset(&error, "spans"))?;
            let provider = SdkTracerProvider::builder()
                .with_resource(resource.clone())
                .with_span_processor(queue::of(exporter))
                .build();
            Ok(provider)
        });
        let metrics = settings.metrics.as_ref().map(|endpoint| {
            let exporter = MetricExporter::builder()
                .with_http()
                .with_http_client(client("metrics"))
                .with_endpoint(endpoint)
                .with_timeout(settings.timeout)
                .build();
            let exporter = exporter.map_err(|error| unset(&error, "metrics"))?;
            let provider = SdkMeterProvider::builder()
                .with_resource(resource.clone())
                .with_reader(PeriodicReader::builder(exporter).build())
                .build();
            Ok(provider)
        });
        Ok(Self {
            spans: spans.transpose()?,
            metrics: metrics.transpose()?,
        })
    }

    /// Says what is exported.
    pub(crate) fn tell(&self) {
        let (spans, metrics) = (self.spans.is_some(), self.metrics.is_some());
        if spans || metrics {
            tracing::info!(spans, metrics, "exporting to OpenTelemetry's collector");
        }
    }

    /// Spans of ours down to those for debugging. Log lines stay at home.
    pub(super) fn layer(&self) -> Spans {
        let tracer = self.spans.as_ref()?.tracer(SCOPE);
        let layer = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false);
        let filter = FilterFn::new(is_told as fn(&Metadata<'_>) -> bool);
        Some(layer.with_filter(filter.with_max_level_hint(LevelFilter::DEBUG)))
    }

    /// Has metrics recorded by this recorder, and by OpenTelemetry's.
    ///
    /// # Errors
    /// When they are recorded elsewhere already.
    pub(crate) fn install<R>(&self, recorder: R) -> Result<(), SetRecorderError<Fanout>>
    where
        R: Recorder + Sync + 'static,
    {
        let mut recorders = FanoutBuilder::default().add_recorder(recorder);
        if let Some(metrics) = &self.metrics {
            recorders = recorders.add_recorder(counts::recorder(metrics.meter(SCOPE)));
        }
        metrics::set_global_recorder(recorders.build())
    }

    /// Sends what was not sent yet, and ends: within two seconds, or what is left is lost.
    pub(crate) async fn flush(&self) {
        let (spans, metrics) = (self.spans.clone(), self.metrics.clone());
        let spans =
            ending(move || spans.map_or(Ok(()), |spans| spans.shutdown_with_timeout(FLUSH)));
        let metrics = ending(move || metrics.map_or(Ok(()), |metrics| metrics.shutdown()));
        let both = async { tokio::join!(spans, metrics) };
        if !matches!(tokio::time::timeout(FLUSH, both).await, Ok((true, true))) {
            tracing::warn!("OpenTelemetry's collector did not take the last spans and metrics");
        }
    }
}

/// The SDK ends by waiting, on a thread that may. Whether everything was sent.
async fn ending(end: impl FnOnce() -> OTelSdkResult + Send + 'static) -> bool {
    matches!(tokio::task::spawn_blocking(end).await, Ok(Ok(())))
}

fn is_told(metadata: &Metadata<'_>) -> bool {
    let ours = ["adapters", "projections", "store"];
    let crate_name = metadata.target().split("::").next().unwrap_or_default();
    metadata.is_span() && *metadata.level() <= Level::DEBUG && ours.contains(&crate_name)
}

fn unset(_: &ExporterBuildError, signal: &'static str) -> ExportError {
    // Its text has the address in it.
    ExportError::Setting { signal }
}

/// Who tells: by the environment's names, or as `payoutd`; this process by an id of its own.
fn resource() -> Resource {
    let name = Key::from_static_str("service.name");
    let named = Resource::builder().build().get(&name);
    let named = named.filter(|name| !name.as_str().starts_with("unknown_service"));
    let instance = SystemClock.fresh_id().to_string();
    // What was said comes last, and stands.
    let ours = [
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", instance),
    ];
    Resource::builder()
        .with_attributes(ours)
        .with_detector(Box::new(
            opentelemetry_sdk::resource::EnvResourceDetector::new(),
        ))
        .with_attribute(KeyValue::new(name, named.unwrap_or_else(|| SCOPE.into())))
        .build()
}

/// Has a span be part of its sender's trace.
pub(super) fn follow(span: &Span, headers: &impl Headers) {
    if span.is_disabled() {
        return;
    }
    let sender =
        TraceContextPropagator::new().extract_with_context(&Context::new(), &Incoming(headers));
    if sender.span().span_context().is_valid() {
        // It fails where spans are logged and not exported.
        let _ = span.set_parent(sender);
    }
}

/// Has whoever is called go on with this trace.
pub(super) fn pass_on(headers: &mut impl Headers) {
    let span = Span::current();
    if !span.is_disabled() {
        TraceContextPropagator::new().inject_context(&span.context(), &mut Outgoing(headers));
    }
}

struct Incoming<'a, H>(&'a H);

impl<H: Headers> Extractor for Incoming<'_, H> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.text(key).filter(|text| text.len() <= LONGEST_STATE)
    }

    fn keys(&self) -> Vec<&str> {
        Vec::new()
    }
}

struct Outgoing<'a, H>(&'a mut H);

impl<H: Headers> Injector for Outgoing<'_, H> {
    fn set(&mut self, key: &str, value: String) {
        if !value.is_empty() {
            self.0.put(key, &value);
        }
    }
}
