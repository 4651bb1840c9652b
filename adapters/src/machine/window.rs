//! Counts of a window, out of what was counted since the start; and several windows as one.

use domain::Code;
use rust_decimal::{Decimal, prelude::ToPrimitive};
use std::collections::BTreeMap;

use super::{
    exposition::Text,
    readings::{
        Books, Commands, Lag, Lags, Letters, Payouts, Pool, Queue, Readings, StripeEvents,
        Transactions, Waiting,
    },
};

/// What was counted since the process began.
#[derive(Debug, Clone, Default)]
pub(super) struct Counted {
    pub(super) transactions: Transactions,
    pub(super) commands: Commands,
    pub(super) stripe_events: StripeEvents,
    pub(super) events: u64,
    pub(super) queue_full: u64,
    pub(super) pool_waits: u64,
    pub(super) durations: Durations,
}

/// How many transactions took at most so many microseconds, by bound; the last bound is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Durations(BTreeMap<u64, u64>);

impl Counted {
    /// Reads it from the metrics.
    pub(super) fn of(text: Text<'_>) -> Self {
        let commands = |outcome| text.sum_of("payoutd_commands_total", "outcome", outcome);
        let codes = |is_final| {
            let codes = Code::ALL
                .iter()
                .filter(move |code| code.is_final() == is_final);
            codes.map(|code| commands(code.as_str())).sum::<u64>()
        };
        let events = |outcome| text.sum_of("payoutd_stripe_events_total", "outcome", outcome);
        let queue_full = text.sum("payoutd_queue_full_total");
        Self {
            transactions: Transactions {
                started: text.sum("payoutd_transactions_started_total"),
                committed: text.sum("payoutd_transactions_committed_total"),
                rolled_back: text.sum("payoutd_transactions_rolled_back_total"),
                failed: text.sum("payoutd_transactions_failed_total"),
                timed_out: text.sum("payoutd_transaction_timeouts_total"),
                deadlocks: text.sum("payoutd_transaction_deadlocks_total"),
                serialization_failures: text
                    .sum("payoutd_transaction_serialization_failures_total"),
                retries: text.sum("payoutd_transaction_retries_total"),
                active: text.sum("payoutd_transactions_active"),
                ..Transactions::default()
            },
            commands: Commands {
                accepted: commands("accepted"),
                duplicate: commands("duplicate"),
                refused: codes(true),
                failed: codes(false) + queue_full,
            },
            stripe_events: StripeEvents {
                applied: events("applied"),
                ignored: events("ignored"),
                parked: events("parked"),
                dead: events("dead"),
                duplicate: events("duplicate"),
            },
            events: text.sum("payoutd_events_total"),
            queue_full,
            pool_waits: text.sum("payoutd_pool_waits_total"),
            durations: Durations::of(text),
        }
    }

    /// What came since an earlier time.
    pub(super) fn since(mut self, before: &Self) -> Self {
        self.transactions.less(&before.transactions);
        self.commands.less(&before.commands);
        self.stripe_events.less(&before.stripe_events);
        self.events = self.events.saturating_sub(before.events);
        self.queue_full = self.queue_full.saturating_sub(before.queue_full);
        self.pool_waits = self.pool_waits.saturating_sub(before.pool_waits);
        self.durations.less(&before.durations);
        self.durations.tell(&mut self.transactions);
        self
    }
}

impl Durations {
    fn of(text: Text<'_>) -> Self {
        let mut counts = BTreeMap::new();
        for sample in text.samples("payoutd_transaction_duration_seconds_bucket") {
            let bound = match sample.label("le") {
                Some("+Inf") => u64::MAX,
                Some(bound) => micros(bound).unwrap_or(u64::MAX),
                None => continue,
            };
            *counts.entry(bound).or_insert(0) += sample.value;
        }
        Self(counts)
    }

    fn less(&mut self, before: &Self) {
        for (bound, count) in &mut self.0 {
            *count = count.saturating_sub(before.0.get(bound).copied().unwrap_or(0));
        }
    }

    /// Takes in those of a later window.
    pub(super) fn absorb(&mut self, later: &Self) {
        for (bound, count) in &later.0 {
            *self.0.entry(*bound).or_insert(0) += count;
        }
    }

    /// Puts the percentiles where they are read.
    pub(super) fn tell(&self, transactions: &mut Transactions) {
        transactions.p50_us = self.percentile(50);
        transactions.p95_us = self.percentile(95);
        transactions.p99_us = self.percentile(99);
    }

    /// How long so many of a hundred took at most, in microseconds: between the bounds around
    /// it as if they were spread evenly there. Beyond the last bound it is that bound.
    fn percentile(&self, percent: u64) -> u64 {
        let total = self.0.values().max().copied().unwrap_or(0);
        let rank = total.saturating_mul(percent).div_ceil(100);
        if rank == 0 {
            return 0;
        }
        let (mut below, mut floor) = (0, 0);
        for (&bound, &count) in &self.0 {
            if count >= rank && bound == u64::MAX {
                return floor;
            }
            if count >= rank {
                let width = u128::from(bound - floor) * u128::from(rank - below);
                let into = width / u128::from((count - below).max(1));
                return floor + u64::try_from(into).unwrap_or(0);
            }
            (below, floor) = (count, bound);
        }
        floor
    }
}

/// Seconds with decimals as microseconds.
fn micros(seconds: &str) -> Option<u64> {
    let seconds: Decimal = seconds.parse().ok()?;
    seconds.checked_mul(Decimal::from(1_000_000))?.to_u64()
}

