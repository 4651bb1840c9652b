//! Chance that comes out the same for the same seed.

use fastrand::Rng;

/// A random source with the few shapes that a history needs.
#[derive(Debug)]
pub(super) struct Chance(Rng);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(Rng::with_seed(seed))
    }

    /// Whether something happens that happens so many times in a thousand.
    pub(super) fn per_mille(&mut self, often: u32) -> bool {
        self.0.u32(0..1000) < often
    }

    /// A number of `from..=to`.
    pub(super) fn within(&mut self, from: u32, to: u32) -> u32 {
        self.0.u32(from..=to)
    }

    /// One of some; there is one.
    pub(super) fn one_of<'s, T>(&mut self, some: &'s [T]) -> &'s T {
        &some[self.0.usize(0..some.len())]
    }

    /// An amount of small change or much money: as many of ten as of ten thousand.
    pub(super) fn amount(&mut self, least: i64, most: i64) -> i64 {
        let (least, most) = ((least as f64).ln(), (most as f64).ln());
        (least + (most - least) * self.0.f64()).exp() as i64
    }

    /// An index, by weights that are summed up.
    pub(super) fn weighted(&mut self, weights: &Weights) -> usize {
        let all = weights.0.last().copied().unwrap_or(0.0);
        let point = self.0.f64() * all;
        weights.0.partition_point(|sum| *sum <= point)
    }

    /// 128 bits.
    pub(super) fn bits(&mut self) -> u128 {
        self.0.u128(..)
    }
}

/// Weights, each with those before it.
#[derive(Debug, Clone)]
pub(super) struct Weights(Vec<f64>);

impl Weights {
    /// Zipf's law: the n-th is `n^skew` times rarer than the first.
    pub(super) fn zipf(count: usize, skew: f64) -> Self {
        Self::of((1..=count).map(|rank| (rank as f64).powf(-skew)))
    }

    pub(super) fn of(weights: impl IntoIterator<Item = f64>) -> Self {
        let sums = weights.into_iter().scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self(sums.collect())
    }
}
