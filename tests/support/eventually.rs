//! Waiting for a condition instead of sleeping.

use std::fmt::Debug;
use std::panic::Location;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// Asks until the answer is `Ok`, and returns what it holds.
///
/// `Err` means "not yet" and carries what was seen, for the panic when time is up.
///
/// ```text
/// let status = eventually(Duration::from_secs(5), async || match payout_status(&pool).await {
///     status if status == "paid" => Ok(status),
///     other => Err(other),
/// })
/// .await;
/// ```
#[track_caller]
pub fn eventually<T, S: Debug>(
    within: Duration,
    check: impl AsyncFnMut() -> Result<T, S>,
) -> impl Future<Output = T> {
    poll(within, check, Location::caller())
}

async fn poll<T, S: Debug>(
    within: Duration,
    mut check: impl AsyncFnMut() -> Result<T, S>,
    caller: &Location<'_>,
) -> T {
    let deadline = Instant::now() + within;
    let mut pause = FIRST_PAUSE;
    let mut last_seen = None;
    loop {
        match timeout_at(deadline, check()).await {
            Ok(Ok(found)) => return found,
            Ok(Err(seen)) => last_seen = Some(seen),
            // The check itself hangs; what an earlier one saw still tells most.
            Err(_) => {}
        }
        if Instant::now() + pause > deadline {
            match last_seen {
                Some(seen) => panic!("{caller}: not within {within:?}; last seen: {seen:?}"),
                None => panic!("{caller}: not within {within:?}; the check never answered"),
            }
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
