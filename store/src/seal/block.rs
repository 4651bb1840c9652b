//! A block: what a tenant's events were when they were sealed, and the block before.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    encode::{Canonical, moment},
    hash::Hash,
    merkle,
};
use crate::log::Cursor;

/// One event in a block: 56 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Where in the log it was.
    pub place: Cursor,
    /// Its number in its stream.
    pub version: i64,
    /// The hash of its content.
    pub body: Hash,
}

impl Entry {
    /// Bytes of an entry.
    pub const SIZE: usize = 56;

    /// Its bytes: transaction id, position and version in 8 bytes each, the highest first,
    /// and the hash of the content.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[..8].copy_from_slice(&self.place.txid.to_be_bytes());
        bytes[8..16].copy_from_slice(&self.place.position.to_be_bytes());
        bytes[16..24].copy_from_slice(&self.version.to_be_bytes());
        bytes[24..].copy_from_slice(&self.body.0);
        bytes
    }

    fn read(bytes: &[u8; Self::SIZE]) -> Self {
        let number = |from: usize| {
            let mut eight = [0; 8];
            eight.copy_from_slice(&bytes[from..from + 8]);
            i64::from_be_bytes(eight)
        };
        let mut body = [0; 32];
        body.copy_from_slice(&bytes[24..]);
        Self {
            place: Cursor {
                txid: number(0),
                position: number(8),
            },
            version: number(16),
            body: Hash(body),
        }
    }

    /// The leaf that it is in its block's tree.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        merkle::leaf(&self.to_bytes())
    }
}

/// All that a block's own hash is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Whose books.
    pub tenant: String,
    /// Its number in the tenant's chain, from 1.
    pub number: u64,
    /// How many events it seals.
    pub events: u64,
    /// The place of the first of them.
    pub first: Cursor,
    /// The place of the last of them.
    pub last: Cursor,
    /// The Merkle root over them.
    pub root: Hash,
    /// The hash of the block before; zeros for the first.
    pub previous: Hash,
    /// When it was made: microseconds since the beginning of 1970.
    #[serde(with = "moment")]
    pub sealed_at: i64,
}

impl Header {
    /// The block's hash.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let bytes = Canonical::of("payoutd.seal.block.v1")
            .text(&self.tenant)
            .count(self.number)
            .count(self.events)
            .int(self.first.txid)
            .int(self.first.position)
            .int(self.last.txid)
            .int(self.last.position)
            .hash(self.root)
            .hash(self.previous)
            .int(self.sealed_at);
        Hash::of(&bytes.finish())
    }

    /// The leaf that the block is in the tree of a head.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        merkle::leaf(&self.hash().0)
    }
}

/// A block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What its hash is over.
    pub header: Header,
    /// Its hash, as it was stored.
    pub hash: Hash,
    /// Its events, as they were stored.
    pub entries: Vec<Entry>,
    /// Bytes that were stored after the last whole entry: none, unless somebody has been at
    /// them.
    pub surplus: usize,
}

impl Block {
    /// The next block of a tenant's chain. No entries, no block.
    #[must_use]
    pub fn next(
        tenant: &str,
        previous: Option<(u64, Hash)>,
        entries: Vec<Entry>,
        now: OffsetDateTime,
    ) -> Option<Self> {
        let (first, last) = (entries.first()?.place, entries.last()?.place);
        let (number, previous) = previous.unwrap_or((0, Hash::ZERO));
        let header = Header {
            tenant: tenant.to_owned(),
            number: number + 1,
            events: u64::try_from(entries.len()).unwrap_or(u64::MAX),
            first,
            last,
            root: merkle::root(entries.iter().map(Entry::leaf)),
            previous,
            sealed_at: moment::micros(now),
        };
        Some(Self {
            hash: header.hash(),
            header,
            entries,
            surplus: 0,
        })
    }

    /// The bytes of all entries.
    #[must_use]
    pub fn blob(&self) -> Vec<u8> {
        self.entries.iter().flat_map(Entry::to_bytes).collect()
    }

    /// Reads the bytes of entries.
    pub(super) fn entries(blob: &[u8]) -> (Vec<Entry>, usize) {
        let (whole, rest) = blob.as_chunks();
        (whole.iter().map(Entry::read).collect(), rest.len())
    }

    /// What is wrong with the block in itself, if something is.
    #[must_use]
    pub fn flaw(&self) -> Option<&'static str> {
        let header = &self.header;
        let ends = (self.entries.first(), self.entries.last());
        let places = ends.0.map(|entry| entry.place) == Some(header.first)
            && ends.1.map(|entry| entry.place) == Some(header.last);
        let root = || merkle::root(self.entries.iter().map(Entry::leaf));
        if header.hash() != self.hash {
            Some("its hash is not that of what it says")
        } else if self.entries.len() as u64 != header.events || self.surplus > 0 || !places {
            Some("its entries are not as many, or not from where to where it says")
        } else if root() != header.root {
            Some("its entries do not lead to its Merkle root")
        } else {
            None
        }
    }
}
