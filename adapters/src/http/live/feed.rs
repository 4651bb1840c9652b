//! What is committed, read off the log once for all who watch, and only while somebody does.
//!
//! A client first listens, and then waits until the feed runs: from where it is then, the client
//! hears everything. What a client missed before is read for it alone ([`Feed::missed`]).

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::body::Bytes;
use domain::id::Tenant;
use projections::follower;
use serde_json::{Value as Json, json};
use store::{Cursor, Database, StoreError, error::chain, log, seal::Stored};
use tokio::sync::{Notify, broadcast, watch};
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// Batches that wait for a client that is slow; then it is told to look at everything again.
const WAITING: usize = 64;
/// Events that are read at once.
const PAGE: u32 = 1_000;
/// Events that are named in a frame; further ones are counted.
const NAMED: usize = 50;
/// Pages that are read for a client that was away.
const PAGES_MISSED: usize = 5;
/// What is committed within such a time is told together.
const GATHER: Duration = Duration::from_millis(200);
/// Others write to the log too.
const POLL: Duration = Duration::from_secs(1);
/// The pause after the database failed.
const PAUSE: Duration = Duration::from_secs(2);

/// The feed of a service.
#[derive(Debug)]
pub(super) struct Feed {
    database: Database,
    batches: broadcast::Sender<Arc<Batch>>,
    /// How far it has read; none while nobody watches.
    reached: watch::Sender<Option<Cursor>>,
    wanted: Notify,
}

/// What was committed up to a place of the log, by tenant, as it is sent.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) end: Cursor,
    frames: HashMap<String, Bytes>,
}

/// What happened while a client was away.
pub(super) enum Missed {
    /// All of it.
    Batches(Vec<Batch>),
    /// More than is worth telling.
    TooMuch,
}

impl Feed {
    pub(super) fn new(database: Database) -> Self {
        Self {
            database,
            batches: broadcast::Sender::new(WAITING),
            reached: watch::Sender::new(None),
            wanted: Notify::new(),
        }
    }

    /// Listens, and returns from where on; nothing at the end of the service.
    pub(super) async fn join(&self) -> Option<(broadcast::Receiver<Arc<Batch>>, Cursor)> {
        let batches = self.batches.subscribe();
        self.wanted.notify_one();
        let mut reached = self.reached.subscribe();
        let from = *reached.wait_for(Option::is_some).await.ok()?;
        Some((batches, from?))
    }

    /// What was committed behind one place, at least up to another.
    pub(super) async fn missed(&self, after: Cursor, to: Cursor) -> Result<Missed, StoreError> {
        let (mut at, mut batches) = (after, Vec::new());
        while at < to {
            if batches.len() == PAGES_MISSED {
                return Ok(Missed::TooMuch);
            }
            match next(&self.database, at).await? {
                Some(batch) => {
                    at = batch.end;
                    batches.push(batch);
                }
                None => break,
            }
        }
        Ok(Missed::Batches(batches))
    }

    /// Reads for as long as the service runs. `committed` wakes it up.
    pub(super) async fn run(&self, mut committed: watch::Receiver<u64>, stop: CancellationToken) {
        let reading = async {
            loop {
                if self.is_deserted() {
                    self.wanted.notified().await;
                    continue;
                }
                if let Err(error) = self.follow(&mut committed).await {
                    let error = chain(&error);
                    warn!(error, "cannot tell what is committed to those who watch");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = reading => {}
        }
    }

    /// Reads until nobody watches any more.
    async fn follow(&self, committed: &mut watch::Receiver<u64>) -> Result<(), StoreError> {
        let begun = *self.reached.borrow();
        let mut at = match begun {
            Some(at) => at,
            None => follower::slowest(&self.database).await?,
        };
        self.reached.send_replace(Some(at));
        while !self.is_deserted() {
            committed.mark_unchanged();
            while let Some(batch) = next(&self.database, at).await? {
                at = batch.end;
                // In this order: whoever joins in between hears it twice rather than not at all.
                self.reached.send_replace(Some(at));
                let _ = self.batches.send(Arc::new(batch));
            }
            let _ = tokio::time::timeout(POLL, committed.changed()).await;
            tokio::time::sleep(GATHER).await;
        }
        Ok(())
    }

    /// Whether nobody watches; then it forgets where it was, for it may be long.
    fn is_deserted(&self) -> bool {
        // Under the lock: who listens from now on finds no place that is forgotten afterwards.
        self.reached.send_if_modified(|reached| {
            let deserted = self.batches.receiver_count() == 0;
            if deserted {
                *reached = None;
            }
            deserted
        })
    }
}

impl Batch {
    /// What a tenant is sent of it.
    pub(super) fn frame(&self, tenant: &Tenant) -> Option<Bytes> {
        self.frames.get(tenant.as_str()).cloned()
    }
}

/// The next events that no later commit can precede, if there are any.
async fn next(database: &Database, after: Cursor) -> Result<Option<Batch>, StoreError> {
    let events = log::read_stored(database, after, PAGE).await?;
    let Some(last) = events.last() else {
        return Ok(None);
    };
    let end = last.cursor;
    let mut by_tenant: HashMap<&str, Vec<&Stored>> = HashMap::new();
    for event in &events {
        by_tenant.entry(&event.tenant).or_default().push(event);
    }
    let frames = by_tenant
        .into_iter()
        .map(|(tenant, events)| (tenant.to_owned(), told(end, &events)));
    Ok(Some(Batch {
        end,
        frames: frames.collect(),
    }))
}

fn told(end: Cursor, events: &[&Stored]) -> Bytes {
    let named = events.iter().take(NAMED).map(|event| {
        json!({
            "position": event.cursor.position,
            "type": event.kind,
            "stream": event.stream,
            "version": event.version,
        })
    });
    let named: Vec<Json> = named.collect();
    let last = events.last().map_or(end, |event| event.cursor);
    let data = json!({ "position": last.position, "count": events.len(), "events": named });
    super::frame("committed", Some(end), &data)
}
