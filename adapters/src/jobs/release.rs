//! `release`: held transactions become available when their time has come. The unit
//! is a balance: all that is due of it is released by one command.

use domain::{Command, balance::Account, command::ReleaseDueTransactions};
use projections::work;
use store::jobs;
use time::{Duration, OffsetDateTime};

use super::{
    About, Days, Job, JobError,
    report::{Reason, Unit},
    run::{Run, from_cursor, to_cursor},
};

pub(super) const ABOUT: About = About {
    name: "release",
    does: "makes held transactions available when their time has come",
    days: Days::None,
};

/// A transaction that is held may have been recorded by a process whose clock is behind,
/// or be committed late: what became due so long before the cursor is looked at again.
/// Releasing twice changes nothing.
const OVERLAP: Duration = Duration::hours(1);

pub(super) async fn run(run: &Run<'_>) -> Result<(), JobError> {
    let due = due(run).await?;
    run.each(due, |account| release(run, account)).await;
    if run.is_complete() {
        run.reached(&to_cursor(run.now)).await?;
    }
    Ok(())
}

/// The balances that have something to release.
pub(super) async fn due(run: &Run<'_>) -> Result<Vec<Account>, JobError> {
    let rows = jobs::load(run.database(), run.tenant).await?;
    let row = rows.into_iter().find(|row| row.job == Job::Release.name());
    let after = row
        .and_then(|row| from_cursor(&row.cursor?))
        // A cursor in the future was set by a wrong clock.
        .map_or(OffsetDateTime::UNIX_EPOCH, |at| at.min(run.now) - OVERLAP);
    Ok(work::due(run.database(), run.tenant, after, run.now).await?)
}

pub(super) async fn release(run: &Run<'_>, account: Account) -> Unit {
    let reason = |why: &str, detail: String| Reason {
        unit: format!("{} {}", account.seller_id, account.currency),
        why: why.to_owned(),
        detail,
    };
    let command = Command::ReleaseDueTransactions(ReleaseDueTransactions {
        seller_id: account.seller_id.clone(),
        currency: account.currency,
    });
    match run.execute(command, None).await {
        Ok(acceptance) if acceptance.events.is_empty() => {
            Unit::Skipped(reason("released already", String::new()))
        }
        Ok(_) => Unit::Done,
        Err(refusal) => Unit::Failed(reason(refusal.code.as_str(), refusal.to_string())),
    }
}
