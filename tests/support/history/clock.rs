//! A clock that the generator turns by hand.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Stands still until it is put elsewhere; ids are counted, and sort by time.
#[derive(Debug)]
pub struct HistoryClock {
    micros: AtomicI64,
    minted: AtomicU64,
}

impl HistoryClock {
    pub(super) fn at(moment: OffsetDateTime) -> Self {
        let clock = Self {
            micros: AtomicI64::new(0),
            minted: AtomicU64::new(0),
        };
        clock.set(moment);
        clock
    }

    pub(super) fn set(&self, moment: OffsetDateTime) {
        let since = moment - OffsetDateTime::UNIX_EPOCH;
        let micros = i64::try_from(since.whole_microseconds()).expect("a year of our time");
        self.micros.store(micros, Ordering::Relaxed);
    }

    fn micros(&self) -> i64 {
        self.micros.load(Ordering::Relaxed)
    }
}

impl store::Clock for HistoryClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::microseconds(self.micros())
    }

    fn fresh_id(&self) -> Uuid {
        let mut tail = [0; 10];
        let minted = self.minted.fetch_add(1, Ordering::Relaxed);
        tail[2..].copy_from_slice(&minted.to_be_bytes());
        let millis = u64::try_from(self.micros() / 1000).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
    }
}
