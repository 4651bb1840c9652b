//! The only way to a transaction.
//!
//! sqlx's own `Transaction` is not used, because of two traps of sqlx 0.9:
//!
//! - its `commit()` says Ok when PostgreSQL answered COMMIT with a rollback,
//!   which the server does after any failed statement. [`Tx`] refuses to commit
//!   once a statement has failed, and on PostgreSQL asks in the same round trip
//!   what became of the transaction;
//! - a `begin()` whose future is dropped can leave a pooled connection inside a
//!   transaction, where the next user's work is lost. [`Tx`] owns its connection
//!   and gives it back only after COMMIT or ROLLBACK was answered; dropped any
//!   earlier, it closes the connection, and the server rolls back.

mod begin;

use std::sync::Arc;

use futures::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use sqlx::{
    MySqlConnection, Row as _, mysql::MySql, pool::PoolConnection, postgres::Postgres, raw_sql,
    sqlite::Sqlite,
};

use crate::{
    bulk::{Arguments, Bulk},
    database::{Backend, Database, Pools, mariadb, pools, postgres, sqlite},
    error::{Class, StoreError},
    kept::Kept,
    numbered::{counted, naming},
    row::Row,
    settings::Isolation,
    sql::{Sql, Value},
};

pub(crate) use begin::Pass;

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It writes. On SQLite it takes the write lock at once and is serializable
    /// whatever is asked for.
    Write(Isolation),
    /// It reads one snapshot, and writes temporary tables at most.
    Snapshot,
}

/// A running transaction. Dropped without [`Tx::commit`], it is rolled back.
#[derive(Debug)]
pub struct Tx {
    backend: Backend,
    connection: Option<Connection>,
    /// Where the connection goes instead of back to its pool.
    kept: Option<Arc<Kept>>,
    /// PostgreSQL's id of the transaction, if it writes.
    xid: Option<u64>,
    poisoned: bool,
}

#[derive(Debug)]
enum Connection {
    Postgres(PoolConnection<Postgres>),
    MariaDb(PoolConnection<MySql>),
    Sqlite(PoolConnection<Sqlite>),
}

impl Drop for Tx {
    fn drop(&mut self) {
        // Still here means COMMIT or ROLLBACK was not answered: a connection in
        // an unknown state is not given back but closed.
        match self.connection.take() {
            Some(Connection::Postgres(connection)) => drop(connection.detach()),
            Some(Connection::MariaDb(connection)) => drop(connection.detach()),
            Some(Connection::Sqlite(connection)) => drop(connection.detach()),
            None => {}
        }
    }
}

