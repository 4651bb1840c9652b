//! Folded streams kept in memory between batches.
//!
//! A batch takes the streams it needs out and puts them back once it is
//! committed; after a failure they stay out and are read again. What another
//! process wrote meanwhile shows at the head rows, so a stale entry costs a retry
//! and never a wrong decision.

use domain::{
    id::{StreamId, Tenant},
    view::Stream,
};
use lru::LruCache;

type Key = (Tenant, StreamId);

#[derive(Debug)]
pub(crate) struct Cache {
    streams: LruCache<Key, Stream>,
    weight: usize,
    limit: usize,
}

impl Cache {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            streams: LruCache::unbounded(),
            weight: 0,
            limit,
        }
    }

    pub(crate) fn take(&mut self, tenant: &Tenant, stream: &StreamId) -> Option<Stream> {
        let found = self.streams.pop(&(tenant.clone(), stream.clone()))?;
        self.weight = self.weight.saturating_sub(found.state.weight());
        Some(found)
    }

    /// Keeps a stream. One without events is not kept: it may come into being
    /// elsewhere, and nothing would show it.
    pub(crate) fn put(&mut self, tenant: Tenant, stream: StreamId, state: Stream) {
        if state.version == 0 {
            return;
        }
        self.weight += state.state.weight();
        if let Some(old) = self.streams.put((tenant, stream), state) {
            self.weight = self.weight.saturating_sub(old.state.weight());
        }
        while self.weight > self.limit {
            match self.streams.pop_lru() {
                Some((_, old)) => self.weight = self.weight.saturating_sub(old.state.weight()),
                None => break,
            }
        }
    }
}
