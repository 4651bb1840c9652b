//! What the store promises, tested alike on every database it runs on.
//!
//! Each test runs on SQLite, on PostgreSQL, and on PostgreSQL at READ COMMITTED, for the promises
//! may not rest on an isolation level. When it ends, the laws of the log are checked
//! ([`laws`]). To add a test: a function that takes a [`ground::Ground`], and its name in the list
//! at the top of its file.

/// Makes a module of tests for each database: `sqlite`, `postgres`, `postgres_read_committed`.
macro_rules! on_every_database {
    ($($test:ident)+) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let ground = crate::contract::ground::Ground::sqlite().await;
                    super::$test(&ground).await;
                    crate::contract::laws::hold(&ground).await;
                }
            )+
        }
        on_postgres! { $($test)+ }
    };
}

/// The same for tests of what only PostgreSQL has.
macro_rules! on_postgres {
    ($($test:ident)+) => {
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let serializable = store::Isolation::Serializable;
                    let ground = crate::contract::ground::Ground::postgres(serializable).await;
                    super::$test(&ground).await;
                    crate::contract::laws::hold(&ground).await;
                }
            )+
        }
        mod postgres_read_committed {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let read_committed = store::Isolation::ReadCommitted;
                    let ground = crate::contract::ground::Ground::postgres(read_committed).await;
                    super::$test(&ground).await;
                    crate::contract::laws::hold(&ground).await;
                }
            )+
        }
    };
}

mod archive;
mod ground;
mod inline;
mod inputs;
mod laws;
mod raw;

mod commits;
mod culprits;
mod drops;
mod errors;
mod letters;
mod order;
mod parked;
mod queue;
mod reading;
mod rebuilds;
mod receipts;
mod replays;
mod rivals;
mod skew;
mod statements;
mod tenants;
mod transactions;
mod webhooks;
