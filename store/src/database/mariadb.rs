//! MariaDB: its connections, and statements with their arguments on it.

use std::str::FromStr;

use sqlx::{
    Arguments, ConnectOptions, Executor, MySqlConnection, MySqlPool, Row as _,
    migrate::{MigrateError, Migrator},
    mysql::{MySqlArguments, MySqlConnectOptions, MySqlPoolOptions},
};
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

use super::{ACQUIRE_TIMEOUT, LOOK_UP_CONNECTIONS, Pools, READ_CONNECTIONS, WRITE_CONNECTIONS};
use crate::{
    database::Backend,
    error::StoreError,
    numbered::{Counted, counted},
    row::Row,
    sql::Value,
};

/// Strict, so that nothing is cut off or made up on the way in. The columns of JSON_TABLE have the
/// collation of the database, which anybody may have made with another: no key would be found by
/// them, and in a poorer character set they would lose letters. A snapshot that somebody has
/// overtaken is a conflict, as on PostgreSQL, and not silently mixed with what is new
/// (<https://mariadb.com/kb/en/innodb-system-variables/#innodb_snapshot_isolation>).
const SESSION: &str = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,\
    ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT', \
    collation_database = utf8mb4_nopad_bin, innodb_snapshot_isolation = ON, \
    innodb_lock_wait_timeout = 10, net_write_timeout = 3600, group_concat_max_len = 1073741824";
/// Others wait for whoever writes. Who reads a snapshot may take their time.
const WRITE_SESSION: &str = "SET SESSION idle_transaction_timeout = 60";

/// Lets one process migrate a database at a time. (sqlx asks for a lock without a limit of time,
/// which MariaDB takes for no time at all.)
const LOCK_MIGRATIONS: &str = "SELECT GET_LOCK(CONCAT('payoutd-', MD5(DATABASE())), 3600)";
/// Forgets migrations that began and did not end.
const FORGET_CUT_OFF: &str = "DELETE FROM _sqlx_migrations WHERE NOT success";

/// Case and trailing blanks count.
const COLLATION: &str = "utf8mb4_nopad_bin";

/// More statements than the ledger has: each is prepared once a connection.
const STATEMENTS: usize = 512;

/// What a server takes at once unless it is told otherwise, less some room for what goes around
/// the arguments. Of a larger statement it takes the beginning and hangs up
/// (<https://mariadb.com/kb/en/server-system-variables/#max_allowed_packet>).
const LARGEST: usize = (16 << 20) - (16 << 10);

/// The oldest version that the ledger is tested with.
const OLDEST: (u32, u32) = (10, 11);

pub(super) async fn open(url: &str) -> Result<Pools, StoreError> {
    let unreachable = |source| StoreError::unreachable(Backend::MariaDb, source);
    let options = MySqlConnectOptions::from_str(url)
        .map_err(unreachable)?
        .charset("utf8mb4")
        .collation(COLLATION)
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging();
    accept(&options).await?;
    let write = writing(WRITE_CONNECTIONS)
        .connect_with(options.clone())
        .await
        .map_err(unreachable)?;
    Ok(Pools::MariaDb {
        write,
        look_up: writing(LOOK_UP_CONNECTIONS).connect_lazy_with(options.clone()),
        read: reading(READ_CONNECTIONS).connect_lazy_with(options),
    })
}

/// Refuses servers that the ledger does not know: MySQL speaks the same protocol.
async fn accept(options: &MySqlConnectOptions) -> Result<(), StoreError> {
    let unreachable = |source| StoreError::unreachable(Backend::MariaDb, source);
    // Without a collation that MySQL does not know.
    let plain = options.clone().set_names(false);
    let mut connection = plain.connect().await.map_err(unreachable)?;
    let row = sqlx::query("SELECT VERSION()")
        .fetch_one(&mut connection)
        .await
        .map_err(unreachable)?;
    let version: String = row.try_get(0).map_err(unreachable)?;
    if is_known(&version) {
        Ok(())
    } else {
        Err(StoreError::UnknownServer { version })
    }
}

/// `10.11.14-MariaDB-0+deb12u2` and newer.
fn is_known(version: &str) -> bool {
    let mut numbers = version
        .split(['.', '-'])
        .map_while(|part| part.parse().ok());
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    version.contains("MariaDB") && found >= OLDEST
}

pub(super) fn apart(write: &MySqlPool) -> Pools {
    let options = write.connect_options().as_ref().clone();
    Pools::MariaDb {
        write: writing(LOOK_UP_CONNECTIONS).connect_lazy_with(options.clone()),
        look_up: writing(1).connect_lazy_with(options.clone()),
        read: reading(LOOK_UP_CONNECTIONS).connect_lazy_with(options),
    }
}

pub(crate) fn writing(connections: u32) -> MySqlPoolOptions {
    // A dead connection shows at the first statement, which is retried.
    reading(connections)
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection.execute(SESSION).await?;
                connection.execute(WRITE_SESSION).await.map(|_| ())
            })
        })
}

pub(crate) fn reading(connections: u32) -> MySqlPoolOptions {
    MySqlPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(SESSION).await.map(|_| ()) })
        })
}

