//! Payouts are made at Stripe: taken from the log, asked for once, and what Stripe
//! answers is recorded by a command.
//!
//! 1. `begin-submission` records that Stripe is about to be asked, before it is. Of
//!    several instances one is answered with an event, and that one asks.
//! 2. `POST /v1/payouts` on the seller's account, under a key made of the payout and
//!    the attempt's number, with our id in the metadata.
//! 3. The answer is recorded: `report-payout`, `refuse-submission`,
//!    `mark-payout-failed`; or `put-payout-in-doubt`, if nobody knows.
//! 4. What is in doubt is looked up by its metadata, or its webhook tells. A new
//!    attempt begins only once a look-up, made long enough after, finds nothing.
//!
//! The worklist is a fold of the log (`worklist.rs`); there is no queue to get out of
//! step with it.

use std::{
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use domain::{
    Code, Command,
    id::{SellerId, StreamId, StripeAccount, Tenant},
    stripe::Mode,
    view::State,
};
use futures::FutureExt;
use store::{
    Acceptance, Class, Cursor, Ledger, Reply, Request, StoreError, checkpoint, error::chain, log,
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, error, info, warn};

use super::api::Api;
use crate::{
    config::{Stripe, stripe::Transfers},
    telemetry::spans,
};

mod attempt;
mod cancellation;
mod doubt;
mod transfer;
mod worklist;

use worklist::{Ended, Task, TaskId, Worklist};

/// The checkpoint's name; the tenant follows.
const FOLLOWER: &str = "stripe-submissions";
/// Events that are read at once.
const PAGE: u32 = 1_000;
/// Calls that are under way at once.
const AT_ONCE: usize = 32;
/// Others write to the log too, and what waits falls due.
const POLL: Duration = Duration::from_millis(500);
/// Commits that follow each other so closely are read together.
const GATHER: Duration = Duration::from_millis(10);
/// How often it is kept where a restart has to begin: it is only a lower bound.
const KEEP: Duration = Duration::from_secs(5);
/// How long calls under way are waited for at the end. One that is cut off is gone on
/// with later, under the same key.
const LAST_CALLS: Duration = Duration::from_secs(4);
/// A task calls for so long at least, if nobody takes over earlier.
const PATIENCE: Duration = Duration::from_secs(60);
/// And for so long at most.
const LONGEST: Duration = Duration::from_secs(3_600);
/// How long to wait when the ledger takes no commands.
const BUSY: time::Duration = time::Duration::seconds(1);
/// How long to wait when Stripe cannot be asked.
const AWAY: time::Duration = time::Duration::seconds(10);
/// How long to wait before something that needs a person is tried again.
const PERSON: time::Duration = time::Duration::minutes(10);

/// Whoever makes payouts at Stripe. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Submitter {
    api: Api,
    ledger: Ledger,
    tenant: Tenant,
    mode: Mode,
    settle: time::Duration,
    lease: time::Duration,
    /// No call is begun later than so long after its task.
    patience: Duration,
    transfers: Transfers,
}

impl Submitter {
    /// For the payouts of one tenant.
    #[must_use]
    pub fn new(api: Api, ledger: Ledger, (tenant, mode): (Tenant, Mode), set: &Stripe) -> Self {
        if set.settle < set.lease.saturating_add(set.timeout) {
            warn!(
                "settle_ms should be longer than lease_ms and timeout_ms together: a call may be \
                 under way so long after its attempt began"
            );
        }
        Self {
            api,
            ledger,
            tenant,
            mode,
            settle: span(set.settle),
            lease: span(set.lease),
            patience: set.lease.clamp(PATIENCE, LONGEST),
            transfers: set.transfers,
        }
    }

