//! Child processes: signals, logs, and the user a server may run under.

use std::ffi::OsStr;
use std::path::Path;
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// Sends a signal by name (`TERM`, `STOP`, …). A process that has ended already is no error.
pub(crate) fn signal(child: &Child, name: &str) {
    let Some(pid) = child.id() else { return };
    // The shell's own kill: the program of that name is not on every machine.
    let sent = std::process::Command::new("sh")
        .args(["-c", &format!("kill -{name} {pid} 2>/dev/null || true")])
        .status();
    sent.expect("sh runs");
}

/// What a process has written so far; empty while there is no such file.
pub(crate) fn log(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
}

/// Says how a process ended, if it has.
pub(crate) fn ended(child: &mut Child) -> Option<String> {
    child
        .try_wait()
        .expect("a child can be asked")
        .map(|status| format!("it ended: {status}"))
}

/// A command with input closed and all output in one file, killed when its handle is dropped.
pub(crate) fn logged(program: impl AsRef<std::ffi::OsStr>, log: &Path) -> Command {
    let file = std::fs::File::options()
        .create(true)
        .append(true)
        .open(log)
        .expect("a log file");
    let mut command = Command::new(program);
    command
        .stdin(std::process::Stdio::null())
        .stdout(file.try_clone().expect("a second handle"))
        .stderr(file)
        .kill_on_drop(true);
    command
}

/// A throw-away folder that servers which do not run as root can write to.
pub(crate) fn unprivileged_folder(prefix: &str) -> TempDir {
    let folder = TempDir::with_prefix(prefix).expect("a throw-away folder");
    if let Some(user) = server_user() {
        let chown = std::process::Command::new("chown")
            .arg(user)
            .arg(folder.path())
            .status();
        assert!(
            chown.is_ok_and(|status| status.success()),
            "chown of {folder:?} failed"
        );
    }
    folder
}

/// A command in a folder of its own, for servers that refuse to run as root.
pub(crate) fn unprivileged(binary: &Path, folder: &Path, log: &Path) -> Command {
    let mut command = match server_user() {
        None => logged(binary, log),
        Some(user) => {
            let mut command = logged("setpriv", log);
            let ids = [format!("--reuid={user}"), "--regid=nogroup".to_owned()];
            command
                .args(ids)
                .args([OsStr::new("--clear-groups"), binary.as_os_str()]);
            command
        }
    };
    command
        .current_dir(folder)
        .env("LC_ALL", "C")
        .env("TMPDIR", folder);
    command
}

fn server_user() -> Option<&'static str> {
    use std::os::unix::fs::MetadataExt;
    let root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    root.then_some("nobody")
}
