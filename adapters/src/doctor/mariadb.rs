//! MariaDB: its version, and the settings that lose data.
//! <https://mariadb.com/kb/en/innodb-system-variables/>

use store::examine::Facts;

use super::Finding;

/// The oldest version that is tested against.
const OLDEST: (u32, u32) = (10, 11);
/// Connections of one instance.
const CONNECTIONS: i64 = 19;

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let rules = [
        version,
        durability,
        binlog,
        binlog_format,
        doublewrite,
        snapshots,
        cluster,
        read_only,
        connections,
    ];
    rules.iter().filter_map(|rule| rule(facts)).collect()
}

fn version(facts: &Facts) -> Option<Finding> {
    let version = facts.get("version")?;
    let mut numbers = version
        .split(['.', '-'])
        .map_while(|part| part.parse().ok());
    let number = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    let text = format!("MariaDB {version}");
    Some(if !version.contains("MariaDB") {
        let advice = "this is another product: only MariaDB is tested, and others differ where \
                      it matters (isolation, RETURNING)";
        Finding::problem("version", version, advice)
    } else if number < OLDEST {
        let advice = "upgrade to MariaDB 10.11 or newer: older ones are not tested";
        Finding::problem("version", text, advice)
    } else {
        Finding::ok("version", text)
    })
}

/// 3 is 1 and a second flush. A method without flushing is for tests of the server itself.
fn durability(facts: &Facts) -> Option<Finding> {
    const CHECK: &str = "durability";
    let value = facts.get("innodb_flush_log_at_trx_commit")?;
    let method = facts.get("innodb_flush_method").unwrap_or_default();
    Some(if !matches!(value, "1" | "3") {
        Finding::problem(
            CHECK,
            format!("innodb_flush_log_at_trx_commit is {value}. A crash loses the last commits"),
            "set innodb_flush_log_at_trx_commit = 1: at once with SET GLOBAL, and in the server's \
             configuration for its next start",
        )
    } else if matches!(method, "nosync" | "littlesync") {
        Finding::problem(
            CHECK,
            format!("innodb_flush_method is {method}. A crash of the machine corrupts everything"),
            "take innodb_flush_method out of the server's configuration and restart it: the \
             default flushes",
        )
    } else {
        Finding::ok(CHECK, format!("innodb_flush_log_at_trx_commit is {value}"))
    })
}

/// With a binary log, that is what a commit waits for, and InnoDB shows it to others afterwards
/// (ADR 33). After a crash, what is not in the binary log is undone.
/// <https://mariadb.com/kb/en/binary-log-group-commit-and-innodb-flushing-performance/>
fn binlog(facts: &Facts) -> Option<Finding> {
    const CHECK: &str = "commits";
    let on = matches!(facts.get("log_bin")?, "ON" | "1");
    Some(match (on, facts.get("sync_binlog")?) {
        (true, "1") => Finding::ok(
            CHECK,
            "nobody sees a commit that is not on the disk: log_bin is on, sync_binlog is 1",
        ),
        (true, value) => Finding::problem(
            CHECK,
            format!(
                "log_bin is on and sync_binlog is {value}. A crash of the machine loses the last \
                 commits, and replicas may have more than this server"
            ),
            "set sync_binlog = 1: at once with SET GLOBAL, and in the server's configuration for \
             its next start",
        ),
        (false, _) => Finding::warning(
            CHECK,
            "log_bin is off: others see a commit some milliseconds before it is on the disk. A \
             crash in between takes back what has been published, or told to a second sender",
            "set log_bin and sync_binlog = 1 in the server's configuration and restart it: it \
             shows a commit when it is on the disk. Or know that this can happen",
        ),
    })
}

/// <https://mariadb.com/kb/en/binary-log-formats/>
fn binlog_format(facts: &Facts) -> Option<Finding> {
    let on = matches!(facts.get("log_bin")?, "ON" | "1");
    let text = "binlog_format is STATEMENT: at READ COMMITTED the server refuses what the ledger \
                writes";
    let advice = "set binlog_format = ROW or MIXED, the default: with SET GLOBAL, and in the \
                  server's configuration; then restart payoutd, for its sessions keep the old one";
    let refused = on && facts.get("binlog_format")? == "STATEMENT";
    refused.then(|| Finding::problem("binary-log", text, advice))
}

