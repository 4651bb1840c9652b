//! How busy the pools of connections are.

use std::time::Instant;

use sqlx::{Pool, pool::PoolConnection};

use super::{Database, Pools};

/// How busy one pool of connections is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolState {
    /// What it is for: `write`, `look_up` or `read`.
    pub name: &'static str,
    /// How many connections are open.
    pub size: u32,
    /// How many of them nobody uses. The one that the writer keeps at hand is used.
    pub idle: u32,
    /// How many there may be.
    pub capacity: u32,
}

impl Database {
    /// How busy its pools are.
    #[must_use]
    pub fn pools(&self) -> Vec<PoolState> {
        match &self.pools {
            Pools::Postgres {
                write,
                look_up,
                read,
            } => vec![
                state("write", write),
                state("look_up", look_up),
                state("read", read),
            ],
            Pools::MariaDb {
                write,
                look_up,
                read,
            } => vec![
                state("write", write),
                state("look_up", look_up),
                state("read", read),
            ],
            Pools::Sqlite { write, read } => vec![state("write", write), state("read", read)],
        }
    }
}

fn state<DB: sqlx::Database>(name: &'static str, pool: &Pool<DB>) -> PoolState {
    PoolState {
        name,
        size: pool.size(),
        idle: u32::try_from(pool.num_idle()).unwrap_or(u32::MAX),
        capacity: pool.options().get_max_connections(),
    }
}

/// A connection, and word of how long it took to get it.
pub(crate) async fn acquire<DB: sqlx::Database>(
    name: &'static str,
    pool: &Pool<DB>,
) -> Result<PoolConnection<DB>, sqlx::Error> {
    let busy = state(name, pool);
    // Where there is one connection, as SQLite's for writing, to wait for it is how it works.
    if busy.idle == 0 && busy.size >= busy.capacity.max(2) {
        metrics::counter!("payoutd_pool_waits_total", "pool" => name).increment(1);
    }
    let started = Instant::now();
    let acquired = pool.acquire().await;
    metrics::histogram!("payoutd_pool_wait_seconds", "pool" => name).record(started.elapsed());
    acquired
}
