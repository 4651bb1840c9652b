//! The floor: pgbench with a script that writes the same rows, one transaction each.

use std::path::Path;

use tokio::process::Command;

use crate::{
    SELLERS, SUBMITTED,
    ledger::payload,
    measure::{Measured, histogram},
    seed::payout_id,
};

pub struct Floor {
    url: String,
    seconds: u64,
    /// The next payout that nobody has requested.
    next: usize,
}

/// One run of pgbench.
struct Load<'l> {
    script: &'l str,
    clients: usize,
    /// Where each client begins to count.
    first: usize,
    length: [&'l str; 2],
    body: &'l str,
}

impl Floor {
    pub fn new(url: &str, seconds: u64) -> Self {
        Self {
            url: url.to_owned(),
            seconds,
            next: SUBMITTED,
        }
    }

    pub async fn request_payout(&mut self, clients: usize) -> Measured {
        // Clients number their payouts n · clients + client: start beyond all that are taken.
        let first = self.next.div_ceil(clients);
        let seconds = self.seconds.to_string();
        let (measured, done) = self
            .pgbench(Load {
                script: "request_payout.sql",
                clients,
                first,
                length: ["-T", &seconds],
                body: "",
            })
            .await;
        // No client is more than twice as fast as the average.
        self.next = (first + 2 * done.div_ceil(clients)) * clients;
        measured
    }

    pub async fn payout_event(&mut self, clients: usize) -> Measured {
        let each = (SUBMITTED / clients).to_string();
        let body = payload("evt_00000", "po_00000", &payout_id(0));
        self.pgbench(Load {
            script: "payout_event.sql",
            clients,
            first: 0,
            length: ["-t", &each],
            body: &body,
        })
        .await
        .0
    }

    async fn pgbench(&self, load: Load<'_>) -> (Measured, usize) {
        let Load {
            script,
            clients,
            first,
            length,
            body,
        } = load;
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/pgbench");
        let program = std::env::var("PAYOUTD_TEST_PG_BIN").map_or_else(
            |_| "pgbench".to_owned(),
            |folder| format!("{folder}/pgbench"),
        );
        let count = clients.to_string();
        let output = Command::new(&program)
            .args([
                "-n",
                "-M",
                "prepared",
                "-c",
                &count,
                "-j",
                &clients.min(2).to_string(),
            ])
            .args([
                "-D",
                &format!("clients={clients}"),
                "-D",
                &format!("sellers={SELLERS}"),
            ])
            .args([
                "-D",
                &format!("n={first}"),
                "-D",
                &format!("body={}", if body.is_empty() { "-" } else { body }),
            ])
            .args(["--max-tries=1000", "-l", "--log-prefix=latency", "-f"])
            .arg(scripts.join(script))
            .args(length)
            .arg(&self.url)
            .current_dir(folder.path())
            .output()
            .await
            .unwrap_or_else(|error| panic!("cannot run {program}: {error}"));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success() && text.contains("number of failed transactions: 0 "),
            "pgbench failed: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let mut latencies = histogram();
        for entry in std::fs::read_dir(folder.path()).expect("the folder is ours") {
            let log = std::fs::read_to_string(entry.expect("the folder is ours").path())
                .expect("pgbench has written it");
            // client, number, latency in microseconds, …; `failed` for one given up.
            for line in log.lines() {
                if let Some(latency) = line.split(' ').nth(2).and_then(|us| us.parse().ok()) {
                    latencies.saturating_record(latency);
                }
            }
        }
        let done = usize::try_from(latencies.len()).expect("it fits");
        let mut measured = Measured::new(&latencies, std::time::Duration::from_secs(1));
        measured.rate = text
            .lines()
            .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok())
            .unwrap_or_else(|| panic!("no rate in pgbench's output: {text}"));
        (measured, done)
    }
}
