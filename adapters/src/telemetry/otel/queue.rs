//! The queue of spans between the ledger and the SDK's thread that sends them: of a fixed length,
//! waited for by nobody, and what is lost is counted.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use opentelemetry::Context;
use opentelemetry_otlp::SpanExporter as Otlp;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor},
};

/// So many spans wait to be sent when nothing else is said; more are lost. A few megabytes.
const LONGEST: usize = 8_192;
/// The specification's variable for it.
const LENGTH: &str = "OTEL_BSP_MAX_QUEUE_SIZE";

/// The queue before this exporter.
pub(super) fn of(exporter: Otlp) -> Queue {
    let waiting = Arc::new(AtomicUsize::new(0));
    let end = End {
        exporter,
        waiting: Arc::clone(&waiting),
    };
    let set = std::env::var(LENGTH)
        .ok()
        .and_then(|text| text.trim().parse().ok());
    let longest = set.unwrap_or(LONGEST);
    // The SDK counts for nobody what it loses: its queue is never full before ours.
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(longest)
        .build();
    let sdk = BatchSpanProcessor::builder(end)
        .with_batch_config(config)
        .build();
    Queue {
        sdk,
        waiting,
        longest,
    }
}

/// Where spans go in.
#[derive(Debug)]
pub(super) struct Queue {
    sdk: BatchSpanProcessor,
    waiting: Arc<AtomicUsize>,
    longest: usize,
}

impl SpanProcessor for Queue {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.sdk.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= self.longest {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            lost("queue_full", 1);
        } else {
            self.sdk.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.sdk.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.sdk.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.sdk.set_resource(resource);
    }
}

/// Where they come out, a batch at a time.
#[derive(Debug)]
struct End {
    exporter: Otlp,
    waiting: Arc<AtomicUsize>,
}

impl SpanExporter for End {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.waiting.fetch_sub(spans, Ordering::Relaxed);
        let sent = self.exporter.export(batch).await;
        if sent.is_err() {
            lost("not_taken", spans);
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

fn lost(reason: &'static str, spans: usize) {
    let spans = u64::try_from(spans).unwrap_or(u64::MAX);
    metrics::counter!("payoutd_otel_lost_spans_total", "reason" => reason).increment(spans);
}
