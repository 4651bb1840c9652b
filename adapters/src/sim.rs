//! A simulator of the parts of Stripe that pay sellers: for tests, demos and staging.
//!
//! The [`books`] are pure: calls, time and what goes wrong come in, replies and
//! events go out. [`server`] puts them on HTTP, [`delivery`] sends the webhooks.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use domain::money::Currency;
use store::{Clock, SystemClock};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

mod account;
pub mod books;
mod call;
mod control;
mod delivery;
mod desk;
mod error;
mod event;
mod fault;
mod form;
mod owner;
mod payout;
mod server;
mod shelf;
mod transaction;
mod transfer;

pub use account::{Conduct, Funds};
pub use books::{Books, NewBalance, Opening, Rules};
pub use call::{Answer, Call, Reply};
pub use delivery::{Counts, Delivery, Endpoint};
pub use desk::CallRecord;
pub use error::{ApiError, KNOWN, Known};
pub use event::Event;
pub use fault::{Fault, Faults, InvalidFault, Scope, Script};
pub use owner::Owner;
pub use payout::{Act, InvalidOutcome, Method, Outcome, Payout, Status};
pub use transaction::Transaction;
pub use transfer::{Reversal, Transfer};

use desk::Desk;

/// The largest amount that is moved at once, in minor units: 12 digits.
const LARGEST_AMOUNT: i64 = 999_999_999_999;
/// What is still being done when it ends gets so long.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// How a simulator is started.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it listens; port 0 is a free one.
    pub listen: SocketAddr,
    /// Whether that may be another address than loopback. There is no password.
    pub public: bool,
    /// How accounts and payouts behave.
    pub rules: Rules,
    /// What goes wrong from the start.
    pub faults: Faults,
    /// What chance begins with; the same seed makes the same choices.
    pub seed: u64,
    /// Who gets the platform's events.
    pub webhook: Option<Endpoint>,
    /// Who gets connected accounts' events.
    pub connect_webhook: Option<Endpoint>,
    /// How badly webhooks are delivered.
    pub delivery: Delivery,
    /// How long a connection is kept silent at most.
    pub silence: Duration,
    /// Time, and the ids' seed.
    pub clock: Arc<dyn Clock>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            public: false,
            rules: Rules::default(),
            faults: Faults::default(),
            seed: 1,
            webhook: None,
            connect_webhook: None,
            delivery: Delivery::default(),
            silence: Duration::from_secs(120),
            clock: Arc::new(SystemClock),
        }
    }
}

