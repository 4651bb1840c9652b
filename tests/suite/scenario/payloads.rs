//! Every payload of Stripe's that the project knows, through `payoutd ingest`.

use std::{collections::BTreeMap, fs, path::PathBuf};

use store::Database;
use support::Payoutd;

use crate::scenario::laws;

fn payloads() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("payloads");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the payloads are there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    files.sort();
    assert!(files.len() > 100, "only {} payloads", files.len());
    files
}

/// All payloads as JSON lines.
fn lines(files: &[PathBuf]) -> String {
    let line = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a payload is text");
        let json: serde_json::Value = serde_json::from_str(&text).expect("a payload is JSON");
        format!("{json}\n")
    };
    files.iter().map(line).collect()
}

/// Runs `payoutd ingest` and returns its counts.
async fn ingest(url: &str, live: bool, file: &str) -> BTreeMap<String, u64> {
    let run = Payoutd::with(["--database-url", url, "ingest", "--json", file])
        .env("PAYOUTD_LIVEMODE", if live { "true" } else { "false" })
        .finish()
        .await
        .expect_code(0);
    let told: serde_json::Value = serde_json::from_str(&run.stdout).expect("counts as JSON");
    ["applied", "duplicate", "ignored", "parked", "dead"]
        .into_iter()
        .map(|outcome| (outcome.to_owned(), told[outcome].as_u64().expect(outcome)))
        .collect()
}

async fn every_payload_ends_somewhere(live: bool) {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}/ledger.db", folder.path().display());
    let files = payloads();
    let all = folder.path().join("all.jsonl");
    fs::write(&all, lines(&files)).expect("the file can be written");
    let all = all.to_str().expect("a plain path");

    let first = ingest(&url, live, all).await;
    let taken: u64 = first.values().sum();
    assert_eq!(
        taken,
        u64::try_from(files.len()).expect("it fits"),
        "{first:?}"
    );
    println!("live {live}: {first:?}");

    let again = ingest(&url, live, all).await;
    assert_eq!(again["duplicate"], taken, "{again:?}");

    let database = Database::open(&url).await.expect("the database is there");
    laws::check(&database).await;
}

#[tokio::test]
async fn every_payload_ends_somewhere_in_a_test_ledger() {
    every_payload_ends_somewhere(false).await;
}

#[tokio::test]
async fn every_payload_ends_somewhere_in_a_live_ledger() {
    every_payload_ends_somewhere(true).await;
}

#[tokio::test]
async fn payloads_one_file_after_the_other_end_as_in_one_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite://{}/ledger.db", folder.path().display());
    let mut total = BTreeMap::new();
    for file in payloads() {
        let counts = ingest(&url, false, file.to_str().expect("a plain path")).await;
        assert_eq!(
            counts.values().sum::<u64>(),
            1,
            "{}: {counts:?}",
            file.display()
        );
        for (outcome, count) in counts {
            *total.entry(outcome).or_insert(0) += count;
        }
    }
    println!("one by one: {total:?}");
    let database = Database::open(&url).await.expect("the database is there");
    laws::check(&database).await;
}
