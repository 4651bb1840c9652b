//! `payoutd serve`: the service, from a migrated database to a clean end.

use std::{net::SocketAddr, time::Duration};

use async_nats::Client;
use futures::FutureExt;
use projections::follower::Followers;
use store::{Database, Ledger, seal::Sealer};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::{JoinHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;

use crate::{
    config::Settings,
    failure::{Exit, Failure},
    http::{self, Access, HttpError, Listener},
    jobs::{Jobs, StripeSide},
    ledger,
    machine::{self, Collector, Exposition},
    nats::{self, DeadLetters},
    renewal,
    stripe::{api::Api, submission::Submitter},
    telemetry::Export,
};

mod alerting;

/// What was taken is finished within this time; the promise is 10 seconds.
const STOP_TIMEOUT: Duration = Duration::from_secs(9);

/// Runs until a signal asks it to stop, or a part of it fails.
///
/// # Errors
/// When the database or NATS cannot be reached, or a part fails later.
pub async fn serve(settings: Settings, export: &Export) -> Result<Exit, Failure> {
    let mut signals = Signals::listen().map_err(Failure::Start)?;
    export.tell();
    let exposition = Exposition::install(export)?;
    let starting = Service::start(&settings, exposition);
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
        stopped = tokio::time::timeout(STOP_TIMEOUT, stop(service, export)) => {
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

/// Everything is finished, and then told.
async fn stop(service: Service, export: &Export) {
    service.stop().await;
    export.flush().await;
}

/// The parts that run.
struct Service {
    database: Database,
    ledger: Ledger,
    followers: JoinHandle<()>,
    /// Those who bring work.
    parts: JoinSet<Part>,
    shutdown: CancellationToken,
}

/// A part that has ended: its name, and whether it failed.
type Part = (&'static str, Result<(), Failure>);

impl Service {
    async fn start(settings: &Settings, exposition: Exposition) -> Result<Self, Failure> {
        // First, for these fail at once or never. Whoever calls already waits to be served.
        let api = Api::of(&settings.stripe)?;
        let webhook = alerting::webhook(settings)?;
        let listener = Listener::bind(&settings.http_addr).await?;
        let http_addr = listener.addr();
        let access = Access::settle(&settings.api_tokens, http_addr).map_err(HttpError::from)?;
        let api_tokens = matches!(access, Access::Tokens(_));
        let database = ledger::open(settings).await?;
        let ledger = ledger::start(database.clone(), settings);
        let (shutdown, mut parts) = (CancellationToken::new(), JoinSet::new());
        let client = match &settings.nats_url {
            Some(url) => {
                let (client, running) = start_nats(url, settings, &ledger, &shutdown).await?;
                parts.spawn(async move {
                    (
                        "the NATS service",
                        running.ended().await.map_err(Failure::from),
                    )
                });
                Some(client)
            }
            None => None,
        };
        let (with_nats, with_api) = (client.is_some(), api.is_some());
        let instance = machine::instance(http_addr);
        let read = (ledger.clone(), client.clone());
        let (collector, machine) = Collector::new(read, instance, exposition, settings.machine);
        let reading = collector.run(shutdown.clone());
        parts.spawn(reading.map(|()| ("taking readings", Ok(()))));
        let told = (client.clone(), webhook, &machine);
        alerting::start(&mut parts, settings, (&database, &shutdown), told);
        let http = (ledger.clone(), DeadLetters::new(client));
        let serving = http::Settings {
            machine: Some(machine),
            ..http::Settings::new(settings, access)
        };
        let http = http::start(listener, serving, http, shutdown.clone());
        parts.spawn(async move {
            (
                "the HTTP server",
                http.await.map_err(|_| Failure::Ended("the HTTP server")),
            )
        });
        if let Some(api) = api.clone() {
            let books = (settings.tenant.clone(), settings.mode);
            let submitter = Submitter::new(api, ledger.clone(), books, &settings.stripe);
            let submitting = submitter.run(shutdown.clone());
            parts.spawn(submitting.map(|()| ("making payouts at Stripe", Ok(()))));
        }
        if settings.jobs.enabled {
            let clock = settings.store.clock.clone();
            let jobs = Jobs::new(ledger.clone(), clock, settings.jobs)
                .with_stripe(StripeSide::of(api.clone(), settings));
            let keeping = jobs.keep(shutdown.clone());
            parts.spawn(keeping.map(|()| ("running background jobs", Ok(()))));
        }
        tend(&mut parts, settings, (&database, &shutdown));
        let followers = Followers::new(database.clone());
        let followers = tokio::spawn(followers.run(ledger.committed(), shutdown.clone()));
        let service = Self {
            database,
            ledger,
            followers,
            parts,
            shutdown,
        };
        service.announce(settings, (http_addr, api_tokens), (with_nats, with_api));
        Ok(service)
    }

    fn announce(
        &self,
        settings: &Settings,
        (http_addr, api_tokens): (SocketAddr, bool),
        with: (bool, bool),
    ) {
        let (nats, stripe_api) = with;
        if !nats {
            tracing::warn!("no NATS URL is set: this service can be asked over HTTP alone");
        }
        tracing::info!(
            %http_addr,
            webhooks = !settings.stripe.webhook_secrets.is_empty(),
            connect_webhooks = !settings.stripe.connect_webhook_secrets.is_empty(),
            api_tokens,
            dashboard = format_args!("http://{http_addr}/"),
            "HTTP is served"
        );
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            database = self.database.backend().as_str(),
            nats,
            stripe_api,
            jobs = settings.jobs.enabled,
            tenant = %settings.tenant,
            mode = ?settings.mode,
            "ready"
        );
    }

    /// Waits until a part ends by itself, which none should.
    async fn failed(&mut self) -> Failure {
        tokio::select! {
            _ = &mut self.followers => Failure::Ended("following the log"),
            Some(ended) = self.parts.join_next() => match ended {
                Ok((_, Err(failure))) => failure,
                Ok((name, Ok(()))) => Failure::Ended(name),
                Err(_) => Failure::Ended("a part of the service"),
            },
        }
    }

    /// Those who bring work stop first, then the ledger finishes what it took.
    async fn stop(mut self) {
        self.shutdown.cancel();
        while let Some(ended) = self.parts.join_next().await {
            let error = match &ended {
                Ok((_, Ok(()))) => continue,
                Ok((_, Err(failure))) => store::error::chain(failure),
                Err(error) => store::error::chain(error),
            };
            tracing::warn!(error, "a part of the service did not end cleanly");
        }
        self.ledger.close().await;
        if !self.followers.is_finished() {
            let _ = self.followers.await;
        }
        self.database.close().await;
    }
}

/// Those who bring no work, and look after what is there.
fn tend(
    parts: &mut JoinSet<Part>,
    settings: &Settings,
    (database, shutdown): (&Database, &CancellationToken),
) {
    let clock = || settings.store.clock.clone();
    let renewing = renewal::keep(database.clone(), clock(), shutdown.clone());
    parts.spawn(renewing.map(|()| ("rebuilding read tables", Ok(()))));
    let sealing = Sealer::new(database.clone(), clock()).run(shutdown.clone());
    parts.spawn(sealing.map(|()| ("sealing the log", Ok(()))));
}

/// Returns when it can be asked. A connection that is lost later is made again.
async fn start_nats(
    url: &str,
    settings: &Settings,
    ledger: &Ledger,
    shutdown: &CancellationToken,
) -> Result<(Client, nats::Running), Failure> {
    let settings = nats::Settings::new(url, settings.tenant.clone(), settings.mode);
    let client = nats::connect(&settings).await?;
    let running = nats::start(client.clone(), settings, ledger.clone(), shutdown.clone()).await?;
    Ok((client, running))
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