/// Why a simulator cannot run.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// Anybody could reach it.
    #[error("{0} is not a loopback address, and the simulator asks nobody for a password")]
    NotLoopback(SocketAddr),
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {addr}")]
    Listen {
        /// Where.
        addr: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A rate or a script makes no sense.
    #[error(transparent)]
    Fault(#[from] InvalidFault),
    /// A webhook could not be signed.
    #[error("{0} has no secret to sign its webhooks with")]
    NoSecret(&'static str),
    /// The HTTP client could not be made.
    #[error("cannot make an HTTP client")]
    Client(#[source] reqwest::Error),
    /// None runs there.
    #[error("no simulator answers at {url}")]
    Unreachable {
        /// Where it was looked for.
        url: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// It would not.
    #[error("the simulator refused with HTTP {status}: {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// In its words.
        message: String,
    },
}

/// A simulator that runs. Dropped, it ends without waiting for anything.
#[derive(Debug)]
pub struct Simulator {
    addr: SocketAddr,
    desk: Arc<Desk>,
    shutdown: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Simulator {
    /// Starts one.
    ///
    /// # Errors
    /// When it cannot listen, or the settings make no sense together.
    pub async fn start(mut settings: Settings) -> Result<Self, SimError> {
        settings.check()?;
        // Fails only if a provider was chosen before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let addr = settings.listen;
        let refused = |source| SimError::Listen { addr, source };
        let listener = TcpListener::bind(addr).await.map_err(refused)?;
        let addr = listener.local_addr().map_err(refused)?;

        settings.rules.endpoints = u8::from(settings.webhook.is_some());
        settings.rules.connect_endpoints = u8::from(settings.connect_webhook.is_some());
        let shutdown = CancellationToken::new();
        let (courier, counts) = delivery::Courier::new(&settings, shutdown.clone())?;
        let (fresh, events) = tokio::sync::mpsc::unbounded_channel();
        let silence = settings.silence;
        let desk = Arc::new(Desk::new(settings, fresh, counts));
        let tasks = vec![
            tokio::spawn(server::serve(
                listener,
                Arc::clone(&desk),
                silence,
                shutdown.clone(),
            )),
            tokio::spawn(Arc::clone(&desk).watch_the_clock(shutdown.clone())),
            tokio::spawn(courier.run(events)),
        ];
        Ok(Self {
            addr,
            desk,
            shutdown,
            tasks,
        })
    }

    /// `http://127.0.0.1:PORT`, for `STRIPE_API_BASE`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Ends it. Webhooks that are not delivered are lost with everything else.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        for task in std::mem::take(&mut self.tasks) {
            let _ = tokio::time::timeout(STOP_TIMEOUT, task).await;
        }
    }

    /// Waits until a part of it ends by itself, which none should.
    pub async fn failed(&mut self) {
        if self.tasks.is_empty() {
            return std::future::pending().await;
        }
        let (_, at, _) = futures::future::select_all(self.tasks.iter_mut()).await;
        drop(self.tasks.swap_remove(at));
    }

    /// All payouts, oldest first.
    #[must_use]
    pub fn payouts(&self) -> Vec<Payout> {
        self.desk.read(|state| state.books.payouts().to_vec())
    }

    /// All transfers, oldest first.
    #[must_use]
    pub fn transfers(&self) -> Vec<Transfer> {
        self.desk.read(|state| state.books.transfers().to_vec())
    }

    /// All events, oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.desk.read(|state| state.books.events().to_vec())
    }

    /// The last calls, oldest first.
    #[must_use]
    pub fn calls(&self) -> Vec<CallRecord> {
        self.desk
            .read(|state| state.calls.iter().cloned().collect())
    }

    /// What became of the webhooks.
    #[must_use]
    pub fn deliveries(&self) -> Counts {
        self.desk.deliveries()
    }

    /// An account's money; `None` is the platform.
    #[must_use]
    pub fn funds(&self, account: Option<&str>, currency: Currency) -> Funds {
        let wanted = Owner::named(account);
        self.desk.read(|state| {
            let mut all = state.books.funds();
            let found = all.find(|(owner, of, _)| **owner == wanted && *of == currency);
            found.map(|(_, _, funds)| funds).unwrap_or_default()
        })
    }

    /// Sets what an account has available, in minor units; `None` is the platform.
    pub fn set_balance(&self, account: Option<&str>, currency: Currency, available: i64) {
        let owner = Owner::named(account);
        let wanted = NewBalance {
            available,
            ..NewBalance::default()
        };
        self.desk.change(|state, now| {
            state.books.set_balance(&owner, currency, wanted, now);
        });
    }

    /// Changes what goes wrong by chance.
    ///
    /// # Errors
    /// When a rate is not between 0 and 1.
    pub fn set_faults(&self, faults: Faults) -> Result<(), InvalidFault> {
        faults.check()?;
        self.desk.change(|state, _| state.trouble.faults = faults);
        Ok(())
    }

    /// Makes the next calls of a kind go wrong.
    ///
    /// # Errors
    /// When its answer is not known.
    pub fn script(&self, script: Script) -> Result<(), InvalidFault> {
        self.desk.change(|state, _| state.trouble.script(script))
    }

    /// Changes how an account behaves.
    pub fn conduct(&self, account: Option<&str>, conduct: Conduct) {
        let owner = Owner::named(account);
        self.desk
            .change(|state, now| state.books.conduct(&owner, conduct, now));
    }

    /// Makes something happen to a payout at the bank.
    ///
    /// # Errors
    /// When there is no such payout, or that cannot happen to it.
    pub fn act(&self, payout: &str, act: &Act) -> Result<(), ApiError> {
        self.desk
            .change(|state, now| state.books.act(payout, act, now).map(drop))
    }

    /// Moves the simulated clock ahead.
    pub fn advance(&self, by: time::Duration) {
        self.desk.advance(by);
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl Settings {
    fn check(&self) -> Result<(), SimError> {
        if !self.public && !self.listen.ip().is_loopback() {
            return Err(SimError::NotLoopback(self.listen));
        }
        self.faults.check()?;
        self.delivery.check()?;
        let endpoints = [
            (&self.webhook, "the webhook endpoint"),
            (&self.connect_webhook, "the Connect webhook endpoint"),
        ];
        for (endpoint, name) in endpoints {
            if endpoint
                .as_ref()
                .is_some_and(|endpoint| endpoint.secrets.is_empty())
            {
                return Err(SimError::NoSecret(name));
            }
        }
        Ok(())
    }
}
