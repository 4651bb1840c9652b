//! The connection that the writer keeps from one transaction to the next.
//!
//! A pool hands connections out in turn, and asks each that comes back whether it still
//! lives. One that is used again at once needs neither, and its server process has what it
//! needs in memory already: each process maps the server's shared pages for itself.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{pool::PoolConnection, postgres::Postgres};

/// After so long a rest the connection may be dead, and finding out may take long: it
/// goes back to its pool.
const REST: Duration = Duration::from_secs(60);

/// At most one connection, and since when it rests.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<Option<(PoolConnection<Postgres>, Instant)>>);

impl Kept {
    /// The connection, if it was in use a moment ago.
    pub(crate) fn take(&self) -> Option<PoolConnection<Postgres>> {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (connection, since) = place.take()?;
        (since.elapsed() < REST).then_some(connection)
    }

    /// Keeps a connection that is in no transaction.
    pub(crate) fn put(&self, connection: PoolConnection<Postgres>) {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *place = Some((connection, Instant::now()));
    }
}
