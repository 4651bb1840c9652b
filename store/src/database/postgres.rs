//! PostgreSQL: its connections, and statements with their arguments on it.

use std::str::FromStr;

use sqlx::{
    Arguments, ConnectOptions, Executor, PgPool, Postgres,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions},
};

use super::{ACQUIRE_TIMEOUT, LOOK_UP_CONNECTIONS, Pools, READ_CONNECTIONS, WRITE_CONNECTIONS};
use crate::{database::Backend, error::StoreError, row::Row, sql::Value};

/// One sequential scan under SERIALIZABLE locks a whole table against everybody: the
/// planner walks indexes whatever a young table's statistics say.
const WRITE_SESSION: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; \
    SET enable_mergejoin = off; SET enable_material = off; SET jit = off; \
    SET plan_cache_mode = force_generic_plan; \
    SET idle_in_transaction_session_timeout = '60s'";

pub(super) async fn open(url: &str) -> Result<Pools, StoreError> {
    let unreachable = |source| StoreError::unreachable(Backend::Postgres, source);
    let options = PgConnectOptions::from_str(url)
        .map_err(unreachable)?
        .application_name("payoutd")
        .disable_statement_logging();
    let write = walking(WRITE_CONNECTIONS)
        .connect_with(options.clone())
        .await
        .map_err(unreachable)?;
    Ok(Pools::Postgres {
        write,
        look_up: walking(LOOK_UP_CONNECTIONS).connect_lazy_with(options.clone()),
        read: PgPoolOptions::new()
            .max_connections(READ_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_lazy_with(options),
    })
}

pub(super) fn apart(write: &PgPool) -> Pools {
    let options = write.connect_options().as_ref().clone();
    Pools::Postgres {
        write: walking(LOOK_UP_CONNECTIONS).connect_lazy_with(options.clone()),
        look_up: walking(1).connect_lazy_with(options.clone()),
        read: PgPoolOptions::new()
            .max_connections(LOOK_UP_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_lazy_with(options),
    }
}

/// Connections whose planner walks indexes only.
fn walking(connections: u32) -> PgPoolOptions {
    prepared(connections, WRITE_SESSION)
}

/// Connections that begin with some settings.
pub(crate) fn prepared(connections: u32, session: &'static str) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A dead connection shows at the first statement, which is retried; a ping
        // before each would cost a round trip for nothing.
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            Box::pin(async move { connection.execute(session).await.map(|_| ()) })
        })
}

pub(crate) async fn fetch<'e, E>(
    executor: E,
    text: impl sqlx::SqlSafeStr,
    values: &[Value<'_>],
) -> Result<Vec<Row>, sqlx::Error>
where
    E: Executor<'e, Database = Postgres>,
{
    let rows = sqlx::query_with(text, arguments(values)?)
        .fetch_all(executor)
        .await?;
    Ok(rows.into_iter().map(Row::Postgres).collect())
}

pub(crate) fn arguments(values: &[Value<'_>]) -> Result<PgArguments, sqlx::Error> {
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Text(value) => arguments.add(*value),
            Value::OptText(value) => arguments.add(*value),
            Value::Int(value) => arguments.add(*value),
            Value::OptInt(value) => arguments.add(*value),
            Value::Flag(value) => arguments.add(*value),
            Value::Time(value) => arguments.add(*value),
            Value::OptTime(value) => arguments.add(*value),
            Value::OptUuid(value) => arguments.add(*value),
            Value::Bytes(value) => arguments.add(*value),
            Value::Texts(values) => arguments.add(values),
            Value::Ints(values) => arguments.add(values),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}
