//! Questions to the database take turns, and every answer has its time.

use tokio::time::timeout;

use super::{App, busy};
use crate::http::problem::Problem;

/// Waits for a turn to ask the database, then for the answer.
pub(super) async fn in_turn<T, E: Into<Problem>>(
    app: &App,
    asked: impl Future<Output = Result<T, E>>,
) -> Result<T, Problem> {
    let turn = timeout(app.settings.limits.queue, app.api.turns.acquire()).await;
    let Ok(Ok(_turn)) = turn else {
        return Err(busy("too many queries at once; try again"));
    };
    in_time(app, asked).await
}

/// Waits for the database's answer.
pub(super) async fn in_time<T, E: Into<Problem>>(
    app: &App,
    asked: impl Future<Output = Result<T, E>>,
) -> Result<T, Problem> {
    let late = "the query took too long; ask for less, or try again";
    within(app, asked, late).await?.map_err(Into::into)
}

/// Waits as long as an answer may take; says what is the matter if it takes longer.
pub(super) async fn within<T>(
    app: &App,
    asked: impl Future<Output = T>,
    late: &str,
) -> Result<T, Problem> {
    let answer = timeout(app.settings.limits.answer, asked).await;
    answer.map_err(|_| busy(late))
}
