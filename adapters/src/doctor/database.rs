//! The database: what it is, how it is set, and what goes on in it.

use std::time::Duration;

use store::{
    Backend, Database, Isolation, StoreError,
    error::chain,
    examine::{self, Facts, Skew},
};
use time::OffsetDateTime;

use super::{
    Finding, Options, Part, Report, Status, clock, disk, mariadb, postgres, schema, sqlite, state,
};
use crate::{config::Settings, doctor::without_secrets};

pub(super) async fn examine(
    database: &Database,
    (settings, options): (&Settings, &Options),
    report: &mut Report,
) {
    let findings = &mut report.findings;
    let asked = settings.store.clock.now();
    let facts = match examine::facts(database).await {
        Ok(facts) => facts,
        Err(error) => {
            report.unreachable |= error.class() == store::Class::Unavailable;
            return findings.push(Finding {
                status: Status::Problem,
                ..failed("database-connection", &error)
            });
        }
    };
    report.parts.push(Part {
        what: format!("{} {}", database.backend().as_str(), version(&facts)),
        at: without_secrets(&settings.database_url),
        latency: Some(facts.latency),
    });
    findings.push(latency(facts.latency));
    findings.extend(match database.backend() {
        Backend::Postgres => postgres::judge(&facts),
        Backend::MariaDb => mariadb::judge(&facts),
        Backend::Sqlite => sqlite::judge(&facts),
    });
    findings.extend(skew(&facts, asked));
    findings.extend(disk::judge(database.backend(), &facts));
    let migrated = migrations(database, findings).await;
    match examine::indexes(database).await {
        Ok(indexes) => findings.extend(schema::indexes(&indexes)),
        Err(error) => findings.push(failed("indexes", &error)),
    }
    match examine::tables(database).await {
        Ok(tables) => findings.extend(schema::tables(&tables)),
        Err(error) => findings.push(failed("tables", &error)),
    }
    match examine::holders(database, options.long_transaction).await {
        Ok(holders) => findings.push(schema::holders(&holders)),
        Err(error) => findings.push(failed("long-transactions", &error)),
    }
    if migrated {
        findings.push(isolation(database, settings).await);
        match examine::scanning_look_ups(database).await {
            Ok(scans) => findings.extend(schema::look_ups(&scans)),
            Err(error) => findings.push(failed("plans", &error)),
        }
        state::examine(database, settings, findings).await;
    }
}

/// What could not be looked at.
pub(super) fn failed(check: &'static str, error: &StoreError) -> Finding {
    Finding::warning(
        check,
        format!("it cannot be looked at: {}", chain(error)),
        "look at the cause; most often the role lacks a right, or the schema is not migrated",
    )
}

fn version(facts: &Facts) -> &str {
    let version = facts.get("server_version").or(facts.get("version"));
    version.unwrap_or("of unknown version")
}

fn latency(latency: Duration) -> Finding {
    let text = format!("it answers in {latency:.1?}");
    if latency > Duration::from_millis(50) {
        let advice = "every batch of commands makes a few round trips: run payoutd near its \
                      database, and look whether the server is short of processors";
        Finding::warning("database-connection", text, advice)
    } else {
        Finding::ok("database-connection", text)
    }
}

/// The server read its clock between our question and its answer.
fn skew(facts: &Facts, asked: OffsetDateTime) -> Option<Finding> {
    let micros = facts.number("now_micros")?;
    let theirs = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).ok()?;
    Some(clock("database-clock", "the database's", theirs - asked))
}

async fn migrations(database: &Database, findings: &mut Vec<Finding>) -> bool {
    match examine::migrations(database).await {
        Ok(migrations) => {
            findings.push(schema::migrations(&migrations));
            migrations.pending.is_empty()
        }
        Err(error) => {
            findings.push(Finding::problem(
                "migrations",
                format!("the schema cannot be read: {}", chain(&error)),
                "run `payoutd migrate`, or look whether DATABASE_URL names the right database",
            ));
            false
        }
    }
}

async fn isolation(database: &Database, settings: &Settings) -> Finding {
    const CHECK: &str = "isolation";
    let asked = settings.store.isolation;
    if database.backend() == Backend::Sqlite {
        return Finding::ok(CHECK, "SQLite lets one transaction write at a time");
    }
    if asked != Isolation::Serializable {
        let text = format!(
            "{} is set; the ledger's laws rest on unique keys and guarded rows, and hold at it",
            asked.as_sql()
        );
        return Finding::ok(CHECK, text);
    }
    let probe = settings.store.clock.fresh_id().to_string();
    match examine::provoke_skew(database, asked, &probe).await {
        Ok(Skew::Prevented) => {
            Finding::ok(CHECK, "SERIALIZABLE: a write skew was tried, and prevented")
        }
        Ok(Skew::Happened) => Finding::problem(
            CHECK,
            "a write skew was tried at SERIALIZABLE, and happened",
            "this server does not do what it says: look whether a pooler or another product \
             stands in for the database. The ledger's own guards hold, the second belt is missing",
        ),
        Err(error) => failed(CHECK, &error),
    }
}
