//! Asking for a transaction, and having it carried out.

use std::{
    panic::{AssertUnwindSafe, resume_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{FutureExt, future::BoxFuture};
use sqlx::{pool::PoolConnection, sqlite::Sqlite};
use tracing::{Instrument, warn};

use super::{
    Terms, Tx,
    begin::{Access, Limit, Pass},
    condition::Trouble,
    connection::Connection,
    deadline::drive,
    retry::{Attempts, Failure},
};
use crate::{
    database::Database,
    error::{Class, StoreError},
    kept::Kept,
    settings::{Isolation, RetryPolicy},
};

/// A transaction that is asked for: by name, and as it is to be.
///
/// It is SERIALIZABLE, may write, has no deadline, and is tried again as the default
/// [`RetryPolicy`] says, unless something else is said.
#[derive(Debug, Clone)]
#[must_use = "nothing happens before it is run"]
pub struct Transaction<'d> {
    database: &'d Database,
    name: &'static str,
    isolation: Isolation,
    access: Access,
    pass: Pass,
    deadline: Option<Duration>,
    patience: Option<Duration>,
    retry: RetryPolicy,
}

impl Database {
    /// Asks for a transaction. The name is what logs and metrics call it: of a kind of
    /// transaction, so that there are few.
    pub const fn transaction(&self, name: &'static str) -> Transaction<'_> {
        Transaction {
            database: self,
            name,
            isolation: Isolation::Serializable,
            access: Access::Write,
            pass: Pass::Around,
            deadline: None,
            patience: None,
            retry: RetryPolicy::DEFAULT,
        }
    }

    /// Asks for a transaction on the ledger's own tables. It waits while read tables are being
    /// replaced, and keeps others from replacing them as long as it runs.
    pub const fn gated(&self, name: &'static str) -> Transaction<'_> {
        self.transaction(name).pass(Pass::Through)
    }
}

impl Transaction<'_> {
    /// How strictly it is kept apart. Where the database has no such level it has the next
    /// stronger one: see [`IsolationInForce`](super::IsolationInForce) and [`Tx::isolation`].
    pub const fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = isolation;
        self
    }

    /// The server refuses to change anything.
    pub const fn read_only(mut self) -> Self {
        self.access = Access::Read;
        self
    }

    /// It reads what was there at one moment, and changes nothing: REPEATABLE READ and read-only.
    pub const fn snapshot(self) -> Self {
        self.isolation(Isolation::RepeatableRead).read_only()
    }

    /// How long it may take: from now, all tries, pauses and waiting included. Whatever is still
    /// under way is then cancelled at the server and rolled back. A COMMIT that was sent in time
    /// is waited for.
    pub const fn deadline(mut self, after: Duration) -> Self {
        self.deadline = Some(after);
        self
    }

    /// How long each try waits for a connection: 5 seconds unless it is said, 10 to write on
    /// SQLite, and longer is not possible.
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// How often it is tried again after a conflict, while the database is away, and when
    /// there is no connection.
    pub const fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    pub(crate) const fn pass(mut self, pass: Pass) -> Self {
        self.pass = pass;
        self
    }

    fn terms(&self) -> Terms {
        let limit = self.deadline.map(|after| Limit {
            after,
            at: Instant::now() + after,
        });
        Terms {
            name: self.name,
            isolation: self.isolation,
            access: self.access,
            pass: self.pass,
            limit,
            patience: self.patience,
            attempt: 1,
        }
    }

    /// Begins it, for those who hold it across calls: they end it with [`Tx::commit`] or
    /// [`Tx::rollback`], and try again themselves. Dropped, it is rolled back at the price of
    /// its connection, and no hook is called. Past its deadline the next statement fails; one
    /// that runs is cancelled.
    ///
    /// # Errors
    /// [`StoreError::PoolExhausted`], [`StoreError::DeadlineExceeded`], or when the database fails.
    pub async fn open(self) -> Result<Tx, StoreError> {
        Tx::begin(self.database, self.terms()).await
    }

    /// Begins one of many, on the connection of the last one.
    pub(crate) async fn open_next(self, kept: &Arc<Kept>) -> Result<Tx, StoreError> {
        let terms = self.terms();
        let connection = match kept.take() {
            Some(connection) => Connection::Postgres(connection),
            None => Tx::acquire(self.database, &terms).await?,
        };
        Tx::begin_on(self.database, (connection, Some(Arc::clone(kept))), terms).await
    }

    /// Begins it on a connection to SQLite that knows more than one file.
    pub(crate) async fn open_attached(
        self,
        connection: PoolConnection<Sqlite>,
    ) -> Result<Tx, StoreError> {
        let connection = Connection::Sqlite(connection);
        Tx::begin_on(self.database, (connection, None), self.terms()).await
    }

    /// Carries it out: `body`, then COMMIT. If `body` fails, ROLLBACK. If the database is to
    /// blame, and nothing can have happened, it is tried again from the beginning.
    ///
    /// It runs in a task of its own, which goes on to the end when the caller stops waiting: what
    /// it did is then committed or undone as if somebody waited, and its connection is given back.
    /// If `body` panics, the transaction is rolled back and the caller panics too.
    ///
    /// # Errors
    /// That of `body`; [`StoreError::DeadlineExceeded`]; [`StoreError::PoolExhausted`];
    /// [`StoreError::Hook`] when a hook refused the commit; [`StoreError::CommitUnknown`] when the
    /// connection died while COMMIT was on its way; [`StoreError::TornDown`] with the runtime.
    pub fn run<T, E, F>(self, body: F) -> impl Future<Output = Result<T, E>> + Send + use<T, E, F>
    where
        T: Send + 'static,
        E: Failure,
        F: for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
    {
        let (database, terms, policy) = (self.database.clone(), self.terms(), self.retry);
        let work = carry_out(database, (terms, policy), body);
        async move {
            match tokio::spawn(work.in_current_span()).await {
                Ok(result) => result,
                Err(ended) => match ended.try_into_panic() {
                    Ok(panic) => resume_unwind(panic),
                    Err(_) => Err(StoreError::TornDown.into()),
                },
            }
        }
    }
}

async fn carry_out<T, E, F>(
    database: Database,
    (terms, policy): (Terms, RetryPolicy),
    body: F,
) -> Result<T, E>
where
    T: Send + 'static,
    E: Failure,
    F: for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
{
    let mut attempts = Attempts::new(terms.name, policy);
    loop {
        let terms = Terms {
            attempt: attempts.number(),
            ..terms
        };
        let (error, trouble) = match try_once(&database, terms, &body).await {
            Ok(value) => return Ok(value),
            Err(failed) => failed,
        };
        let Some(trouble) = trouble else {
            return Err(error);
        };
        let until = terms.limit.map(|limit| limit.at);
        if !attempts.again((trouble.class, &trouble.code), until).await {
            return Err(error);
        }
        warn!(
            transaction = terms.name,
            attempt = attempts.number(),
            code = trouble.code,
            "a transaction is tried again"
        );
        if trouble.class == Class::Unavailable {
            database.shed_dead_connections().await;
        }
    }
}

/// One try. If it fails, also with what the database is to blame for.
async fn try_once<T, E, F>(
    database: &Database,
    terms: Terms,
    body: &F,
) -> Result<T, (E, Option<Trouble>)>
where
    T: Send + 'static,
    E: Failure,
    F: for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
{
    let mut tx = match Tx::begin(database, terms).await {
        Ok(tx) => tx,
        Err(error) => return Err(blamed(E::from(error), None)),
    };
    let deadline = tx.condition.deadline.clone();
    let work = async {
        let value = body(&mut tx).await?;
        tx.check().await?;
        Ok(value)
    };
    let work = AssertUnwindSafe(work).catch_unwind();
    match drive(deadline.as_ref(), work).await {
        Some(Ok(Ok(value))) => match tx.commit().await {
            Ok(()) => Ok(value),
            Err(error) => Err(blamed(E::from(error), None)),
        },
        Some(Ok(Err(error))) => {
            let failed = blamed(error, tx.condition.trouble());
            tx.undo().await;
            Err(failed)
        }
        Some(Err(panic)) => {
            tx.undo().await;
            resume_unwind(panic)
        }
        None => {
            let late = tx.condition.in_time().err();
            tx.undo().await;
            Err((E::from(late.unwrap_or(StoreError::Poisoned)), None))
        }
    }
}

/// What of an error the database is to blame for.
fn blamed<E: Failure>(error: E, trouble: Option<&Trouble>) -> (E, Option<Trouble>) {
    let blamed = error.store().map(|store| match (store, trouble) {
        // They say that something happened before, which is what counts.
        (StoreError::Poisoned | StoreError::RolledBack | StoreError::Hook { .. }, Some(before)) => {
            before.clone()
        }
        (store, _) => Trouble {
            class: store.class(),
            code: store.code().to_owned(),
        },
    });
    (error, blamed)
}
