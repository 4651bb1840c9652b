//! Each condition by itself, at its threshold and just below.

use std::time::Duration;

use store::checks::{self, CheckRow};
use time::OffsetDateTime;

use super::*;
use crate::machine::{Books, Commands, Lags, Letters, Payouts, Queue, Transactions};

fn sound() -> Seen {
    Seen {
        readings: Readings {
            nats_connected: Some(true),
            books: Some(books()),
            ..Readings::none("here:1", OffsetDateTime::UNIX_EPOCH)
        },
        database: Ok(time::Duration::ZERO),
        checks: Vec::new(),
    }
}

fn books() -> Books {
    Books {
        asked_at: OffsetDateTime::UNIX_EPOCH,
        position: 1,
        lags: Lags {
            outbox: Some(Lag::default()),
            ingest: Some(Lag::default()),
            ..Lags::default()
        },
        payouts: Payouts::default(),
        letters: Letters::default(),
    }
}

fn fired(seen: &Seen) -> Vec<Kind> {
    let found = conditions(seen, &Settings::default());
    found.iter().map(|condition| condition.kind).collect()
}

fn with(change: impl FnOnce(&mut Readings)) -> Seen {
    let mut seen = sound();
    change(&mut seen.readings);
    seen
}

fn with_books(change: impl FnOnce(&mut Books)) -> Seen {
    with(|readings| {
        let mut changed = books();
        change(&mut changed);
        readings.books = Some(changed);
    })
}

#[test]
fn nothing_fires_for_a_sound_service_nor_before_anything_was_read() {
    assert_eq!(fired(&sound()), []);
    let seen = Seen {
        readings: Readings::none("here:1", OffsetDateTime::UNIX_EPOCH),
        ..sound()
    };
    assert_eq!(fired(&seen), []);
}

#[test]
fn what_the_service_needs_is_missed() {
    let away = Seen {
        database: Err("refused".to_owned()),
        ..sound()
    };
    assert_eq!(fired(&away), [Kind::DatabaseUnreachable]);
    for (millis, expected) in [(999, vec![]), (1_000, vec![Kind::ClockSkew])] {
        for skew in [millis, -millis] {
            let seen = Seen {
                database: Ok(time::Duration::milliseconds(skew)),
                ..sound()
            };
            assert_eq!(fired(&seen), expected, "{skew}");
        }
    }
    let without = with(|readings| readings.nats_connected = Some(false));
    assert_eq!(fired(&without), [Kind::NatsAway]);
    assert_eq!(fired(&with(|readings| readings.nats_connected = None)), []);
}

#[test]
fn work_that_goes_wrong_is_told_from_its_threshold_on() {
    let transactions = |committed, failed, conflicts| {
        with(|readings| {
            readings.transactions = Transactions {
                committed,
                failed,
                serialization_failures: conflicts,
                ..Transactions::default()
            };
        })
    };
    assert_eq!(fired(&transactions(81, 19, 19)), []);
    assert_eq!(fired(&transactions(80, 20, 20)), [Kind::ConflictRate]);
    assert_eq!(fired(&transactions(20, 20, 20)), [], "too few to tell");
    let failed = |failed, full| {
        with(|readings| {
            readings.commands = Commands {
                failed,
                ..Commands::default()
            };
            readings.queue.full = full;
        })
    };
    assert_eq!(fired(&failed(1, 0)), [Kind::RetriesExhausted]);
    assert_eq!(fired(&failed(3, 3)), [Kind::QueueFull]);
    let slow = with(|readings| readings.transactions.timed_out = 1);
    assert_eq!(fired(&slow), [Kind::DeadlineTimeouts]);
    let pool = |waits| with(|readings| readings.pool.waits = waits);
    assert_eq!(fired(&pool(9)), []);
    assert_eq!(fired(&pool(10)), [Kind::PoolExhausted]);
    let queue = |length| {
        with(|readings| {
            readings.queue = Queue {
                length,
                capacity: 100,
                full: 0,
            };
        })
    };
    assert_eq!(fired(&queue(89)), []);
    assert_eq!(fired(&queue(90)), [Kind::QueueFull]);
}

#[test]
fn who_is_behind_is_told_from_its_threshold_on() {
    let late = |seconds| Lag { seconds, events: 1 };
    for (seconds, fires) in [(59, false), (60, true)] {
        let told = |seen: Seen, kind| assert_eq!(fired(&seen).contains(&kind), fires, "{seconds}");
        let postings = with_books(|books| books.lags.postings = late(seconds));
        told(postings, Kind::ProjectionsLag);
        let outbox = with_books(|books| books.lags.outbox = Some(late(seconds)));
        told(outbox, Kind::OutboxLag);
        let ingest = with_books(|books| books.lags.ingest = Some(late(seconds)));
        told(ingest, Kind::IngestLag);
        let seals = with_books(|books| books.lags.seals = late(seconds * 5));
        told(seals, Kind::SealsLag);
    }
}

#[test]
fn what_waits_for_people_is_told_from_its_threshold_on() {
    let waiting = |oldest_seconds| Waiting {
        count: 2,
        oldest_seconds,
    };
    for (late, fires) in [(Duration::from_secs(1), false), (Duration::ZERO, true)] {
        let after = |threshold: u64| waiting(threshold - late.as_secs());
        let told = |seen: Seen, kind| assert_eq!(fired(&seen).contains(&kind), fires, "{late:?}");
        let doubt = with_books(|books| books.payouts.in_doubt = after(15 * 60));
        told(doubt, Kind::PayoutInDoubt);
        let overdue = with_books(|books| books.payouts.overdue = after(24 * 60 * 60));
        told(overdue, Kind::PayoutOverdue);
    }
    let letters = with_books(|books| books.letters.dead = waiting(0));
    assert_eq!(fired(&letters), [Kind::DeadLetters]);
}

#[test]
fn what_checks_found_is_told_until_they_find_nothing() {
    let found = |name: &str, holds| {
        let check = CheckRow {
            name: name.to_owned(),
            holds,
            detail: "event 7".to_owned(),
            cursor: 0,
            checked_at: OffsetDateTime::UNIX_EPOCH,
        };
        fired(&Seen {
            checks: vec![check],
            ..sound()
        })
    };
    assert_eq!(found(checks::SEALS, false), [Kind::SealBroken]);
    assert_eq!(found(checks::LAWS, false), [Kind::SealBroken]);
    assert_eq!(
        found(checks::RECONCILE, false),
        [Kind::ReconciliationDifference]
    );
    assert_eq!(found(checks::SEALS, true), []);
}

#[test]
fn what_is_switched_off_never_fires() {
    let settings = Settings {
        off: vec![Kind::NatsAway],
        ..Settings::default()
    };
    let without = with(|readings| readings.nats_connected = Some(false));
    assert_eq!(conditions(&without, &settings), []);
}
