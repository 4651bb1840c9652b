//! `payoutd doctor`: each test causes something real and reads what is said about it.

mod books;
mod mariadb;
mod nats;
mod servers;

use serde_json::Value as Json;
use support::{Finished, Payoutd};

/// What the doctor says of these settings: its exit code, and the findings.
async fn doctor(args: &[&str]) -> (i32, Vec<Json>) {
    let launch = Payoutd::with([&["doctor", "--json"], args].concat());
    findings(&launch.finish().await)
}

fn findings(finished: &Finished) -> (i32, Vec<Json>) {
    let findings = serde_json::from_str(&finished.stdout);
    let mut findings: Vec<Json> = findings.unwrap_or_else(|error| panic!("{error}: {finished:?}"));
    // How full this machine's disk is, is no matter of these tests.
    let before = problems(&findings).len();
    findings.retain(|finding| finding["check"] != "disk");
    let is_all = before > 0 && problems(&findings).is_empty();
    let code = if is_all { 0 } else { finished.code };
    (code, findings)
}

/// The worst finding of a check: `(status, finding, advice)`.
#[track_caller]
fn worst<'f>(findings: &'f [Json], check: &str) -> (&'f str, &'f str, &'f str) {
    let rank = |finding: &&Json| match finding["status"].as_str() {
        Some("ok") => 0,
        Some("warning") => 1,
        _ => 2,
    };
    let of = findings.iter().filter(|finding| finding["check"] == check);
    let worst = of
        .max_by_key(rank)
        .unwrap_or_else(|| panic!("no {check} in {findings:?}"));
    let text = |field: &str| worst[field].as_str().unwrap_or_default();
    (text("status"), text("finding"), text("advice"))
}

/// That a check found a problem in these words, and advises in those.
#[track_caller]
fn expect(findings: &[Json], (check, status): (&str, &str), words: [&str; 2]) {
    let (found, finding, advice) = worst(findings, check);
    assert_eq!(found, status, "{check}: {finding}");
    assert!(finding.contains(words[0]), "{check}: {finding}");
    assert!(advice.contains(words[1]), "{check}: {advice}");
}

fn problems(findings: &[Json]) -> Vec<&Json> {
    let problems = findings.iter().filter(|f| f["status"] == "problem");
    problems.collect()
}
