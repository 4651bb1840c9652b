//! `payoutd serve`: the service, from a migrated database to a clean end.

use std::time::Duration;

use projections::follower::Followers;
use store::{Database, Ledger};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use crate::{
    config::Settings,
    failure::{Exit, Failure},
    jobs::Jobs,
    ledger, nats,
    stripe::{api::Api, submission::Submitter},
};

/// What was taken is finished within this time; the promise is 10 seconds.
const STOP_TIMEOUT: Duration = Duration::from_secs(9);

/// Runs until a signal asks it to stop, or a part of it fails.
///
/// # Errors
/// When the database or NATS cannot be reached, or a part fails later.
pub async fn serve(settings: Settings) -> Result<Exit, Failure> {
    let mut signals = Signals::listen().map_err(Failure::Start)?;
    let starting = Service::start(&settings);
    let mut service = tokio::select! {
        started = starting => started?,
        name = signals.next() => {
            tracing::info!(signal = name, "stopped before the service was ready");
            return Ok(Exit::Done);
        }
    };
    let ended = tokio::select! {
        name = signals.next() => {
            tracing::info!(signal = name, "stopping: what was taken is finished");
            Ok(Exit::Done)
        }
        failure = service.failed() => Err(failure),
    };
    let stopped = tokio::select! {
        stopped = tokio::time::timeout(STOP_TIMEOUT, service.stop()) => {
            stopped.map_err(|_| Failure::StopTimeout)
        }
        name = signals.next() => {
            tracing::warn!(signal = name, "stopping at once");
            return Ok(Exit::Failed);
        }
    };
    let exit = ended?;
    stopped?;
    tracing::info!("stopped");
    Ok(exit)
}

/// The parts that run.
struct Service {
    database: Database,
    ledger: Ledger,
    followers: JoinHandle<()>,
    jobs: Option<JoinHandle<()>>,
    nats: Option<JoinHandle<Result<(), nats::NatsError>>>,
    submitter: Option<JoinHandle<()>>,
    shutdown: CancellationToken,
}

impl Service {
    async fn start(settings: &Settings) -> Result<Self, Failure> {
        let api = Api::of(&settings.stripe)?;
        let database = ledger::open(settings).await?;
        let ledger = ledger::start(database.clone(), settings);
        let shutdown = CancellationToken::new();
        let nats = match &settings.nats_url {
            Some(url) => Some(serve_nats(url, settings, &ledger, &shutdown).await?),
            None => None,
        };
        let submitter = api.map(|api| {
            let books = (settings.tenant.clone(), settings.mode);
            let submitter = Submitter::new(api, ledger.clone(), books, &settings.stripe);
            tokio::spawn(submitter.run(shutdown.clone()))
        });
        let followers = Followers::new(database.clone());
        let followers = tokio::spawn(followers.run(ledger.committed(), shutdown.clone()));
        let jobs = settings.jobs.enabled.then(|| {
            let clock = settings.store.clock.clone();
            let jobs = Jobs::new(ledger.clone(), clock, settings.jobs);
            tokio::spawn(jobs.keep(shutdown.clone()))
        });
        let service = Self {
            database,
            ledger,
            followers,
            jobs,
            nats,
            submitter,
            shutdown,
        };
        service.announce(settings);
        Ok(service)
    }

    fn announce(&self, settings: &Settings) {
        if self.nats.is_none() {
            tracing::warn!(
                "no NATS URL is set, so nothing can be asked of this service; \
                 it keeps the read tables up to date, and runs background jobs if they are on"
            );
        }
        tracing::info!(
            http_addr = settings.http_addr,
            "HTTP is not served by this version of payoutd"
        );
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            database = self.database.backend().as_str(),
            nats = self.nats.is_some(),
            stripe_api = self.submitter.is_some(),
            jobs = self.jobs.is_some(),
            tenant = %settings.tenant,
            mode = ?settings.mode,
            "ready"
        );
    }

    /// Waits until a part ends by itself, which none should.
    async fn failed(&mut self) -> Failure {
        tokio::select! {
            _ = &mut self.followers => Failure::Ended("following the log"),
            _ = ended(&mut self.jobs) => Failure::Ended("running background jobs"),
            ended = ended(&mut self.nats) => match ended {
                Ok(Err(error)) => Failure::Nats(error),
                Ok(Ok(())) | Err(_) => Failure::Ended("the NATS service"),
            },
            _ = ended(&mut self.submitter) => Failure::Ended("making payouts at Stripe"),
        }
    }

    /// Those who bring work stop first, then the ledger finishes what it took.
    async fn stop(self) {
        self.shutdown.cancel();
        if let Some(nats) = self.nats.filter(|task| !task.is_finished()) {
            report(nats.await);
        }
        if let Some(submitter) = self.submitter.filter(|task| !task.is_finished()) {
            let _ = submitter.await;
        }
        if let Some(jobs) = self.jobs.filter(|task| !task.is_finished()) {
            let _ = jobs.await;
        }
        self.ledger.close().await;
        if !self.followers.is_finished() {
            let _ = self.followers.await;
        }
        self.database.close().await;
    }
}

/// Returns when it can be asked. A connection that is lost later is made again.
async fn serve_nats(
    url: &str,
    settings: &Settings,
    ledger: &Ledger,
    shutdown: &CancellationToken,
) -> Result<JoinHandle<Result<(), nats::NatsError>>, Failure> {
    let settings = nats::Settings::new(url, settings.tenant.clone(), settings.mode);
    let client = nats::connect(&settings).await?;
    let running = nats::start(client, settings, ledger.clone(), shutdown.clone()).await?;
    Ok(tokio::spawn(running.ended()))
}

fn report(ended: Result<Result<(), nats::NatsError>, tokio::task::JoinError>) {
    let error = match ended {
        Ok(Ok(())) => return,
        Ok(Err(error)) => store::error::chain(&error),
        Err(error) => store::error::chain(&error),
    };
    tracing::warn!(error, "the NATS service did not end cleanly");
}

/// Never, if there is no such task.
async fn ended<T>(task: &mut Option<JoinHandle<T>>) -> Result<T, tokio::task::JoinError> {
    match task {
        Some(task) => task.await,
        None => std::future::pending().await,
    }
}

/// SIGTERM and SIGINT. Listening begins before anything is started, so that none
/// is missed.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
