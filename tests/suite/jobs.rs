//! Background jobs: what they do when their time has come, and what they leave alone.
//!
//! Each test runs on every database, with a clock of its own, and ends with the laws of the
//! ledger.

/// Makes a module of tests for each database.
macro_rules! on_every_database {
    ($($test:ident)+) => {
        on! { sqlite, Stage::sqlite(), $($test)+ }
        on! { postgres, Stage::postgres(), $($test)+ }
        on! { mariadb, Stage::mariadb(), $($test)+ }
    };
}

/// A module of tests on one stage.
macro_rules! on {
    ($module:ident, $stage:expr, $($test:ident)+) => {
        mod $module {
            use crate::jobs::stage::Stage;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let stage = $stage.await;
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
