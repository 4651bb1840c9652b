//! Group commit: one task drains the queue and commits what waits together.
//!
//! A batch forms while the one before it commits; a lone command goes at once.
//! State is read before the transaction, which holds guarded writes only. When a
//! batch fails it is retried, then halved, down to one by one, so that one
//! culprit cannot hold up the rest.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{
    Code, Context, Missing, Refusal,
    id::{PayoutId, StreamId, Tenant},
    stripe::Meaning,
};
use futures::future::join_all;
use tokio::sync::{mpsc, watch};
use tracing::{debug, error, warn};

use crate::{
    append,
    batch::{Batch, Known},
    cache::Cache,
    database::{Backend, Database},
    decided::{Decided, Head},
    error::{Class, StoreError, chain},
    inbox::Webhook,
    job::{Job, Outcome, Subject, Work},
    ledger::InlineProjection,
    lookup,
    reply::{Reply, StoredOutcome},
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
    /// What parked webhooks may wait for and is there now.
    arrivals: HashSet<(Tenant, String)>,
    /// Parked webhooks whose time has come.
    again: VecDeque<Work>,
    /// Whether some may have been missed: when starting, and after trouble.
    missed: bool,
}

impl Writer {
    pub(crate) fn new(
        database: Database,
        projection: Arc<dyn InlineProjection>,
        settings: Settings,
        committed: watch::Sender<u64>,
    ) -> Self {
        let cache = Cache::new(settings.cache_weight);
        Self {
            database,
            projection,
            settings,
            cache,
            committed,
            arrivals: HashSet::new(),
            again: VecDeque::new(),
            missed: true,
        }
    }

