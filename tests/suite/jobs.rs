//! Background jobs: what they do when their time has come, and what they leave alone.
//!
//! Each test runs on SQLite and on PostgreSQL, with a clock of its own, and ends with the
//! laws of the ledger.

/// Makes a module of tests for each database.
macro_rules! on_both_databases {
    ($($test:ident)+) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let stage = crate::jobs::stage::Stage::sqlite().await;
                    super::$test(&stage).await;
                    stage.laws_hold().await;
                }
            )+
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let stage = crate::jobs::stage::Stage::postgres().await;
                    super::$test(&stage).await;
                    stage.laws_hold().await;
                }
            )+
        }
    };
}

pub(crate) mod stage;

mod days;
mod release;
mod runs;
mod schedules;
