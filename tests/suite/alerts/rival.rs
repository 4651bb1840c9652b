//! Somebody beside the service who writes what its commands write.

use std::convert::Infallible;

use sqlx::{AssertSqlSafe, PgConnection, Row, postgres::PgRow};
use support::eventually;

use super::stage::{SOON, Stage};

/// Changes every balance to what it is, at the isolation level of the service's own transactions.
const WRITE: &str = "BEGIN ISOLATION LEVEL SERIALIZABLE; \
    UPDATE balances SET updated_at = updated_at RETURNING version, pg_backend_pid() AS pid";

/// How persistent a rival is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// It writes again at once: nobody else gets anywhere.
    Always,
    /// It writes again when somebody else has: everybody is refused once.
    InTurn,
}

/// Does something while there is a rival. It writes, and commits when somebody else waits to write
/// the same. What that one has read is older than this commit: the server refuses its transaction.
pub async fn beside_a_rival<T>(stage: &Stage, pace: Pace, work: impl Future<Output = T>) -> T {
    let (hand, eye) = (stage.connection().await, stage.connection().await);
    tokio::select! {
        done = work => done,
        never = contend((hand, eye), pace) => match never {},
    }
}

async fn contend((mut hand, mut eye): (PgConnection, PgConnection), pace: Pace) -> Infallible {
    loop {
        let written = match sqlx::raw_sql(WRITE).fetch_one(&mut hand).await {
            Ok(row) => row,
            // This time the other one was first.
            Err(error) => {
                let code = error.as_database_error().and_then(|error| error.code());
                assert_eq!(code.as_deref(), Some("40001"), "{error}");
                end(&mut hand, "ROLLBACK").await;
                continue;
            }
        };
        let pid: i32 = written.get("pid");
        let waiting = format!(
            "SELECT count(*) FROM pg_locks \
            WHERE NOT granted AND {pid} = ANY (pg_blocking_pids(pid))"
        );
        comes_true(&mut eye, &waiting, |row| row.get::<i64, _>(0) > 0).await;
        end(&mut hand, "COMMIT").await;
        if pace == Pace::InTurn {
            let before: i64 = written.get("version");
            let now = "SELECT version FROM balances";
            comes_true(&mut eye, now, |row| row.get::<i64, _>(0) > before).await;
        }
    }
}

async fn end(hand: &mut PgConnection, how: &'static str) {
    let ended = sqlx::raw_sql(how).execute(hand).await;
    ended.expect(how);
}

async fn comes_true(eye: &mut PgConnection, query: &str, is_true: impl Fn(&PgRow) -> bool) {
    eventually(SOON, async || {
        let asked = sqlx::raw_sql(AssertSqlSafe(query.to_owned()));
        let row = asked.fetch_one(&mut *eye).await.expect("an answer");
        match is_true(&row) {
            true => Ok(()),
            false => Err(query),
        }
    })
    .await;
}
