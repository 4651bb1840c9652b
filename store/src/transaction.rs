//! The only way to a transaction.
//!
//! [`Database::transaction`] asks for one, and [`Transaction::run`] carries it out.
//! `docs/transactions.md` is the guide; ADR 34 says why it is as it is.
//!
//! sqlx's own `Transaction` is not used, because of two traps of sqlx 0.9:
//!
//! - its `commit()` says Ok when PostgreSQL answered COMMIT with a rollback,
//!   which the server does after any failed statement. [`Tx`] refuses to commit
//!   once a statement has failed, and has PostgreSQL refuse it too;
//! - a `begin()` whose future is dropped can leave a pooled connection inside a
//!   transaction, where the next user's work is lost. [`Tx`] owns its connection
//!   and gives it back only after COMMIT or ROLLBACK was answered; dropped any
//!   earlier, it closes the connection, and the server rolls back.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{
    StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};

use crate::{
    bulk::Bulk,
    database::{Backend, Database, mariadb},
    error::StoreError,
    kept::Kept,
    numbered::naming,
    row::Row,
    settings::Isolation,
    sql::{Sql, Value},
};

mod end;
mod order;

mod begin;
mod condition;
mod connection;
mod deadline;
mod histogram;
mod hooks;
mod isolation;
mod pressure;
mod retry;
mod scopes;
mod span;
mod stats;

pub use histogram::Histogram;
pub use hooks::{HookError, plain};
pub use isolation::IsolationInForce;
pub use order::Transaction;
pub use pressure::Pressure;
pub use retry::Failure;
pub use scopes::Savepoint;
pub use stats::{Active, Counts, active, stats};

pub(crate) use begin::Pass;
pub(crate) use retry::{Attempts, pause};
pub(crate) use stats::met_conflict;

use begin::{Access, Limit, Start};
use condition::{Condition, State};
use connection::Connection;
use deadline::{Deadline, exceeded, timed, timed_rows};
use hooks::{Action, Hooks, When};
use scopes::Marks;
use stats::{Beginning, Watched, not_begun};

/// How long a late transaction's ROLLBACK is waited for, before its connection is closed.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was asked for.
#[derive(Debug, Clone, Copy)]
struct Terms {
    name: &'static str,
    isolation: Isolation,
    access: Access,
    pass: Pass,
    limit: Option<Limit>,
    patience: Option<Duration>,
    attempt: u32,
}

/// A running transaction. Dropped without [`Tx::commit`], it is rolled back.
#[derive(Debug)]
pub struct Tx {
    backend: Backend,
    isolation: IsolationInForce,
    connection: Option<Connection>,
    /// Where the connection goes instead of back to its pool.
    kept: Option<Arc<Kept>>,
    condition: Condition,
    marks: Marks,
    hooks: Hooks,
}

impl Drop for Tx {
    fn drop(&mut self) {
        // Still here means COMMIT or ROLLBACK was not answered: a connection in
        // an unknown state is not given back but closed.
        if let Some(connection) = self.connection.take() {
            connection.close();
        }
    }
}

impl Tx {
    async fn begin(database: &Database, terms: Terms) -> Result<Self, StoreError> {
        let connection = Self::acquire(database, &terms).await?;
        Self::begin_on(database, (connection, None), terms).await
    }

    async fn acquire(database: &Database, terms: &Terms) -> Result<Connection, StoreError> {
        let began = Instant::now();
        let acquired = Connection::acquire(database, terms.access);
        let left = terms
            .limit
            .map(|limit| limit.at.saturating_duration_since(began));
        let patience = [left, terms.patience].into_iter().flatten().min();
        let acquired = match patience {
            Some(patience) => tokio::time::timeout(patience, acquired)
                .await
                .unwrap_or(Err(sqlx::Error::PoolTimedOut)),
            None => acquired.await,
        };
        acquired.map_err(|source| {
            let error = match (source, &terms.limit) {
                (sqlx::Error::PoolTimedOut, Some(limit)) if Instant::now() >= limit.at => {
                    exceeded(terms.name, limit)
                }
                (sqlx::Error::PoolTimedOut, _) => StoreError::PoolExhausted {
                    waited: began.elapsed(),
                },
                (source, _) => StoreError::statement("begin", source),
            };
            not_begun(terms.name, &error);
            error
        })
    }

    async fn begin_on(
        database: &Database,
        (connection, kept): (Connection, Option<Arc<Kept>>),
        terms: Terms,
    ) -> Result<Self, StoreError> {
        let backend = connection.backend();
        let isolation = IsolationInForce::of(backend, terms.isolation);
        let watched = Watched::begin(Beginning {
            name: terms.name,
            backend,
            isolation,
            attempt: terms.attempt,
            until: terms.limit.map(|limit| limit.at),
        });
        // From here on a dropped future closes the connection (see `Drop`).
        let mut tx = Self {
            backend,
            isolation,
            connection: Some(connection),
            kept,
            condition: Condition {
                name: terms.name,
                access: terms.access,
                state: State::Cut,
                unread: false,
                deadline: None,
                watched,
            },
            marks: Marks::default(),
            hooks: Hooks::default(),
        };
        let start = Start {
            isolation,
            access: terms.access,
            pass: terms.pass,
            limit: terms.limit,
        };
        let begun = tx.start(database, &start).await;
        tx.condition.settle("begin", begun)?;
        Ok(tx)
    }

