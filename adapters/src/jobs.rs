//! Background jobs: what the ledger does by itself when its time has come.
//!
//! A run of a job finds its units (a seller's balance, a day) and carries each out
//! all or nothing, by the same commands as everybody: a unit that fails leaves the
//! others. What is done twice has one effect, by idempotency keys and the rules, so
//! two instances at the same job do no harm; the table `jobs` only saves the work.
//!
//! To add a job: a file here with its [`About`] and its `run`, a variant of [`Job`]
//! and its arms below. `run.each` counts, retries and limits what is under way.

use std::{sync::Arc, time::Duration};

use domain::{id::Tenant, stripe::Mode};
use store::{Clock, Ledger, RetryPolicy, StoreError};

use crate::{
    config::{self, jobs::Settings},
    stripe::api::{Api, Unanswered},
};

mod cadence;
mod report;
mod run;
mod runner;

mod payouts;
mod release;
mod roll_up;
mod sync;

/// Asks jobs to stop; part of this module's interface.
pub use tokio_util::sync::CancellationToken;

pub use cadence::Cadence;
pub use report::{Outcome, Report, Tally};
pub use runner::Order;

use run::Run;

/// When a command that met trouble of the moment is tried again within a run.
const RETRY: RetryPolicy = RetryPolicy {
    retries: 5,
    base: Duration::from_millis(200),
    factor: 3,
    cap: Duration::from_secs(5),
    budget: Duration::from_secs(20),
};

/// A background job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// Held transactions become available.
    Release,
    /// Payouts are made by schedule.
    Payouts,
    /// Days are closed.
    RollUp,
    /// What webhooks missed is fetched from Stripe.
    Sync,
}

/// What there is to say about a job.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// Its name in kebab case.
    pub name: &'static str,
    /// What it does, in half a line.
    pub does: &'static str,
    /// Which days a person may run it for.
    pub days: Days,
}

/// Which days a job can be run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    /// It knows no days.
    None,
    /// Those that are over.
    Past,
    /// Those that are over, and the one that runs.
    PastAndPresent,
}

impl Job {
    /// All jobs.
    pub const ALL: [Self; 4] = [Self::Release, Self::Payouts, Self::RollUp, Self::Sync];

    /// What there is to say about it.
    #[must_use]
    pub const fn about(self) -> About {
        match self {
            Self::Release => release::ABOUT,
            Self::Payouts => payouts::ABOUT,
            Self::RollUp => roll_up::ABOUT,
            Self::Sync => sync::ABOUT,
        }
    }

    /// When it is due.
    #[must_use]
    pub const fn cadence(self, settings: &Settings) -> Cadence {
        match self {
            Self::Release => Cadence::Every(settings.release_every),
            Self::Payouts => Cadence::Daily(settings.payouts_at),
            Self::RollUp => Cadence::Daily(settings.roll_up_at),
            Self::Sync => Cadence::Every(settings.sync_every),
        }
    }

    async fn carry_out(self, run: &Run<'_>) -> Result<(), JobError> {
        match self {
            Self::Release => release::run(run).await,
            Self::Payouts => payouts::run(run).await,
            Self::RollUp => roll_up::run(run).await,
            Self::Sync => sync::run(run).await,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.about().name
    }

    /// The job of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|job| job.name() == name)
    }
}

/// Why a run cannot go on. What goes wrong with a single unit is counted instead.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Stripe's API cannot be asked.
    #[error("there is no key for Stripe's API: set STRIPE_SECRET_KEY")]
    NoKey,
    /// Stripe did not answer.
    #[error(transparent)]
    Stripe(#[from] Unanswered),
}

/// What there is to ask Stripe with.
#[derive(Debug, Clone)]
pub struct StripeSide {
    /// The client.
    pub api: Api,
    /// Whose books the key belongs to.
    pub tenant: Tenant,
    /// Which of Stripe's events belong into them.
    pub mode: Mode,
}

impl StripeSide {
    /// That of a service or a command, if there is a key.
    #[must_use]
    pub fn of(api: Option<Api>, settings: &config::Settings) -> Option<Self> {
        api.map(|api| Self {
            api,
            tenant: settings.tenant.clone(),
            mode: settings.mode,
        })
    }
}

/// The jobs of a ledger, and what they need.
#[derive(Debug, Clone)]
pub struct Jobs {
    ledger: Ledger,
    clock: Arc<dyn Clock>,
    settings: Settings,
    retry: RetryPolicy,
    stripe: Option<StripeSide>,
}

impl Jobs {
    /// Jobs that work on a ledger. They read the time from its clock.
    #[must_use]
    pub fn new(ledger: Ledger, clock: Arc<dyn Clock>, settings: Settings) -> Self {
        Self {
            ledger,
            clock,
            settings,
            retry: RETRY,
            stripe: None,
        }
    }

    /// The same jobs with a key for Stripe's API, if there is one.
    #[must_use]
    pub fn with_stripe(mut self, stripe: Option<StripeSide>) -> Self {
        self.stripe = stripe;
        self
    }

    /// Whether a job can be run for a tenant.
    fn can(&self, job: Job, tenant: &Tenant) -> bool {
        match job {
            Job::Release | Job::Payouts | Job::RollUp => true,
            Job::Sync => self
                .stripe
                .as_ref()
                .is_some_and(|side| side.tenant == *tenant),
        }
    }

    /// The same jobs with another patience within a run.
    #[must_use]
    pub const fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// When a job is due.
    #[must_use]
    pub const fn cadence(&self, job: Job) -> Cadence {
        job.cadence(&self.settings)
    }
}
