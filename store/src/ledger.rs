//! The handle through which everything is recorded.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use domain::{
    Code, Command, Refusal,
    id::{IdempotencyKey, StreamId, Tenant},
    stripe::Mode,
    view::Stream,
};
use futures::future::BoxFuture;
use time::OffsetDateTime;
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::{
    database::{Backend, Database},
    error::StoreError,
    job::Job,
    lookup,
    pending::{Pending, outcome_unknown, shutting_down},
    recorded::Recorded,
    reply::{Ingested, Reply},
    settings::{Clock, Settings},
    transaction::Tx,
    writer::Writer,
};

/// Read rows that are written in the transaction of the events they come from.
pub trait InlineProjection: Send + Sync + 'static {
    /// Works out what events do to the rows, before the transaction that appends
    /// them: in log order, and without a position yet.
    ///
    /// # Errors
    /// When the rows cannot be put together; the events are not appended then.
    fn prepare(
        self: Arc<Self>,
        backend: Backend,
        events: &[Recorded],
    ) -> Result<Box<dyn Prepared>, StoreError>;
}

/// Changes of read rows that are ready to be written.
pub trait Prepared: Send {
    /// Writes them, after the events.
    ///
    /// # Errors
    /// A failure rolls the events back too.
    fn write(self: Box<Self>, tx: &mut Tx) -> BoxFuture<'_, Result<(), StoreError>>;
}

/// A command on its way to the writer.
#[derive(Debug, Clone)]
pub struct Request {
    /// Whose books.
    pub tenant: Tenant,
    /// What to do.
    pub command: Command,
    /// The caller's name for this intent. Without one, sending again is a new intent.
    pub key: Option<IdempotencyKey>,
}

/// An event of Stripe's on its way to the writer, byte for byte.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Whose books.
    pub tenant: Tenant,
    /// The body as received.
    pub body: Vec<u8>,
    /// Which events belong into these books.
    pub mode: Mode,
}

/// The ledger: takes commands and Stripe's events, answers when they are durable.
///
/// Cheap to clone. The work is done by one writer task, which outlives callers
/// that stop waiting.
#[derive(Debug, Clone)]
pub struct Ledger {
    database: Database,
    queue: mpsc::Sender<Job>,
    committed: watch::Receiver<u64>,
    stopped: Arc<tokio::sync::Mutex<Option<tokio::task::JoinHandle<()>>>>,
    closing: Arc<AtomicBool>,
    clock: Arc<dyn Clock>,
    /// Tells the writer that many wait.
    crowd: Arc<Notify>,
    ahead: usize,
}

impl Ledger {
    /// Starts the writer on an open, migrated database. Needs a tokio runtime.
    #[must_use]
    pub fn start(
        database: Database,
        projection: Arc<dyn InlineProjection>,
        settings: Settings,
    ) -> Self {
        let (queue, jobs) = mpsc::channel(settings.queue);
        let (signal, committed) = watch::channel(0);
        let clock = Arc::clone(&settings.clock);
        let (crowd, ahead) = (Arc::new(Notify::new()), settings.ahead());
        let writer = Writer::new(database.clone(), projection, settings, signal);
        let task = tokio::spawn(writer.run(jobs, Arc::clone(&crowd)));
        Self {
            database,
            queue,
            committed,
            stopped: Arc::new(tokio::sync::Mutex::new(Some(task))),
            closing: Arc::default(),
            clock,
            crowd,
            ahead,
        }
    }

    /// The database, for queries.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// A stream as it is now, folded from the log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stream(&self, tenant: &Tenant, id: StreamId) -> Result<Stream, StoreError> {
        let mut found = lookup::streams(&self.database, tenant, vec![id.clone()]).await?;
        Ok(found
            .remove(&id)
            .unwrap_or_else(|| Stream::empty(id.aggregate())))
    }

    /// The moment by the ledger's clock.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// Changes whenever this process has committed events: a wake-up for those
    /// who follow the log. Others may write too: look from time to time anyway.
    #[must_use]
    pub fn committed(&self) -> watch::Receiver<u64> {
        self.committed.clone()
    }

    /// Carries out a command; answers when the outcome is durable. The command is
    /// carried out even if the caller stops waiting.
    pub async fn execute(&self, request: Request) -> Reply {
        let (answer, answered) = oneshot::channel();
        let job = Job::command(request, self.clock.as_ref(), answer);
        if self.closing.load(Ordering::Acquire) {
            return Reply::Refused(shutting_down());
        }
        match self.queue.try_send(job) {
            Ok(()) => self.tell_crowd(),
            Err(mpsc::error::TrySendError::Full(_)) => {
                metrics::counter!("payoutd_queue_full_total").increment(1);
                let detail = "too many commands are waiting; try again";
                return Reply::Refused(Refusal::new(Code::Unavailable, detail));
            }
            Err(mpsc::error::TrySendError::Closed(_)) => return Reply::Refused(shutting_down()),
        }
        answered
            .await
            .unwrap_or_else(|_| Reply::Refused(outcome_unknown()))
    }

    /// Takes an event of Stripe's; answers when it is durable. Waits for room
    /// when the queue is full.
    ///
    /// # Errors
    /// A refusal that says the ledger could not take it: it must be sent again.
    pub async fn ingest(&self, delivery: Delivery) -> Result<Ingested, Refusal> {
        self.submit(delivery).await.await
    }

    /// Puts an event of Stripe's in the queue, waiting for room there. Events that are
    /// submitted one after the other are taken in that order, and many of them together
    /// without waiting for each other's answers.
    pub async fn submit(&self, delivery: Delivery) -> Pending<Ingested> {
        let (answer, answered) = oneshot::channel();
        self.ask(Job::delivery(delivery, answer), answered).await
    }

    /// Puts something in the queue, waiting for room there, unless the ledger is being
    /// closed.
    pub(crate) async fn ask<T>(
        &self,
        job: Job,
        answered: oneshot::Receiver<Result<T, Refusal>>,
    ) -> Pending<T> {
        if self.closing.load(Ordering::Acquire) || self.queue.send(job).await.is_err() {
            return Pending::refused(shutting_down());
        }
        self.tell_crowd();
        Pending::queued(answered)
    }

    fn tell_crowd(&self) {
        if self.waiting() >= self.ahead {
            self.crowd.notify_one();
        }
    }

    /// How many inputs wait for the writer.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// How many inputs may wait for the writer.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.queue.max_capacity()
    }

    /// Takes nothing more, finishes what was taken, and stops the writer.
    pub async fn close(&self) {
        self.closing.store(true, Ordering::Release);
        // The writer ends at this mark: everything before it in the queue is done.
        let _ = self.queue.send(Job::Stop).await;
        if let Some(task) = self.stopped.lock().await.take() {
            let _ = task.await;
        }
    }
}
