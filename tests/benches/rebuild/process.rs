//! `payoutd` as its users run it, with the most memory that it took.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// How often memory is looked at: the kernel keeps the peak, but not beyond the end.
const LOOK: Duration = Duration::from_millis(5);

/// A run of the program.
#[derive(Debug, Clone, Copy, Default)]
pub struct Run {
    pub seconds: f64,
    pub peak_mib: u64,
    pub succeeded: bool,
}

/// Rebuilds every table; prints what it tells of itself.
pub async fn rebuild(url: &str) -> Run {
    payoutd(url, &["rebuild", "--json"])
}

/// Verifies the books of every tenant, one after the other.
pub async fn verify(url: &str) -> Run {
    let runs = crate::tenants().into_iter().map(|tenant| {
        let run = payoutd(url, &["verify", "--tenant", tenant.as_str()]);
        println!(
            "verify of {tenant}: {:.1} s, {} MiB",
            run.seconds, run.peak_mib
        );
        run
    });
    runs.fold(Run::default(), |all, one| Run {
        seconds: all.seconds + one.seconds,
        peak_mib: all.peak_mib.max(one.peak_mib),
        succeeded: one.succeeded,
    })
}

fn payoutd(url: &str, arguments: &[&str]) -> Run {
    let started = Instant::now();
    let mut child = Command::new(support::payoutd_binary())
        .args(arguments)
        .env("DATABASE_URL", url)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("payoutd is built: cargo build --release");
    let (mut peak_kib, pid) = (0, child.id());
    let ended = loop {
        peak_kib = peak_kib.max(peak_of(pid));
        if let Some(status) = child.try_wait().expect("a child can be asked") {
            break status;
        }
        std::thread::sleep(LOOK);
    };
    let seconds = started.elapsed().as_secs_f64();
    let mut told = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        std::io::Read::read_to_string(&mut stdout, &mut told).expect("text");
    }
    let name = arguments.join(" ");
    if ended.success() {
        println!(
            "payoutd {name}: {}",
            told.lines().last().unwrap_or_default()
        );
    } else {
        println!("payoutd {name} FAILED ({ended}): {told}");
    }
    Run {
        seconds,
        peak_mib: peak_kib / 1024,
        succeeded: ended.success(),
    }
}

/// The most memory that a process had so far, in KiB; 0 once it has ended.
fn peak_of(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
