//! What is in the database: migrations, indexes, tables, and transactions that are in the way.

use store::examine::{Holder, Indexes, Migrations, TableState, rights};

use super::{Finding, Status};

/// Tables smaller than this are read as a whole for good reason.
const LARGE: i64 = 10_000;
/// The tables that the writer looks things up in.
const LOOKED_UP: [&str; 5] = ["events", "streams", "aliases", "receipts", "inbox"];
/// The tables that nobody ever changes or deletes from, or writes to at all.
const ONLY_ADDED_TO: [&str; 2] = ["events", "seals"];
const ONLY_READ: [&str; 2] = ["audit_access", "_sqlx_migrations"];
/// So many dead rows for each that lives.
const BLOATED: i64 = 1;
/// After so many seconds a transaction in the way is a problem.
const TOO_LONG: i64 = 300;

pub(super) fn migrations(migrations: &Migrations) -> Finding {
    const CHECK: &str = "migrations";
    let list = |numbers: &[i64]| {
        let numbers: Vec<_> = numbers.iter().map(i64::to_string).collect();
        numbers.join(", ")
    };
    if !migrations.failed.is_empty() {
        let text = format!("begun and not ended: {}", list(&migrations.failed));
        let advice = "look at the log of whoever ran it, mend what it names, and run `payoutd \
                      migrate` again";
        return Finding::problem(CHECK, text, advice);
    }
    if !migrations.unknown.is_empty() {
        let text = format!("run by a newer payoutd: {}", list(&migrations.unknown));
        return Finding::problem(CHECK, text, "use that version, or a newer one");
    }
    if !migrations.pending.is_empty() {
        let text = format!("not run yet: {}", list(&migrations.pending));
        let advice = "run `payoutd migrate`; `payoutd serve` does it when it starts";
        return Finding::problem(CHECK, text, advice);
    }
    Finding::ok(CHECK, format!("all are run, up to {}", migrations.newest))
}

pub(super) fn indexes(indexes: &Indexes) -> Vec<Finding> {
    const CHECK: &str = "indexes";
    let mut findings = Vec::new();
    if !indexes.missing.is_empty() {
        let text = format!("missing: {}", indexes.missing.join("; "));
        let advice = "create them as the migrations do (store/migrations). Without them look-ups \
                      read whole tables, and without a unique key nothing keeps doubles out";
        findings.push(Finding::problem(CHECK, text, advice));
    }
    if !indexes.invalid.is_empty() {
        let text = format!("there, and not usable: {}", indexes.invalid.join("; "));
        let advice = "build them anew: REINDEX INDEX CONCURRENTLY, or drop and create them";
        findings.push(Finding::problem(CHECK, text, advice));
    }
    if findings.is_empty() {
        let text = format!("all {} are there and usable", indexes.expected);
        findings.push(Finding::ok(CHECK, text));
    }
    findings
}

pub(super) fn tables(tables: &[TableState]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = [grants(tables), scans(tables), locks(tables), bloat(tables)]
        .into_iter()
        .flatten()
        .collect();
    if findings.iter().all(|finding| finding.status == Status::Ok) {
        findings.push(Finding::ok(
            "tables",
            format!("{} tables, none of them ailing", tables.len()),
        ));
    }
    findings
}

