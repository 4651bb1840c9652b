//! `payoutd serve`: the service, from a migrated database to a clean end.

use std::{net::SocketAddr, time::Duration};

use async_nats::Client;
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
    http::{self, Listener},
    ledger,
    nats::{self, DeadLetters},
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
    nats: Option<JoinHandle<Result<(), nats::NatsError>>>,
    http: JoinHandle<()>,
    shutdown: CancellationToken,
}

impl Service {
    async fn start(settings: &Settings) -> Result<Self, Failure> {
        // First, for it fails at once or never. Whoever calls already waits to be served.
        let listener = Listener::bind(&settings.http_addr).await?;
        let database = ledger::open(settings).await?;
        let ledger = ledger::start(database.clone(), settings);
        let shutdown = CancellationToken::new();
        let (client, nats) = match &settings.nats_url {
            Some(url) => {
                let (client, nats) = serve_nats(url, settings, &ledger, &shutdown).await?;
                (Some(client), Some(nats))
            }
            None => (None, None),
        };
        let http_addr = listener.addr();
        let parts = (ledger.clone(), DeadLetters::new(client));
        let http = http::start(listener, settings.into(), parts, shutdown.clone());
        let followers = Followers::new(database.clone());
        let followers = tokio::spawn(followers.run(ledger.committed(), shutdown.clone()));
        let service = Self {
            database,
            ledger,
            followers,
            nats,
            http,
            shutdown,
        };
        service.announce(settings, http_addr);
        Ok(service)
    }

    fn announce(&self, settings: &Settings, http_addr: SocketAddr) {
        if self.nats.is_none() {
            tracing::warn!("no NATS URL is set: this service can be asked over HTTP alone");
        }
        let stripe = &settings.stripe;
        tracing::info!(
            %http_addr,
            webhooks = !stripe.webhook_secrets.is_empty(),
            connect_webhooks = !stripe.connect_webhook_secrets.is_empty(),
            "HTTP is served"
        );
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            database = self.database.backend().as_str(),
            nats = self.nats.is_some(),
            tenant = %settings.tenant,
            mode = ?settings.mode,
            "ready"
        );
    }

    /// Waits until a part ends by itself, which none should.
    async fn failed(&mut self) -> Failure {
        tokio::select! {
            _ = &mut self.followers => Failure::Ended("following the log"),
            _ = &mut self.http => Failure::Ended("the HTTP server"),
            ended = ended(&mut self.nats) => match ended {
                Ok(Err(error)) => Failure::Nats(error),
                Ok(Ok(())) | Err(_) => Failure::Ended("the NATS service"),
            },
        }
    }

    /// Those who bring work stop first, then the ledger finishes what it took.
    async fn stop(self) {
        self.shutdown.cancel();
        let nats = async {
            if let Some(nats) = self.nats.filter(|task| !task.is_finished()) {
                report(nats.await);
            }
        };
        let http = async {
            if !self.http.is_finished() {
                let _ = self.http.await;
            }
        };
        tokio::join!(nats, http);
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
) -> Result<(Client, JoinHandle<Result<(), nats::NatsError>>), Failure> {
    let settings = nats::Settings::new(url, settings.tenant.clone(), settings.mode);
    let client = nats::connect(&settings).await?;
    let running = nats::start(client.clone(), settings, ledger.clone(), shutdown.clone()).await?;
    Ok((client, tokio::spawn(running.ended())))
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
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
