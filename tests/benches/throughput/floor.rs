//! The floor: pgbench with a script that writes the same rows, one transaction each.

use std::{ops::Range, path::Path, time::Duration};

use tokio::process::Command;

use crate::{
    SELLERS,
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
    pub fn new(url: &str, submitted: usize, seconds: u64) -> Self {
        Self {
            url: url.to_owned(),
            seconds,
            next: submitted,
        }
    }

    pub async fn request_payout(&mut self, clients: usize, measured: &mut Measured) {
        // Clients number their payouts n · clients + client: start beyond all that are taken.
        let first = self.next.div_ceil(clients);
        let seconds = self.seconds.to_string();
        let load = Load {
            script: "request_payout.sql",
            clients,
            first,
            length: ["-T", &seconds],
            body: "",
        };
        let done = self.pgbench(load, measured).await;
        // No client is more than twice as fast as the average.
        self.next = (first + 2 * done.div_ceil(clients)) * clients;
    }

    /// Events of some payouts: a multiple of the clients, from a multiple of them.
    pub async fn payout_events(
        &mut self,
        payouts: Range<usize>,
        clients: usize,
        measured: &mut Measured,
    ) {
        let each = (payouts.len() / clients).to_string();
        let body = payload("evt_00000", "po_00000", &payout_id(0));
        let load = Load {
            script: "payout_event.sql",
            clients,
            first: payouts.start / clients,
            length: ["-t", &each],
            body: &body,
        };
        self.pgbench(load, measured).await;
    }

    /// Runs pgbench; how many transactions it made.
    async fn pgbench(&self, load: Load<'_>, measured: &mut Measured) -> usize {
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
        let rate: f64 = text
            .lines()
            .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok())
            .unwrap_or_else(|| panic!("no rate in pgbench's output: {text}"));
        measured.add(
            &latencies,
            Duration::from_secs_f64(latencies.len() as f64 / rate),
        );
        usize::try_from(latencies.len()).expect("it fits")
    }
}
