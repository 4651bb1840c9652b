//! Room on the disk, where the database's files are on this machine and may be seen.

use std::path::Path;

use store::{Backend, examine::Facts};

use super::Finding;

const GIB: u64 = 1 << 30;

pub(super) fn judge(backend: Backend, facts: &Facts) -> Option<Finding> {
    let place = match backend {
        Backend::Postgres => facts.get("data_directory"),
        Backend::MariaDb => facts.get("datadir"),
        Backend::Sqlite => facts.get("file"),
    };
    let path = Path::new(place?);
    // A server elsewhere tells a path that means nothing here, or something else.
    let stat = rustix::fs::statvfs(path).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(stat.f_frsize);
    Some(room(bytes(stat.f_bavail), bytes(stat.f_blocks)))
}

fn room(free: u64, all: u64) -> Finding {
    const CHECK: &str = "disk";
    let percent = free.saturating_mul(100).checked_div(all).unwrap_or(0);
    let text = format!(
        "{percent} % of the database's disk are free ({} GiB)",
        free / GIB
    );
    let advice = "make room: a database whose disk is full takes no more commands and webhooks";
    match percent {
        0..3 => Finding::problem(CHECK, text, advice),
        3..10 => Finding::warning(CHECK, text, advice),
        _ => Finding::ok(CHECK, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn a_full_disk_is_told_before_it_is_full() {
        let status = |free| room(free * GIB, 100 * GIB).status;
        assert_eq!(status(2), Status::Problem);
        assert_eq!(status(9), Status::Warning);
        assert_eq!(status(50), Status::Ok);
    }
}
