//! Deadlines: a transaction that is late is ended, at the server too.
//!
//! A client that stops waiting ends nothing: the server goes on with the statement and keeps its
//! locks. So the running statement is cancelled, from another connection, and waited for until
//! the server has answered. On PostgreSQL that is `pg_cancel_backend`, on MariaDB `KILL QUERY`.
//! SQLite runs in this process: it asks now and then whether it is time to stop.
//!
//! A task of its own watches the clock: rows that come quickly can keep a task from ever looking.
//! A cancellation must not outlive what it was meant for, or it would meet the next transaction
//! on that connection: it is given back only when no cancellation is under way, and the
//! server has answered ROLLBACK after it.

use std::{
    future::{Future, poll_fn},
    io::ErrorKind,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::{Duration, Instant},
};

use futures::{FutureExt, Stream, StreamExt, stream, stream::BoxStream};
use sqlx::{AssertSqlSafe, Connection as _, MySqlPool, PgPool, Pool, raw_sql};
use tokio::{sync::Mutex, task::unconstrained, time::sleep_until};
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::warn;

use super::{begin::Limit, connection::Connection, stats::Watched};
use crate::{
    database::{Database, Pools},
    error::StoreError,
};

/// A cancellation may come too early, before the server has begun with the statement: it is
/// sent again after so long,
const AGAIN: Duration = Duration::from_millis(100);
/// until the statement has had so long to obey.
const OBEY: Duration = Duration::from_secs(5);
/// SQLite asks after so many steps of its machine: some ten microseconds.
const STEPS: i32 = 1_000;

#[derive(Debug)]
enum Canceller {
    Postgres(PgPool, i64),
    MariaDb(MySqlPool, i64),
}

impl Canceller {
    async fn cancel(&self) {
        let sent = match self {
            Self::Postgres(pool, pid) => {
                send(pool, format!("SELECT pg_cancel_backend({pid})")).await
            }
            Self::MariaDb(pool, id) => send(pool, format!("KILL QUERY {id}")).await,
        };
        if let Err(error) = sent {
            let error = error.to_string();
            warn!(error, "cannot cancel a statement of a late transaction");
        }
    }
}

/// Cancels what is under way once it is late, until the transaction is over.
async fn watch(at: Instant, shared: Arc<Shared>, canceller: Canceller, over: CancellationToken) {
    let mut next = at;
    while next < at + OBEY {
        tokio::select! {
            () = over.cancelled() => return,
            () = sleep_until(next.into()) => {}
        }
        let _held = shared.cancelling.lock().await;
        if shared.busy.load(Ordering::SeqCst) {
            canceller.cancel().await;
        }
        next = Instant::now() + AGAIN;
    }
}

/// A deadline in force. With its last copy the watch ends.
#[derive(Debug, Clone)]
pub(super) struct Deadline {
    name: &'static str,
    limit: Limit,
    shared: Arc<Shared>,
    _watch: Arc<DropGuard>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Whether a statement is under way.
    busy: AtomicBool,
    /// Whether it was told that the transaction is late.
    told: AtomicBool,
    /// Held while a cancellation is under way.
    cancelling: Mutex<()>,
}

impl Deadline {
    /// Prepares a connection for being cancelled.
    pub(super) async fn on(
        database: &Database,
        connection: &mut Connection,
        (name, limit): (&'static str, Limit),
    ) -> Result<Self, sqlx::Error> {
        let session = connection.session().await?;
        if let Connection::Sqlite(connection) = connection {
            let goes_on = move || Instant::now() < limit.at;
            let mut handle = connection.lock_handle().await?;
            handle.set_progress_handler(STEPS, goes_on);
        }
        let canceller = match (&database.pools, session) {
            (Pools::Postgres { read, .. }, Some(pid)) => {
                Some(Canceller::Postgres(read.clone(), pid))
            }
            (Pools::MariaDb { read, .. }, Some(id)) => Some(Canceller::MariaDb(read.clone(), id)),
            // It stops by itself.
            _ => None,
        };
        let (shared, over) = (Arc::<Shared>::default(), CancellationToken::new());
        if let Some(canceller) = canceller {
            let watch = watch(limit.at, Arc::clone(&shared), canceller, over.clone());
            tokio::spawn(watch);
        }
        Ok(Self {
            name,
            limit,
            shared,
            _watch: Arc::new(over.drop_guard()),
        })
    }

    pub(super) fn has_passed(&self) -> bool {
        Instant::now() >= self.limit.at
    }

    /// The error of a transaction that is late, counted once.
    pub(super) fn exceeded(&self, watched: &Watched) -> StoreError {
        let error = exceeded(self.name, &self.limit);
        if !self.shared.told.swap(true, Ordering::Relaxed) {
            watched.saw(&error);
        }
        error
    }

    /// Waits for a statement, which is cancelled when it is late.
    async fn within<T>(
        &self,
        statement: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        let _busy = self.busy();
        let mut stubborn = pin!(self.stubborn());
        let mut statement = pin!(statement);
        poll_fn(|context| match statement.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(done),
            Poll::Pending => stubborn.as_mut().poll(context).map(Err),
        })
        .await
    }

