//! Group commit: one task drains the queue and commits what waits together.
//!
//! A batch forms while the one before it commits; a lone command goes at once.
//! State is read before the transaction, which holds guarded writes only. While
//! one batch is written, the next is decided over the state as it will be then;
//! should the first fail, the second is decided anew.

use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{
    id::{StreamId, Tenant},
    view::Stream,
};
use tokio::{
    sync::{Notify, mpsc, watch},
    task::JoinHandle,
};
use tracing::{Instrument, error};

use crate::{
    cache::Cache,
    database::Database,
    desk::Desk,
    error::StoreError,
    job::{Job, Outcome, Subject, Work},
    ledger::InlineProjection,
    rehearsal::Imagined,
    reply::DROPPED,
    settings::Settings,
};
use flight::{Failed, Landed, Plan, Runway};

mod flight;
mod recover;

/// How long the queue has to be empty before parked webhooks are looked for.
const QUIET: Duration = Duration::from_millis(2);

pub(crate) struct Writer {
    database: Database,
    settings: Settings,
    runway: Arc<Runway>,
    desk: Desk,
    /// What parked webhooks may wait for and is there now.
    arrivals: HashSet<(Tenant, String)>,
    /// Parked webhooks whose time has come.
    again: VecDeque<Work>,
    /// Whether some may have been missed: when starting, after trouble, and after a while.
    missed: bool,
    /// When all that wait were looked through last.
    looked: Instant,
}

/// A batch that may be written.
struct Ready {
    plan: Plan,
    /// The streams as they will be.
    streams: Vec<(Tenant, StreamId, Stream)>,
    /// One of its webhooks holds up later ones of its object, or does so no longer.
    sticky: bool,
}

/// A batch that is being written.
struct Flight {
    task: JoinHandle<Landed>,
    /// The names of its inputs, which no look-up shows yet.
    names: HashSet<(Tenant, String)>,
    /// One of its webhooks holds up later ones of its object, or does so no longer.
    sticky: bool,
}

impl Writer {
    pub(crate) fn new(
        database: Database,
        projection: Arc<dyn InlineProjection>,
        settings: Settings,
        committed: watch::Sender<u64>,
    ) -> Self {
        let desk = Desk {
            database: database.clone(),
            clock: Arc::clone(&settings.clock),
            cache: Cache::new(settings.cache_weight),
            imagined: Imagined::default(),
        };
        let runway = Runway {
            database: database.clone(),
            connection: Arc::default(),
            projection,
            isolation: settings.isolation,
            committed,
        };
        Self {
            database,
            settings,
            runway: Arc::new(runway),
            desk,
            arrivals: HashSet::new(),
            again: VecDeque::new(),
            missed: true,
            looked: Instant::now(),
        }
    }

    pub(crate) async fn run(mut self, mut jobs: mpsc::Receiver<Job>, crowd: Arc<Notify>) {
        self.carry_out_again().await;
        let ahead = self.settings.ahead();
        let mut flying: Option<Flight> = None;
        loop {
            if let Some(flight) = &mut flying {
                self.look_again_in_time();
                // Looking is free while a batch is written; trying again is done alone.
                self.take_up_parked().await;
                if !self.again.is_empty() {
                    let landed = flight.wait().await;
                    flying = None;
                    self.land(landed).await;
                    self.carry_out_again().await;
                }
            }
            let pending = !self.arrivals.is_empty();
            let idle = self
                .settings
                .look_again
                .saturating_sub(self.looked.elapsed());
            let first = match &mut flying {
                // A lone input goes at once.
                None => tokio::select! {
                    biased;
                    job = jobs.recv() => match job {
                        Some(job) => job,
                        None => break,
                    },
                    () = tokio::time::sleep(QUIET), if pending => {
                        self.carry_out_again().await;
                        continue;
                    }
                    () = tokio::time::sleep(idle) => {
                        self.look_again_in_time();
                        self.carry_out_again().await;
                        continue;
                    }
                },
                // While a batch is written the next forms in the queue, and is decided
                // ahead if it is worth it.
                Some(flight) => tokio::select! {
                    biased;
                    landed = flight.wait() => {
                        flying = None;
                        self.land(landed).await;
                        continue;
                    }
                    () = crowd.notified() => {
                        // The crowd may have been here before this batch took off.
                        let crowded = jobs.len() >= ahead;
                        match crowded.then(|| jobs.try_recv()) {
                            Some(Ok(job)) => job,
                            Some(Err(_)) | None => continue,
                        }
                    }
                },
            };
            let works = self.gather(first, &mut jobs);
            if !works.is_empty() {
                flying = self.follow(flying, works).await;
            }
        }
        self.carry_out_again().await;
    }

    /// Has all that wait be looked through once more, if that was long ago.
    fn look_again_in_time(&mut self) {
        if self.looked.elapsed() >= self.settings.look_again {
            self.missed = true;
            self.looked = Instant::now();
        }
    }

