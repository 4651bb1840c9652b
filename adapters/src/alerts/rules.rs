//! When a condition holds. Plain functions: what was read goes in, conditions come out.

use store::checks::{self, CheckRow};

use super::kind::Kind;
use crate::{
    config::alerts::Settings,
    machine::{Lag, Readings, Waiting},
};

/// What an instance has read.
#[derive(Debug, Clone)]
pub struct Seen {
    /// What it read off itself.
    pub readings: Readings,
    /// How far the database's clock is from ours; none if it did not answer, and why.
    pub database: Result<time::Duration, String>,
    /// The latest results of checks.
    pub checks: Vec<CheckRow>,
}

/// A condition that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Which alert tells of it.
    pub kind: Kind,
    /// What it is about. What all instances share is called alike by all of them.
    pub subject: String,
    /// For people.
    pub message: String,
}

impl Condition {
    fn new(kind: Kind, subject: &str, message: String) -> Self {
        Self {
            kind,
            subject: subject.to_owned(),
            message,
        }
    }
}

/// The conditions that hold, but for those of alerts that are switched off.
#[must_use]
pub(super) fn conditions(seen: &Seen, settings: &Settings) -> Vec<Condition> {
    let mut found = Vec::new();
    found.extend(surroundings(seen, settings));
    found.extend(work(seen, settings));
    found.extend(books(seen, settings));
    found.extend(seen.checks.iter().filter_map(check));
    found.retain(|condition| !settings.off.contains(&condition.kind));
    found
}

/// What the instance needs, and how it gets on with it.
fn surroundings(seen: &Seen, settings: &Settings) -> Vec<Condition> {
    let instance = seen.readings.instance.as_str();
    let mut found = Vec::new();
    match &seen.database {
        Err(error) => found.push(Condition::new(
            Kind::DatabaseUnreachable,
            instance,
            format!("the database does not answer: {error}"),
        )),
        Ok(skew) if skew.unsigned_abs() >= settings.clock_skew => found.push(Condition::new(
            Kind::ClockSkew,
            "database",
            format!(
                "the database's clock is {} ms from that of {instance}",
                skew.whole_milliseconds()
            ),
        )),
        Ok(_) => {}
    }
    if seen.readings.nats_connected == Some(false) {
        let message = "NATS is not connected; it is tried again and again".to_owned();
        found.push(Condition::new(Kind::NatsAway, instance, message));
    }
    found
}

/// What the instance does.
fn work(seen: &Seen, settings: &Settings) -> Vec<Condition> {
    let readings = &seen.readings;
    let (transactions, queue, pool) = (&readings.transactions, &readings.queue, &readings.pool);
    let mut found = Vec::new();
    let mut tell = |kind, message| {
        found.push(Condition::new(kind, &readings.instance, message));
    };
    let conflicts = transactions.deadlocks + transactions.serialization_failures;
    let ended = transactions.ended();
    if ended >= settings.conflict_least
        && conflicts.saturating_mul(100) >= settings.conflict_percent.saturating_mul(ended)
    {
        let message = format!("{conflicts} of {ended} transactions failed because of others");
        tell(Kind::ConflictRate, message);
    }
    // Those that were turned away at the door are told of as such.
    let given_up = readings.commands.failed.saturating_sub(queue.full);
    if given_up > 0 {
        let message = format!("{given_up} commands were given up after all retries");
        tell(Kind::RetriesExhausted, message);
    }
    if transactions.timed_out > 0 {
        let message = format!("{} transactions took too long", transactions.timed_out);
        tell(Kind::DeadlineTimeouts, message);
    }
    if pool.waits >= settings.pool_waits {
        let message = format!(
            "{} times all connections of a pool were in use; {} of {} are now",
            pool.waits, pool.in_use, pool.capacity
        );
        tell(Kind::PoolExhausted, message);
    }
    let nearly = queue.length.saturating_mul(100) >= settings.queue_percent * queue.capacity;
    if queue.full > 0 || queue.capacity > 0 && nearly {
        let message = format!(
            "{} of {} inputs wait, {} were turned away",
            queue.length, queue.capacity, queue.full
        );
        tell(Kind::QueueFull, message);
    }
    found
}

/// How the books stand: the same whoever looks.
fn books(seen: &Seen, settings: &Settings) -> Vec<Condition> {
    let Some(books) = &seen.readings.books else {
        return Vec::new();
    };
    let late = |kind, subject: &str, lag: Lag, after: std::time::Duration| {
        let message = format!(
            "{subject} are {} events behind, the oldest for {} s",
            lag.events, lag.seconds
        );
        let holds = lag.events > 0 && lag.seconds >= after.as_secs();
        holds.then(|| Condition::new(kind, subject, message))
    };
    let waiting = |kind, what: &str, waiting: Waiting, after: std::time::Duration| {
        let message = format!(
            "{} {what}, the oldest for {} s",
            waiting.count, waiting.oldest_seconds
        );
        let holds = waiting.count > 0 && waiting.oldest_seconds >= after.as_secs();
        holds.then(|| Condition::new(kind, "payouts", message))
    };
    let (lags, payouts, dead) = (&books.lags, &books.payouts, &books.letters.dead);
    let letters = || {
        let message = format!("{} of Stripe's events wait for a person", dead.count);
        Condition::new(Kind::DeadLetters, "stripe-events", message)
    };
    let lag = settings.lag;
    [
        late(Kind::ProjectionsLag, "read tables", lags.projections(), lag),
        lags.outbox
            .and_then(|outbox| late(Kind::OutboxLag, "events for JetStream", outbox, lag)),
        lags.ingest
            .and_then(|ingest| late(Kind::IngestLag, "events from Stripe", ingest, lag)),
        late(Kind::SealsLag, "seals", lags.seals, settings.seals_lag),
        waiting(
            Kind::PayoutInDoubt,
            "payouts are in doubt",
            payouts.in_doubt,
            settings.in_doubt,
        ),
        waiting(
            Kind::PayoutOverdue,
            "payouts should have arrived",
            payouts.overdue,
            settings.overdue,
        ),
        (dead.count > 0 && dead.count >= settings.dead_letters).then(letters),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn check(row: &CheckRow) -> Option<Condition> {
    let kind = match row.name.as_str() {
        checks::SEALS | checks::LAWS => Kind::SealBroken,
        checks::RECONCILE => Kind::ReconciliationDifference,
        _ => return None,
    };
    (!row.holds).then(|| Condition::new(kind, &row.name, row.detail.clone()))
}

#[cfg(test)]
mod tests;
