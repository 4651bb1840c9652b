//! What idempotency keys remember: the first result of each, for a day.

use std::collections::{HashMap, HashSet, VecDeque};

use time::{Duration, OffsetDateTime};

use crate::sim::{Owner, call::Answer, error::ApiError};

/// How long a result is kept. Source: <https://docs.stripe.com/api/idempotent_requests>.
const KEPT: Duration = Duration::hours(24);

/// A key belongs to the account it was used in.
pub(super) type Key = (Owner, String);

#[derive(Debug, Default)]
pub(super) struct Memory {
    results: HashMap<Key, (String, Answer)>,
    by_age: VecDeque<(OffsetDateTime, Key)>,
    in_flight: HashSet<Key>,
}

impl Memory {
    /// Forgets what is a day old.
    pub(super) fn age(&mut self, now: OffsetDateTime) {
        while let Some((since, _)) = self.by_age.front()
            && now - *since >= KEPT
            && let Some((_, key)) = self.by_age.pop_front()
        {
            self.results.remove(&key);
        }
    }

    /// The first result under this key, if there is one.
    pub(super) fn recall(&self, key: &Key, fingerprint: &str) -> Result<Option<Answer>, ApiError> {
        if self.in_flight.contains(key) {
            return Err(ApiError::known("idempotency_key_in_use"));
        }
        match self.results.get(key) {
            Some((first, _)) if first != fingerprint => Err(ApiError::key_reused()),
            Some((_, answer)) => Ok(Some(Answer {
                replayed: true,
                ..answer.clone()
            })),
            None => Ok(None),
        }
    }

    pub(super) fn keep(
        &mut self,
        key: Key,
        fingerprint: String,
        answer: &Answer,
        now: OffsetDateTime,
    ) {
        self.by_age.push_back((now, key.clone()));
        self.results.insert(key, (fingerprint, answer.clone()));
    }

    /// Says that a call under this key is being worked on. False if one is already.
    pub(super) fn hold(&mut self, key: Key) -> bool {
        self.in_flight.insert(key)
    }

    pub(super) fn release(&mut self, key: &Key) {
        self.in_flight.remove(key);
    }
}