    pub(crate) async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        self.take_up_parked().await;
        self.carry_out_again().await;
        let mut stopping = false;
        while !stopping {
            let Some(first) = jobs.recv().await else {
                break;
            };
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
                Job::Work(work) => works.push(*work),
                Job::Stop => stop = true,
            }
            next = if works.len() < self.settings.batch {
                jobs.try_recv().ok()
            } else {
                None
            };
        }
        metrics::gauge!("payoutd_queue_length").set(count(jobs.len()));
        self.carry_out(works).await;
        self.carry_out_again().await;
        stop
    }

    async fn carry_out_again(&mut self) {
        while !self.again.is_empty() {
            let page = self.again.len().min(self.settings.batch);
            let works = self.again.drain(..page).collect();
            self.carry_out(works).await;
        }
    }

    /// Brings inputs to an outcome, each its own, and answers.
    async fn carry_out(&mut self, works: Vec<Work>) {
        let started = Instant::now();
        let mut groups = vec![(works, 0_u32)];
        while let Some((works, tries)) = groups.pop() {
            if works.is_empty() {
                continue;
            }
            for (works, result) in self.commit(works).await {
                match result {
                    Ok(outcomes) => {
                        for (work, outcome) in works.into_iter().zip(outcomes) {
                            count_outcome(&work, &outcome);
                            work.answer(outcome);
                        }
                    }
                    Err(error) => {
                        note_failure(&error, &works, tries + 1);
                        let spent = started.elapsed();
                        groups.extend(self.after_failure(works, &error, tries + 1, spent).await);
                    }
                }
            }
            self.take_up_parked().await;
        }
    }

    /// What to try next of inputs that failed together, and after how many tries.
    async fn after_failure(
        &mut self,
        mut works: Vec<Work>,
        error: &StoreError,
        tries: u32,
        spent: Duration,
    ) -> Vec<(Vec<Work>, u32)> {
        let class = error.class();
        let again = class != Class::Permanent && self.settings.retry.allows(tries, spent);
        let halve = works.len() > 1
            && match class {
                Class::Conflict => !again || tries > 1,
                Class::Permanent => true,
                Class::Unavailable | Class::Ambiguous => false,
            };
        if halve {
            // Halves halve again at once; whoever is alone at last has all its tries
            // before it.
            let second = works.split_off(works.len() / 2);
            let group = |half: Vec<Work>| {
                let tries = u32::from(half.len() > 1);
                (half, tries)
            };
            vec![group(second), group(works)]
        } else if again {
            if matches!(class, Class::Unavailable | Class::Ambiguous) {
                self.database.shed_dead_connections().await;
            }
            tokio::time::sleep(self.settings.retry.pause(tries)).await;
            vec![(works, tries)]
        } else {
            self.missed |= works.iter().any(Work::is_again);
            give_up(works, error);
            Vec::new()
        }
    }

    /// One try: look up, decide, and commit, side by side what is independent.
    async fn commit(&mut self, works: Vec<Work>) -> Vec<Committed> {
        let batch = match self.decided(&works).await {
            Ok(batch) => batch,
            Err(error) => return vec![(works, Err(error))],
        };
        let ways = match self.database.backend() {
            Backend::Postgres => self.settings.ways,
            // One writer at a time.
            Backend::Sqlite => 1,
        };
        let parts = batch.complete(works, ways);
        let written = parts
            .into_iter()
            .map(|(decided, works)| self.write(decided, works));
        let written = join_all(written).await;
        let mut committed = Vec::with_capacity(written.len());
        for (decided, works, result) in written {
            // Also of a commit in doubt, which may have happened: looking for those
            // who wait costs nothing when it has not.
            self.arrivals.extend(decided.arrivals(&works));
            let result = result.map(|()| {
                let events = u64::try_from(decided.events.len()).unwrap_or(0);
                if events > 0 {
                    self.committed.send_modify(|total| *total += events);
                }
                (0..works.len())
                    .map(|index| decided.outcome(index))
                    .collect()
            });
            if result.is_ok() {
                for Head {
                    tenant,
                    stream,
                    now,
                    ..
                } in decided.heads
                {
                    self.cache.put(tenant, stream, now);
                }
            }
            committed.push((works, result));
        }
        committed
    }

    async fn decided(&mut self, works: &[Work]) -> Result<Batch, StoreError> {
        let known = self.known(works).await?;
        let mut batch = Batch::new(self.settings.clock.now(), known);
        self.decide(&mut batch, works).await?;
        Ok(batch)
    }

    /// One transaction.
    async fn write(
        &self,
        mut decided: Decided,
        mut works: Vec<Work>,
    ) -> (Decided, Vec<Work>, Result<(), StoreError>) {
        let started = Instant::now();
        let result = self.write_in_transaction(&mut decided, &works).await;
        let elapsed = started.elapsed();
        if result
            .as_ref()
            .is_err_and(|error| error.class() == Class::Ambiguous)
        {
            decided.leave_uncertain(&mut works);
        }
        metrics::histogram!("payoutd_batch_size").record(count(works.len()));
        metrics::histogram!("payoutd_transaction_duration_seconds").record(elapsed);
        debug!(
            batch = works.len(),
            events = decided.events.len(),
            isolation = self.settings.isolation.as_sql(),
            duration_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
            committed = result.is_ok(),
            "ended a transaction"
        );
        (decided, works, result)
    }

    async fn write_in_transaction(
        &self,
        decided: &mut Decided,
        works: &[Work],
    ) -> Result<(), StoreError> {
        if !decided.writes() {
            return Ok(());
        }
        let mut tx = Tx::begin(&self.database, Mode::Write(self.settings.isolation)).await?;
        let positions = append::append(&mut tx, decided, works).await?;
        decided.place(tx.xid(), &positions);
        if !decided.events.is_empty() {
            self.projection.apply(&mut tx, &decided.events).await?;
        }
        tx.commit().await
    }
}

/// The inputs of one transaction, and their outcomes if it was committed.
type Committed = (Vec<Work>, Result<Vec<Outcome>, StoreError>);