impl Tx {
    /// Begins a transaction.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn begin(database: &Database, mode: Mode) -> Result<Self, StoreError> {
        Self::begin_at(database, mode, Pass::Through).await
    }

    /// Begins a transaction that meets the gate in its own way.
    pub(crate) async fn begin_at(
        database: &Database,
        mode: Mode,
        pass: Pass,
    ) -> Result<Self, StoreError> {
        let connection = acquire(database, mode).await?;
        Self::begin_on(connection, (mode, pass), None).await
    }

    /// Begins a transaction on a connection to SQLite that knows more than one file.
    pub(crate) async fn begin_attached(
        connection: PoolConnection<Sqlite>,
        pass: Pass,
    ) -> Result<Self, StoreError> {
        let mode = (Mode::Write(Isolation::Serializable), pass);
        Self::begin_on(Connection::Sqlite(connection), mode, None).await
    }

    /// Begins one of many transactions, on the connection of the last one.
    pub(crate) async fn begin_next(
        database: &Database,
        isolation: Isolation,
        kept: &Arc<Kept>,
    ) -> Result<Self, StoreError> {
        let mode = Mode::Write(isolation);
        let connection = match kept.take() {
            Some(connection) => Connection::Postgres(connection),
            None => acquire(database, mode).await?,
        };
        Self::begin_on(connection, (mode, Pass::Through), Some(Arc::clone(kept))).await
    }

    async fn begin_on(
        connection: Connection,
        (mode, pass): (Mode, Pass),
        kept: Option<Arc<Kept>>,
    ) -> Result<Self, StoreError> {
        // From here on a dropped future closes the connection (see `Drop`).
        let mut tx = Self {
            backend: match connection {
                Connection::Postgres(_) => Backend::Postgres,
                Connection::MariaDb(_) => Backend::MariaDb,
                Connection::Sqlite(_) => Backend::Sqlite,
            },
            connection: Some(connection),
            kept,
            xid: None,
            poisoned: false,
        };
        if let Some(connection) = &mut tx.connection {
            let begun = begin::send(connection, mode, pass).await;
            tx.xid = begun.map_err(|source| StoreError::statement("begin", source))?;
        }
        Ok(tx)
    }

    /// PostgreSQL's id of the transaction; 0 where there is none.
    #[must_use]
    pub fn xid(&self) -> i64 {
        // Transaction ids are counted from 3 and far below 2^63.
        self.xid
            .and_then(|xid| i64::try_from(xid).ok())
            .unwrap_or(0)
    }

    /// Runs a statement with scalar arguments; its rows.
    ///
    /// # Errors
    /// When it fails; the transaction cannot be committed any more.
    pub async fn fetch(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<Vec<Row>, StoreError> {
        let result = match &mut self.connection {
            Some(Connection::Postgres(connection)) => {
                postgres::fetch(&mut **connection, sql.postgres, values).await
            }
            Some(Connection::MariaDb(connection)) => {
                mariadb::fetch(connection, sql.mariadb, values).await
            }
            Some(Connection::Sqlite(connection)) => {
                sqlite::fetch(&mut **connection, sql.sqlite, values).await
            }
            None => return Err(StoreError::Poisoned),
        };
        self.checked(sql, result)
    }

    /// Runs a statement with scalar arguments; its rows one after the other, of which
    /// only a few are in memory. A row that fails is the last; the transaction cannot be
    /// committed any more.
    pub fn scan<'t>(
        &'t mut self,
        sql: &Sql,
        values: &[Value<'_>],
    ) -> BoxStream<'t, Result<Row, StoreError>> {
        let (name, poisoned) = (sql.name, &mut self.poisoned);
        let rows = match &mut self.connection {
            Some(Connection::Postgres(connection)) => match postgres::arguments(values) {
                Ok(arguments) => sqlx::query_with(sql.postgres, arguments)
                    .fetch(&mut **connection)
                    .map_ok(Row::Postgres)
                    .boxed(),
                Err(error) => stream::iter([Err(error)]).boxed(),
            },
            Some(Connection::MariaDb(connection)) => scan_mariadb(connection, sql, values),
            Some(Connection::Sqlite(connection)) => match sqlite::arguments(values) {
                Ok(arguments) => sqlx::query_with(sql.sqlite, arguments)
                    .fetch(&mut **connection)
                    .map_ok(Row::Sqlite)
                    .boxed(),
                Err(error) => stream::iter([Err(error)]).boxed(),
            },
            None => return stream::iter([Err(StoreError::Poisoned)]).boxed(),
        };
        rows.map_err(move |source| {
            *poisoned = true;
            StoreError::statement(name, source)
        })
        .boxed()
    }

    /// Runs a statement with scalar arguments; how many rows it changed.
    ///
    /// # Errors
    /// When it fails; the transaction cannot be committed any more.
    pub async fn execute(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<u64, StoreError> {
        let result = match &mut self.connection {
            Some(Connection::Postgres(connection)) => match postgres::arguments(values) {
                Ok(arguments) => sqlx::query_with(sql.postgres, arguments)
                    .execute(&mut **connection)
                    .await
                    .map(|done| done.rows_affected()),
                Err(error) => Err(error),
            },
            Some(Connection::MariaDb(connection)) => {
                mariadb::execute(connection, sql.mariadb, values).await
            }
            Some(Connection::Sqlite(connection)) => match sqlite::arguments(values) {
                Ok(arguments) => sqlx::query_with(sql.sqlite, arguments)
                    .execute(&mut **connection)
                    .await
                    .map(|done| done.rows_affected()),
                Err(error) => Err(error),
            },
            None => return Err(StoreError::Poisoned),
        };
        self.checked(sql, result)
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
        let statements = naming(sql.mariadb, shadow);
        let result = mariadb::execute_all(connection, &statements, values).await;
        self.checked(sql, result)
    }

    /// Runs a statement over many rows; its rows.
    ///
    /// # Errors
    /// When it fails; the transaction cannot be committed any more.
    pub async fn bulk(&mut self, bulk: Bulk) -> Result<Vec<Row>, StoreError> {
        let Bulk { sql, arguments } = bulk;
        let result = match (&mut self.connection, arguments) {
            (Some(Connection::Postgres(connection)), Arguments::Postgres(arguments)) => {
                sqlx::query_with(sql.postgres, arguments)
                    .fetch_all(&mut **connection)
                    .await
                    .map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
            (Some(Connection::MariaDb(connection)), Arguments::Json(json)) => {
                mariadb::fetch(connection, sql.mariadb, &[Value::Text(&json)]).await
            }
            (Some(Connection::Sqlite(connection)), Arguments::Json(json)) => {
                sqlx::query(sql.sqlite)
                    .bind(json)
                    .fetch_all(&mut **connection)
                    .await
                    .map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
            (Some(_), _) => Err(sqlx::Error::Encode(
                "the rows were prepared for another kind of database".into(),
            )),
            (None, _) => return Err(StoreError::Poisoned),
        };
        self.checked(&sql, result)
    }

    /// Which kind of database it runs on.
    #[must_use]
    pub const fn backend(&self) -> Backend {
        self.backend
    }

    fn checked<T>(&mut self, sql: &Sql, result: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        self.poisoned |= result.is_err();
        result.map_err(|source| StoreError::statement(sql.name, source))
    }

    /// Makes everything durable.
    ///
    /// # Errors
    /// [`StoreError::Poisoned`] after a failed statement;
    /// [`StoreError::CommitUnknown`] when the connection died on the way.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        if self.poisoned {
            return Err(StoreError::Poisoned);
        }
        match self.send_commit().await {
            Ok(true) => {
                self.give_back();
                Ok(())
            }
            Ok(false) => Err(StoreError::RolledBack),
            Err(source) => {
                let error = StoreError::statement("commit", source);
                Err(match error {
                    StoreError::Statement {
                        class: Class::Unavailable,
                        source,
                        ..
                    } => StoreError::CommitUnknown(source),
                    error => error,
                })
            }
        }
    }

    /// Whether the server says that the commit has happened.
    async fn send_commit(&mut self) -> Result<bool, sqlx::Error> {
        match (&mut self.connection, self.xid) {
            (Some(Connection::Postgres(connection)), Some(xid)) => {
                // A COMMIT of a failed transaction is answered with a rollback and
                // no error: ask what became of it, in the same round trip.
                let commit = format!("COMMIT; SELECT pg_xact_status('{xid}'::xid8)");
                let row = raw_sql(sqlx::AssertSqlSafe(commit))
                    .fetch_one(&mut **connection)
                    .await?;
                let status: Option<String> = row.try_get(0)?;
                Ok(status.as_deref() == Some("committed"))
            }
            (Some(Connection::Postgres(connection)), None) => raw_sql("COMMIT")
                .execute(&mut **connection)
                .await
                .map(|_| true),
            (Some(Connection::MariaDb(connection)), _) => raw_sql("COMMIT")
                .execute(&mut **connection)
                .await
                .map(|_| true),
            (Some(Connection::Sqlite(connection)), _) => raw_sql("COMMIT")
                .execute(&mut **connection)
                .await
                .map(|_| true),
            (None, _) => Ok(false),
        }
    }

    /// Undoes everything.
    ///
    /// # Errors
    /// When the connection died; the server rolls back all the same.
    pub async fn rollback(mut self) -> Result<(), StoreError> {
        let result = match &mut self.connection {
            Some(Connection::Postgres(connection)) => raw_sql("ROLLBACK")
                .execute(&mut **connection)
                .await
                .map(|_| ()),
            Some(Connection::MariaDb(connection)) => raw_sql("ROLLBACK")
                .execute(&mut **connection)
                .await
                .map(|_| ()),
            Some(Connection::Sqlite(connection)) => raw_sql("ROLLBACK")
                .execute(&mut **connection)
                .await
                .map(|_| ()),
            None => Ok(()),
        };
        result.map_err(|source| StoreError::statement("rollback", source))?;
        self.give_back();
        Ok(())
    }

    fn give_back(&mut self) {
        match (self.connection.take(), &self.kept) {
            (Some(Connection::Postgres(connection)), Some(kept)) => kept.put(connection),
            // SQLite has one connection that writes, for everybody.
            (connection, _) => drop(connection),
        }
    }
}

