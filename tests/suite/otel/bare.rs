//! A program that was built without OpenTelemetry.

use std::time::Duration;

use support::Payoutd;

const SOON: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_built_without_it_says_so_when_an_endpoint_is_set_and_works() {
    let launch = Payoutd::with(["serve"]);
    let mut payoutd = launch
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
        .start();
    let line = payoutd.wait_for_line("built without it").await;
    assert!(line.contains("--features otel"), "{line}");
    payoutd.wait_for_line("ready").await;
    assert!(payoutd.terminate(SOON).await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_built_without_it_says_nothing_when_nothing_is_set() {
    let mut payoutd = Payoutd::with(["serve"]).start();
    payoutd.wait_for_line("ready").await;
    assert!(payoutd.terminate(SOON).await.success());
    assert!(
        !payoutd.stderr().contains("OpenTelemetry"),
        "{}",
        payoutd.stderr()
    );
}