    async fn start(&mut self, database: &Database, start: &Start) -> Result<(), sqlx::Error> {
        let Some(connection) = &mut self.connection else {
            return Ok(());
        };
        if let Some(limit) = start.limit {
            let of = (self.condition.name, limit);
            self.condition.deadline = Some(Deadline::on(database, connection, of).await?);
        }
        let begin = start.text(self.backend);
        timed(self.condition.deadline.as_ref(), connection.send(&begin)).await
    }

    /// Which kind of database it runs on.
    #[must_use]
    pub const fn backend(&self) -> Backend {
        self.backend
    }

    /// How strictly it is kept apart.
    #[must_use]
    pub const fn isolation(&self) -> IsolationInForce {
        self.isolation
    }

    /// Runs a statement with scalar arguments; its rows.
    ///
    /// # Errors
    /// When it fails; the transaction cannot be committed any more.
    pub async fn fetch(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        self.condition.admit()?;
        let Some(connection) = &mut self.connection else {
            return Err(StoreError::Poisoned);
        };
        let sent = connection.fetch(sql, values);
        let result = timed(self.condition.deadline.as_ref(), sent).await;
        self.condition.settle(sql.name, result)
    }

    /// Runs a statement with scalar arguments; its rows one after the other, of which
    /// only a few are in memory. A row that fails is the last; the transaction cannot be
    /// committed any more.
    pub fn scan<'t>(
        &'t mut self,
        sql: &Sql,
        values: &[Value<'_>],
    ) -> BoxStream<'t, Result<Row, StoreError>> {
        let name = sql.name;
        let fit = self.condition.fit();
        let (Ok(()), Some(connection)) = (&fit, &mut self.connection) else {
            let error = fit.err().unwrap_or(StoreError::Poisoned);
            return stream::iter([Err(error)]).boxed();
        };
        let rows = connection.scan(sql, values);
        let condition = &mut self.condition;
        let deadline = condition.deadline.clone();
        condition.unread = true;
        let mut rows = Box::pin(timed_rows(deadline, rows));
        stream::poll_fn(move |context| {
            rows.poll_next_unpin(context)
                .map(|row| match (row, condition.in_time()) {
                    // Many more may be on their way: they are not waited for.
                    (Some(Ok(_)), Err(late)) => Some(Err(condition.note(late))),
                    (row, _) => {
                        condition.unread = matches!(row, Some(Ok(_)));
                        row.map(|row| row.map_err(|source| condition.failed(name, source)))
                    }
                })
        })
        .boxed()
    }

    /// Runs a statement with scalar arguments; how many rows it changed.
    ///
    /// # Errors
    /// When it fails; the transaction cannot be committed any more.
    pub async fn execute(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<u64, StoreError> {
        self.condition.admit()?;
        let Some(connection) = &mut self.connection else {
            return Err(StoreError::Poisoned);
        };
        let sent = connection.execute(sql, values);
        let result = timed(self.condition.deadline.as_ref(), sent).await;
        self.condition.settle(sql.name, result)
    }

    /// Runs statements on MariaDB that name the database of the shadow.
    pub(crate) async fn execute_naming(
        &mut self,
        (sql, shadow): (&Sql, &str),
        values: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        let Some(Connection::MariaDb(connection)) = &mut self.connection else {
            return Err(StoreError::Poisoned);
        };
        self.condition.admit()?;
        let statements = naming(sql.mariadb, shadow);
        let sent = mariadb::execute_all(connection, &statements, values);
        let result = timed(self.condition.deadline.as_ref(), sent).await;
        self.condition.settle(sql.name, result)
    }

    /// Runs a statement over many rows; its rows.
    ///
    /// # Errors
    /// When it fails; the transaction cannot be committed any more.
    pub async fn bulk(&mut self, bulk: Bulk) -> Result<Vec<Row>, StoreError> {
        self.condition.admit()?;
        let Some(connection) = &mut self.connection else {
            return Err(StoreError::Poisoned);
        };
        let name = bulk.sql.name;
        let result = timed(self.condition.deadline.as_ref(), connection.bulk(bulk)).await;
        self.condition.settle(name, result)
    }

    /// Has something looked at right before COMMIT, in the transaction. If it fails, everything
    /// is rolled back. Like every hook, it is forgotten when the scope that registered it is.
    pub fn before_commit<F>(&mut self, name: &'static str, check: F)
    where
        F: for<'t> FnOnce(&'t mut Self) -> BoxFuture<'t, Result<(), HookError>> + Send + 'static,
    {
        let action = Action::Check(Box::new(check));
        self.hooks.add(name, When::BeforeCommit, action);
    }

    /// Has something done once everything is durable. If it fails, that is logged and counted.
    pub fn after_commit<F>(&mut self, name: &'static str, action: F)
    where
        F: Future<Output = Result<(), HookError>> + Send + 'static,
    {
        self.hooks
            .add(name, When::AfterCommit, Action::Run(Box::pin(action)));
    }

    /// Has something done when this scope is about to be rolled back, by itself or with those
    /// around it. If it fails, that is logged and counted.
    pub fn before_rollback<F>(&mut self, name: &'static str, action: F)
    where
        F: Future<Output = Result<(), HookError>> + Send + 'static,
    {
        self.hooks
            .add(name, When::BeforeRollback, Action::Run(Box::pin(action)));
    }

    /// Has something done when this scope was rolled back, by itself or with those around it.
    /// If it fails, that is logged and counted.
    pub fn after_rollback<F>(&mut self, name: &'static str, action: F)
    where
        F: Future<Output = Result<(), HookError>> + Send + 'static,
    {
        self.hooks
            .add(name, When::AfterRollback, Action::Run(Box::pin(action)));
    }
}
