//! PostgreSQL: its version, the settings that lose data, its standbys, its room.
//! <https://www.postgresql.org/docs/current/runtime-config-wal.html>

use store::examine::Facts;

use super::Finding;

/// The oldest version that is tested against, as the server numbers it.
const OLDEST: i64 = 150_000;
/// Connections of one instance: the writer's, its look-ups', queries', and those of a rebuild.
const CONNECTIONS: i64 = 19;
/// Transactions until ids run out: the server stops taking writes at about 2,000 million.
const OLD: i64 = 1_000_000_000;

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let rules = [
        version,
        durability,
        commits,
        standby,
        connections,
        role,
        may_create,
        wraparound,
        slots,
    ];
    rules.iter().filter_map(|rule| rule(facts)).collect()
}

fn version(facts: &Facts) -> Option<Finding> {
    let version = facts.get("server_version")?;
    Some(if facts.number("server_version_num")? < OLDEST {
        let advice = "upgrade to PostgreSQL 15 or newer: older ones are not tested";
        Finding::problem("version", format!("PostgreSQL {version}"), advice)
    } else {
        Finding::ok("version", format!("PostgreSQL {version}"))
    })
}

fn durability(facts: &Facts) -> Option<Finding> {
    const CHECK: &str = "durability";
    let off = |name| facts.get(name) == Some("off");
    let off: Vec<_> = ["fsync", "full_page_writes"]
        .into_iter()
        .filter(|name| off(name))
        .collect();
    Some(if off.is_empty() {
        Finding::ok(CHECK, "fsync and full_page_writes are on")
    } else {
        let text = format!(
            "off: {}. A crash of the machine can corrupt everything",
            off.join(", ")
        );
        let settings = off.iter().map(|name| format!("{name} = on"));
        let advice = format!(
            "set {} in postgresql.conf and reload it (pg_reload_conf)",
            settings.collect::<Vec<_>>().join(" and ")
        );
        Finding::problem(CHECK, text, advice)
    })
}

fn commits(facts: &Facts) -> Option<Finding> {
    const CHECK: &str = "commits";
    let value = facts.get("synchronous_commit")?;
    Some(if value == "off" {
        Finding::problem(
            CHECK,
            "synchronous_commit is off. A crash loses commits that callers were told of",
            "set synchronous_commit = on, for the server, and look whether the database or the \
             role has another (`ALTER ROLE … RESET synchronous_commit`)",
        )
    } else {
        Finding::ok(CHECK, format!("synchronous_commit is {value}"))
    })
}

fn standby(facts: &Facts) -> Option<Finding> {
    const CHECK: &str = "replication";
    if facts.get("standby")? == "true" || facts.get("read_only") == Some("on") {
        let text = "this server takes no writes: it is a standby, or is set to read only";
        let advice =
            "let DATABASE_URL name the primary; `target_session_attrs=read-write` finds it";
        return Some(Finding::problem(CHECK, text, advice));
    }
    let standbys = facts.number("standbys").unwrap_or(0);
    let synchronous = facts.get("synchronous_standby_names").unwrap_or_default();
    let local = matches!(facts.get("synchronous_commit"), Some("local" | "off"));
    Some(match (standbys, synchronous) {
        (0, "") => Finding::ok(CHECK, "this is the primary; there is no standby"),
        (_, "") => Finding::warning(
            CHECK,
            format!("{standbys} standbys follow, none of them synchronously"),
            "a fail-over loses the commits that had not arrived: set synchronous_standby_names",
        ),
        (0, names) => Finding::warning(
            CHECK,
            format!("synchronous_standby_names is {names}, and no standby is connected"),
            "commits wait until one is: start it, or take it off the list",
        ),
        (_, _) if local => Finding::warning(
            CHECK,
            "standbys are synchronous, and synchronous_commit does not wait for them",
            "set synchronous_commit = on or remote_apply",
        ),
        (_, _) => Finding::ok(CHECK, format!("{standbys} standbys; commits wait for them")),
    })
}

