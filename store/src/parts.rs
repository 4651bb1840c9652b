//! Which inputs of a batch have nothing to do with each other: they can be
//! committed by transactions side by side, without waiting or conflicting.

use std::collections::HashMap;

use crate::{
    batch::Entry,
    job::{Subject, Work},
};

/// Fewer inputs than this are not worth a transaction of their own.
const SMALLEST: usize = 12;

/// The part of each input, from 0 on. Inputs that share a stream, are about the
/// same object of Stripe's, or have the same key are in the same part, in order.
pub(crate) fn assign(entries: &[Entry], works: &[Work], ways: usize) -> Vec<usize> {
    let ways = ways.min(works.len() / SMALLEST).max(1);
    if ways == 1 {
        return vec![0; works.len()];
    }
    let mut groups = Groups::new(works.len());
    let mut seen = HashMap::new();
    for (index, (entry, work)) in entries.iter().zip(works).enumerate() {
        if let Some(earlier) = entry.settled.tied_to() {
            groups.join(index, earlier);
        }
        let object = match &work.subject {
            Subject::Webhook(webhook) => webhook.object.as_deref(),
            Subject::Command(_) => None,
        };
        for name in entry
            .streams
            .iter()
            .map(|stream| stream.as_str())
            .chain(object)
        {
            let earlier = *seen.entry((&work.tenant, name)).or_insert(index);
            groups.join(index, earlier);
        }
    }
    groups.spread(ways)
}

/// Disjoint sets of indices.
struct Groups {
    parent: Vec<usize>,
}

impl Groups {
    fn new(count: usize) -> Self {
        Self {
            parent: (0..count).collect(),
        }
    }

    /// The first index of a group stands for it.
    fn root(&mut self, mut index: usize) -> usize {
        while self.parent[index] != index {
            self.parent[index] = self.parent[self.parent[index]];
            index = self.parent[index];
        }
        index
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.parent[one.max(other)] = one.min(other);
    }

    /// Each group goes where the least is.
    fn spread(mut self, ways: usize) -> Vec<usize> {
        let roots: Vec<usize> = (0..self.parent.len())
            .map(|index| self.root(index))
            .collect();
        let mut sizes = HashMap::new();
        for root in &roots {
            *sizes.entry(*root).or_insert(0_usize) += 1;
        }
        let mut loads = vec![0_usize; ways];
        let mut parts = HashMap::new();
        for root in &roots {
            parts.entry(*root).or_insert_with(|| {
                let lightest = (0..ways).min_by_key(|part| loads[*part]).unwrap_or(0);
                loads[lightest] += sizes[root];
                lightest
            });
        }
        roots.iter().map(|root| parts[root]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Groups;

    #[test]
    fn what_is_joined_stays_together_and_the_rest_is_spread() {
        let mut groups = Groups::new(8);
        groups.join(5, 1);
        groups.join(7, 5);
        let parts = groups.spread(2);
        assert_eq!((parts[1], parts[1]), (parts[5], parts[7]));
        assert_eq!(parts.iter().filter(|part| **part == 0).count(), 4);
    }
}
