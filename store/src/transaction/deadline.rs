//! Deadlines: a transaction that is late is ended, at the server too.
//!
//! A client that stops waiting ends nothing: the server goes on with the statement and keeps its
//! locks. So the running statement is cancelled, from another connection, and waited for until
//! the server has answered. On PostgreSQL that is `pg_cancel_backend`, on MariaDB `KILL QUERY`.
//! SQLite runs in this process: it asks now and then whether it is time to stop.
//!
//! A cancellation must not outlive what it was meant for, or it would meet the next
//! transaction on that connection: each is sent by a task of its own, and the connection is given
//! back only when none is under way and the server has answered ROLLBACK after it.

use std::{
    future::{Future, poll_fn},
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
use tokio::{sync::Mutex, time::sleep_until};
use tracing::warn;

use super::{begin::Limit, connection::Connection, stats::Watched};
use crate::{
    database::{Database, Pools},
    error::StoreError,
};

/// A cancellation may come too early, before the server has begun with the statement: it is
/// sent again after so long, and so often.
const AGAIN: Duration = Duration::from_millis(100);
const TIMES: u32 = 50;
/// SQLite asks after so many steps of its machine: some ten microseconds.
const STEPS: i32 = 1_000;

#[derive(Debug, Clone)]
enum Canceller {
    Postgres(PgPool, i64),
    MariaDb(MySqlPool, i64),
    /// It stops by itself.
    Itself,
}

/// A deadline in force.
#[derive(Debug, Clone)]
pub(super) struct Deadline {
    name: &'static str,
    limit: Limit,
    canceller: Canceller,
    /// Whether a statement is under way.
    busy: Arc<AtomicBool>,
    /// Whether it was told that the transaction is late.
    told: Arc<AtomicBool>,
    /// Held while a cancellation is under way.
    cancelling: Arc<Mutex<()>>,
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
            (Pools::Postgres { read, .. }, Some(pid)) => Canceller::Postgres(read.clone(), pid),
            (Pools::MariaDb { read, .. }, Some(id)) => Canceller::MariaDb(read.clone(), id),
            _ => Canceller::Itself,
        };
        Ok(Self {
            name,
            limit,
            canceller,
            busy: Arc::default(),
            told: Arc::default(),
            cancelling: Arc::default(),
        })
    }

    pub(super) fn has_passed(&self) -> bool {
        Instant::now() >= self.limit.at
    }

    /// The error of a transaction that is late, counted once.
    pub(super) fn exceeded(&self, watched: &Watched) -> StoreError {
        let error = exceeded(self.name, &self.limit);
        if !self.told.swap(true, Ordering::Relaxed) {
            watched.saw(&error);
        }
        error
    }

    /// Waits for a statement, and has it cancelled when it is late.
    async fn within<T>(
        &self,
        statement: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        let _busy = self.busy();
        let mut late = pin!(self.cancel_when_late());
        let mut statement = pin!(statement);
        poll_fn(|context| match statement.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(done),
            // It does not obey: its connection is closed.
            Poll::Pending => late.as_mut().poll(context).map(|()| {
                let kind = std::io::ErrorKind::TimedOut;
                Err(sqlx::Error::Io(kind.into()))
            }),
        })
        .await
    }

    /// Ends when every cancellation was in vain.
    async fn cancel_when_late(&self) {
        sleep_until(self.limit.at.into()).await;
        for _ in 0..TIMES {
            self.cancel();
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Sends a cancellation, unless one is under way.
    fn cancel(&self) {
        let Ok(held) = Arc::clone(&self.cancelling).try_lock_owned() else {
            return;
        };
        let (canceller, name) = (self.canceller.clone(), self.name);
        tokio::spawn(async move {
            let _held = held;
            let sent = match canceller {
                Canceller::Postgres(pool, pid) => {
                    send(&pool, format!("SELECT pg_cancel_backend({pid})")).await
                }
                Canceller::MariaDb(pool, id) => send(&pool, format!("KILL QUERY {id}")).await,
                Canceller::Itself => Ok(()),
            };
            if let Err(error) = sent {
                warn!(
                    transaction = name,
                    error = error.to_string(),
                    "cannot cancel a statement of a late transaction"
                );
            }
        });
    }

    /// Waits until no cancellation is under way any more.
    pub(super) async fn settle(&self) {
        drop(self.cancelling.lock().await);
    }

    fn busy(&self) -> Busy {
        self.busy.store(true, Ordering::Relaxed);
        Busy(Arc::clone(&self.busy))
    }
}

/// Dropped, no statement is under way any more.
struct Busy(Arc<AtomicBool>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
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
    let mut late =
        deadline.map(|late| Box::pin(async move { late.cancel_when_late().await }.fuse()));
    stream::poll_fn(move |context| {
        // It is held as long as the rows are.
        let _ = &busy;
        if let Some(late) = &mut late {
            // Once cancelled, the rows end with an error.
            let _ = late.poll_unpin(context);
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
        if is_late && !deadline.busy.load(Ordering::Relaxed) {
            return Poll::Ready(None);
        }
        Poll::Pending
    })
    .await
}
