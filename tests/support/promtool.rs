//! promtool, Prometheus' own checker of metrics, rules and queries.

use crate::environment;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// Far longer than it takes.
const LONGEST: Duration = Duration::from_secs(60);

/// Runs `promtool ARGS…` in a folder, with this on standard input, and panics with what it told
/// unless it found nothing wrong.
pub async fn promtool(folder: &Path, args: &[&str], input: &str) {
    let mut command = Command::new(environment::required("PAYOUTD_TEST_PROMTOOL"));
    command
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().expect("promtool runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let feeding = async move {
        // It may have ended by now.
        let _ = stdin.write_all(input.as_bytes()).await;
    };
    let running = async { tokio::join!(feeding, child.wait_with_output()).1 };
    let output = tokio::time::timeout(LONGEST, running).await;
    let output = output.expect("it ends").expect("it can be waited for");
    let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    // What it only advises is on standard error, with a success.
    let clean = args.first() == Some(&"check") && args.get(1) == Some(&"metrics");
    assert!(
        output.status.success() && (!clean || told.is_empty()),
        "promtool {args:?}\n{told}"
    );
}
