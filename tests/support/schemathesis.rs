//! Schemathesis, a fuzzer of OpenAPI services that others made: it reads a description and asks
//! whatever it allows, and what it does not.

use crate::environment;
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::Command;

/// Far longer than it takes.
const LONGEST: Duration = Duration::from_secs(480);

/// How a run of it ended.
#[derive(Debug)]
pub struct Fuzzed {
    /// Whether it found nothing.
    pub passed: bool,
    /// What it told.
    pub report: String,
}

/// Has the service at `addr` fuzzed, with the same seed each time. `config` is what
/// `schemathesis.toml` says.
pub async fn fuzz(addr: &str, config: &str, args: &[&str]) -> Fuzzed {
    let folder = TempDir::with_prefix("schemathesis.").expect("a throw-away folder");
    std::fs::write(folder.path().join("schemathesis.toml"), config).expect("a file");
    let mut command = Command::new(environment::required("PAYOUTD_TEST_SCHEMATHESIS"));
    command
        .args(["run", &format!("http://{addr}/openapi.json")])
        .args(["--no-color", "--continue-on-failure"])
        .args(["--seed", "1", "--generation-database", "none"])
        .args(args)
        .current_dir(folder.path())
        .env("NO_PROXY", "127.0.0.1")
        .kill_on_drop(true);
    let output = tokio::time::timeout(LONGEST, command.output()).await;
    let output = output.expect("it ends").expect("it runs");
    let told = [output.stdout, output.stderr].concat();
    Fuzzed {
        passed: output.status.success(),
        report: String::from_utf8_lossy(&told).into_owned(),
    }
}
