//! A circuit breaker: when Stripe does not answer call after call, none is made for
//! a while, and then one to see.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

/// So many failures in a row open the circuit.
const FAILURES: u32 = 20;
/// So long no call is made then.
const PAUSE: Duration = Duration::from_secs(15);

/// Whether calls are made.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    opened: Option<Instant>,
}

impl Breaker {
    /// Whether a call may be made now. While the circuit is open, one in each pause may.
    pub(super) fn allows(&self, now: Instant) -> bool {
        let mut state = self.state();
        match state.opened {
            Some(opened) if now.saturating_duration_since(opened) < PAUSE => false,
            Some(_) => {
                state.opened = Some(now);
                true
            }
            None => true,
        }
    }

    /// Whether Stripe answered lately.
    pub(super) fn is_closed(&self) -> bool {
        self.state().opened.is_none()
    }

    /// Whether no call at all is made now.
    pub(super) fn is_pausing(&self, now: Instant) -> bool {
        let opened = self.state().opened;
        opened.is_some_and(|opened| now.saturating_duration_since(opened) < PAUSE)
    }

    /// Stripe answered, whatever it said.
    pub(super) fn answered(&self) {
        let mut state = self.state();
        if state.opened.is_some() {
            tracing::info!("Stripe answers again: calls are made");
        }
        *state = State::default();
    }

    /// Stripe did not answer, or not as a working server does.
    pub(super) fn failed(&self, now: Instant) {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES && state.opened.is_none() {
            state.opened = Some(now);
            metrics::counter!("payoutd_stripe_circuit_opened_total").increment(1);
            tracing::error!(
                failures = state.failures,
                pause_secs = PAUSE.as_secs(),
                "Stripe does not answer: no call is made for a while"
            );
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // What a thread that panicked left behind is a count: still good.
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_many_failures_no_call_is_made_but_one_in_each_pause() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for _ in 1..FAILURES {
            breaker.failed(start);
            assert!(breaker.allows(start));
        }
        breaker.failed(start);
        assert!(!breaker.allows(start));
        assert!(!breaker.allows(start + PAUSE / 2));
        assert!(breaker.is_pausing(start + PAUSE / 2) && !breaker.is_pausing(start + PAUSE));
        assert!(breaker.allows(start + PAUSE), "one to see");
        assert!(breaker.is_pausing(start + PAUSE));
        assert!(!breaker.allows(start + PAUSE), "and no other");
        breaker.failed(start + PAUSE);
        assert!(!breaker.allows(start + PAUSE + PAUSE / 2));
        breaker.answered();
        assert!(breaker.allows(start + PAUSE + PAUSE / 2));
    }

    #[test]
    fn an_answer_in_between_counts_from_the_start() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for _ in 0..3 * FAILURES {
            breaker.failed(start);
            breaker.answered();
        }
        assert!(breaker.allows(start));
    }
}