async fn acquire(database: &Database, mode: Mode) -> Result<Connection, StoreError> {
    let acquired = match (&database.pools, mode) {
        (Pools::Postgres { write, .. }, Mode::Write(_)) => pools::acquire("write", write)
            .await
            .map(Connection::Postgres),
        (Pools::Postgres { read, .. }, Mode::Snapshot) => {
            pools::acquire("read", read).await.map(Connection::Postgres)
        }
        (Pools::MariaDb { write, .. }, Mode::Write(_)) => pools::acquire("write", write)
            .await
            .map(Connection::MariaDb),
        (Pools::MariaDb { read, .. }, Mode::Snapshot) => {
            pools::acquire("read", read).await.map(Connection::MariaDb)
        }
        (Pools::Sqlite { write, .. }, Mode::Write(_)) => {
            pools::acquire("write", write).await.map(Connection::Sqlite)
        }
        (Pools::Sqlite { read, .. }, Mode::Snapshot) => {
            pools::acquire("read", read).await.map(Connection::Sqlite)
        }
    };
    acquired.map_err(|source| StoreError::statement("begin", source))
}

/// Rows one after the other of a text that holds one statement.
fn scan_mariadb<'t>(
    connection: &'t mut MySqlConnection,
    sql: &Sql,
    values: &[Value<'_>],
) -> BoxStream<'t, Result<Row, sqlx::Error>> {
    let statements = counted(sql.mariadb);
    let [statement] = statements.as_ref() else {
        let error = sqlx::Error::Encode("rows one by one are those of one statement".into());
        return stream::iter([Err(error)]).boxed();
    };
    match mariadb::arguments(&statement.arguments, values) {
        Ok(arguments) => sqlx::query_with(statement.text.clone(), arguments)
            .fetch(connection)
            .map_ok(Row::MariaDb)
            .boxed(),
        Err(error) => stream::iter([Err(error)]).boxed(),
    }
}
