//! The log held against its seals, event by event, while it passes by.

mod suspects;

use std::collections::VecDeque;

use domain::id::Tenant;
use store::{
    Cursor, StoreError, Tx, checkpoint,
    seal::{self, Block, Entry, Hash, Head, Stored, merkle::Tree},
};

use super::law::Law;
use suspects::{Found, Suspects};

const WHOLE: &str = "every block of seals is whole and follows the one before";
const SEALED: &str = "every sealed event is as it was sealed";
const PUBLISHED: &str = "the chain of seals leads to the head that was published";
/// Blocks that are read at once.
const BLOCKS: u32 = 4;

/// What comes next in the chain.
enum Next {
    /// An event as it was sealed, and in which block.
    Entry(Entry, u64),
    /// Up to this place, the seals themselves are not to be believed.
    Blind(Cursor),
}

/// A chain that is held against the log.
pub(super) struct Seals {
    /// How far the sealer has come: everything up to there is sealed.
    checkpoint: Cursor,
    next: VecDeque<Next>,
    /// The place, number and hash of the last block that was read.
    last: Option<(Cursor, u64, Hash)>,
    ended: bool,
    tree: Tree,
    sealed: u64,
    blocks: u64,
    broken: Option<String>,
    suspects: Suspects,
    compared: u64,
    not_sealed: u64,
    /// The first event that no block has although the sealer was there.
    passed: Option<i64>,
    head: Option<Head>,
    /// What is wrong with the head, once the chain was as long as it says.
    head_met: Option<Option<String>>,
}

impl Seals {
    pub(super) async fn new(live: &mut Tx) -> Result<Self, StoreError> {
        Ok(Self {
            checkpoint: checkpoint::load_in(live, seal::CHECKPOINT).await?,
            next: VecDeque::new(),
            last: None,
            ended: false,
            tree: Tree::default(),
            sealed: 0,
            blocks: 0,
            broken: None,
            suspects: Suspects::default(),
            compared: 0,
            not_sealed: 0,
            passed: None,
            head: None,
            head_met: None,
        })
    }

    /// The chain is to lead to a head.
    pub(super) fn expect(&mut self, head: Option<&Head>) {
        self.head = head.cloned();
    }

    /// The next events of the log, in order.
    pub(super) async fn take(
        &mut self,
        live: &mut Tx,
        tenant: &Tenant,
        events: &[Stored],
    ) -> Result<(), StoreError> {
        let Some(end) = events.last().map(|event| event.cursor) else {
            return Ok(());
        };
        while !self.ended && self.last.is_none_or(|(at, ..)| at < end) {
            self.read_on(live, tenant).await?;
        }
        events.iter().for_each(|event| self.meet(event));
        Ok(())
    }

    async fn read_on(&mut self, live: &mut Tx, tenant: &Tenant) -> Result<(), StoreError> {
        let after = self.last.map_or(0, |(_, number, _)| number);
        let blocks = seal::blocks(live, tenant, after, BLOCKS).await?;
        self.ended = blocks.is_empty();
        blocks.into_iter().for_each(|block| self.append(block));
        Ok(())
    }

    fn append(&mut self, block: Block) {
        let header = &block.header;
        let number = header.number;
        let (end, before, previous) = self.last.unwrap_or((Cursor::START, 0, Hash::ZERO));
        let mut wrong = None;
        if number != before + 1 {
            wrong = Some(format!("block {} is missing", before + 1));
            // What it has sealed is not known.
            self.next.push_back(Next::Blind(Cursor {
                txid: header.first.txid,
                position: header.first.position - 1,
            }));
        } else if header.previous != previous {
            wrong = Some(format!("block {number} does not follow block {before}"));
        } else if header.first <= end {
            wrong = Some(format!("block {number} begins before block {before} ends"));
        }
        let flaw = block.flaw();
        if let Some(flaw) = flaw {
            wrong = Some(format!("block {number} was altered: {flaw}"));
        }
        self.broken = self.broken.take().or(wrong);
        let reach = block
            .entries
            .last()
            .map_or(header.last, |e| e.place.max(header.last));
        if flaw.is_some() {
            self.next.push_back(Next::Blind(reach));
        } else {
            self.next.extend(
                block
                    .entries
                    .iter()
                    .map(|entry| Next::Entry(*entry, number)),
            );
        }
        self.tree.push(header.leaf());
        self.blocks += 1;
        self.sealed += header.events;
        self.last = Some((reach.max(end), number, block.hash));
        self.meet_head(&block);
    }