impl Writer {
    /// What was recorded under the inputs' keys before.
    async fn known(&self, works: &[Work]) -> Result<Known, StoreError> {
        let mut known = Known::default();
        for (tenant, asked) in Asked::by_tenant(works) {
            if !asked.keys.is_empty() {
                let found = lookup::receipts(&self.database, tenant, asked.keys).await?;
                for (key, receipt) in found {
                    if let StoredOutcome::Accepted { events, .. } = &receipt.outcome {
                        let places = lookup::positions(&self.database, tenant, events).await?;
                        known.positions.extend(places.into_iter().map(
                            |((stream, version), position)| {
                                ((tenant.clone(), stream, version), position)
                            },
                        ));
                    }
                    known.receipts.insert((tenant.clone(), key), receipt);
                }
            }
            if !asked.webhooks.is_empty() {
                let found = lookup::archived(&self.database, tenant, &asked.webhooks).await?;
                known.archived.extend(
                    found
                        .into_iter()
                        .map(|(key, told)| ((tenant.clone(), key), told)),
                );
            }
            if !asked.objects.is_empty() {
                let found = lookup::blocked(&self.database, tenant, asked.objects).await?;
                known.blocked.extend(
                    found
                        .into_iter()
                        .map(|(object, dead)| ((tenant.clone(), object), dead)),
                );
            }
        }
        Ok(known)
    }

    /// Decides all inputs in order. What is missing is loaded for as many of them
    /// as possible at once.
    async fn decide(&mut self, batch: &mut Batch, works: &[Work]) -> Result<(), StoreError> {
        for (index, work) in works.iter().enumerate() {
            let mut rounds = 0;
            while let Err(missing) = batch.settle(work, self.settings.clock.as_ref()) {
                let mut wanted = HashSet::from([(work.tenant.clone(), missing)]);
                if rounds < LOAD_ROUNDS {
                    rounds += 1;
                    let context = Context {
                        now: batch.now(),
                        fresh_payout_id: PayoutId(self.settings.clock.fresh_id()),
                    };
                    for later in &works[index + 1..] {
                        let missing = batch.missing(later, &context);
                        wanted.extend(missing.map(|missing| (later.tenant.clone(), missing)));
                    }
                }
                self.load(batch, wanted).await?;
            }
        }
        Ok(())
    }

    /// Brings streams from the cache or the log, and aliases, into the batch.
    async fn load(
        &mut self,
        batch: &mut Batch,
        wanted: HashSet<(Tenant, Missing)>,
    ) -> Result<(), StoreError> {
        let mut streams: HashMap<Tenant, Vec<StreamId>> = HashMap::new();
        let mut aliases: HashMap<Tenant, Vec<_>> = HashMap::new();
        for (tenant, missing) in wanted {
            match missing {
                Missing::Stream(id) => match self.cache.take(&tenant, &id) {
                    Some(stream) => batch.insert(&tenant, id, stream),
                    None => streams.entry(tenant).or_default().push(id),
                },
                Missing::Alias(alias) => aliases.entry(tenant).or_default().push(alias),
            }
        }
        for (tenant, ids) in streams {
            for (id, stream) in lookup::streams(&self.database, &tenant, ids).await? {
                batch.insert(&tenant, id, stream);
            }
        }
        for (tenant, names) in aliases {
            for (alias, owner) in lookup::aliases(&self.database, &tenant, names).await? {
                batch.view(&tenant).insert_alias(alias, owner);
            }
        }
        Ok(())
    }

