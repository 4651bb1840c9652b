//! Webhooks: signed freshly for each try, at least once, in no order that holds.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use fastrand::Rng;
use reqwest::{Client, header::CONTENT_TYPE, redirect::Policy};
use serde::Serialize;
use store::{Clock, RetryPolicy};
use tokio::{
    sync::{Semaphore, mpsc::UnboundedReceiver},
    time::Instant,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Owner, Settings, SimError, event::Event, fault::InvalidFault};
use crate::{config::Secret, stripe::signature};

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long events wait for others to be shuffled with.
const LINGER: Duration = Duration::from_millis(50);
/// How many first tries are on their way at once when order is of no matter, and how
/// many later ones in any case.
const AT_ONCE: usize = 8;

/// Where events go.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// HTTP or HTTPS.
    pub url: String,
    /// Each of them signs.
    pub secrets: Vec<Secret>,
}

/// How badly webhooks are delivered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Delivery {
    /// How many are sent a second time, from 0 to 1.
    pub duplicates: f64,
    /// So many events are shuffled with one another; 0 keeps their order.
    pub disorder: usize,
    /// How many are never sent, from 0 to 1: the API alone lists them.
    pub drop: f64,
    /// When one is tried again.
    pub retry: RetryPolicy,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            duplicates: 0.0,
            disorder: 0,
            drop: 0.0,
            retry: RetryPolicy {
                retries: 20,
                base: Duration::from_millis(200),
                factor: 2,
                cap: Duration::from_mins(5),
                budget: Duration::from_hours(72),
            },
        }
    }
}

impl Delivery {
    pub(super) fn check(&self) -> Result<(), InvalidFault> {
        let rates = [(self.duplicates, "duplicates"), (self.drop, "drop")];
        let bad = rates.iter().find(|(rate, _)| !(0.0..=1.0).contains(rate));
        bad.map_or(Ok(()), |(_, name)| Err(InvalidFault::Rate(name)))
    }
}

/// What became of the webhooks so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// On their way, or waiting for the next try.
    pub waiting: u64,
    /// Answered with 2xx; duplicates count.
    pub delivered: u64,
    /// Tries that were answered otherwise, or not at all.
    pub failed_tries: u64,
    /// Given up after the last try.
    pub given_up: u64,
    /// Never sent, on purpose.
    pub dropped: u64,
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    sent: AtomicU64,
    delivered: AtomicU64,
    failed_tries: AtomicU64,
    given_up: AtomicU64,
    dropped: AtomicU64,
}

impl Tally {
    pub(super) fn counts(&self) -> Counts {
        let of = |count: &AtomicU64| count.load(Ordering::SeqCst);
        // In this order: what ends in between is counted as waiting.
        let (delivered, given_up) = (of(&self.delivered), of(&self.given_up));
        Counts {
            waiting: of(&self.sent).saturating_sub(delivered + given_up),
            delivered,
            failed_tries: of(&self.failed_tries),
            given_up,
            dropped: of(&self.dropped),
        }
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::SeqCst);
}

/// Takes events to their endpoints.
pub(super) struct Courier {
    carrier: Arc<Carrier>,
    delivery: Delivery,
    dice: Rng,
    shutdown: CancellationToken,
    tasks: TaskTracker,
    at_once: Arc<Semaphore>,
}

/// What a single delivery needs.
struct Carrier {
    client: Client,
    clock: Arc<dyn Clock>,
    webhook: Option<Endpoint>,
    connect_webhook: Option<Endpoint>,
    retry: RetryPolicy,
    tally: Arc<Tally>,
    /// So that a receiver that comes back is not overrun.
    later_tries: Semaphore,
}

impl Courier {
    pub(super) fn new(
        settings: &Settings,
        shutdown: CancellationToken,
    ) -> Result<(Self, Arc<Tally>), SimError> {
        let client = Client::builder()
            .redirect(Policy::none())
            .timeout(TIMEOUT)
            .no_proxy()
            .build()
            .map_err(SimError::Client)?;
        let tally = Arc::new(Tally::default());
        let carrier = Carrier {
            client,
            clock: Arc::clone(&settings.clock),
            webhook: settings.webhook.clone(),
            connect_webhook: settings.connect_webhook.clone(),
            retry: settings.delivery.retry,
            tally: Arc::clone(&tally),
            later_tries: Semaphore::new(AT_ONCE),
        };
        let courier = Self {
            carrier: Arc::new(carrier),
            delivery: settings.delivery,
            dice: Rng::with_seed(settings.seed),
            shutdown,
            tasks: TaskTracker::new(),
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
        };
        Ok((courier, tally))
    }

