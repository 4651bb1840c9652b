//! House rules that a compiler does not know, each with its reason.
//!
//! To add one: an entry in a table below, or a function that returns [`Offence`]s.

mod manifests;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use tree::{Ban, Offence, check, files};

/// The crates that go into the binary.
const PRODUCT: &[&str] = &["domain/src", "store/src", "projections/src", "adapters/src"];
/// Where rules are written down, their words must be.
const RULE_BOOK: &[&str] = &["tests/suite/tidy"];
const LONGEST_FILE: usize = 500;
const LONGEST_LINE: usize = 100;

#[test]
fn the_domain_knows_no_clock_no_chance_no_float_and_no_io() {
    let ban = |words, reason| Ban {
        within: &["domain/src"],
        words,
        reason,
        ..Ban::default()
    };
    check(&[
        ban(
            &["SystemTime", "Instant::now", "now_utc", "now_local"],
            "time is an argument",
        ),
        ban(
            &["fastrand", "rand", "now_v7", "new_v4"],
            "fresh ids are arguments",
        ),
        Ban {
            // A fraction in JSON is met there, and turned away.
            except: &["domain/src/stripe/json.rs"],
            ..ban(&["f32", "f64"], "money is integers; rates are decimals")
        },
        ban(&["async", "await"], "decisions are plain functions"),
        ban(
            &["std::fs", "std::net", "std::env", "std::process"],
            "the domain does no I/O",
        ),
    ]);
}

#[test]
fn adapters_hold_no_sql() {
    check(&[
        Ban {
            within: &["adapters/src"],
            words: &[
                "sqlx",
                "SELECT",
                "INSERT INTO",
                "DELETE FROM",
                "CREATE TABLE",
                "PRAGMA",
            ],
            reason: "SQL belongs to store and projections",
            ..Ban::default()
        },
        Ban {
            within: &["domain/src", "adapters/src"],
            words: &["include_str!(\"../sql", "migrate!"],
            reason: "SQL belongs to store and projections",
            ..Ban::default()
        },
    ]);
}

#[test]
fn transactions_begin_and_end_in_one_file() {
    check(&[Ban {
        within: PRODUCT,
        except: &["store/src/transaction"],
        words: &[
            ".begin(",
            ".begin_with(",
            "\"BEGIN",
            "\"COMMIT",
            "\"ROLLBACK",
            "\"SAVEPOINT",
        ],
        reason: "sqlx is never trusted bare: use Database::transaction",
        ..Ban::default()
    }]);
}

#[test]
fn the_ledger_passes_its_own_gate() {
    check(&[Ban {
        within: &["store/src", "projections/src", "adapters/src"],
        // Whoever closes the gate is behind it; probes touch no table.
        except: &[
            "store/src/transaction",
            "store/src/gate.rs",
            "store/src/examine/isolation.rs",
        ],
        words: &[".transaction("],
        reason: "on the ledger's tables use Database::gated, or half of a rebuild may be seen",
        ..Ban::default()
    }]);
}

#[test]
fn sql_is_put_together_only_in_the_store() {
    check(&[Ban {
        within: PRODUCT,
        except: &["store/src"],
        words: &["AssertSqlSafe"],
        reason: "each use is a place to look for injection: the store has them all",
        ..Ban::default()
    }]);
}

#[test]
fn tests_wait_for_conditions_and_never_sleep() {
    check(&[Ban {
        within: &["tests/suite"],
        except: RULE_BOOK,
        words: &["thread::sleep", "time::sleep", "sleep(Duration"],
        reason: "use support::eventually: a sleep is too short on one machine, too long on all",
        ..Ban::default()
    }]);
}

#[test]
fn nothing_is_left_undone() {
    check(&[Ban {
        except: RULE_BOOK,
        words: &[
            "TODO",
            "FIXME",
            "XXX",
            "HACK",
            "dbg!",
            "todo!",
            "unimplemented!",
        ],
        reason: "finish it, or write down in the documentation that it is not there",
        in_comments: true,
        ..Ban::default()
    }]);
}

#[test]
fn lints_are_expected_with_a_reason_and_never_allowed() {
    check(&[Ban {
        except: RULE_BOOK,
        words: &["#[allow(", "#![allow("],
        reason: "use #[expect(lint, reason = \"…\")]: it says when it is no longer needed",
        ..Ban::default()
    }]);
}

#[test]
fn no_file_speaks_of_somebodys_workplace() {
    check(&[Ban {
        except: RULE_BOOK,
        words: &["/work/", "/home/", "/root/", "issue #", "localhost:63342"],
        reason: "a reader elsewhere cannot follow it: say what is meant",
        in_comments: true,
        ..Ban::default()
    }]);
}

#[test]
fn files_and_lines_stay_short() {
    let mut offences = Vec::new();
    for file in files(&[], &["rs"]) {
        let lines = file.text.lines().count();
        if lines > LONGEST_FILE {
            offences
                .push(file.offence(lines, format!("longer than {LONGEST_FILE} lines: split it")));
        }
        for (number, line) in file.lines().filter(|(_, line)| !line.contains("://")) {
            if line.chars().count() > LONGEST_LINE {
                offences
                    .push(file.offence(number, format!("wider than {LONGEST_LINE} characters")));
            }
        }
    }
    Offence::none(offences);
}

#[test]
fn every_file_says_what_it_is_for() {
    let offences = files(&[], &["rs"])
        .into_iter()
        .filter(|file| !file.text.lines().any(|line| line.starts_with("//!")))
        .map(|file| file.offence(1, "begin with a line of purpose: //! …"));
    Offence::none(offences.collect());
}

#[test]
fn modules_are_named_after_their_files() {
    let offences = files(&[], &["rs"])
        .into_iter()
        .filter(|file| file.path.ends_with("mod.rs"))
        .map(|file| file.offence(1, "payout.rs and payout/, not payout/mod.rs"));
    Offence::none(offences.collect());
}

/// What one database can, each must: the same statements and migrations, under the same names.
#[test]
fn every_backend_has_the_same_sql_files() {
    let mut folders: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for file in files(&["store", "projections"], &["sql"]) {
        let Some((folder, name)) = file.path.rsplit_once('/') else {
            continue;
        };
        let Some((parent, backend)) = folder.rsplit_once('/') else {
            continue;
        };
        let backends = folders.entry(parent.to_owned()).or_default();
        for known in ["postgres", "mariadb", "sqlite"] {
            backends.entry(known.to_owned()).or_default();
        }
        backends
            .entry(backend.to_owned())
            .or_default()
            .insert(name.to_owned());
    }

    let mut offences = Vec::new();
    for (parent, backends) in &folders {
        let all: BTreeSet<&String> = backends.values().flatten().collect();
        for (backend, names) in backends {
            for name in all.iter().filter(|name| !names.contains(**name)) {
                let path = format!("{parent}/{backend}/{name}");
                offences.push(Offence::new(path, 1, "missing: another backend has it"));
            }
        }
    }
    Offence::none(offences);
}