    /// Decides a batch over the state as it will be when all that was decided before
    /// is committed, and puts together what its transaction will send.
    async fn ready(&mut self, works: &[Work]) -> Result<Ready, StoreError> {
        let batch = self.desk.decide(works).await?;
        let sticky = batch.is_sticky();
        let (decided, streams) = batch.complete();
        let plan = self.runway.plan(decided, works)?;
        Ok(Ready {
            plan,
            streams,
            sticky,
        })
    }

    /// Takes what is in the queue, up to a batch.
    fn gather(&self, first: Job, jobs: &mut mpsc::Receiver<Job>) -> Vec<Work> {
        let mut works = Vec::new();
        let mut next = Some(first);
        while let Some(job) = next {
            match job {
                Job::Work(work) => works.push(*work),
                // Whoever got in beside the mark is answered too.
                Job::Stop => jobs.close(),
            }
            next = if works.len() < self.settings.batch {
                jobs.try_recv().ok()
            } else {
                None
            };
        }
        metrics::gauge!("payoutd_queue_length").set(count(jobs.len()));
        works
    }

    /// Decides a batch while another is written, and sends it after that one.
    async fn follow(&mut self, flying: Option<Flight>, works: Vec<Work>) -> Option<Flight> {
        let mut ahead = Some(self.ready(&works).await);
        let mut before = None;
        if let Some(mut flight) = flying {
            let landed = flight.wait().await;
            // No look-up could show what was still on its way.
            let hidden =
                flight.sticky || works.iter().any(|work| flight.names.contains(&name(work)));
            let failed = landed.as_ref().is_none_or(|landed| landed.result.is_err());
            if hidden || failed {
                // It rests on too little, or on what did not happen.
                ahead = None;
                self.land(landed).await;
            } else {
                // Its callers are answered while the next one is written.
                before = Some(landed);
            }
        }
        let ready = match ahead {
            Some(ready) => ready,
            None => self.ready(&works).await,
        };
        let (flight, failed) = match ready {
            Ok(ready) => (Some(self.take_off(ready, works).await), None),
            Err(error) => (
                None,
                Some(Failed {
                    works,
                    heads: Vec::new(),
                    error,
                }),
            ),
        };
        if let Some(landed) = before {
            self.land(landed).await;
        }
        if let Some(failed) = failed {
            self.recover(failed).await;
        }
        flight
    }

    async fn take_off(&mut self, ready: Ready, works: Vec<Work>) -> Flight {
        let Ready {
            plan,
            streams,
            sticky,
        } = ready;
        let names = works.iter().map(name).collect();
        let span = flight::span(&works);
        let task = tokio::spawn(Arc::clone(&self.runway).fly(plan, works).instrument(span));
        // tokio keeps a task that was just spawned for this worker thread, which answers
        // and decides next: the batch takes off before that.
        tokio::task::yield_now().await;
        self.keep(streams);
        Flight {
            task,
            names,
            sticky,
        }
    }

    /// Keeps the streams as they will be, for the next batch.
    fn keep(&mut self, streams: Vec<(Tenant, StreamId, Stream)>) {
        for (tenant, id, stream) in streams {
            self.desk.cache.put(tenant, id, stream);
        }
    }

    /// Takes note of how a batch ended, and goes on with it if it failed.
    async fn land(&mut self, landed: Option<Landed>) {
        let Some(landed) = landed else {
            // The task was torn down with the runtime, or is broken: its callers are
            // told that the outcome is unknown, and nothing in memory can be trusted.
            error!("a transaction's task ended without an outcome");
            self.desk.cache = Cache::new(self.settings.cache_weight);
            self.missed = true;
            return;
        };
        self.arrivals.extend(landed.arrivals);
        match landed.result {
            Ok(done) => self.runway.answer(done),
            Err(failed) => self.recover(failed).await,
        }
    }
}

impl Flight {
    async fn wait(&mut self) -> Option<Landed> {
        (&mut self.task).await.ok()
    }
}

/// What an input is known by: its idempotency key, or the webhook's id and hash.
fn name(work: &Work) -> (Tenant, String) {
    let name = match (&work.subject, work.webhook_key()) {
        (Subject::Command(command), _) => command.key.as_str().to_owned(),
        (_, key) => {
            let (id, hash) = key.unwrap_or_default();
            format!("{id}\n{hash}")
        }
    };
    (work.tenant.clone(), name)
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

fn count_outcome(work: &Work, outcome: &Outcome) {
    const COMMANDS: (&str, &str) = ("payoutd_commands_total", "command");
    const EVENTS: (&str, &str) = ("payoutd_stripe_events_total", "type");
    let ((metric, label), told) = match outcome {
        Outcome::Command(reply) => (COMMANDS, reply.outcome()),
        Outcome::Webhook(told) => (EVENTS, told.as_str()),
        Outcome::Rerun(rerun) if rerun.is_change() => (EVENTS, rerun.now.as_str()),
        Outcome::Dropped(told) if !told.already => (EVENTS, DROPPED),
        Outcome::Rerun(_) | Outcome::Dropped(_) | Outcome::Refused(_) => return,
    };
    metrics::counter!(metric, label => work.label(), "outcome" => told).increment(1);
}