    /// Takes up the parked webhooks that waited for something now there. What
    /// cannot be looked up now is looked up after the next batch.
    async fn take_up_parked(&mut self) {
        if self.missed {
            match lookup::arrived(&self.database).await {
                Ok(arrived) => {
                    self.missed = false;
                    self.arrivals.extend(arrived);
                }
                Err(error) => warn!(error = chain(&error), "cannot look for parked webhooks yet"),
            }
        }
        let mut reasons: HashMap<Tenant, Vec<String>> = HashMap::new();
        for (tenant, reason) in self.arrivals.drain() {
            reasons.entry(tenant).or_default().push(reason);
        }
        for (tenant, reasons) in reasons {
            let names = reasons.iter().map(String::as_str).collect();
            match lookup::parked(&self.database, &tenant, names).await {
                Ok(bodies) => self.again.extend(
                    bodies
                        .into_iter()
                        .map(|body| Work::again(tenant.clone(), Webhook::read_again(body))),
                ),
                Err(error) => {
                    warn!(error = chain(&error), "cannot look for parked webhooks yet");
                    self.arrivals
                        .extend(reasons.into_iter().map(|r| (tenant.clone(), r)));
                }
            }
        }
    }
}

/// What a batch asks of the store before it is decided.
#[derive(Default)]
struct Asked<'w> {
    keys: Vec<&'w str>,
    webhooks: Vec<(&'w str, &'w str)>,
    objects: Vec<&'w str>,
}

impl<'w> Asked<'w> {
    fn by_tenant(works: &'w [Work]) -> HashMap<&'w Tenant, Self> {
        let mut tenants: HashMap<&Tenant, Self> = HashMap::new();
        for work in works {
            let asked = tenants.entry(&work.tenant).or_default();
            match &work.subject {
                // A key of our own was never used, unless an earlier try used it.
                Subject::Command(command) if command.key_given || work.uncertain => {
                    asked.keys.push(command.key.as_str());
                }
                Subject::Command(_) => {}
                Subject::Webhook(webhook) => {
                    asked
                        .webhooks
                        .push((&webhook.event_id, webhook.body_hash.as_str()));
                    if matches!(webhook.meaning, Meaning::Fact(_)) {
                        asked.objects.extend(webhook.object.as_deref());
                    }
                }
            }
        }
        tenants
    }
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

fn note_failure(error: &StoreError, works: &[Work], tries: u32) {
    let class = error.class().as_str();
    let sqlstate = error.code().to_owned();
    metrics::counter!("payoutd_retries_total", "sqlstate" => sqlstate, "class" => class)
        .increment(1);
    warn!(
        batch = works.len(),
        attempt = tries,
        class,
        tenant = works.first().map(|work| work.tenant.as_str()),
        command = works.first().map(Work::name),
        error = chain(error),
        "a batch failed"
    );
}

fn give_up(works: Vec<Work>, error: &StoreError) {
    for work in works {
        let (code, detail) = match error.class() {
            // Whatever went wrong last: an earlier try may have been committed.
            _ if work.uncertain => (
                Code::Unavailable,
                "the outcome is not known yet; send the same idempotency key again to learn it",
            ),
            Class::Conflict => (
                Code::PayoutDeadlockError,
                "conflicts with other commands outlasted the retries; nothing was recorded",
            ),
            Class::Ambiguous | Class::Unavailable | Class::Permanent => (
                Code::PayoutTransactionError,
                "the database failed; nothing was recorded",
            ),
        };
        error!(
            tenant = work.tenant.as_str(),
            command = work.name(),
            error = chain(error),
            "gave an input up"
        );
        metrics::counter!("payoutd_commands_total", "command" => work.name().to_owned(),
            "outcome" => code.as_str())
        .increment(1);
        work.refuse(Refusal::new(code, detail));
    }
}

fn count_outcome(work: &Work, outcome: &Outcome) {
    let (metric, told) = match outcome {
        Outcome::Command(Reply::Accepted(acceptance)) if acceptance.duplicate => {
            ("payoutd_commands_total", "duplicate")
        }
        Outcome::Command(Reply::Accepted(_)) => ("payoutd_commands_total", "accepted"),
        Outcome::Command(Reply::Refused(refusal)) => {
            ("payoutd_commands_total", refusal.code.as_str())
        }
        Outcome::Webhook(told) => ("payoutd_stripe_events_total", told.as_str()),
    };
    metrics::counter!(metric, "command" => work.name().to_owned(), "outcome" => told).increment(1);
}
