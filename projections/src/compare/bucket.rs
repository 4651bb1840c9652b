//! Sums of hashes by key: equal sums are equal rows, in whatever order they were added.

use std::hash::{BuildHasher, RandomState};

use sha2::{Digest, Sha256};

/// A power of two. A million rows are some 250 a bucket.
const BUCKETS: usize = 4_096;

/// What nobody knew when the rows were written.
pub(super) struct Salt {
    rows: Sha256,
    keys: RandomState,
}

impl Salt {
    pub(super) fn fresh() -> Self {
        // Keyed by the operating system's chance, so what it makes of numbers nobody knows.
        let keys = RandomState::new();
        let mut rows = Sha256::new();
        // A whole block of SHA-256, which is then worked in once and for all rows.
        for number in 0..8_u64 {
            rows.update(keys.hash_one(number).to_be_bytes());
        }
        Self { rows, keys }
    }

    pub(super) fn hash(&self, row: &[u8]) -> [u8; 32] {
        let mut hash = self.rows.clone();
        hash.update(row);
        hash.finalize().into()
    }

    pub(super) fn bucket(&self, key: &[u8]) -> usize {
        let hash = self.keys.hash_one(key);
        // What is left is below BUCKETS.
        usize::try_from(hash % BUCKETS as u64).unwrap_or(0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Sum {
    limbs: [u64; 4],
    rows: u64,
}

/// All buckets of one side.
#[derive(Debug)]
pub(super) struct Buckets(Vec<Sum>);

/// Some buckets.
#[derive(Debug)]
pub(super) struct Choice(Vec<bool>);

impl Choice {
    pub(super) fn has(&self, bucket: usize) -> bool {
        self.0.get(bucket).copied().unwrap_or(false)
    }
}

impl Buckets {
    pub(super) fn new() -> Self {
        Self(vec![Sum::default(); BUCKETS])
    }

    pub(super) fn add(&mut self, bucket: usize, hash: [u8; 32]) {
        let Some(sum) = self.0.get_mut(bucket) else {
            return;
        };
        for (limb, part) in sum.limbs.iter_mut().zip(hash.as_chunks::<8>().0) {
            *limb = limb.wrapping_add(u64::from_be_bytes(*part));
        }
        sum.rows += 1;
    }

    pub(super) fn rows(&self) -> u64 {
        self.0.iter().map(|sum| sum.rows).sum()
    }

    /// The buckets that are not the same on both sides, in groups of so many rows.
    pub(super) fn groups_that_differ(&self, other: &Self, most: u64) -> Vec<Choice> {
        let mut groups = Vec::new();
        let (mut group, mut rows) = (vec![false; BUCKETS], 0);
        for (number, (one, two)) in self.0.iter().zip(&other.0).enumerate() {
            if one == two {
                continue;
            }
            let more = one.rows + two.rows;
            if rows > 0 && rows + more > most {
                groups.push(Choice(std::mem::replace(&mut group, vec![false; BUCKETS])));
                rows = 0;
            }
            group[number] = true;
            rows += more;
        }
        if rows > 0 {
            groups.push(Choice(group));
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(salt: &Salt, rows: impl Iterator<Item = u32>) -> Buckets {
        let mut buckets = Buckets::new();
        for row in rows {
            let bytes = row.to_be_bytes();
            buckets.add(salt.bucket(&bytes), salt.hash(&bytes));
        }
        buckets
    }

    #[test]
    fn the_order_of_rows_is_nothing() {
        let salt = Salt::fresh();
        let (one, two) = (filled(&salt, 0..5_000), filled(&salt, (0..5_000).rev()));
        assert!(one.groups_that_differ(&two, 10).is_empty());
        assert_eq!(one.rows(), 5_000);
    }

    #[test]
    fn what_differs_is_in_a_group_of_few_rows() {
        let salt = Salt::fresh();
        let one = filled(&salt, 0..5_000);
        let two = filled(&salt, (0..5_000).filter(|row| row % 50 != 0));
        let groups = one.groups_that_differ(&two, 20);
        for row in (0..5_000_u32).step_by(50) {
            let bucket = salt.bucket(&row.to_be_bytes());
            assert_eq!(groups.iter().filter(|group| group.has(bucket)).count(), 1);
        }
        assert!(groups.len() > 5);
    }
}