fn doublewrite(facts: &Facts) -> Option<Finding> {
    const CHECK: &str = "torn-pages";
    Some(if matches!(facts.get("innodb_doublewrite")?, "OFF" | "0") {
        let text = "innodb_doublewrite is off. A power failure can leave pages half written";
        let advice = "set innodb_doublewrite = ON in the server's configuration and restart it, \
                      unless the file system writes pages as a whole";
        Finding::problem(CHECK, text, advice)
    } else {
        Finding::ok(CHECK, "innodb_doublewrite is on")
    })
}

fn snapshots(facts: &Facts) -> Option<Finding> {
    let text = "innodb_snapshot_isolation is off in our sessions: lost updates pass at \
                REPEATABLE READ";
    let advice = "upgrade MariaDB: 10.11 has had it since 10.11.6, and the program switches it on";
    let off = matches!(facts.get("innodb_snapshot_isolation")?, "OFF" | "0");
    off.then(|| Finding::warning("snapshots", text, advice))
}

/// <https://jepsen.io/analyses>: Galera has lost and duplicated writes in healthy clusters.
fn cluster(facts: &Facts) -> Option<Finding> {
    let text = "this server is part of a Galera cluster, which may lose committed transactions";
    let advice = "run one primary with ordinary replicas; Galera is not supported";
    let on = matches!(facts.get("wsrep_on")?, "ON" | "1");
    on.then(|| Finding::problem("cluster", text, advice))
}

fn read_only(facts: &Facts) -> Option<Finding> {
    let text = "this server takes no writes: read_only is on";
    let advice = "let DATABASE_URL name the primary";
    let on = !matches!(facts.get("read_only")?, "OFF" | "0");
    on.then(|| Finding::problem("replication", text, advice))
}

fn connections(facts: &Facts) -> Option<Finding> {
    const CHECK: &str = "connections";
    let (most, used) = (
        facts.number("max_connections")?,
        facts.number("connections")?,
    );
    let text =
        format!("{used} of {most} connections are in use; an instance opens up to {CONNECTIONS}");
    Some(if most - used < CONNECTIONS {
        Finding::warning(
            CHECK,
            text,
            "raise max_connections, or end what holds connections",
        )
    } else {
        Finding::ok(CHECK, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn settings_are_judged_one_by_one() {
        let table = [
            (
                "version",
                [("version", "10.11.6-MariaDB-0+deb12u1"), ("x", "")],
                0,
            ),
            ("version", [("version", "10.6.1-MariaDB"), ("x", "")], 2),
            ("version", [("version", "8.0.36"), ("x", "")], 2),
            (
                "durability",
                [("innodb_flush_log_at_trx_commit", "2"), ("x", "")],
                2,
            ),
            (
                "durability",
                [("innodb_flush_log_at_trx_commit", "1"), ("x", "")],
                0,
            ),
            (
                "durability",
                [
                    ("innodb_flush_log_at_trx_commit", "1"),
                    ("innodb_flush_method", "nosync"),
                ],
                2,
            ),
            ("commits", [("log_bin", "ON"), ("sync_binlog", "1")], 0),
            ("commits", [("log_bin", "ON"), ("sync_binlog", "0")], 2),
            ("commits", [("log_bin", "ON"), ("sync_binlog", "100")], 2),
            ("commits", [("log_bin", "OFF"), ("sync_binlog", "1")], 1),
            (
                "binary-log",
                [("log_bin", "ON"), ("binlog_format", "STATEMENT")],
                2,
            ),
            ("torn-pages", [("innodb_doublewrite", "OFF"), ("x", "")], 2),
            (
                "snapshots",
                [("innodb_snapshot_isolation", "0"), ("x", "")],
                1,
            ),
            ("cluster", [("wsrep_on", "ON"), ("x", "")], 2),
            ("replication", [("read_only", "ON"), ("x", "")], 2),
            (
                "connections",
                [("max_connections", "30"), ("connections", "20")],
                1,
            ),
        ];
        let statuses = [Status::Ok, Status::Warning, Status::Problem];
        for (check, facts, expected) in table {
            let found = judge(&Facts::from(facts));
            let of = found.iter().filter(|finding| finding.check == check);
            let worst = of.map(|finding| finding.status).max();
            assert_eq!(worst, Some(statuses[expected]), "{facts:?}");
        }
    }
}
