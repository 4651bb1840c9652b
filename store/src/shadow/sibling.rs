//! The shadow on MariaDB: a database of the same server.

use sqlx::{MySqlPool, mysql::MySqlConnectOptions};

use crate::{
    database::{Database, Pools, mariadb},
    error::StoreError,
    numbered::naming,
    sql::Sql,
};

/// Connections whose names mean the tables of that database. It need not be there yet.
pub(super) fn open(live: &MySqlPool, name: &str) -> Database {
    let options: MySqlConnectOptions = live.connect_options().as_ref().clone();
    let options = options.database(name);
    let write = mariadb::writing(2).connect_lazy_with(options.clone());
    Database {
        pools: Pools::MariaDb {
            look_up: write.clone(),
            read: mariadb::reading(2).connect_lazy_with(options),
            write,
        },
    }
}

/// Runs statements that name that database, each by itself: those that make and drop tables
/// commit, whatever is around them.
pub(super) async fn run(live: &MySqlPool, sql: &Sql, name: &str) -> Result<(), StoreError> {
    let failed = |source| StoreError::statement(sql.name, source);
    let mut connection = live.acquire().await.map_err(failed)?;
    let statements = naming(sql.mariadb, name);
    let done = mariadb::execute_all(&mut connection, &statements, &[]).await;
    done.map(|_| ()).map_err(failed)
}
