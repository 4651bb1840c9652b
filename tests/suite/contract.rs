//! What the store promises, tested alike on every database it runs on.
//!
//! Each test runs on SQLite, and on PostgreSQL and MariaDB at SERIALIZABLE and at READ COMMITTED,
//! for the promises may not rest on an isolation level. When it ends, the laws of the log are
//! checked ([`laws`]). To add a test: a function that takes a [`ground::Ground`], and its name in
//! the list at the top of its file.

/// Makes modules of tests for each database: `sqlite`, `postgres`, `postgres_read_committed`,
/// `mariadb`, `mariadb_read_committed`.
macro_rules! on_every_database {
    ($($test:ident)+) => {
        on! { sqlite, Ground::sqlite(), $($test)+ }
        on_servers! { $($test)+ }
    };
}

/// The same for tests of what takes a server.
macro_rules! on_servers {
    ($($test:ident)+) => {
        on_postgres! { $($test)+ }
        on_mariadb! { $($test)+ }
    };
}

/// The same for tests of what only PostgreSQL has.
macro_rules! on_postgres {
    ($($test:ident)+) => {
        on! { postgres, Ground::postgres(store::Isolation::Serializable), $($test)+ }
        on! {
            postgres_read_committed,
            Ground::postgres(store::Isolation::ReadCommitted),
            $($test)+
        }
    };
}

/// The same for tests of what only MariaDB has.
macro_rules! on_mariadb {
    ($($test:ident)+) => {
        on! { mariadb, Ground::mariadb(store::Isolation::Serializable), $($test)+ }
        on! {
            mariadb_read_committed,
            Ground::mariadb(store::Isolation::ReadCommitted),
            $($test)+
        }
    };
}

/// A module of tests on one kind of ground.
macro_rules! on {
    ($module:ident, $ground:expr, $($test:ident)+) => {
        mod $module {
            use crate::contract::ground::Ground;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let ground = $ground.await;
                    super::$test(&ground).await;
                    crate::contract::laws::hold(&ground).await;
                }
            )+
        }
    };
}

mod alerts;
mod archive;
pub mod ground;
mod inline;
pub mod inputs;
mod laws;
mod raw;

mod commits;
mod culprits;
mod drops;
mod errors;
mod in_place;
mod innodb;
mod letters;
mod order;
mod parked;
mod queue;
mod reading;
mod readings;
mod rebuilds;
mod receipts;
mod replays;
mod rivals;
mod skew;
mod statements;
mod tenants;
mod transactions;
mod webhooks;
