//! A pooled connection to whichever database, and what is sent on it.

use futures::{
    StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use sqlx::{
    AssertSqlSafe, MySqlConnection, Row as _, mysql::MySql, pool::PoolConnection,
    postgres::Postgres, raw_sql, sqlite::Sqlite,
};

use super::begin::Access;
use crate::{
    bulk::{Arguments, Bulk},
    database::{Backend, Database, Pools, mariadb, pools, postgres, sqlite},
    numbered::counted,
    row::Row,
    sql::{Sql, Value},
};

#[derive(Debug)]
pub(super) enum Connection {
    Postgres(PoolConnection<Postgres>),
    MariaDb(PoolConnection<MySql>),
    Sqlite(PoolConnection<Sqlite>),
}

/// Runs the same on whichever connection.
macro_rules! on_each {
    ($self:ident, $connection:ident => $work:expr) => {
        match $self {
            Connection::Postgres($connection) => $work,
            Connection::MariaDb($connection) => $work,
            Connection::Sqlite($connection) => $work,
        }
    };
}

impl Connection {
    /// From the pool of those who write, or of those who read.
    pub(super) async fn acquire(database: &Database, access: Access) -> Result<Self, sqlx::Error> {
        let name = match access {
            Access::Write => "write",
            Access::Read => "read",
        };
        match (&database.pools, access) {
            (Pools::Postgres { write: pool, .. }, Access::Write)
            | (Pools::Postgres { read: pool, .. }, Access::Read) => {
                pools::acquire(name, pool).await.map(Self::Postgres)
            }
            (Pools::MariaDb { write: pool, .. }, Access::Write)
            | (Pools::MariaDb { read: pool, .. }, Access::Read) => {
                pools::acquire(name, pool).await.map(Self::MariaDb)
            }
            (Pools::Sqlite { write: pool, .. }, Access::Write)
            | (Pools::Sqlite { read: pool, .. }, Access::Read) => {
                pools::acquire(name, pool).await.map(Self::Sqlite)
            }
        }
    }

    pub(super) const fn backend(&self) -> Backend {
        match self {
            Self::Postgres(_) => Backend::Postgres,
            Self::MariaDb(_) => Backend::MariaDb,
            Self::Sqlite(_) => Backend::Sqlite,
        }
    }

    /// Closes it instead of giving it back.
    pub(super) fn close(self) {
        on_each!(self, connection => drop(connection.detach()));
    }

    /// Sends a text of our own, without arguments and whatever its answer is.
    pub(super) async fn send(&mut self, text: &str) -> Result<(), sqlx::Error> {
        let text = raw_sql(AssertSqlSafe(text.to_owned()));
        on_each!(self, connection => text.execute(&mut **connection).await.map(|_| ()))
    }

    /// What another connection has to name to cancel a statement of this one.
    pub(super) async fn session(&mut self) -> Result<Option<i64>, sqlx::Error> {
        match self {
            Self::Postgres(connection) => {
                let ask = raw_sql("SELECT pg_backend_pid()::bigint");
                ask.fetch_one(&mut **connection).await?.try_get(0).map(Some)
            }
            Self::MariaDb(connection) => {
                let ask = raw_sql("SELECT CAST(CONNECTION_ID() AS SIGNED)");
                ask.fetch_one(&mut **connection).await?.try_get(0).map(Some)
            }
            // It runs in this process.
            Self::Sqlite(_) => Ok(None),
        }
    }

    /// Takes back what was set for one transaction. On a server that goes with it.
    pub(super) async fn clean(
        &mut self,
        access: Access,
        is_limited: bool,
    ) -> Result<(), sqlx::Error> {
        let Self::Sqlite(connection) = self else {
            return Ok(());
        };
        if is_limited {
            connection.lock_handle().await?.remove_progress_handler();
            let busy_timeout = sqlite::BUSY_TIMEOUT.as_millis();
            self.send(&format!("PRAGMA busy_timeout = {busy_timeout}"))
                .await?;
        }
        if access == Access::Read {
            self.send("PRAGMA query_only = 0").await?;
        }
        Ok(())
    }

    pub(super) async fn fetch(
        &mut self,
        sql: &Sql,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, sqlx::Error> {
        match self {
            Self::Postgres(connection) => {
                postgres::fetch(&mut **connection, sql.postgres, values).await
            }
            Self::MariaDb(connection) => mariadb::fetch(connection, sql.mariadb, values).await,
            Self::Sqlite(connection) => sqlite::fetch(&mut **connection, sql.sqlite, values).await,
        }
    }

    pub(super) async fn execute(
        &mut self,
        sql: &Sql,
        values: &[Value<'_>],
    ) -> Result<u64, sqlx::Error> {
        match self {
            Self::Postgres(connection) => {
                sqlx::query_with(sql.postgres, postgres::arguments(values)?)
                    .execute(&mut **connection)
                    .await
                    .map(|done| done.rows_affected())
            }
            Self::MariaDb(connection) => mariadb::execute(connection, sql.mariadb, values).await,
            Self::Sqlite(connection) => sqlx::query_with(sql.sqlite, sqlite::arguments(values)?)
                .execute(&mut **connection)
                .await
                .map(|done| done.rows_affected()),
        }
    }

    pub(super) async fn bulk(&mut self, bulk: Bulk) -> Result<Vec<Row>, sqlx::Error> {
        let Bulk { sql, arguments } = bulk;
        match (self, arguments) {
            (Self::Postgres(connection), Arguments::Postgres(arguments)) => {
                let rows = sqlx::query_with(sql.postgres, arguments)
                    .fetch_all(&mut **connection)
                    .await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
            (Self::MariaDb(connection), Arguments::MariaDb(groups)) => {
                let groups: Vec<_> = groups.iter().map(|json| Value::Text(json)).collect();
                mariadb::fetch(connection, sql.mariadb, &groups).await
            }
            (Self::Sqlite(connection), Arguments::Sqlite(json)) => {
                let rows = sqlx::query(sql.sqlite)
                    .bind(json)
                    .fetch_all(&mut **connection)
                    .await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            _ => Err(sqlx::Error::Encode(
                "the rows were prepared for another kind of database".into(),
            )),
        }
    }

    pub(super) fn scan<'t>(
        &'t mut self,
        sql: &Sql,
        values: &[Value<'_>],
    ) -> BoxStream<'t, Result<Row, sqlx::Error>> {
        match self {
            Self::Postgres(connection) => match postgres::arguments(values) {
                Ok(arguments) => sqlx::query_with(sql.postgres, arguments)
                    .fetch(&mut **connection)
                    .map_ok(Row::Postgres)
                    .boxed(),
                Err(error) => stream::iter([Err(error)]).boxed(),
            },
            Self::MariaDb(connection) => scan_mariadb(connection, sql, values),
            Self::Sqlite(connection) => match sqlite::arguments(values) {
                Ok(arguments) => sqlx::query_with(sql.sqlite, arguments)
                    .fetch(&mut **connection)
                    .map_ok(Row::Sqlite)
                    .boxed(),
                Err(error) => stream::iter([Err(error)]).boxed(),
            },
        }
    }

    /// Commits, or fails.
    pub(super) async fn commit(&mut self) -> Result<(), sqlx::Error> {
        self.send(match self {
            // A COMMIT of a failed transaction would be answered with a rollback and no error. In
            // such a transaction this statement fails, and the COMMIT behind it is not reached. In
            // any other it does early, and at little cost, what COMMIT would do first.
            Self::Postgres(_) => "SET CONSTRAINTS ALL IMMEDIATE; COMMIT;",
            Self::MariaDb(_) | Self::Sqlite(_) => "COMMIT",
        })
        .await
    }
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