    fn meet_head(&mut self, block: &Block) {
        let Some(head) = &self.head else {
            return;
        };
        if block.header.number == head.blocks {
            let same = self.tree.root() == head.root
                && block.hash == head.block_hash
                && self.sealed == head.events;
            self.head_met = Some((!same).then(|| {
                format!(
                    "block {}: the first {} blocks come to {}, and the head says {}; the chain was \
                     rewritten",
                    head.blocks,
                    head.blocks,
                    self.tree.root(),
                    head.root
                )
            }));
        }
    }

    fn meet(&mut self, event: &Stored) {
        let at = event.cursor;
        loop {
            match self.next.front() {
                None => {
                    self.not_sealed += 1;
                    if at <= self.checkpoint {
                        self.passed.get_or_insert(at.position);
                    }
                    return;
                }
                Some(Next::Blind(until)) if at <= *until => return,
                Some(Next::Blind(_)) => {}
                Some(Next::Entry(entry, block)) if entry.place < at => {
                    self.suspects.gone(*entry, *block);
                }
                Some(Next::Entry(entry, _)) if entry.place > at => {
                    self.suspects.inserted(Found::of(event));
                    return;
                }
                Some(Next::Entry(entry, block)) => {
                    self.compared += 1;
                    let found = event.entry();
                    if found != *entry {
                        self.suspects.changed((*entry, *block), Found::of(event));
                    }
                    self.next.pop_front();
                    return;
                }
            }
            self.next.pop_front();
        }
    }

    /// Reads the rest of the chain, for which the log has no events, and tells everything.
    pub(super) async fn laws(
        mut self,
        live: &mut Tx,
        tenant: &Tenant,
    ) -> Result<Vec<Law>, StoreError> {
        loop {
            for next in std::mem::take(&mut self.next) {
                if let Next::Entry(entry, block) = next {
                    self.suspects.gone(entry, block);
                }
            }
            if self.ended {
                break;
            }
            self.read_on(live, tenant).await?;
        }
        let after = self.passed.map(|position| {
            let last = self.blocks;
            format!(
                "event {position}: the sealer was there, but the chain ends with block {last} \
                 before it; a block is missing at the end, or the event was inserted"
            )
        });
        let mut laws = vec![
            Law::new(WHOLE, self.blocks, self.broken.or(after)),
            Law {
                note: note(&self.suspects, self.not_sealed),
                ..Law::new(SEALED, self.compared, self.suspects.first())
            },
        ];
        if let Some(head) = self.head {
            let short = || {
                Some(format!(
                    "block {}: the chain has {} blocks, and the head says {}",
                    head.blocks, self.blocks, head.blocks
                ))
            };
            let offender = match self.head_met {
                _ if head.tenant != tenant.as_str() => {
                    Some(format!("the head is of the books of {:?}", head.tenant))
                }
                Some(offender) => offender,
                None if head.blocks == 0 => None,
                None => short(),
            };
            laws.push(Law::new(PUBLISHED, head.blocks, offender));
        }
        Ok(laws)
    }
}

fn note(suspects: &Suspects, not_sealed: u64) -> Option<String> {
    let mut told = suspects.counts();
    if not_sealed > 0 {
        told.push(format!("{not_sealed} not sealed yet"));
    }
    (!told.is_empty()).then(|| told.join(", "))
}
