//! Somebody beside the service who writes what its commands write.

use sqlx::{Connection, PgConnection};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::stage::Stage;

/// Serializable as the service's own transactions, and slow: whoever comes meanwhile waits for it,
/// and is refused by the server once it commits. It changes the row to what it was.
const FIRST: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; \
    UPDATE balances SET updated_at = updated_at; SELECT pg_sleep(0.02); COMMIT";

/// The same, and a rest.
const FIRST_AND_REST: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; \
    UPDATE balances SET updated_at = updated_at; SELECT pg_sleep(0.01); COMMIT; \
    SELECT pg_sleep(0.01)";

/// How often it is there.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// One transaction after the other: hardly any other comes through.
    Always,
    /// Half of the time.
    NowAndThen,
}

/// It goes on until it is stopped.
pub struct Rival {
    stop: CancellationToken,
    task: JoinHandle<u64>,
}

impl Rival {
    /// Begins to change the balances of the stage.
    pub async fn of_the_balance(stage: &Stage, pace: Pace) -> Self {
        let stop = CancellationToken::new();
        let connection = stage.connection().await;
        let sql = match pace {
            Pace::Always => FIRST,
            Pace::NowAndThen => FIRST_AND_REST,
        };
        let task = tokio::spawn(contend(connection, sql, stop.clone()));
        Self { stop, task }
    }

    /// Ends it; how many transactions it has committed.
    pub async fn stop(self) -> u64 {
        self.stop.cancel();
        self.task.await.expect("no panic")
    }
}

async fn contend(mut connection: PgConnection, sql: &'static str, stop: CancellationToken) -> u64 {
    let mut committed = 0;
    while !stop.is_cancelled() {
        match sqlx::raw_sql(sql).execute(&mut connection).await {
            Ok(_) => committed += 1,
            // This time the service was first.
            Err(error) => {
                let code = error.as_database_error().and_then(|error| error.code());
                assert_eq!(code.as_deref(), Some("40001"), "{error}");
                let rollback = sqlx::raw_sql("ROLLBACK").execute(&mut connection).await;
                rollback.expect("undone");
            }
        }
    }
    connection.close().await.expect("closed");
    committed
}