    /// Makes payouts until the shutdown. Calls that are under way then have a few
    /// seconds to end.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut retry = 0_u32;
        let mut worklist = loop {
            match checkpoint::load(self.ledger.database(), &self.follower()).await {
                Ok(at) => break Worklist::new(self.tenant.clone(), self.lease, at),
                Err(error) => warn!(
                    error = chain(&error),
                    "cannot read what payouts are to be made yet"
                ),
            }
            retry = retry.saturating_add(1);
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(POLL * retry.min(10)) => {}
            }
        };
        info!(tenant = %self.tenant, "payouts are made at Stripe");
        let (mut kept, mut kept_at) = (worklist.at(), Instant::now());
        let mut committed = self.ledger.committed();
        let mut running: JoinSet<(TaskId, Ended)> = JoinSet::new();
        while !shutdown.is_cancelled() {
            committed.mark_unchanged();
            if let Err(error) = self.read_on(&mut worklist, &shutdown).await {
                warn!(
                    error = chain(&error),
                    "cannot read the log for payouts to be made yet"
                );
            }
            if kept_at.elapsed() >= KEEP {
                (kept, kept_at) = (self.keep(kept, worklist.floor()).await, Instant::now());
            }
            let room = self.api.room(AT_ONCE).saturating_sub(running.len());
            for task in worklist.due(self.ledger.now(), room) {
                let told = spans::submission(&self.tenant);
                running.spawn(self.clone().carry_out_safely(task).instrument(told));
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                changed = committed.changed() => {
                    // Commits come by the hundred. Without a writer, we will end too.
                    let pause = if changed.is_ok() { GATHER } else { POLL };
                    tokio::time::sleep(pause).await;
                },
                Some(ended) = running.join_next() => {
                    self.take_back(&mut worklist, ended);
                    while let Some(ended) = running.try_join_next() {
                        self.take_back(&mut worklist, ended);
                    }
                }
                () = tokio::time::sleep(POLL) => {}
            }
        }
        let ending = async { while running.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(LAST_CALLS, ending).await;
    }

    fn take_back(
        &self,
        worklist: &mut Worklist,
        ended: Result<(TaskId, Ended), tokio::task::JoinError>,
    ) {
        match ended {
            Ok((task, ended)) => worklist.ended(task, ended, self.ledger.now()),
            Err(error) => error!(%error, "a call to Stripe ended without an outcome"),
        }
    }

    /// A defect in one task must not keep its payout busy for ever.
    async fn carry_out_safely(self, task: Task) -> (TaskId, Ended) {
        let id = task.id();
        let ended = AssertUnwindSafe(self.carry_out(task)).catch_unwind().await;
        let ended = ended.unwrap_or_else(|_| {
            error!(tenant = %self.tenant, task = ?id, "a call to Stripe ended without an outcome");
            Ended::Later(PERSON)
        });
        (id, ended)
    }

    fn follower(&self) -> String {
        format!("{FOLLOWER}:{}", self.tenant)
    }

    async fn read_on(
        &self,
        worklist: &mut Worklist,
        shutdown: &CancellationToken,
    ) -> Result<(), StoreError> {
        while !shutdown.is_cancelled() {
            let page = log::read(self.ledger.database(), worklist.at(), PAGE).await?;
            page.events
                .iter()
                .for_each(|recorded| worklist.take(recorded));
            let (open, _) = worklist.counts();
            let open = u32::try_from(open).unwrap_or(u32::MAX);
            metrics::gauge!("payoutd_payouts_to_submit").set(open);
            if page.events.len() < PAGE as usize {
                break;
            }
        }
        Ok(())
    }

    /// Keeps where a restart has to begin. Another instance may have kept it first.
    async fn keep(&self, kept: Cursor, floor: Cursor) -> Cursor {
        if floor <= kept {
            return kept;
        }
        match self.advance(floor).await {
            Ok(()) => floor,
            Err(error) if error.class() == Class::Conflict => kept,
            Err(error) => {
                warn!(
                    error = chain(&error),
                    "cannot keep how far payouts were made"
                );
                kept
            }
        }
    }

    async fn advance(&self, floor: Cursor) -> Result<(), StoreError> {
        let (database, follower) = (self.ledger.database(), self.follower());
        let from = checkpoint::load(database, &follower).await?;
        if from >= floor {
            return Ok(());
        }
        checkpoint::advance_alone(database, &follower, from, floor).await
    }

    async fn carry_out(&self, task: Task) -> Ended {
        match task {
            Task::Begin(payout, attempt) => self.begin_attempt(&payout, attempt).await,
            Task::GoOn(payout, attempt) => self.go_on(&payout, attempt).await,
            Task::LookUp(payout, attempt) => self.clear_up(&payout, attempt).await,
            Task::Cancel(cancellation) => self.cancel(&cancellation).await,
        }
    }

    /// Records something. Each command here is its own guard against repeats.
    async fn record(&self, command: Command) -> Result<Acceptance, Ended> {
        let name = command.name();
        let request = Request {
            tenant: self.tenant.clone(),
            command,
            key: None,
        };
        match self.ledger.execute(request).await {
            Reply::Accepted(acceptance) => Ok(acceptance),
            Reply::Refused(refusal) if !refusal.code.is_final() => Err(Ended::Later(BUSY)),
            Reply::Refused(refusal) => {
                // Stripe's webhook, or another instance, may have been faster.
                let counted = refusal.code == Code::InvalidCommand && name == "begin-submission";
                if counted || refusal.code == Code::IllegalTransition {
                    info!(tenant = %self.tenant, command = name, %refusal, "overtaken");
                    return Err(Ended::Recorded);
                }
                error!(tenant = %self.tenant, command = name, %refusal,
                    "what Stripe told cannot be recorded: a person has to look");
                Err(Ended::Later(PERSON))
            }
        }
    }

    /// Records how a task ended.
    async fn conclude(&self, command: Command) -> Ended {
        match self.record(command).await {
            Ok(_) => Ended::Recorded,
            Err(ended) => ended,
        }
    }

    /// Whose account a seller is paid from.
    async fn account(&self, seller: &SellerId) -> Result<Account, Ended> {
        if *seller == SellerId::platform() {
            return Ok(Account::Platform);
        }
        let stream = StreamId::seller(seller);
        let found = match self.ledger.stream(&self.tenant, stream).await {
            Ok(found) => found,
            Err(error) => {
                warn!(error = chain(&error), "cannot read a seller's account yet");
                return Err(Ended::Later(BUSY));
            }
        };
        let registered = match &found.state {
            State::Seller(known) => known.registered().map(|seller| &seller.stripe_account),
            _ => None,
        };
        Ok(match registered.cloned().or_else(|| seller.as_account()) {
            Some(account) => Account::Connected(account),
            None => Account::Missing,
        })
    }
}

/// Whose money is paid out.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Account {
    /// The platform's own.
    Platform,
    /// A seller's.
    Connected(StripeAccount),
    /// A seller's whose account nobody has told.
    Missing,
}

impl Account {
    /// The account, as Stripe is told it; the platform's own goes without.
    const fn connected(&self) -> Option<&StripeAccount> {
        match self {
            Self::Connected(account) => Some(account),
            Self::Platform | Self::Missing => None,
        }
    }

    fn header(&self) -> Option<&str> {
        self.connected().map(StripeAccount::as_str)
    }
}

/// A setting of thousands of years stands for "never".
fn span(setting: Duration) -> time::Duration {
    const NEVER: time::Duration = time::Duration::weeks(52_000);
    time::Duration::try_from(setting).map_or(NEVER, |span| span.min(NEVER))
}
