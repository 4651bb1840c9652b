//! A proof: the events of one payout, and what leads from each of them to a head. It can
//! be checked without the database, by who has an earlier head.

use domain::{
    id::{PayoutId, StreamId},
    money::Money,
    payout::Payout,
};
use serde::{Deserialize, Serialize};

use super::{
    block::Header,
    encode::moment,
    event::Stored,
    hash::Hash,
    head::{self, Head},
    merkle,
};
use crate::{
    error::{StoreError, chain},
    log::Cursor,
};

const FORMAT: &str = "payoutd-seal-proof/1";

/// The events of one payout, and what leads from each of them to a head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    format: String,
    /// The payout.
    pub payout_id: PayoutId,
    /// What it leads to.
    pub head: Head,
    /// The payout's events, from the first.
    pub events: Vec<EventProof>,
    /// The blocks that seal them, each once.
    pub blocks: Vec<BlockProof>,
}

/// An event and what leads from it to its block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventProof {
    /// Where in the log.
    pub place: Cursor,
    /// Its stream.
    pub stream: String,
    /// Its number in the stream.
    pub version: i64,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The version of the type's shape.
    pub schema_version: i64,
    /// What happened: JSON as text, letter by letter as it is stored.
    pub data: String,
    /// What caused it, in the same way.
    pub metadata: String,
    /// When it was decided: microseconds since the beginning of 1970.
    #[serde(with = "moment")]
    pub recorded_at: i64,
    /// The number of the block.
    pub block: u64,
    /// Its number in the block, from 0.
    pub index: u64,
    /// The hashes beside its way to the block's root, from the event up.
    pub path: Vec<Hash>,
}

/// A block and what leads from it to the head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockProof {
    /// What its hash is over.
    pub header: Header,
    /// The hashes beside its way to the head's root, from the block up.
    pub path: Vec<Hash>,
}

/// What a proof that holds has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Which payout.
    pub payout_id: PayoutId,
    /// For whom.
    pub seller_id: String,
    /// How much.
    pub amount: Money,
    /// How far it was, as its events tell.
    pub status: &'static str,
    /// What Stripe calls it, if it has told.
    pub stripe_payout_id: Option<String>,
    /// Of how many events that is known.
    pub events: u64,
}

/// Why a proof shows nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It is of another version of this program, or no proof.
    #[error("the format of the proof is {0:?}, not \"{FORMAT}\"")]
    Format(String),
    /// Its head is not to be believed.
    #[error("the head: {0}")]
    Head(#[from] head::Flaw),
    /// It leads to another head than the one that was given.
    #[error(
        "the proof leads to a head of {found} blocks with root {found_root}, and the head that \
         was given has {expected} blocks and root {expected_root}"
    )]
    AnotherHead {
        /// Blocks of the head that was given.
        expected: u64,
        /// Its root.
        expected_root: Hash,
        /// Blocks of the proof's own head.
        found: u64,
        /// Its root.
        found_root: Hash,
    },
    /// It has no events.
    #[error("it shows no event of the payout")]
    Empty,
    /// A version is not where it should be.
    #[error("event {found} of the payout is where event {expected} should be")]
    Version {
        /// The next one.
        expected: i64,
        /// The one that is there.
        found: i64,
    },
    /// An event is of another payout.
    #[error("event {version} is of {stream}, not of the payout")]
    Stream {
        /// Which event.
        version: i64,
        /// Its stream.
        stream: String,
    },
    /// An event names a block that is not in the proof.
    #[error("event {version} is of block {block}, which the proof does not show")]
    NoBlock {
        /// Which event.
        version: i64,
        /// The block.
        block: u64,
    },
    /// The path of an event does not lead to the root of its block.
    #[error("event {version} is not what block {block} has sealed: its path leads elsewhere")]
    Event {
        /// Which event.
        version: i64,
        /// The block.
        block: u64,
    },
    /// The path of a block does not lead to the head.
    #[error("block {number} is not below the head: its path leads elsewhere")]
    Block {
        /// The block.
        number: u64,
    },
    /// An event is sealed, but this program cannot read it.
    #[error("event {version} is sealed, but cannot be read: {why}")]
    Unreadable {
        /// Which event.
        version: i64,
        /// Why.
        why: String,
    },
    /// The events are no payout's.
    #[error("the events do not begin a payout")]
    NoPayout,
}

