//! A head: one line that stands for everything sealed so far. Signed and published, it
//! binds whoever keeps the ledger to each event below it.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    encode::{Canonical, moment},
    hash::Hash,
    key::{Key, PublicKey},
    merkle,
};
use crate::log::Cursor;

const FORMAT: &str = "payoutd-seal-head/1";
/// What is said of a signature's kind.
const ALGORITHM: &str = "ed25519";

/// What everything sealed so far comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    format: String,
    /// Whose books.
    pub tenant: String,
    /// How many blocks.
    pub blocks: u64,
    /// How many events they seal.
    pub events: u64,
    /// The hash of the last block; zeros if there is none.
    pub block_hash: Hash,
    /// The Merkle root over the hashes of all blocks.
    pub root: Hash,
    /// The place of the last event.
    pub last: Cursor,
    /// When the last block was made: microseconds since the beginning of 1970.
    #[serde(with = "moment")]
    pub sealed_at: i64,
    /// When the head was made.
    #[serde(with = "moment")]
    pub time: i64,
    /// The bytes that are signed, in hexadecimal digits, for tools that cannot make them.
    message: String,
    /// The signature, if there was a key.
    pub signature: Option<Signature>,
}

/// A signature and who made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    algorithm: String,
    /// The first 16 digits of the SHA-256 of the public key: a name for people.
    pub key_id: String,
    /// The key it can be checked with.
    pub public_key: PublicKey,
    /// 64 bytes in hexadecimal digits.
    value: String,
}

/// The last block of a chain, and sums over all of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Chain {
    pub(super) tree: merkle::Tree,
    pub(super) events: u64,
    /// Of the last block: its hash, its last place, when it was made.
    pub(super) last: Option<(Hash, Cursor, i64)>,
}

/// Why a head is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It is of another version of this program, or no head.
    #[error("its format is {0:?}, not \"{FORMAT}\"")]
    Format(String),
    /// The bytes that it says are signed are not those of its fields.
    #[error("its message is not made of what it says")]
    Message,
    /// Nobody has signed it, where somebody should have.
    #[error("nobody has signed it")]
    Unsigned,
    /// It is signed with another key.
    #[error("it is signed with key {found}, not with {expected}")]
    AnotherKey {
        /// The key that was asked for.
        expected: String,
        /// The key that it is signed with.
        found: String,
    },
    /// The signature is not one of this content with this key.
    #[error("its signature does not belong to what it says")]
    Signature,
}

impl Head {
    pub(super) fn new(tenant: &str, chain: &Chain, now: OffsetDateTime) -> Self {
        let (block_hash, last, sealed_at) = chain.last.unwrap_or((Hash::ZERO, Cursor::START, 0));
        let mut head = Self {
            format: FORMAT.to_owned(),
            tenant: tenant.to_owned(),
            blocks: chain.tree.size(),
            events: chain.events,
            block_hash,
            root: chain.tree.root(),
            last,
            sealed_at,
            time: moment::micros(now),
            message: String::new(),
            signature: None,
        };
        head.message = hex::encode(head.message());
        head
    }

    /// The bytes that are signed.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        Canonical::of("payoutd.seal.head.v1")
            .text(&self.tenant)
            .count(self.blocks)
            .count(self.events)
            .hash(self.block_hash)
            .hash(self.root)
            .int(self.last.txid)
            .int(self.last.position)
            .int(self.sealed_at)
            .int(self.time)
            .finish()
    }

    /// The same head with a signature.
    #[must_use]
    pub fn signed(mut self, key: &Key) -> Self {
        let public_key = key.public();
        self.signature = Some(Signature {
            algorithm: ALGORITHM.to_owned(),
            key_id: public_key.id(),
            public_key,
            value: hex::encode(key.sign(&self.message())),
        });
        self
    }

    /// Whether it is well made, and its signature, if it has one, is right. With a key, it
    /// must be signed with that one; without, whoever signed it may be anybody.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, key: Option<&PublicKey>) -> Result<(), Flaw> {
        if self.format != FORMAT {
            return Err(Flaw::Format(self.format.clone()));
        }
        if hex::encode(self.message()) != self.message {
            return Err(Flaw::Message);
        }
        let signature = match (&self.signature, key) {
            (None, None) => return Ok(()),
            (None, Some(_)) => return Err(Flaw::Unsigned),
            (Some(signature), _) => signature,
        };
        let found = &signature.public_key;
        match key {
            Some(key) if key != found => {
                return Err(Flaw::AnotherKey {
                    expected: key.id(),
                    found: found.id(),
                });
            }
            _ => {}
        }
        let value = hex::decode(&signature.value).unwrap_or_default();
        let right = signature.algorithm == ALGORITHM
            && signature.key_id == found.id()
            && found.has_signed(&self.message(), &value);
        if right { Ok(()) } else { Err(Flaw::Signature) }
    }

    /// Whether two heads stand for the same blocks, whenever they were made.
    #[must_use]
    pub fn stands_for_the_same(&self, other: &Self) -> bool {
        let what = |head: &Self| {
            (
                head.blocks,
                head.events,
                head.block_hash,
                head.root,
                head.last,
            )
        };
        self.tenant == other.tenant && what(self) == what(other)
    }
}

#[cfg(test)]
#[path = "head/tests.rs"]
mod tests;
