//! Durations in buckets whose width grows with them.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Each doubling is cut into so many buckets: a quantile is told a fourth too long at most.
const PARTS: u32 = 4;
/// So many doublings of a microsecond: more than 19 hours.
const DOUBLINGS: u32 = 36;
/// Below one doubling of `PARTS` microseconds each microsecond has its own bucket.
const BUCKETS: usize = (PARTS * (DOUBLINGS + 1)) as usize;

/// How many durations fell into which bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u64>,
    sum_us: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: vec![0; BUCKETS],
            sum_us: 0,
        }
    }
}

impl Histogram {
    /// How many durations there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// All of them together.
    #[must_use]
    pub const fn sum(&self) -> Duration {
        Duration::from_micros(self.sum_us)
    }

    /// The buckets that hold something: each one's upper bound and how many durations are in
    /// it, the shortest first.
    pub fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> {
        let filled = self.counts.iter().enumerate();
        filled
            .filter(|(_, count)| **count > 0)
            .map(|(bucket, count)| (bound(bucket), *count))
    }

    /// How long so many of a thousand took at most, to the next bound of a bucket: 500 for the
    /// median. None when there is no duration.
    #[must_use]
    pub fn quantile(&self, permille: u64) -> Option<Duration> {
        let count = u128::from(self.count());
        let rank = (count * u128::from(permille.min(1_000)))
            .div_ceil(1_000)
            .max(1);
        let mut seen = 0_u128;
        self.buckets()
            .find(|(_, count)| {
                seen += u128::from(*count);
                seen >= rank
            })
            .map(|(bound, _)| bound)
    }

    /// What came since an earlier look at the same durations.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let pairs = self.counts.iter().zip(&earlier.counts);
        Self {
            counts: pairs.map(|(now, then)| now.saturating_sub(*then)).collect(),
            sum_us: self.sum_us.saturating_sub(earlier.sum_us),
        }
    }
}

/// The same while it is being filled.
#[derive(Debug)]
pub(super) struct Filling {
    counts: [AtomicU64; BUCKETS],
    sum_us: AtomicU64,
}

impl Filling {
    pub(super) fn new() -> Self {
        Self {
            counts: std::array::from_fn(|_| AtomicU64::new(0)),
            sum_us: AtomicU64::new(0),
        }
    }

    pub(super) fn record(&self, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        if let Some(count) = self.counts.get(bucket(us)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Histogram {
        let counts = self.counts.iter();
        Histogram {
            counts: counts.map(|count| count.load(Ordering::Relaxed)).collect(),
            sum_us: self.sum_us.load(Ordering::Relaxed),
        }
    }
}

/// The bucket of a number of microseconds: `PARTS` for each power of two.
fn bucket(us: u64) -> usize {
    let parts = u64::from(PARTS);
    if us < parts {
        return usize::try_from(us).unwrap_or(0);
    }
    // 4..8 is the first doubling, its four numbers are the buckets 4 to 7.
    let doubling = us.ilog2() - PARTS.ilog2();
    let part = (us >> doubling) - parts;
    let bucket = u64::from(PARTS * (doubling + 1)) + part;
    usize::try_from(bucket).map_or(BUCKETS - 1, |bucket| bucket.min(BUCKETS - 1))
}

/// The longest duration of a bucket.
fn bound(bucket: usize) -> Duration {
    let bucket = u64::try_from(bucket).unwrap_or(u64::MAX);
    let parts = u64::from(PARTS);
    if bucket < parts {
        return Duration::from_micros(bucket);
    }
    let (doubling, part) = (bucket / parts - 1, bucket % parts);
    Duration::from_micros(((parts + part + 1) << doubling) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_duration_is_in_a_bucket_that_is_at_most_a_fourth_wider() {
        let numbers = (0..200).chain((8..36).flat_map(|p| [(1 << p) - 1, 1 << p, (1 << p) + 1]));
        for us in numbers {
            let bound = bound(bucket(us)).as_micros();
            let us = u128::from(us);
            assert!(bound >= us && bound * 4 <= us * 5, "{us} is in {bound}");
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn quantiles_are_bounds_of_buckets() {
        let filling = Filling::new();
        assert_eq!(filling.read().quantile(500), None);
        for ms in 1..=100 {
            filling.record(Duration::from_millis(ms));
        }
        let histogram = filling.read();
        assert_eq!(histogram.count(), 100);
        assert_eq!(histogram.sum(), Duration::from_millis(5050));
        for (permille, least) in [(500, 50), (950, 95), (990, 99), (1000, 100)] {
            let least = Duration::from_millis(least);
            let told = histogram.quantile(permille).unwrap();
            assert!(
                told >= least && told <= least * 5 / 4,
                "{permille}: {told:?}"
            );
        }
        assert_eq!(histogram.since(&histogram).count(), 0);
    }
}
