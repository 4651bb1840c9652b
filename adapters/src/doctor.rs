//! `payoutd doctor`: looks at the database, NATS and the settings, and says what to do.
//!
//! Facts are gathered by `store::examine` and `nats::examine`; what they mean is said by the
//! plain functions of the files below, so that each rule can be tested without a server.
//!
//! To add a check: a function in the file it belongs to, a line in docs/alerts.md, and a
//! test in `tests/suite/doctor` that makes it find something.

use std::time::Duration;

use store::Database;

use crate::{config::Settings, failure::Failure, ledger, nats};

mod database;
mod disk;
mod flushing;
mod mariadb;
mod nats_side;
mod postgres;
mod schema;
mod sqlite;
mod state;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// As it should be.
    Ok,
    /// It works, and could go wrong.
    Warning,
    /// Data may be lost, or something does not work.
    Problem,
}

impl Status {
    /// For people and programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// What a check has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which check: a stable name.
    pub check: &'static str,
    /// How bad it is.
    pub status: Status,
    /// What was found.
    pub finding: String,
    /// What to do about it, if anything.
    pub advice: Option<String>,
}

impl Finding {
    /// All is well.
    pub(crate) fn ok(check: &'static str, finding: impl Into<String>) -> Self {
        Self {
            check,
            status: Status::Ok,
            finding: finding.into(),
            advice: None,
        }
    }

    /// It works, and could go wrong.
    pub(crate) fn warning(
        check: &'static str,
        finding: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            check,
            status: Status::Warning,
            finding: finding.into(),
            advice: Some(advice.into()),
        }
    }

    /// Data may be lost, or something does not work.
    pub(crate) fn problem(
        check: &'static str,
        finding: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            status: Status::Problem,
            ..Self::warning(check, finding, advice)
        }
    }
}

/// What was looked at, for the picture above the findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is, e.g. `PostgreSQL 15.18`.
    pub what: String,
    /// Where it is. Never holds a password.
    pub at: String,
    /// How long it takes to answer; nothing if it does not.
    pub latency: Option<Duration>,
}

/// What the doctor says.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// What was looked at.
    pub parts: Vec<Part>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// A dependency did not answer.
    pub unreachable: bool,
}

impl Report {
    /// The worst there is.
    #[must_use]
    pub fn worst(&self) -> Status {
        let statuses = self.findings.iter().map(|finding| finding.status);
        statuses.max().unwrap_or(Status::Ok)
    }
}

/// What the doctor is asked to look at besides the settings.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Monitoring ports of NATS, one of each server, e.g. `http://127.0.0.1:8222`.
    pub nats_monitor_urls: Vec<String>,
    /// Transactions open for at least so long are told of.
    pub long_transaction: Duration,
}

/// Looks at everything. What cannot be looked at is a finding, never a failure.
pub async fn examine(settings: &Settings, options: &Options) -> Report {
    let mut report = Report::default();
    match open(settings).await {
        Ok(database) => {
            database::examine(&database, (settings, options), &mut report).await;
            database.close().await;
        }
        Err(failure) => unreachable_database(&failure, settings, &mut report),
    }
    match &settings.nats_url {
        Some(url) => {
            let clock = settings.store.clock.as_ref();
            let side = nats::Settings::new(url, settings.tenant.clone(), settings.mode);
            nats_side::examine(&side, (options, clock), &mut report).await;
        }
        None => report.findings.push(Finding::ok(
            "nats-connection",
            "no NATS URL is set: the service can be asked over HTTP alone",
        )),
    }
    report
}

async fn open(settings: &Settings) -> Result<Database, Failure> {
    ledger::open_existing(settings).await
}

fn unreachable_database(failure: &Failure, settings: &Settings, report: &mut Report) {
    let text = store::error::chain(failure);
    let finding = match failure {
        Failure::NoLedger => Finding::problem(
            "migrations",
            "there is no ledger in this database yet",
            "run `payoutd migrate`, or look whether DATABASE_URL names the right file",
        ),
        failure => {
            report.unreachable |= failure.exit() == crate::failure::Exit::Unreachable;
            Finding::problem(
                "database-connection",
                text,
                "look whether the server runs, whether DATABASE_URL is right, and whether a \
                 firewall or the server's list of who may connect (pg_hba.conf) is in the way",
            )
        }
    };
    report.parts.push(Part {
        what: "database".to_owned(),
        at: without_secrets(&settings.database_url),
        latency: None,
    });
    report.findings.push(finding);
}

/// Where a URL leads, without user, password and parameters.
fn without_secrets(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split('?').next().unwrap_or_default();
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    rest.to_owned()
}

/// How far a clock is from ours, told of both sides alike.
fn clock(check: &'static str, whose: &str, skew: time::Duration) -> Finding {
    let text = format!(
        "{whose} clock is {} ms from ours",
        skew.whole_milliseconds()
    );
    let advice = "run NTP on all machines: signatures of webhooks are believed for 300 seconds, \
                  and what is due is decided by the clock";
    match skew.abs() {
        skew if skew > time::Duration::MINUTE => Finding::problem(check, text, advice),
        skew if skew > time::Duration::SECOND => Finding::warning(check, text, advice),
        _ => Finding::ok(check, text),
    }
}

#[cfg(test)]
mod tests {
    use super::{Status, clock, without_secrets};

    #[test]
    fn where_a_url_leads_is_shown_without_its_secrets() {
        for (url, shown) in [
            ("postgres://u:p@h:5432/db?password=x", "h:5432/db"),
            ("sqlite://file.db", "file.db"),
            ("nats://token@h:4222", "h:4222"),
        ] {
            assert_eq!(without_secrets(url), shown);
        }
    }

    #[test]
    fn clocks_that_differ_are_told_both_ways() {
        let status = |seconds| clock("clock", "its", time::Duration::seconds(seconds)).status;
        assert_eq!(status(0), Status::Ok);
        assert_eq!((status(5), status(-5)), (Status::Warning, Status::Warning));
        assert_eq!(
            (status(90), status(-90)),
            (Status::Problem, Status::Problem)
        );
    }
}
