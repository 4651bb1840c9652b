//! Group commit: one task drains the queue and commits what waits together.
//!
//! A batch forms while the one before it commits; a lone command goes at once.
//! State is read before the transaction, which holds guarded writes only. When a
//! batch fails it is retried, then halved, down to one by one, so that one
//! culprit cannot hold up the rest.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Instant,
};

use domain::{
    Code, Context, Missing, Refusal,
    id::{PayoutId, StreamId, Tenant},
};
use tokio::sync::{mpsc, watch};
use tracing::{debug, error, warn};

use crate::{
    append,
    batch::{Batch, Known},
    cache::Cache,
    database::Database,
    error::{Class, StoreError, chain},
    inbox::Webhook,
    job::{Job, Outcome, Subject, Work},
    ledger::InlineProjection,
    lookup,
    reply::{Ingested, Reply, StoredOutcome},
    settings::Settings,
    transaction::{Mode, Tx},
};

/// How often a batch asks for more streams before it goes on one by one: a fact
/// names a payout, which names a balance.
const LOAD_ROUNDS: usize = 5;

pub(crate) struct Writer {
    database: Database,
    projection: Arc<dyn InlineProjection>,
    settings: Settings,
    cache: Cache,
    committed: watch::Sender<u64>,
    /// Parked webhooks whose time has come.
    again: VecDeque<Work>,
}

impl Writer {
    pub(crate) fn new(
        database: Database,
        projection: Arc<dyn InlineProjection>,
        settings: Settings,
        committed: watch::Sender<u64>,
    ) -> Self {
        let cache = Cache::new(settings.cache_weight);
        Self { database, projection, settings, cache, committed, again: VecDeque::new() }
    }

    pub(crate) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut stopping = false;
        while !stopping {
            let Some(first) = jobs.recv().await else { break };
            stopping = self.drain(first, &mut jobs).await;
        }
        // Whoever got in beside the mark is answered too.
        jobs.close();
        while let Some(job) = jobs.recv().await {
            self.drain(job, &mut jobs).await;
        }
    }

    /// Takes what waits, up to a batch, and carries it out. Whether to stop.
    async fn drain(&mut self, first: Job, jobs: &mut mpsc::Receiver<Job>) -> bool {
        let mut works = Vec::new();
        let mut stop = false;
        let mut next = Some(first);
        while let Some(job) = next {
            match job {
                Job::Work(work) => works.push(work),
                Job::Stop => stop = true,
            }
            next = if works.len() < self.settings.batch { jobs.try_recv().ok() } else { None };
        }
        metrics::gauge!("payoutd_queue_length").set(count(jobs.len()));
        self.carry_out(works).await;
        while !self.again.is_empty() {
            let page = self.again.len().min(self.settings.batch);
            let works = self.again.drain(..page).collect();
            self.carry_out(works).await;
        }
        stop
    }

    /// Brings inputs to an outcome, each its own, and answers.
    async fn carry_out(&mut self, works: Vec<Work>) {
        let started = Instant::now();
        let mut groups = vec![(works, 0_u32)];
        while let Some((mut works, mut tries)) = groups.pop() {
            if works.is_empty() {
                continue;
            }
            match self.commit(&works, tries).await {
                Ok(outcomes) => self.answer(works, outcomes).await,
                Err(error) => {
                    tries += 1;
                    note_failure(&error, &works, tries);
                    let class = error.class();
                    if class == Class::Ambiguous {
                        works.iter_mut().for_each(|work| work.uncertain = true);
                    }
                    let again = class != Class::Permanent
                        && self.settings.retry.allows(tries, started.elapsed());
                    let halve = works.len() > 1
                        && match class {
                            Class::Conflict => !again || tries > 1,
                            Class::Permanent => true,
                            Class::Unavailable | Class::Ambiguous => false,
                        };
                    if halve {
                        let second = works.split_off(works.len() / 2);
                        groups.push((second, tries));
                        groups.push((works, tries));
                    } else if again {
                        tokio::time::sleep(self.settings.retry.pause(tries)).await;
                        groups.push((works, tries));
                    } else {
                        give_up(works, &error);
                    }
                }
            }
        }
    }

    /// One try: look up, decide, write, commit.
    async fn commit(&mut self, works: &[Work], tries: u32) -> Result<Vec<Outcome>, StoreError> {
        let started = Instant::now();
        let known = self.known(works).await?;
        let mut batch = Batch::new(self.settings.clock.now(), known);
        self.decide(&mut batch, works).await?;

        let mut tx = Tx::begin(&self.database, Mode::Write(self.settings.isolation)).await?;
        let positions = append::append(&mut tx, &batch, works).await?;
        batch.place(tx.xid(), &positions);
        if !batch.events.is_empty() {
            self.projection.apply(&mut tx, &batch.events).await?;
        }
        tx.commit().await?;

        let elapsed = started.elapsed();
        metrics::histogram!("payoutd_batch_size").record(count(works.len()));
        metrics::histogram!("payoutd_transaction_duration_seconds").record(elapsed);
        debug!(
            batch = works.len(),
            events = batch.events.len(),
            attempt = tries + 1,
            isolation = self.settings.isolation.as_sql(),
            duration_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
            "committed a batch"
        );
        let outcomes = (0..works.len()).map(|index| batch.outcome(index)).collect();
        if !batch.events.is_empty() {
            let events = u64::try_from(batch.events.len()).unwrap_or(0);
            self.committed.send_modify(|total| *total += events);
        }
        self.remember_arrivals(&batch, works);
        for (tenant, id, stream) in batch.into_streams() {
            self.cache.put(tenant, id, stream);
        }
        Ok(outcomes)
    }
}