impl Proof {
    pub(super) fn new(
        payout_id: PayoutId,
        head: Head,
        events: Vec<EventProof>,
        blocks: Vec<BlockProof>,
    ) -> Self {
        Self {
            format: FORMAT.to_owned(),
            payout_id,
            head,
            events,
            blocks,
        }
    }

    /// Follows every path, to the given head or else to the proof's own, and tells what is
    /// shown by it. The signature of the head is not looked at: see [`Head::check`].
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self, head: Option<&Head>) -> Result<Proven, Flaw> {
        if self.format != FORMAT {
            return Err(Flaw::Format(self.format.clone()));
        }
        self.head.check(None)?;
        let head = match head {
            Some(given) if !given.stands_for_the_same(&self.head) => {
                return Err(Flaw::AnotherHead {
                    expected: given.blocks,
                    expected_root: given.root,
                    found: self.head.blocks,
                    found_root: self.head.root,
                });
            }
            Some(given) => given,
            None => &self.head,
        };
        for block in &self.blocks {
            block.check(head)?;
        }
        let stream = StreamId::payout(self.payout_id);
        let mut payout = Payout::default();
        for (event, expected) in self.events.iter().zip(1..) {
            self.follow(event, (stream.as_str(), expected))?;
            let decoded = event.stored(&head.tenant).decode();
            let recorded = decoded.map_err(|error: StoreError| Flaw::Unreadable {
                version: expected,
                why: chain(&error),
            })?;
            payout = payout.evolve(&recorded.event);
        }
        if self.events.is_empty() {
            return Err(Flaw::Empty);
        }
        self.proven(&payout).ok_or(Flaw::NoPayout)
    }

    /// From an event to the root of its block.
    fn follow(&self, event: &EventProof, expected: (&str, i64)) -> Result<(), Flaw> {
        let (stream, version) = expected;
        if event.version != version {
            return Err(Flaw::Version {
                expected: version,
                found: event.version,
            });
        }
        if event.stream != stream {
            return Err(Flaw::Stream {
                version,
                stream: event.stream.clone(),
            });
        }
        let block = event.block;
        let header = self
            .blocks
            .iter()
            .map(|block| &block.header)
            .find(|header| header.number == block)
            .ok_or(Flaw::NoBlock { version, block })?;
        let leaf = event.stored(&self.head.tenant).entry().leaf();
        let root = merkle::climb(leaf, event.index, header.events, &event.path);
        if root == Some(header.root) {
            Ok(())
        } else {
            Err(Flaw::Event { version, block })
        }
    }

    fn proven(&self, payout: &Payout) -> Option<Proven> {
        let known = payout.known()?;
        (known.payout_id() == self.payout_id).then(|| Proven {
            payout_id: known.payout_id(),
            seller_id: known.seller_id().to_string(),
            amount: known.amount(),
            status: known.standing().as_str(),
            stripe_payout_id: known.stripe_payout_id().map(ToString::to_string),
            events: u64::try_from(self.events.len()).unwrap_or(u64::MAX),
        })
    }
}

impl BlockProof {
    fn check(&self, head: &Head) -> Result<(), Flaw> {
        let number = self.header.number;
        let root = number
            .checked_sub(1)
            .and_then(|index| merkle::climb(self.header.leaf(), index, head.blocks, &self.path));
        if root == Some(head.root) && self.header.tenant == head.tenant {
            Ok(())
        } else {
            Err(Flaw::Block { number })
        }
    }
}

impl EventProof {
    pub(super) fn new(stored: Stored, block: u64, index: u64, path: Vec<Hash>) -> Self {
        Self {
            place: stored.cursor,
            stream: stored.stream,
            version: stored.version,
            kind: stored.kind,
            schema_version: stored.schema_version,
            data: stored.data,
            metadata: stored.metadata,
            recorded_at: stored.recorded_at.unwrap_or(i64::MIN),
            block,
            index,
            path,
        }
    }

    fn stored(&self, tenant: &str) -> Stored {
        Stored {
            cursor: self.place,
            tenant: tenant.to_owned(),
            stream: self.stream.clone(),
            version: self.version,
            kind: self.kind.clone(),
            schema_version: self.schema_version,
            data: self.data.clone(),
            metadata: self.metadata.clone(),
            recorded_at: Some(self.recorded_at),
        }
    }
}