/// Each statement of a migration commits by itself. So each may be run again, and a migration
/// that was cut off is finished by running all of it.
pub(super) async fn migrate(migrations: &Migrator, pool: &MySqlPool) -> Result<(), MigrateError> {
    let mut lock = pool.acquire().await?;
    // The lock ends with its connection, whatever happens.
    lock.close_on_drop();
    let locked: Option<bool> = lock.fetch_one(LOCK_MIGRATIONS).await?.try_get(0)?;
    if locked != Some(true) {
        return Err(sqlx::Error::PoolTimedOut.into());
    }
    match migrations.run(pool).await {
        Err(MigrateError::Dirty(_)) => {
            lock.execute(FORGET_CUT_OFF).await?;
            migrations.run(pool).await
        }
        result => result,
    }
}

/// Runs the statements of a text one after the other; all their rows.
pub(crate) async fn fetch(
    connection: &mut MySqlConnection,
    text: &'static str,
    values: &[Value<'_>],
) -> Result<Vec<Row>, sqlx::Error> {
    let mut found = Vec::new();
    for statement in counted(text).iter() {
        let arguments = arguments(&statement.arguments, values)?;
        let rows = sqlx::query_with(statement.text.clone(), arguments)
            .fetch_all(&mut *connection)
            .await?;
        found.extend(rows.into_iter().map(Row::MariaDb));
    }
    Ok(found)
}

/// Runs the statements of a text one after the other; how many rows they changed.
pub(crate) async fn execute(
    connection: &mut MySqlConnection,
    text: &'static str,
    values: &[Value<'_>],
) -> Result<u64, sqlx::Error> {
    execute_all(connection, &counted(text), values).await
}

/// Runs statements one after the other; how many rows they changed.
pub(crate) async fn execute_all(
    connection: &mut MySqlConnection,
    statements: &[Counted],
    values: &[Value<'_>],
) -> Result<u64, sqlx::Error> {
    let mut changed = 0;
    for statement in statements {
        let arguments = arguments(&statement.arguments, values)?;
        let done = sqlx::query_with(statement.text.clone(), arguments)
            .execute(&mut *connection)
            .await?;
        changed += done.rows_affected();
    }
    Ok(changed)
}

/// Asks the server to prepare the statements of a text.
pub(super) async fn prepare(
    connection: &mut MySqlConnection,
    text: &'static str,
) -> Result<(), sqlx::Error> {
    for statement in counted(text).iter() {
        connection.prepare(statement.text.clone()).await?;
    }
    Ok(())
}

/// The arguments for a statement's placeholders, in the order in which they stand there.
///
/// # Errors
/// When one is missing, or they are too much for one statement.
pub(crate) fn arguments(
    placeholders: &[usize],
    values: &[Value<'_>],
) -> Result<MySqlArguments, sqlx::Error> {
    let mut arguments = MySqlArguments::default();
    let mut size = 0;
    for place in placeholders {
        let missing = || sqlx::Error::Encode(format!("there is no argument ?{}", place + 1).into());
        let value = values.get(*place).ok_or_else(missing)?;
        size += weight(value);
        match value {
            Value::Text(value) => arguments.add(*value),
            Value::OptText(value) => arguments.add(*value),
            Value::Int(value) => arguments.add(*value),
            Value::OptInt(value) => arguments.add(*value),
            Value::Flag(value) => arguments.add(*value),
            Value::Time(value) => arguments.add(utc(*value)),
            Value::OptTime(value) => arguments.add(value.map(utc)),
            Value::OptUuid(value) => arguments.add(value.map(|id| id.to_string())),
            Value::Bytes(value) => arguments.add(*value),
            Value::Texts(values) => arguments.add(serde_json::json!(values).to_string()),
            Value::Ints(values) => arguments.add(serde_json::json!(values).to_string()),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    if size > LARGEST {
        let error = format!("{size} bytes are too much for one statement");
        return Err(sqlx::Error::Encode(error.into()));
    }
    Ok(arguments)
}

/// Whether the server takes each of the statements with arguments of so many bytes.
pub(crate) fn takes(text: &'static str, sizes: &[usize]) -> bool {
    let size = |place: &usize| sizes.get(*place).copied().unwrap_or(0);
    let fits = |one: &Counted| one.arguments.iter().map(size).sum::<usize>() <= LARGEST;
    counted(text).iter().all(fits)
}

/// How many bytes a value has, if it may have many. Lists are of keys, and not long.
fn weight(value: &Value<'_>) -> usize {
    match value {
        Value::Text(value) | Value::OptText(Some(value)) => value.len(),
        Value::Bytes(value) => value.len(),
        _ => 0,
    }
}

/// As a DATETIME. A moment with an offset would be sent as a TIMESTAMP, which ends in 2038.
fn utc(moment: OffsetDateTime) -> PrimitiveDateTime {
    let utc = moment.to_offset(UtcOffset::UTC);
    PrimitiveDateTime::new(utc.date(), utc.time())
}

#[cfg(test)]
mod tests {
    use super::{LARGEST, arguments, is_known};
    use crate::sql::Value;

    #[test]
    fn mariadb_is_known_from_10_11_on() {
        assert!(is_known("10.11.14-MariaDB-0+deb12u2"));
        assert!(is_known("11.8.3-MariaDB"));
        assert!(!is_known("10.6.22-MariaDB"));
        assert!(!is_known("8.4.7"));
    }

    #[test]
    fn what_a_server_would_hang_up_on_is_not_sent() {
        let half = "x".repeat(LARGEST / 2);
        let values = [Value::Text(&half), Value::Bytes(half.as_bytes())];
        assert!(arguments(&[0, 1], &values).is_ok());
        assert!(arguments(&[0, 1, 0], &values).is_err());
    }
}