    /// Delivers what comes until it is told to stop.
    pub(super) async fn run(mut self, mut events: UnboundedReceiver<Event>) {
        let mut window: Vec<Event> = Vec::new();
        let shutdown = self.shutdown.clone();
        let working = async {
            loop {
                tokio::select! {
                    event = events.recv() => match event {
                        Some(event) => self.admit(event, &mut window),
                        None => break,
                    },
                    () = tokio::time::sleep(LINGER), if !window.is_empty() => {
                        while !window.is_empty() {
                            self.send_one(&mut window).await;
                        }
                    }
                }
                while window.len() > self.delivery.disorder {
                    self.send_one(&mut window).await;
                }
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = working => {}
        }
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Lets an event into the window: not at all, once or twice.
    fn admit(&mut self, event: Event, window: &mut Vec<Event>) {
        if self.carrier.endpoint(&event).is_none() {
            return;
        }
        if self.dice.f64() < self.delivery.drop {
            count(&self.carrier.tally.dropped);
            return;
        }
        if self.dice.f64() < self.delivery.duplicates {
            count(&self.carrier.tally.sent);
            window.push(event.clone());
        }
        count(&self.carrier.tally.sent);
        window.push(event);
    }

    /// Sends the oldest; any, if order is of no matter.
    async fn send_one(&mut self, window: &mut Vec<Event>) {
        let orderly = self.delivery.disorder == 0;
        let at = if orderly {
            0
        } else {
            self.dice.usize(..window.len())
        };
        let event = window.remove(at);
        let carrier = Arc::clone(&self.carrier);
        if orderly {
            // The first tries come one after the other; nobody waits for the later ones.
            if !carrier.tried(&event).await {
                self.in_background(async move { carrier.persist(&event).await });
            }
        } else if let Ok(permit) = Arc::clone(&self.at_once).acquire_owned().await {
            self.in_background(async move {
                let done = carrier.tried(&event).await;
                drop(permit);
                if !done {
                    carrier.persist(&event).await;
                }
            });
        }
    }

    fn in_background(&self, delivering: impl Future<Output = ()> + Send + 'static) {
        let shutdown = self.shutdown.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = delivering => {}
            }
        });
    }
}

impl Carrier {
    fn endpoint(&self, event: &Event) -> Option<&Endpoint> {
        match event.owner {
            Owner::Platform => self.webhook.as_ref(),
            Owner::Connected(_) => self.connect_webhook.as_ref(),
        }
    }

    /// Tries again until it is taken, or it is time to give up.
    async fn persist(&self, event: &Event) {
        let since = Instant::now();
        let mut retry = 1;
        while self.retry.allows(retry, since.elapsed()) {
            tokio::time::sleep(self.retry.pause(retry)).await;
            let permit = self.later_tries.acquire().await;
            if self.tried(event).await {
                return;
            }
            drop(permit);
            retry += 1;
        }
        count(&self.tally.given_up);
        tracing::warn!(
            event = event.id,
            "a webhook was given up; the API still lists it"
        );
    }

    /// One try. Anything but 2xx is a failure.
    async fn tried(&self, event: &Event) -> bool {
        let Some(endpoint) = self.endpoint(event) else {
            return true;
        };
        let body = event.body();
        let now = self.clock.now().unix_timestamp();
        let header = signature::sign(&endpoint.secrets, now, body.as_bytes());
        let sent = self
            .client
            .post(&endpoint.url)
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .header(signature::HEADER, header)
            .header("User-Agent", "Stripe/1.0 (+payoutd sim stripe)")
            .body(body.to_owned())
            .send()
            .await;
        let taken = sent.is_ok_and(|response| response.status().is_success());
        count(if taken {
            &self.tally.delivered
        } else {
            &self.tally.failed_tries
        });
        taken
    }
}
