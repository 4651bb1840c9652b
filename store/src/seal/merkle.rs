//! Merkle trees as in RFC 6962, section 2.1: the root over a list of leaves, and the path
//! that shows a leaf to be in it. Leaves and nodes are hashed with different first bytes,
//! so that neither can be passed off as the other. What is read once and in order needs
//! memory for the depth of the tree only.

use sha2::{Digest, Sha256};

use super::hash::Hash;

/// The hash of a leaf.
#[must_use]
pub fn leaf(data: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(data);
    Hash(hash.finalize().into())
}

fn node(left: Hash, right: Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left.0);
    hash.update(right.0);
    Hash(hash.finalize().into())
}

/// A tree that grows leaf by leaf. It keeps the roots of its complete parts only.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    size: u64,
    /// One for each bit of the size, the largest part first.
    parts: Vec<Hash>,
}

impl Tree {
    /// Adds the hash of a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // Each part that has a twin now becomes one with it.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.parts.pop() {
                hash = node(left, hash);
            }
        }
        self.parts.push(hash);
        self.size += 1;
    }

    /// How many leaves it has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root: of no leaves, the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut parts = self.parts.iter().rev().copied();
        let Some(last) = parts.next() else {
            return Hash::of(&[]);
        };
        parts.fold(last, |right, left| node(left, right))
    }
}

/// The root over some leaves.
#[must_use]
pub fn root(leaves: impl IntoIterator<Item = Hash>) -> Hash {
    let mut tree = Tree::default();
    leaves.into_iter().for_each(|leaf| tree.push(leaf));
    tree.root()
}

/// Finds the path of a leaf while all leaves pass by in order.
#[derive(Debug)]
pub struct PathFinder {
    /// The parts of the tree beside the path, from the leaf up: where they begin and end.
    parts: Vec<(u64, u64, Tree)>,
    next: u64,
}

impl PathFinder {
    /// Of the leaf `index`, from 0, in a tree of `size` leaves.
    #[must_use]
    pub fn new(index: u64, size: u64) -> Self {
        let mut parts = Vec::new();
        let (mut begin, mut end) = (0, size);
        while end.saturating_sub(begin) > 1 {
            let middle = begin + split(end - begin);
            if index < middle {
                parts.push((middle, end, Tree::default()));
                end = middle;
            } else {
                parts.push((begin, middle, Tree::default()));
                begin = middle;
            }
        }
        parts.reverse();
        Self { parts, next: 0 }
    }

    /// The hash of the next leaf.
    pub fn pass(&mut self, leaf: Hash) {
        let at = self.next;
        self.next += 1;
        let part = self
            .parts
            .iter_mut()
            .find(|(begin, end, _)| (*begin..*end).contains(&at));
        if let Some((_, _, tree)) = part {
            tree.push(leaf);
        }
    }

    /// The path, from the leaf up.
    #[must_use]
    pub fn path(self) -> Vec<Hash> {
        self.parts.iter().map(|(_, _, tree)| tree.root()).collect()
    }
}

/// The path of a leaf among others.
#[must_use]
pub fn path(index: u64, leaves: &[Hash]) -> Vec<Hash> {
    let mut finder = PathFinder::new(index, u64::try_from(leaves.len()).unwrap_or(u64::MAX));
    leaves.iter().for_each(|leaf| finder.pass(*leaf));
    finder.path()
}

/// The root that a leaf and its path lead to; nothing if the path is not that of a leaf at
/// this place in a tree of this size.
#[must_use]
pub fn climb(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    // Which side the path turns to, from the root down.
    let mut sides = Vec::new();
    let (mut begin, mut end) = (0, size);
    while end - begin > 1 {
        let middle = begin + split(end - begin);
        let left = index < middle;
        sides.push(left);
        (begin, end) = if left { (begin, middle) } else { (middle, end) };
    }
    if sides.len() != path.len() {
        return None;
    }
    let steps = sides.iter().rev().zip(path);
    Some(steps.fold(leaf, |hash, (left, beside)| match left {
        true => node(hash, *beside),
        false => node(*beside, hash),
    }))
}

/// The largest power of two below a number of leaves, which is at least 2.
const fn split(leaves: u64) -> u64 {
    1 << (u64::BITS - 1 - (leaves - 1).leading_zeros())
}

#[cfg(test)]
#[path = "merkle/tests.rs"]
mod tests;
