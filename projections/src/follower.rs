//! Tables that follow the log by checkpoint: postings and daily rollups. And the
//! links between transfers and transactions, which are looked at once more.
//!
//! Rows and checkpoint are written in one transaction, so an event is counted
//! once however often a follower is killed. Several instances may follow at the
//! same time: the checkpoint is moved from where it was read, the slower one's
//! transaction comes to nothing, and it tries again from there.

use std::time::Duration;

use store::{
    Class, Cursor, Database, Gate, Isolation, Recorded, StoreError, Tx, checkpoint, error::chain,
    log,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{change::Script, daily_rollups, postings, transfers};

/// Events that are read and written at once.
const PAGE: u32 = 2_000;
/// Others write to the log too: it is looked at even when nothing was heard.
const POLL: Duration = Duration::from_secs(1);
/// What is committed within such a time is followed together, so that a busy
/// writer is not disturbed after each of its batches.
const GATHER: Duration = Duration::from_millis(50);
/// How long [`catch_up`] waits for transactions that hold the log's end back.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it pauses between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// What follows the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Followed {
    Postings,
    DailyRollups,
    Links,
}

impl Followed {
    const ALL: [Self; 3] = [Self::Postings, Self::DailyRollups, Self::Links];

    /// The checkpoint's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Postings => "postings",
            Self::DailyRollups => "daily_rollups",
            Self::Links => "links",
        }
    }

    /// Adds what events write to its table. Links have none.
    pub(crate) fn script(self, script: &mut Script, events: &[Recorded]) -> Result<(), StoreError> {
        match self {
            Self::Postings => postings::script(script, events),
            Self::DailyRollups => daily_rollups::script(script, events),
            Self::Links => Ok(()),
        }
    }

    pub(crate) async fn apply(self, tx: &mut Tx, events: &[Recorded]) -> Result<(), StoreError> {
        if self == Self::Links {
            return transfers::look_again(tx, events).await;
        }
        let mut script = Script::new(tx.backend());
        self.script(&mut script, events)?;
        script.run(tx).await.map(|_| ())
    }
}

/// Keeps the followed tables up to date for as long as a service runs.
#[derive(Debug, Clone)]
pub struct Followers {
    database: Database,
}

impl Followers {
    /// Followers of a database's log.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Follows until told to stop, which it does between two transactions.
    /// `committed` wakes it up.
    pub async fn run(self, mut committed: watch::Receiver<u64>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            committed.mark_unchanged();
            match step(&self.database).await {
                Ok(read) if read == PAGE as usize => continue,
                Ok(_) => {}
                // Another instance was faster: it wrote these.
                Err(error) if error.class() == Class::Conflict => {}
                Err(error) => warn!(error = chain(&error), "the followers cannot go on yet"),
            }
            let woken = async {
                if committed.changed().await.is_err() {
                    // The writer has ended; others may go on.
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(GATHER).await;
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = woken => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }
}

/// Follows the log up to where it ends now, and tells how many events that were.
/// For programs that run while no service does. Events that a running
/// transaction may still precede are waited for, but not for ever.
///
/// # Errors
/// When the database fails.
pub async fn catch_up(database: &Database) -> Result<u64, StoreError> {
    let end = log::end(database).await?;
    let mut total = 0_u64;
    let mut waited = Duration::ZERO;
    loop {
        match step(database).await {
            Ok(0) if slowest(database).await? >= end || waited >= PATIENCE => return Ok(total),
            Ok(0) => {}
            Ok(read) => {
                total += u64::try_from(read).unwrap_or(u64::MAX);
                continue;
            }
            // Another instance was faster.
            Err(error) if error.class() == Class::Conflict && waited < PATIENCE => {}
            Err(error) => return Err(error),
        }
        tokio::time::sleep(PAUSE).await;
        waited += PAUSE;
    }
}

async fn checkpoints(database: &Database) -> Result<Vec<(Followed, Cursor)>, StoreError> {
    let mut cursors = Vec::with_capacity(Followed::ALL.len());
    for followed in Followed::ALL {
        cursors.push((followed, checkpoint::load(database, followed.name()).await?));
    }
    Ok(cursors)
}

/// Where the slowest of the followed tables is: everything up to there is committed, and no
/// later commit can precede it.
///
/// # Errors
/// When the database fails.
pub async fn slowest(database: &Database) -> Result<Cursor, StoreError> {
    let cursors = checkpoints(database).await?;
    Ok(cursors.iter().map(|(_, at)| *at).min().unwrap_or_default())
}

/// Takes the slowest tables on by one page, all that are at the same place in
/// one transaction. How many events that were.
async fn step(database: &Database) -> Result<usize, StoreError> {
    let cursors = checkpoints(database).await?;
    let from = cursors.iter().map(|(_, at)| *at).min().unwrap_or_default();
    let mut events = log::read(database, from, PAGE).await?.events;
    meet(&cursors, from, &mut events);
    if events.is_empty() {
        return Ok(0);
    }
    // The guarded checkpoint is all that has to be kept apart.
    let mut tx = database
        .gated("follow")
        .isolation(Isolation::ReadCommitted)
        .open()
        .await?;
    if let Err(error) = take(&mut tx, (&cursors, from), &events).await {
        tx.rollback().await?;
        return Err(error);
    }
    tx.commit().await?;
    Ok(events.len())
}

/// Follows the log to its very end while nobody writes.
///
/// # Errors
/// When the database fails.
pub(crate) async fn finish(gate: &Gate, database: &Database) -> Result<(), StoreError> {
    loop {
        let mut tx = gate.write(database).await?;
        let mut cursors = Vec::with_capacity(Followed::ALL.len());
        for followed in Followed::ALL {
            cursors.push((
                followed,
                checkpoint::load_in(&mut tx, followed.name()).await?,
            ));
        }
        let from = cursors.iter().map(|(_, at)| *at).min().unwrap_or_default();
        let mut events = log::read_snapshot(&mut tx, from, PAGE).await?.events;
        meet(&cursors, from, &mut events);
        if events.is_empty() {
            return tx.rollback().await;
        }
        take(&mut tx, (&cursors, from), &events).await?;
        tx.commit().await?;
    }
}

/// Those that are ahead are met, not passed: from there on all go together.
fn meet(cursors: &[(Followed, Cursor)], from: Cursor, events: &mut Vec<Recorded>) {
    let ahead = cursors.iter().map(|(_, at)| *at).filter(|at| *at > from);
    if let Some(ahead) = ahead.min() {
        events.retain(|recorded| recorded.cursor <= ahead);
    }
}

/// Writes events for all that are at `from`.
async fn take(
    tx: &mut Tx,
    (cursors, from): (&[(Followed, Cursor)], Cursor),
    events: &[Recorded],
) -> Result<(), StoreError> {
    let to = events.last().map_or(from, |last| last.cursor);
    for (followed, _) in cursors.iter().filter(|(_, at)| *at == from) {
        advance(tx, *followed, (from, to), events).await?;
    }
    Ok(())
}

async fn advance(
    tx: &mut Tx,
    followed: Followed,
    (from, to): (Cursor, Cursor),
    events: &[Recorded],
) -> Result<(), StoreError> {
    checkpoint::advance(tx, followed.name(), from, to).await?;
    followed.apply(tx, events).await
}