fn names<'t>(tables: impl Iterator<Item = &'t TableState>) -> Option<String> {
    let names: Vec<_> = tables.map(|table| table.name.as_str()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn grants(tables: &[TableState]) -> Option<Finding> {
    let lacks = |table: &TableState| {
        let name = table.name.as_str();
        let needed: &[&str] = if ONLY_READ.contains(&name) {
            rights::READ
        } else if ONLY_ADDED_TO.contains(&name) {
            rights::ADD
        } else {
            rights::ALL
        };
        let lacking = needed.iter().filter(|right| table.lacking.contains(*right));
        let lacking: Vec<_> = lacking.copied().collect();
        (!lacking.is_empty()).then(|| format!("{} on {name}", lacking.join(", ")))
    };
    let lacking: Vec<_> = tables.iter().filter_map(lacks).collect();
    let advice = "grant them to the ledger's role, or let it own the tables";
    (!lacking.is_empty()).then(|| {
        Finding::problem(
            "grants",
            format!("the role lacks {}", lacking.join("; ")),
            advice,
        )
    })
}

/// Counts since the server's statistics were reset; rebuilding and verifying scan as well, so
/// only tables that are scanned more than looked up are told of.
fn scans(tables: &[TableState]) -> Option<Finding> {
    let scanned = names(tables.iter().filter(|table| {
        LOOKED_UP.contains(&table.name.as_str())
            && table.live > LARGE
            && table.scans > table.index_scans
    }))?;
    let text = format!("read as a whole more often than by index: {scanned}");
    let advice = "look who does it (pg_stat_statements): under SERIALIZABLE each such read makes \
                  others fail. Let reports read a standby, or at READ COMMITTED";
    Some(Finding::warning("sequential-scans", text, advice))
}

fn locks(tables: &[TableState]) -> Option<Finding> {
    let locked = names(
        tables
            .iter()
            .filter(|table| table.locked_whole && table.live > LARGE),
    )?;
    let text = format!("a transaction under SERIALIZABLE holds whole tables: {locked}");
    let advice = "everybody who writes to them fails and tries again: look for sequential scans, \
                  and for max_pred_locks_per_relation that is too small";
    Some(Finding::warning("whole-table-locks", text, advice))
}

fn bloat(tables: &[TableState]) -> Option<Finding> {
    let bloated =
        names(tables.iter().filter(|table| {
            table.dead > LARGE && table.dead > table.live.saturating_mul(BLOATED)
        }))?;
    let text = format!("more dead rows than living ones: {bloated}");
    let advice = "VACUUM them, and look what keeps autovacuum from it: it is off, too slow, or a \
                  long transaction is in its way";
    Some(Finding::warning("bloat", text, advice))
}

pub(super) fn look_ups(scanning: &[String]) -> Option<Finding> {
    const CHECK: &str = "plans";
    let text = format!("the writer reads whole tables: {}", scanning.join("; "));
    let advice = "an index is missing or not usable. Under SERIALIZABLE each such look-up locks \
                  the table against all others";
    Some(if scanning.is_empty() {
        Finding::ok(CHECK, "every look-up of the writer walks an index")
    } else {
        Finding::problem(CHECK, text, advice)
    })
}

pub(super) fn holders(holders: &[Holder]) -> Finding {
    const CHECK: &str = "long-transactions";
    let Some(oldest) = holders.first() else {
        return Finding::ok(CHECK, "none is open for long");
    };
    let list: Vec<_> = holders
        .iter()
        .map(|holder| format!("{} ({}, {} s)", holder.who, holder.doing, holder.seconds))
        .collect();
    let advice = "end them, and set idle_in_transaction_session_timeout for others: those that \
                  have written hold back postings, rollups, seals and the outbox, and all keep \
                  dead rows from being removed";
    let text = format!("open for long: {}", list.join("; "));
    let holds = holders.iter().any(|holder| holder.holds_log);
    if holds && oldest.seconds >= TOO_LONG {
        Finding::problem(CHECK, text, advice)
    } else {
        Finding::warning(CHECK, text, advice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str) -> TableState {
        TableState {
            name: name.to_owned(),
            live: 20_000,
            dead: 0,
            scans: 0,
            index_scans: 0,
            lacking: String::new(),
            locked_whole: false,
        }
    }

    fn checks(found: &[Finding]) -> Vec<(&str, Status)> {
        found
            .iter()
            .map(|finding| (finding.check, finding.status))
            .collect()
    }

    #[test]
    fn each_ailment_of_a_table_is_told() {
        let ailing = [
            (
                TableState {
                    lacking: "INSERT".to_owned(),
                    ..table("inbox")
                },
                "grants",
            ),
            (
                TableState {
                    scans: 9,
                    ..table("receipts")
                },
                "sequential-scans",
            ),
            (
                TableState {
                    locked_whole: true,
                    ..table("payouts")
                },
                "whole-table-locks",
            ),
            (
                TableState {
                    dead: 30_000,
                    ..table("balances")
                },
                "bloat",
            ),
        ];
        for (table, check) in ailing {
            let found = tables(&[table]);
            assert_eq!(checks(&found).first().map(|(name, _)| *name), Some(check));
        }
    }

    #[test]
    fn what_is_not_needed_is_not_missed() {
        let lacking = TableState {
            lacking: "UPDATE, DELETE".to_owned(),
            ..table("events")
        };
        let small = TableState {
            live: 10,
            scans: 100,
            ..table("receipts")
        };
        assert_eq!(checks(&tables(&[lacking, small])), [("tables", Status::Ok)]);
    }

    #[test]
    fn a_transaction_that_has_written_becomes_a_problem_with_time() {
        let holder = |seconds, holds_log| Holder {
            who: "process 1 (psql)".to_owned(),
            doing: "idle in transaction".to_owned(),
            seconds,
            holds_log,
        };
        assert_eq!(holders(&[]).status, Status::Ok);
        assert_eq!(holders(&[holder(40, true)]).status, Status::Warning);
        assert_eq!(holders(&[holder(400, false)]).status, Status::Warning);
        assert_eq!(holders(&[holder(400, true)]).status, Status::Problem);
    }
}