    /// Ends when a statement has not obeyed: its connection is to be closed.
    async fn stubborn(&self) -> sqlx::Error {
        // Whatever else the task does, it must not keep this from being seen.
        unconstrained(sleep_until((self.limit.at + OBEY).into())).await;
        sqlx::Error::Io(ErrorKind::TimedOut.into())
    }

    /// Waits until no cancellation is under way any more.
    pub(super) async fn settle(&self) {
        drop(self.shared.cancelling.lock().await);
    }

    fn busy(&self) -> Busy {
        self.shared.busy.store(true, Ordering::SeqCst);
        Busy(Arc::clone(&self.shared))
    }
}

/// Dropped, no statement is under way any more.
struct Busy(Arc<Shared>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.store(false, Ordering::SeqCst);
    }
}

pub(super) const fn exceeded(name: &'static str, limit: &Limit) -> StoreError {
    StoreError::DeadlineExceeded {
        name,
        after: limit.after,
    }
}

/// Sends a cancellation on a connection that is free, or on a new one: whoever is late may
/// hold the whole pool.
async fn send<DB>(pool: &Pool<DB>, text: String) -> Result<(), sqlx::Error>
where
    DB: sqlx::Database,
    for<'c> &'c mut DB::Connection: sqlx::Executor<'c, Database = DB>,
{
    if let Some(mut connection) = pool.try_acquire() {
        return raw_sql(AssertSqlSafe(text))
            .execute(&mut *connection)
            .await
            .map(|_| ());
    }
    let mut connection = DB::Connection::connect_with(&pool.connect_options()).await?;
    raw_sql(AssertSqlSafe(text))
        .execute(&mut connection)
        .await?;
    connection.close().await
}

/// Waits for a statement, not beyond a deadline.
pub(super) async fn timed<T>(
    deadline: Option<&Deadline>,
    statement: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    match deadline {
        Some(deadline) => deadline.within(statement).await,
        None => statement.await,
    }
}

/// Reads rows, not beyond a deadline.
pub(super) fn timed_rows<'t, T: Send + 't>(
    deadline: Option<Deadline>,
    mut rows: BoxStream<'t, Result<T, sqlx::Error>>,
) -> impl Stream<Item = Result<T, sqlx::Error>> + Send + 't {
    let busy = deadline.as_ref().map(Deadline::busy);
    let mut stubborn = deadline.map(|late| Box::pin(async move { late.stubborn().await }.fuse()));
    stream::poll_fn(move |context| {
        // It is held as long as the rows are.
        let _ = &busy;
        if let Some(stubborn) = &mut stubborn
            && let Poll::Ready(error) = stubborn.poll_unpin(context)
        {
            return Poll::Ready(Some(Err(error)));
        }
        rows.poll_next_unpin(context)
    })
}

/// Does a transaction's work, not beyond its deadline: when no statement is under way by
/// then, it is given up where it is. None if it was.
pub(super) async fn drive<T>(
    deadline: Option<&Deadline>,
    work: impl Future<Output = T>,
) -> Option<T> {
    let Some(deadline) = deadline else {
        return Some(work.await);
    };
    let mut late = pin!(sleep_until(deadline.limit.at.into()).fuse());
    let mut is_late = false;
    let mut work = pin!(work);
    poll_fn(|context| {
        if let Poll::Ready(done) = work.as_mut().poll(context) {
            return Poll::Ready(Some(done));
        }
        is_late |= late.as_mut().poll(context).is_ready();
        if is_late && !deadline.shared.busy.load(Ordering::SeqCst) {
            return Poll::Ready(None);
        }
        Poll::Pending
    })
    .await
}
