//! A collector of OpenTelemetry: takes what is sent, and keeps it to be looked at.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use opentelemetry_proto::tonic::{
    collector::{metrics::v1::ExportMetricsServiceRequest, trace::v1::ExportTraceServiceRequest},
    common::v1::{AnyValue, KeyValue, any_value::Value},
    metrics::v1::Metric,
    resource::v1::Resource,
    trace::v1::span::SpanKind,
};
use prost::Message;
use serde_json::{Value as Json, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// Names of attributes and their values.
pub type Attributes = BTreeMap<String, Json>;

/// A span, taken apart; ids in hexadecimal.
#[derive(Debug, Clone)]
pub struct Span {
    pub trace: String,
    pub id: String,
    /// Empty if there is none.
    pub parent: String,
    pub state: String,
    pub name: String,
    pub kind: SpanKind,
    pub attributes: Attributes,
    /// Ids of linked spans.
    pub links: Vec<String>,
    /// How many log lines are in it.
    pub events: usize,
    pub failed: bool,
}

/// Everything that was sent.
#[derive(Debug, Default)]
pub struct Seen {
    pub spans: Vec<Span>,
    /// The newest of each name.
    pub metrics: BTreeMap<String, Metric>,
    pub resources: Vec<Attributes>,
    pub headers: Vec<HeaderMap>,
    /// As it came.
    pub bytes: Vec<u8>,
}

/// A collector on a free port.
pub struct Collector {
    pub addr: String,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Collector {
    pub async fn start() -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let routes = Router::new()
            .route("/v1/traces", post(take_traces))
            .route("/v1/metrics", post(take_metrics))
            .with_state(Arc::clone(&seen));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address").to_string();
        let serving = axum::serve(listener, routes);
        let task = tokio::spawn(async move { serving.await.expect("a server") });
        Self { addr, seen, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Looks at what was sent so far.
    pub fn look<T>(&self, at: impl FnOnce(&Seen) -> T) -> T {
        at(&self.seen.lock().expect("nobody panics here"))
    }

    /// The spans with this name.
    pub fn spans(&self, name: &str) -> Vec<Span> {
        let named = |seen: &Seen| {
            seen.spans
                .iter()
                .filter(|s| s.name == name)
                .cloned()
                .collect()
        };
        self.look(named)
    }

    /// The one span with this name in a trace.
    #[track_caller]
    pub fn span(&self, trace: &str, name: &str) -> Span {
        let mut found = self.spans(name);
        found.retain(|span| span.trace == trace);
        match &found[..] {
            [span] => span.clone(),
            _ => self.look(|seen| panic!("{name} of {trace}: {found:?}; of {:#?}", seen.spans)),
        }
    }
}

async fn take_traces(
    State(seen): State<Arc<Mutex<Seen>>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let Ok(sent) = ExportTraceServiceRequest::decode(&body[..]) else {
        return StatusCode::BAD_REQUEST;
    };
    let mut seen = seen.lock().expect("nobody panics here");
    seen.keep(headers, &body);
    for group in sent.resource_spans {
        seen.resources.push(resource(group.resource));
        let spans = group.scope_spans.into_iter().flat_map(|scope| scope.spans);
        seen.spans.extend(spans.map(|span| {
            Span {
                trace: hex::encode(&span.trace_id),
                id: hex::encode(&span.span_id),
                parent: hex::encode(&span.parent_span_id),
                state: span.trace_state.clone(),
                kind: span.kind(),
                attributes: attributes(&span.attributes),
                links: span
                    .links
                    .iter()
                    .map(|link| hex::encode(&link.span_id))
                    .collect(),
                events: span.events.len(),
                failed: span.status.is_some_and(|status| status.code == 2),
                name: span.name,
            }
        }));
    }
    StatusCode::OK
}

async fn take_metrics(
    State(seen): State<Arc<Mutex<Seen>>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let Ok(sent) = ExportMetricsServiceRequest::decode(&body[..]) else {
        return StatusCode::BAD_REQUEST;
    };
    let mut seen = seen.lock().expect("nobody panics here");
    seen.keep(headers, &body);
    for group in sent.resource_metrics {
        seen.resources.push(resource(group.resource));
        let metrics = group
            .scope_metrics
            .into_iter()
            .flat_map(|scope| scope.metrics);
        seen.metrics
            .extend(metrics.map(|metric| (metric.name.clone(), metric)));
    }
    StatusCode::OK
}

impl Seen {
    fn keep(&mut self, headers: HeaderMap, body: &[u8]) {
        self.headers.push(headers);
        self.bytes.extend_from_slice(body);
    }
}

fn resource(resource: Option<Resource>) -> Attributes {
    attributes(&resource.unwrap_or_default().attributes)
}

pub fn attributes(pairs: &[KeyValue]) -> Attributes {
    let plain = |pair: &KeyValue| (pair.key.clone(), plain(pair.value.as_ref()));
    pairs.iter().map(plain).collect()
}

fn plain(value: Option<&AnyValue>) -> Json {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => json!(text),
        Some(Value::IntValue(number)) => json!(number),
        Some(Value::BoolValue(flag)) => json!(flag),
        other => panic!("an attribute of another kind: {other:?}"),
    }
}
