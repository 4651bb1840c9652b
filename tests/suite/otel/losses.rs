//! A collector that is not there, or does not answer: the ledger works as without one.

use std::time::{Duration, Instant};

use support::{Launch, eventually};
use tokio::net::TcpListener;

use super::stage::{SOON, Service, TRACE, launch};

/// Far less than a collector is waited for.
const AT_ONCE: Duration = Duration::from_secs(5);
/// What a service may take to its end, with a collector or without.
const END: Duration = Duration::from_secs(10);

/// Sends as soon as there is anything to send.
fn eager(launch: Launch) -> Launch {
    launch
        .env("OTEL_BSP_SCHEDULE_DELAY", "50")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "200")
}

/// Commands are answered and the service ends, as if nothing were exported; its log.
async fn works_as_ever(mut service: Service) -> String {
    for number in 1..=50 {
        let asked = Instant::now();
        service.sell(number, TRACE).await;
        assert!(asked.elapsed() < AT_ONCE, "{:?}", asked.elapsed());
    }
    assert!(service.payoutd.terminate(END).await.success());
    service.payoutd.stderr()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_not_there_is_told_once_and_holds_up_nobody() {
    // Nobody listens where somebody did a moment ago.
    let gone = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", gone.local_addr().expect("an address"));
    drop(gone);
    let mut service = Service::start(eager(launch(&url))).await;
    service
        .payoutd
        .wait_for_line("does not take what is sent")
        .await;
    eventually(SOON, async || {
        service.get("/v1/balances").await;
        let page = service.get("/metrics").await;
        let lost = page.contains("payoutd_otel_lost_spans_total{reason=\"not_taken\"}");
        if lost { Ok(()) } else { Err(page) }
    })
    .await;
    let log = works_as_ever(service).await;
    let told = |signal: &str| {
        let about = |line: &&str| line.contains("does not take") && line.contains(signal);
        log.lines().filter(about).count()
    };
    assert!(told("spans") <= 1 && told("metrics") <= 1, "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_never_answers_costs_spans_and_nothing_else() {
    // Connections are made, and nobody takes them.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let short = eager(launch(&url)).env("OTEL_BSP_MAX_QUEUE_SIZE", "8");
    let service = Service::start(short).await;
    for number in 100..120 {
        service.sell(number, TRACE).await;
    }
    let page = service.get("/metrics").await;
    let lost = "payoutd_otel_lost_spans_total{reason=\"queue_full\"}";
    assert!(page.contains(lost), "{page}");
    let log = works_as_ever(service).await;
    assert!(
        log.contains("did not take the last spans and metrics"),
        "{log}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_is_no_address_is_refused_without_being_told() {
    let payoutd = launch("http://user:hunter2@ [")
        .finish()
        .await
        .expect_code(2);
    assert!(
        payoutd.stderr.contains("OTEL_EXPORTER_OTLP_ENDPOINT"),
        "{}",
        payoutd.stderr
    );
    assert!(!payoutd.stderr.contains("hunter2"), "{}", payoutd.stderr);
}
