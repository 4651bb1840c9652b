//! SQLite: compiled in, so most of it is as the program sets it.
//! <https://www.sqlite.org/pragma.html#pragma_synchronous>

use store::examine::Facts;

use super::Finding;

/// `synchronous`: FULL. EXTRA is 3.
const FULL: i64 = 2;
/// The first version without the defect of resetting write-ahead logs.
const MENDED: [u32; 3] = [3, 51, 3];

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let rules = [version, durability, journal, free_pages];
    rules.iter().filter_map(|rule| rule(facts)).collect()
}

fn version(facts: &Facts) -> Option<Finding> {
    let version = facts.get("server_version")?;
    let text = format!("SQLite {version}, compiled in");
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    let number = [(); 3].map(|()| numbers.next().unwrap_or(0));
    Some(if number < MENDED {
        let advice = "use a newer payoutd: in rare cases this version damages a database with a \
                      write-ahead log (https://www.sqlite.org/wal.html#walresetbug)";
        Finding::problem("version", text, advice)
    } else {
        Finding::ok("version", text)
    })
}

fn durability(facts: &Facts) -> Option<Finding> {
    const CHECK: &str = "durability";
    Some(if facts.number("synchronous")? < FULL {
        let text = "synchronous is below FULL. A power failure loses the last commits";
        let advice = "it is set by the program: take whatever changes it away";
        Finding::problem(CHECK, text, advice)
    } else {
        Finding::ok(CHECK, "synchronous is FULL")
    })
}

fn journal(facts: &Facts) -> Option<Finding> {
    const CHECK: &str = "journal";
    Some(match facts.get("journal_mode")? {
        "wal" => Finding::ok(CHECK, "the journal is a write-ahead log"),
        mode => Finding::problem(
            CHECK,
            format!("the journal's mode is {mode}: readers and the writer wait for each other"),
            "write-ahead logs need a local file system with shared memory: move the file off \
             the network share",
        ),
    })
}

fn free_pages(facts: &Facts) -> Option<Finding> {
    let (pages, free) = (facts.number("pages")?, facts.number("free_pages")?);
    let text = format!("{free} of {pages} pages of the file are free");
    let advice = "nothing is wrong; `VACUUM` while the service stands gives the room back";
    (pages > 100_000 && free > pages / 2).then(|| Finding::warning("bloat", text, advice))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn what_loses_commits_is_a_problem() {
        let good = [("synchronous", "2"), ("journal_mode", "wal")];
        let status = |facts| judge(&Facts::from(facts)).iter().map(|f| f.status).max();
        assert_eq!(status(good), Some(Status::Ok));
        for bad in [
            [("server_version", "3.51.2"), ("journal_mode", "wal")],
            [("synchronous", "1"), ("journal_mode", "wal")],
            [("synchronous", "2"), ("journal_mode", "delete")],
        ] {
            assert_eq!(status(bad), Some(Status::Problem), "{bad:?}");
        }
    }
}
