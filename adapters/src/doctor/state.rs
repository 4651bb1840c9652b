//! How the ledger is doing: what checks found, and what waits for people.

use store::{Database, checks};

use super::{Finding, database::failed};
use crate::config::Settings;

pub(super) async fn examine(database: &Database, settings: &Settings, findings: &mut Vec<Finding>) {
    match checks::load(database, &settings.tenant).await {
        Ok(rows) => findings.extend(rows.iter().map(check)),
        Err(error) => findings.push(failed("checks", &error)),
    }
}

fn check(row: &checks::CheckRow) -> Finding {
    let (what, advice) = match row.name.as_str() {
        checks::SEALS => (
            "the seals of the log",
            "somebody changed the log: keep everything as it is, run `payoutd verify`, and compare \
             with a backup and the heads that were published",
        ),
        checks::LAWS => (
            "the ledger's laws",
            "run `payoutd verify`; if the log is sound, `payoutd rebuild` makes the tables anew",
        ),
        _ => (
            "the ledger against Stripe",
            "run `payoutd reconcile --api`, and work through what it lists",
        ),
    };
    if row.holds {
        Finding::ok("checks", format!("{what}: in order at {}", row.checked_at))
    } else {
        Finding::problem("checks", format!("{what}: {}", row.detail), advice)
    }
}
