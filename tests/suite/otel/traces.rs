//! Spans: each piece of work is one, in its caller's trace.

use async_nats::{HeaderMap, jetstream};
use futures::{StreamExt, future::join_all};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::json;
use support::{NatsServer, eventually};

use super::{
    collector::{Collector, Span},
    stage::{CALLER, SOON, Service, TRACE, launch, sale, traceparent},
};

/// What is below a span that put one input into the ledger: the batch, and its transaction.
fn check_transaction(collector: &Collector, of: &Span) {
    let batch = collector.span(&of.trace, "batch");
    assert_eq!(batch.parent, of.id);
    assert_eq!(batch.attributes["payoutd.batch.inputs"], 1);
    let transaction = collector.span(&of.trace, "transaction append");
    assert_eq!(
        (&transaction.parent, transaction.kind),
        (&batch.id, SpanKind::Client)
    );
    let told = &transaction.attributes;
    assert_eq!(told["db.system.name"], "sqlite");
    assert_eq!(told["payoutd.transaction.outcome"], "committed");
    assert!(!transaction.failed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_over_http_is_part_of_its_callers_trace_down_to_its_transaction() {
    let collector = Collector::start().await;
    let named = launch(&collector.url())
        .env("OTEL_SERVICE_NAME", "ledger-of-a-test")
        .env(
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment.name=test",
        )
        .env(
            "OTEL_EXPORTER_OTLP_HEADERS",
            "x-collector-key=let%20me%20in",
        );
    let service = Service::start(named).await;
    service.sell(1, TRACE).await;
    service.end().await;

    let span = collector.span(TRACE, "POST /v1/commands/{name}");
    assert_eq!(
        (&span.parent[..], &span.state[..]),
        (CALLER, "vendor=opaque")
    );
    assert_eq!((span.kind, span.failed), (SpanKind::Server, false));
    let told = &span.attributes;
    assert_eq!(told["http.request.method"], "POST");
    assert_eq!(told["http.route"], "/v1/commands/{name}");
    assert_eq!(told["http.response.status_code"], 200);
    assert_eq!(told["payoutd.command"], "record-transaction");
    assert_eq!(told["payoutd.tenant"], "default");
    assert_eq!(told["payoutd.outcome"], "accepted");
    check_transaction(&collector, &span);
    collector.look(|seen| {
        for resource in &seen.resources {
            assert_eq!(resource["service.name"], "ledger-of-a-test");
            assert_eq!(resource["deployment.environment.name"], "test");
            assert_eq!(resource["service.version"], env!("CARGO_PKG_VERSION"));
        }
        assert!(
            seen.headers
                .iter()
                .all(|sent| sent["x-collector-key"] == "let me in")
        );
        assert!(
            seen.spans.iter().all(|span| span.events == 0),
            "log lines stay at home"
        );
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_without_a_trace_begins_one_and_probes_do_not() {
    let collector = Collector::start().await;
    let service = Service::start(launch(&collector.url())).await;
    for path in ["/healthz", "/metrics", "/v1/balances"] {
        service.get(path).await;
    }
    service.end().await;

    let told: Vec<_> = collector.look(|seen| seen.spans.iter().map(|s| s.name.clone()).collect());
    assert!(
        !told
            .iter()
            .any(|name| name.contains("/metrics") || name.contains("/healthz"))
    );
    let [read] = &collector.spans("GET /v1/balances")[..] else {
        panic!("{told:?}")
    };
    assert_eq!(read.parent, "");
    collector.look(|seen| assert_eq!(seen.resources[0]["service.name"], "payoutd"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sampler_decides_on_traces_that_begin_here_and_callers_on_theirs() {
    let collector = Collector::start().await;
    let never = launch(&collector.url()).env("OTEL_TRACES_SAMPLER", "parentbased_always_off");
    let service = Service::start(never).await;
    service.get("/v1/balances").await;
    service.sell(1, TRACE).await;
    service.end().await;

    collector.span(TRACE, "POST /v1/commands/{name}");
    assert!(collector.spans("GET /v1/balances").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_over_nats_and_webhooks_go_on_with_traces_and_announcements_carry_them() {
    let (collector, server) = (Collector::start().await, NatsServer::start().await);
    let with_nats = launch(&collector.url()).env("NATS_URL", server.url());
    let service = Service::start(with_nats).await;
    let client = async_nats::connect(server.url())
        .await
        .expect("a connection");
    let mut published = client
        .subscribe("payouts.v1.*.event.>")
        .await
        .expect("a subscription");
    let mut letters = client
        .subscribe("payouts.v1.*.dead-letter")
        .await
        .expect("a subscription");
    client.flush().await.expect("the server knows");

    let [command, query, event, webhook] = [1, 2, 3, 4].map(|number| format!("{number:032x}"));
    let traced = |trace: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", traceparent(trace).as_str());
        headers
    };
    for (name, trace, body) in [
        ("command.record-transaction", &command, sale(1)),
        ("query.balances", &query, json!({})),
    ] {
        let (subject, body) = (
            format!("payouts.v1.default.{name}"),
            body.to_string().into(),
        );
        let asked = client
            .request_with_headers(subject, traced(trace), body)
            .await;
        asked.expect("a reply");
    }
    // It says it is a payout and is none: a dead letter.
    let dead = json!({ "id": "evt_1", "object": "event", "type": "payout.paid", "livemode": false,
        "data": { "object": { "id": "po_1", "object": "payout" } } });
    let stream = jetstream::new(client);
    let subject = "stripe.v1.default.payout.paid";
    let stored = stream.publish_with_headers(subject, traced(&event), dead.to_string().into());
    stored.await.expect("sent").await.expect("stored");
    let letter = letters.next().await.expect("a dead letter");
    let told = published.next().await.expect("an event of the ledger's");
    let ignored = json!({ "id": "evt_2", "object": "event", "type": "made.up", "livemode": false,
        "data": { "object": { "id": "x_1", "object": "x" } } });
    let url = format!("http://{}/webhook/stripe/", service.addr);
    let body = ignored.to_string();
    let signed = support::signature(
        super::stage::WEBHOOK_SECRET,
        support::unix_now(),
        body.as_bytes(),
    );
    let sent = support::http_client()
        .post(url)
        .header("Stripe-Signature", signed);
    let sent = sent
        .header("traceparent", traceparent(&webhook))
        .body(body)
        .send();
    assert_eq!(sent.await.expect("an answer").status(), 200);
    service.end().await;

    let span = collector.span(&command, "process record-transaction");
    assert_eq!((&span.parent[..], span.kind), (CALLER, SpanKind::Consumer));
    assert_eq!(span.attributes["messaging.system"], "nats");
    assert_eq!(
        span.attributes["messaging.destination.template"],
        "payouts.v1.*.command.*"
    );
    assert_eq!(span.attributes["payoutd.command"], "record-transaction");
    assert_eq!(span.attributes["payoutd.outcome"], "accepted");
    check_transaction(&collector, &span);
    assert_eq!(collector.span(&query, "process balances").parent, CALLER);
    let span = collector.span(&event, "process stripe event");
    assert_eq!(span.attributes["payoutd.outcome"], "dead");
    check_transaction(&collector, &span);
    let carried = |headers: &Option<HeaderMap>| {
        let headers = headers.as_ref().expect("headers");
        headers.get("traceparent").expect("a trace").to_string()
    };
    assert_eq!(
        carried(&letter.headers),
        format!("00-{event}-{}-01", span.id)
    );
    let sending = collector.spans("send ledger events");
    let of = |span: &Span| format!("00-{}-{}-01", span.trace, span.id);
    assert!(
        sending
            .iter()
            .any(|span| of(span) == carried(&told.headers))
    );
    let span = collector.span(&webhook, "POST /webhook/stripe/");
    assert_eq!(span.attributes["payoutd.outcome"], "ignored");
    check_transaction(&collector, &span);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inputs_that_share_a_transaction_are_linked_with_it() {
    let collector = Collector::start().await;
    let service = Service::start(launch(&collector.url())).await;
    let traces: Vec<_> = (1..=64).map(|number| format!("{number:032x}")).collect();
    let numbers = (1..).zip(&traces);
    join_all(numbers.map(|(number, trace)| service.sell(number, trace))).await;
    service.end().await;

    let batches = collector.spans("batch");
    let inputs = |batch: &Span| {
        let inputs = batch.attributes["payoutd.batch.inputs"].as_u64();
        usize::try_from(inputs.expect("a number")).expect("few")
    };
    assert_eq!(batches.iter().map(inputs).sum::<usize>(), 64);
    let shared: Vec<_> = batches.iter().filter(|batch| inputs(batch) > 1).collect();
    assert!(!shared.is_empty(), "64 at once share none");
    let commands = collector.spans("POST /v1/commands/{name}");
    for batch in shared {
        assert_eq!(batch.links.len(), inputs(batch) - 1);
        for linked in commands
            .iter()
            .filter(|span| batch.links.contains(&span.id))
        {
            assert_eq!(linked.links, [batch.id.clone()]);
        }
        assert!(commands.iter().any(|span| span.id == batch.parent));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_background_job_is_a_trace_of_its_own() {
    let collector = Collector::start().await;
    let busy = launch(&collector.url())
        .env("PAYOUTD_JOBS", "true")
        .env("OTEL_BSP_SCHEDULE_DELAY", "200");
    let service = Service::start(busy).await;
    service.sell(1, TRACE).await;
    let jobs = || collector.spans("job release");
    let job = eventually(SOON, async || jobs().pop().ok_or("no job was told yet")).await;
    assert_eq!(job.parent, "");
    assert_eq!(job.attributes["payoutd.tenant"], "default");
    assert_eq!(job.attributes["payoutd.outcome"], "done");
    service.end().await;
}
