//! Trying again: when, after which pause, and that it is counted.

use std::time::{Duration, Instant};

use super::stats::{met_conflict, pressure, tried_again};
use crate::{
    error::{Class, StoreError},
    settings::RetryPolicy,
};

/// A failure as its maker sees it: what the store said, or something of its own. Errors of
/// those who run transactions tell by it what may be tried again.
pub trait Failure: From<StoreError> + Send + 'static {
    /// The store's error, if that is what it is. What is none is not tried again.
    fn store(&self) -> Option<&StoreError>;
}

impl Failure for StoreError {
    fn store(&self) -> Option<&StoreError> {
        Some(self)
    }
}

/// How long to pause before a retry (1 is the first) of transactions of a name, which is
/// counted: as the policy says, and longer while many of them meet conflicts.
pub(crate) fn pause(
    name: &'static str,
    policy: RetryPolicy,
    (retry, code): (u32, &str),
) -> Duration {
    tried_again(name, code, retry);
    stretched(name, policy, retry)
}

fn stretched(name: &'static str, policy: RetryPolicy, retry: u32) -> Duration {
    pressure(name).stretch(policy).pause(retry)
}

/// The tries of one piece of work.
#[derive(Debug)]
pub(crate) struct Attempts {
    name: &'static str,
    policy: RetryPolicy,
    began: Instant,
    retries: u32,
}

impl Attempts {
    pub(crate) fn new(name: &'static str, policy: RetryPolicy) -> Self {
        Self {
            name,
            policy,
            began: Instant::now(),
            retries: 0,
        }
    }

    /// Which try this is; 1 is the first.
    pub(crate) const fn number(&self) -> u32 {
        self.retries + 1
    }

    /// Whether to try again after a failure; if so, after a pause, which is over by now.
    pub(crate) async fn again(
        &mut self,
        (class, code): (Class, &str),
        until: Option<Instant>,
    ) -> bool {
        match class {
            Class::Conflict => met_conflict(self.name),
            Class::Unavailable => {}
            Class::Ambiguous | Class::Permanent => return false,
        }
        let retry = self.retries + 1;
        if !self.policy.allows(retry, self.began.elapsed()) {
            return false;
        }
        let pause = stretched(self.name, self.policy, retry);
        if until.is_some_and(|until| Instant::now() + pause >= until) {
            return false;
        }
        self.retries = retry;
        tried_again(self.name, code, retry);
        tokio::time::sleep(pause).await;
        true
    }
}
