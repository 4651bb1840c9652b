//! How the ledger is doing: who is behind, what waits for people, how transactions fare, and what
//! checks found.

use projections::backlog::{self, Behind, Waiting};
use serde_json::Value as Json;
use store::{Database, checks, error::chain, row::sqlite_time};
use time::{Duration, OffsetDateTime};

use super::{Finding, database::failed};
use crate::{
    config::Settings,
    machine::{LookBack, look_back},
};

/// Of so many of a hundred transactions that fail because of others, somebody should know.
const CONFLICTS: u64 = 20;
/// Readings so far back are looked at.
const RECENT: Duration = Duration::minutes(5);

pub(super) async fn examine(database: &Database, settings: &Settings, findings: &mut Vec<Finding>) {
    let now = settings.store.clock.now();
    match backlog::followers(database).await {
        Ok(followers) => findings.push(lags(&followers, settings, now)),
        Err(error) => findings.push(failed("lags", &error)),
    }
    match backlog::payouts(database, now - settings.alerts.overdue).await {
        Ok(found) => findings.push(payouts(&found)),
        Err(error) => findings.push(failed("payouts", &error)),
    }
    match backlog::letters(database).await {
        Ok(found) => findings.push(letters(&found)),
        Err(error) => findings.push(failed("letters", &error)),
    }
    findings.push(conflicts(database, now).await);
    match checks::load(database, &settings.tenant).await {
        Ok(rows) => findings.extend(rows.iter().map(check)),
        Err(error) => findings.push(failed("checks", &error)),
    }
}

fn lags(followers: &backlog::Followers, settings: &Settings, now: OffsetDateTime) -> Finding {
    let outbox = settings
        .nats_url
        .is_some()
        .then_some(("outbox", followers.outbox));
    let all = [
        ("postings", followers.postings),
        ("daily_rollups", followers.daily_rollups),
        ("links", followers.links),
        ("seals", followers.seals),
    ];
    let late = |behind: &Behind| {
        let since = behind.since.filter(|_| behind.events > 0);
        since.is_some_and(|since| now - since > settings.alerts.lag)
    };
    let late: Vec<_> = all
        .into_iter()
        .chain(outbox)
        .filter(|(_, behind)| late(behind))
        .map(|(name, behind)| format!("{name} by {} events", behind.events))
        .collect();
    let advice = "look whether `payoutd serve` runs, and for long transactions above";
    if late.is_empty() {
        Finding::ok("lags", "nobody who follows the log is behind")
    } else {
        Finding::warning(
            "lags",
            format!("behind the log: {}", late.join(", ")),
            advice,
        )
    }
}

fn payouts(payouts: &backlog::Payouts) -> Finding {
    let (doubt, overdue) = (payouts.in_doubt.count, payouts.overdue.count);
    let text = format!("{doubt} in doubt, {overdue} past their arrival without word");
    let advice = "look them up at Stripe (`payoutd explain payout ID`), run `payoutd jobs run \
                  sync`, and tell the ledger with `report-payout` what it cannot find";
    if doubt + overdue > 0 {
        Finding::warning("payouts", text, advice)
    } else {
        Finding::ok("payouts", text)
    }
}

fn letters(letters: &backlog::Letters) -> Finding {
    let count = |waiting: Waiting| waiting.count;
    let text = format!(
        "{} of Stripe's events are dead, {} wait",
        count(letters.dead),
        count(letters.parked)
    );
    let advice = "`payoutd dead-letters list` shows them; mend the cause, then retry or drop them";
    if letters.dead.count > 0 {
        Finding::warning("letters", text, advice)
    } else {
        Finding::ok("letters", text)
    }
}

/// What the services on this database have read off themselves.
async fn conflicts(database: &Database, now: OffsetDateTime) -> Finding {
    const CHECK: &str = "conflicts";
    let wanted = LookBack {
        since: Some(now - RECENT),
        ..LookBack::default()
    };
    let past = match look_back(database, wanted, now).await {
        Ok(past) => past,
        Err(error) => return Finding::ok(CHECK, format!("not to be seen: {}", chain(&error))),
    };
    let sum = |names: &[&str]| {
        let of = |reading: &Json, name: &&str| reading["transactions"][*name].as_u64().unwrap_or(0);
        let of_all = |reading| names.iter().map(|name| of(reading, name)).sum::<u64>();
        past.readings.iter().map(of_all).sum::<u64>()
    };
    let conflicts = sum(&["deadlocks", "serialization_failures"]);
    let ended = sum(&["committed", "rolled_back", "failed"]);
    let text = format!("{conflicts} of {ended} transactions of the last minutes met others");
    let advice = "look who writes the same balances beside the service, and for sequential scans \
                  above; conflicts are retried, and cost time";
    if conflicts * 100 > CONFLICTS * ended {
        Finding::warning(CHECK, text, advice)
    } else {
        Finding::ok(CHECK, text)
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
        let at = sqlite_time(row.checked_at);
        Finding::ok("checks", format!("{what}: in order at {at}"))
    } else {
        Finding::problem("checks", format!("{what}: {}", row.detail), advice)
    }
}
