//! The `payoutd` binary as a process: started, watched, ended or killed.

use crate::{eventually, process};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

const START: Duration = Duration::from_secs(30);
/// No command of the suite runs longer.
const LONGEST_RUN: Duration = Duration::from_secs(120);
/// All that a process gets of the developer's environment: no settings of a real ledger.
const KEPT_ENVIRONMENT: [&str; 6] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "RUST_BACKTRACE",
    "LLVM_PROFILE_FILE",
];

/// How to start `payoutd`: arguments and environment. It works in an empty folder of its own.
pub struct Launch {
    command: Command,
    folder: TempDir,
}

/// A `payoutd` that runs. Killed when dropped; its log is shown if the test fails.
pub struct Payoutd {
    child: Child,
    folder: TempDir,
}

/// A `payoutd` that has ended by itself.
#[derive(Debug)]
pub struct Finished {
    /// The exit code.
    pub code: i32,
    /// Results.
    pub stdout: String,
    /// Logs.
    pub stderr: String,
}

impl Payoutd {
    /// Prepares `payoutd ARGS…`.
    pub fn with<A: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = A>) -> Launch {
        let folder = TempDir::with_prefix("payoutd-run.").expect("a throw-away folder");
        let mut command = Command::new(payoutd_binary());
        command
            .args(args)
            .current_dir(folder.path())
            .kill_on_drop(true)
            .env_clear();
        for name in KEPT_ENVIRONMENT {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // Each on a port of its own, unless a test says otherwise.
        command.env("PAYOUTD_HTTP_ADDR", "127.0.0.1:0");
        Launch { command, folder }
    }

    /// The folder it works in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it has written to standard error so far: its logs.
    pub fn stderr(&self) -> String {
        process::log(&stderr_file(self.folder()))
    }

    /// What it has written to standard output so far.
    pub fn stdout(&self) -> String {
        process::log(&stdout_file(self.folder()))
    }

    /// Waits for a log line that contains `text` and returns it; panics if the process ends first.
    pub async fn wait_for_line(&mut self, text: &str) -> String {
        let Self { child, folder } = self;
        eventually(START, async || {
            // In this order: a process may write its last line and end in between.
            let ended = process::ended(child);
            let log = process::log(&stderr_file(folder.path()));
            match (log.lines().find(|line| line.contains(text)), ended) {
                (Some(line), _) => Ok(line.to_owned()),
                (None, Some(ended)) => panic!("no line with {text:?}, {ended}\n{log}"),
                (None, None) => Err(log),
            }
        })
        .await
    }

    /// Waits until it serves HTTP, and returns where: `127.0.0.1:<port>`.
    pub async fn http_addr(&mut self) -> String {
        let line = self.wait_for_line("HTTP is served").await;
        let (_, rest) = line
            .split_once("http_addr=")
            .unwrap_or_else(|| panic!("no address in {line:?}"));
        rest.split_whitespace()
            .next()
            .expect("an address")
            .to_owned()
    }

    /// Kills it outright (SIGKILL) and waits until it is gone.
    pub async fn kill9(&mut self) {
        self.child.kill().await.expect("payoutd can be killed");
    }

    /// Asks it to end (SIGTERM) and returns how it did; panics if it is not gone in time.
    pub async fn terminate(&mut self, within: Duration) -> ExitStatus {
        process::signal(&self.child, "TERM");
        self.wait(within).await
    }

    /// Waits until it ends by itself; panics if it does not in time.
    pub async fn wait(&mut self, within: Duration) -> ExitStatus {
        match tokio::time::timeout(within, self.child.wait()).await {
            Ok(status) => status.expect("payoutd can be waited for"),
            Err(_) => panic!("payoutd still runs after {within:?}\n{}", self.stderr()),
        }
    }

    /// Holds it still (SIGSTOP).
    pub fn pause(&self) {
        process::signal(&self.child, "STOP");
    }

    /// Lets a paused process go on.
    pub fn resume(&self) {
        process::signal(&self.child, "CONT");
    }
}

impl Drop for Payoutd {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- payoutd's log\n{}", self.stderr());
        }
    }
}

impl Launch {
    /// Adds an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// The folder it will work in, e.g. to put files there.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts it and returns at once; see [`Payoutd::wait_for_line`].
    pub fn start(mut self) -> Payoutd {
        let create = |path: PathBuf| std::fs::File::create(path).expect("a log file");
        self.command
            .stdin(Stdio::null())
            .stdout(create(stdout_file(self.folder.path())))
            .stderr(create(stderr_file(self.folder.path())));
        let child = self.command.spawn().expect("payoutd runs");
        Payoutd {
            child,
            folder: self.folder,
        }
    }

    /// Runs it to its end, with nothing on standard input.
    pub async fn finish(self) -> Finished {
        self.finish_with_input("").await
    }

    /// Runs it to its end, with this on standard input.
    pub async fn finish_with_input(mut self, input: impl AsRef<[u8]>) -> Finished {
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("payoutd runs");
        let mut stdin = child.stdin.take().expect("a pipe");
        let feeding = async move {
            // A program that reads no input may be gone by now: its exit code tells.
            let _ = stdin.write_all(input.as_ref()).await;
        };
        let running = async { tokio::join!(feeding, child.wait_with_output()).1 };
        let output = tokio::time::timeout(LONGEST_RUN, running)
            .await
            .expect("payoutd ends")
            .expect("payoutd can be waited for");
        Finished {
            code: output.status.code().expect("payoutd was not killed"),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Finished {
    /// Panics with the logs unless it ended with this exit code.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout: {}\nstderr: {}",
            self.stdout, self.stderr
        );
        self
    }
}

fn stdout_file(folder: &Path) -> PathBuf {
    folder.join("payoutd.stdout")
}

fn stderr_file(folder: &Path) -> PathBuf {
    folder.join("payoutd.stderr")
}

/// `PAYOUTD_BIN`, else the one that was built along with this test.
pub fn payoutd_binary() -> PathBuf {
    if let Some(path) = std::env::var_os("PAYOUTD_BIN") {
        return path.into();
    }
    let test = std::env::current_exe().expect("a test has a path");
    let built = test
        .parent()
        .and_then(Path::parent)
        .expect("target folder")
        .join("payoutd");
    assert!(
        built.exists(),
        "{} is not built: run the tests with ./tests/run",
        built.display()
    );
    built
}