fn connections(facts: &Facts) -> Option<Finding> {
    const CHECK: &str = "connections";
    let most = facts.number("max_connections")?;
    let reserved = facts.number("superuser_reserved_connections").unwrap_or(3);
    let used = facts.number("connections")?;
    let free = (most - reserved - used).max(0);
    let text =
        format!("{used} of {most} connections are in use; an instance opens up to {CONNECTIONS}");
    Some(if free < CONNECTIONS {
        let advice =
            format!("raise max_connections, or end what holds connections: only {free} are free");
        Finding::warning(CHECK, text, advice)
    } else {
        Finding::ok(CHECK, text)
    })
}

fn role(facts: &Facts) -> Option<Finding> {
    const CHECK: &str = "role";
    Some(if facts.get("superuser")? == "true" {
        Finding::warning(
            CHECK,
            "the ledger's role is a superuser",
            "give it a role of its own that owns its schema and nothing else: a superuser may \
             change the log without leaving a trace, and is let in when nobody else is",
        )
    } else {
        Finding::ok(CHECK, "the ledger's role is no superuser")
    })
}

fn may_create(facts: &Facts) -> Option<Finding> {
    let text = "the role may not create tables in its schema: `serve` cannot start";
    let advice =
        "GRANT CREATE ON SCHEMA … TO the role, or start with the role that owns the schema";
    (facts.get("may_create")? == "false").then(|| Finding::problem("grants", text, advice))
}

fn wraparound(facts: &Facts) -> Option<Finding> {
    let age = facts.number("transaction_age")?;
    let text = format!("the oldest transaction id is {age} transactions old");
    let advice = "VACUUM (FREEZE) the database, and look what keeps autovacuum from it: at about \
                  2,000 million the server takes no more writes";
    (age > OLD).then(|| Finding::problem("transaction-ids", text, advice))
}

fn slots(facts: &Facts) -> Option<Finding> {
    let idle = facts.number("idle_slots")?;
    let text = format!("{idle} replication slots have nobody who reads them");
    let advice = "they keep the write-ahead log for ever and fill the disk: start their readers, \
                  or drop them (pg_drop_replication_slot)";
    (idle > 0).then(|| Finding::warning("replication-slots", text, advice))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    fn worst(found: &[Finding], check: &str) -> Option<Status> {
        let of = found.iter().filter(|finding| finding.check == check);
        of.map(|finding| finding.status).max()
    }

    #[test]
    fn settings_are_judged_one_by_one() {
        let table = [
            (
                "version",
                [("server_version", "14.9"), ("server_version_num", "140009")],
                2,
            ),
            (
                "version",
                [("server_version", "18.1"), ("server_version_num", "180001")],
                0,
            ),
            (
                "durability",
                [("fsync", "off"), ("full_page_writes", "on")],
                2,
            ),
            (
                "durability",
                [("fsync", "on"), ("full_page_writes", "off")],
                2,
            ),
            (
                "durability",
                [("fsync", "on"), ("full_page_writes", "on")],
                0,
            ),
            ("commits", [("synchronous_commit", "off"), ("x", "")], 2),
            (
                "commits",
                [("synchronous_commit", "remote_apply"), ("x", "")],
                0,
            ),
            ("replication", [("standby", "true"), ("x", "")], 2),
            ("replication", [("standby", "false"), ("standbys", "0")], 0),
            ("replication", [("standby", "false"), ("standbys", "1")], 1),
            (
                "connections",
                [("max_connections", "100"), ("connections", "20")],
                0,
            ),
            (
                "connections",
                [("max_connections", "100"), ("connections", "90")],
                1,
            ),
            ("role", [("superuser", "true"), ("x", "")], 1),
            ("grants", [("may_create", "false"), ("x", "")], 2),
            (
                "transaction-ids",
                [("transaction_age", "1900000000"), ("x", "")],
                2,
            ),
            ("replication-slots", [("idle_slots", "1"), ("x", "")], 1),
        ];
        let statuses = [Status::Ok, Status::Warning, Status::Problem];
        for (check, facts, expected) in table {
            let found = judge(&Facts::from(facts));
            assert_eq!(worst(&found, check), Some(statuses[expected]), "{facts:?}");
            let advised = found
                .iter()
                .all(|f| f.advice.is_some() == (f.status > Status::Ok));
            assert!(advised, "{found:?}");
        }
    }

    #[test]
    fn what_the_role_may_not_see_is_not_judged() {
        assert_eq!(
            judge(&Facts::default()).len(),
            1,
            "durability alone is taken for granted"
        );
    }
}