/// Says of each figure whether it is a count or a level; `counted` where counts are taken from
/// the metrics, which count since the start.
macro_rules! figures {
    (counted $type:ident: counts $($count:ident)*; levels $($level:ident)*) => {
        figures!($type: counts $($count)*; levels $($level)*);
        impl $type {
            /// Takes away what was counted before.
            fn less(&mut self, before: &Self) {
                $(self.$count = self.$count.saturating_sub(before.$count);)*
            }
        }
    };
    ($type:ident: counts $($count:ident)*; levels $($level:ident)*) => {
        impl $type {
            /// Takes in a later window: counts add up, of levels the highest stays.
            fn absorb(&mut self, later: &Self) {
                $(self.$count = self.$count.saturating_add(later.$count);)*
                $(self.$level = self.$level.max(later.$level);)*
            }
        }
    };
}

figures!(counted Transactions:
    counts started committed rolled_back failed timed_out deadlocks serialization_failures retries;
    levels active p50_us p95_us p99_us);
figures!(counted Commands: counts accepted duplicate refused failed; levels);
figures!(counted StripeEvents: counts applied ignored parked dead duplicate; levels);
figures!(Queue: counts full; levels length capacity);
figures!(Pool: counts waits; levels size in_use capacity);
figures!(Waiting: counts; levels count oldest_seconds);
figures!(Lag: counts; levels seconds events);

impl Readings {
    /// Takes in a later window of the same instance: counts add up, of levels the highest stays.
    pub(super) fn absorb(&mut self, later: &Self) {
        self.taken_at = later.taken_at;
        self.window_ms = self.window_ms.saturating_add(later.window_ms);
        self.transactions.absorb(&later.transactions);
        self.commands.absorb(&later.commands);
        self.stripe_events.absorb(&later.stripe_events);
        self.events = self.events.saturating_add(later.events);
        self.queue.absorb(&later.queue);
        self.pool.absorb(&later.pool);
        self.nats_connected = match (self.nats_connected, later.nats_connected) {
            (Some(before), Some(now)) => Some(before && now),
            (before, now) => now.or(before),
        };
        match (&mut self.books, &later.books) {
            (Some(books), Some(later)) => books.absorb(later),
            (books @ None, Some(later)) => *books = Some(later.clone()),
            (_, None) => {}
        }
    }
}

impl Books {
    fn absorb(&mut self, later: &Self) {
        self.asked_at = later.asked_at;
        self.position = self.position.max(later.position);
        self.lags.absorb(&later.lags);
        self.payouts.absorb(&later.payouts);
        self.letters.absorb(&later.letters);
    }
}

impl Lags {
    fn absorb(&mut self, later: &Self) {
        self.postings.absorb(&later.postings);
        self.daily_rollups.absorb(&later.daily_rollups);
        self.links.absorb(&later.links);
        self.seals.absorb(&later.seals);
        for (lag, later) in [
            (&mut self.outbox, &later.outbox),
            (&mut self.ingest, &later.ingest),
        ] {
            match (lag, later) {
                (Some(lag), Some(later)) => lag.absorb(later),
                (lag @ None, later) => *lag = *later,
                (Some(_), None) => {}
            }
        }
    }
}

impl Payouts {
    fn absorb(&mut self, later: &Self) {
        self.in_doubt.absorb(&later.in_doubt);
        self.overdue.absorb(&later.overdue);
    }
}

impl Letters {
    fn absorb(&mut self, later: &Self) {
        self.dead.absorb(&later.dead);
        self.parked.absorb(&later.parked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn durations(counts: &[(&str, u64)]) -> Durations {
        let name = "payoutd_transaction_duration_seconds_bucket";
        let lines = counts
            .iter()
            .map(|(le, count)| format!("{name}{{name=\"batch\",le=\"{le}\"}} {count}\n"));
        Durations::of(Text(&lines.collect::<String>()))
    }

    #[test]
    fn percentiles_lie_between_the_bounds_around_them() {
        let spread = durations(&[("0.001", 50), ("0.002", 90), ("0.01", 100), ("+Inf", 100)]);
        assert_eq!(spread.percentile(50), 1_000);
        assert_eq!(spread.percentile(70), 1_500);
        assert_eq!(spread.percentile(95), 6_000);
        assert_eq!(spread.percentile(99), 9_200);
    }

    #[test]
    fn what_is_beyond_the_last_bound_is_told_as_that_bound() {
        let slow = durations(&[("0.5", 0), ("10", 1), ("+Inf", 4)]);
        assert_eq!(slow.percentile(99), 10_000_000);
        assert_eq!(durations(&[("10", 0), ("+Inf", 0)]).percentile(99), 0);
        assert_eq!(Durations::default().percentile(50), 0);
    }

    #[test]
    fn a_window_has_what_was_counted_since_the_one_before() {
        let at = |committed, quick| {
            Counted::of(Text(&format!(
                "payoutd_transactions_committed_total{{name=\"batch\"}} {committed}\n\
                payoutd_transactions_active 2\n\
                payoutd_transaction_duration_seconds_bucket{{le=\"0.001\"}} {quick}\n\
                payoutd_transaction_duration_seconds_bucket{{le=\"+Inf\"}} {committed}\n"
            )))
        };
        let window = at(30, 25).since(&at(20, 20));
        assert_eq!(window.transactions.committed, 10);
        assert_eq!(window.transactions.active, 2);
        assert_eq!(window.transactions.p50_us, 1_000);
    }

    #[test]
    fn counts_add_up_over_windows_and_of_levels_the_highest_stays() {
        let window = |full, length| Queue {
            length,
            capacity: 9,
            full,
        };
        let mut both = window(2, 7);
        both.absorb(&window(3, 4));
        assert_eq!(both, window(5, 7));
    }
}
