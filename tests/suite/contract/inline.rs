//! Inline projections that hold the writer up, or make it fail, where a test wants it.

use std::{
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::{Code, Event};
use futures::{FutureExt, future::BoxFuture, future::join_all, poll};
use store::{
    Backend, InlineProjection, Ledger, Prepared, Recorded, Reply, Request, StoreError, Tx,
};
use tokio::sync::{Semaphore, watch};

use super::{
    ground::sql,
    inputs::{code, earn, once},
};

const SOON: Duration = Duration::from_secs(20);

/// Read tables don't matter to the log.
pub struct Nothing;

impl InlineProjection for Nothing {
    fn prepare(
        self: Arc<Self>,
        _: Backend,
        _: &[Recorded],
    ) -> Result<Box<dyn Prepared>, StoreError> {
        Ok(Box::new(Self))
    }
}

impl Prepared for Nothing {
    fn write(self: Box<Self>, _: &mut Tx) -> BoxFuture<'_, Result<(), StoreError>> {
        async { Ok(()) }.boxed()
    }
}

/// Holds each transaction, before its commit, until it is let through; and fails those that a
/// culprit is in.
pub struct Gate {
    permits: Semaphore,
    held: watch::Sender<usize>,
    culprit: Option<Culprit>,
    /// How many events each transaction had.
    sizes: Mutex<Vec<usize>>,
}

struct Culprit {
    seller: &'static str,
    trouble: Trouble,
    met: AtomicUsize,
}

/// What goes wrong with a culprit.
#[derive(Debug, Clone, Copy)]
pub enum Trouble {
    /// A statement that no database understands.
    Nonsense,
    /// A row that exists: what a rival who was faster causes. So many times.
    Conflicts(usize),
}

impl Gate {
    /// A gate that is shut.
    pub fn shut() -> Arc<Self> {
        Arc::new(Self::new(None))
    }

    /// A gate that is shut, and trouble for one seller's events behind it.
    pub fn before(seller: &'static str, trouble: Trouble) -> Arc<Self> {
        let met = AtomicUsize::new(0);
        Arc::new(Self::new(Some(Culprit {
            seller,
            trouble,
            met,
        })))
    }

    fn new(culprit: Option<Culprit>) -> Self {
        Self {
            permits: Semaphore::new(0),
            held: watch::Sender::new(0),
            culprit,
            sizes: Mutex::default(),
        }
    }

    /// Lets everything through from now on.
    pub fn open(&self) {
        self.permits.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    /// Lets so many transactions through.
    pub fn let_pass(&self, count: usize) {
        self.permits.add_permits(count);
    }

    /// Waits until so many transactions have come to the gate.
    pub async fn has_held(&self, count: usize) {
        let mut held = self.held.subscribe();
        let waiting = held.wait_for(|held| *held >= count);
        let waited = tokio::time::timeout(SOON, waiting).await;
        waited.expect("the writer came").expect("the gate stands");
    }

    /// How many events each transaction had so far.
    pub fn sizes(&self) -> Vec<usize> {
        let sizes = self.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        sizes.clone()
    }

    /// Executes commands as one batch: they wait while another one is held. Leaves the gate open.
    pub async fn as_one_batch(&self, ledger: &Ledger, requests: Vec<Request>) -> Vec<Reply> {
        self.one_batch(ledger, requests, || self.open()).await
    }

    /// The same, and leaves the batch at the gate.
    pub async fn as_one_held_batch(&self, ledger: &Ledger, requests: Vec<Request>) -> Vec<Reply> {
        self.one_batch(ledger, requests, || self.let_pass(1)).await
    }

    async fn one_batch(
        &self,
        ledger: &Ledger,
        requests: Vec<Request>,
        let_go: impl FnOnce(),
    ) -> Vec<Reply> {
        let before = *self.held.borrow();
        let occupant = {
            let ledger = ledger.clone();
            let id = uuid::Uuid::new_v4().to_string();
            tokio::spawn(async move { ledger.execute(once(earn(&id, &id, 1))).await })
        };
        self.has_held(before + 1).await;
        let execute = requests.into_iter().map(|request| ledger.execute(request));
        let mut batch = pin!(join_all(execute));
        assert!(poll!(&mut batch).is_pending(), "all are in the queue now");
        let_go();
        assert_eq!(code(&occupant.await.expect("no panic")), None::<Code>);
        batch.await
    }
}

impl InlineProjection for Gate {
    fn prepare(
        self: Arc<Self>,
        _: Backend,
        events: &[Recorded],
    ) -> Result<Box<dyn Prepared>, StoreError> {
        let is_culprit = |culprit: &Culprit| events.iter().any(|event| culprit.is_in(event));
        let guilty = self.culprit.as_ref().is_some_and(is_culprit);
        Ok(Box::new(Arrival {
            gate: self,
            events: events.len(),
            guilty,
        }))
    }
}

/// A transaction on its way to the gate.
struct Arrival {
    gate: Arc<Gate>,
    events: usize,
    guilty: bool,
}

impl Prepared for Arrival {
    fn write(self: Box<Self>, tx: &mut Tx) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            let gate = &self.gate;
            gate.sizes
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(self.events);
            gate.held.send_modify(|held| *held += 1);
            if let Ok(permit) = gate.permits.acquire().await {
                permit.forget();
            }
            match &gate.culprit {
                Some(culprit) if self.guilty => culprit.strike(tx).await,
                _ => Ok(()),
            }
        }
        .boxed()
    }
}

impl Culprit {
    fn is_in(&self, recorded: &Recorded) -> bool {
        matches!(&recorded.event, Event::TransactionRecorded(event)
            if event.seller_id.as_str() == self.seller)
    }

    /// A real failure of the database, not one made up.
    async fn strike(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let times = self.met.fetch_add(1, Ordering::SeqCst);
        let statement = match self.trouble {
            Trouble::Nonsense => "INSERT INTO nowhere VALUES (1)",
            Trouble::Conflicts(limit) if times < limit => {
                "INSERT INTO streams (tenant, stream, version)
                 SELECT tenant, stream, version FROM streams"
            }
            Trouble::Conflicts(_) => return Ok(()),
        };
        tx.execute(&sql(statement), &[]).await.map(|_| ())
    }
}
