//! Seals: what makes a change of the log show, whoever made it.
//!
//! A sealer follows the log, off the way of commands. The events of a tenant that it has
//! read become that tenant's next block: for each its place and a hash of its content,
//! over all of them a Merkle root, and the hash of the block before. A head, which names
//! the last block and a Merkle root over all of them, can be signed and published: from
//! then on, each event below it can be shown to be in it, and no other content can.
//!
//! Every hash is SHA-256 over bytes that `docs/seals.md` describes one by one, so that
//! others can work them out without this program.

mod block;
mod encode;
mod event;
mod hash;
mod head;
mod key;
pub mod merkle;
mod proof;
mod scrub;
mod sealer;
mod table;

pub use block::{Block, Entry, Header};
pub use event::Stored;
pub use hash::Hash;
pub use head::{Flaw as HeadFlaw, Head, Signature};
pub use key::{Key, KeyError, PublicKey};
pub use proof::{BlockProof, EventProof, Flaw, Proof, Proven};
pub use scrub::{Scrubbed, scrub};
pub use sealer::{CHECKPOINT, PAGE, Sealer, lag, seal_all, step};
pub use table::{ProveError, blocks, head, headers, prove, sealed};
