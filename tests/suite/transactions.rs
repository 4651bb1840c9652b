//! Transactions as other services use them, tested alike on every database.
//!
//! What `docs/transactions.md` promises is specified here. To add a test: a function that takes a
//! [`stage::Stage`], and its name in the list at the top of its file.

/// Makes modules of tests for each database: `sqlite`, `postgres`, `mariadb`.
macro_rules! on_each {
    ($($test:ident)+) => {
        on_one! { sqlite, Stage::sqlite(), $($test)+ }
        on_one! { postgres, Stage::postgres(), $($test)+ }
        on_one! { mariadb, Stage::mariadb(), $($test)+ }
    };
}

macro_rules! on_one {
    ($module:ident, $stage:expr, $($test:ident)+) => {
        mod $module {
            use crate::transactions::stage::Stage;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let stage = $stage.await;
                    super::$test(&stage).await;
                    stage.is_whole().await;
                }
            )+
        }
    };
}

mod stage;

mod backoff;
mod callers;
mod counts;
mod deadlines;
mod hooks;
mod isolation;
mod retries;
mod scopes;
mod strangers;
