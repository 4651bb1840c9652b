//! Memory does not grow with the table.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::time::timeout;

use super::Books;

/// How long it may grow unseen. Who looks all the time takes a processor from it.
const UNSEEN: Duration = Duration::from_millis(5);

/// The most memory of an export of all postings, in KiB. How long it is looked at at most is
/// a bound for a hang.
async fn peak(books: &Books) -> u64 {
    let mut child = tokio::process::Command::new(support::payoutd_binary())
        .args(["export", "postings"])
        .env("DATABASE_URL", &books.url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("payoutd runs");
    let status = format!("/proc/{}/status", child.id().expect("it runs"));
    let (mut peak, started) = (0, Instant::now());
    while timeout(UNSEEN, child.wait()).await.is_err() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(kib.unwrap_or(0));
        assert!(started.elapsed().as_secs() < 120, "the export hangs");
    }
    assert!(peak > 0);
    peak
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_times_the_rows_take_no_more_memory() {
    for books in Books::each().await {
        books.post(1, 10_000).await;
        let few = peak(&books).await;
        books.post(10_001, 200_000).await;
        let many = peak(&books).await;
        assert!(
            many < few + 16 * 1024,
            "{few} KiB, then {many} KiB: {}",
            books.url
        );
    }
}
