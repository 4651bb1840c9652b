//! Asks the database how the books stand. Nothing here holds up the readings: what takes long is
//! waited for beside them, and asked less often.

use std::{collections::BTreeMap, time::Duration};

use async_nats::Client;
use domain::money::Currency;
use projections::backlog;
use store::{Database, error::chain};
use time::OffsetDateTime;
use tokio::{task::JoinHandle, time::Instant};
use tracing::warn;

use super::readings::{Books, Lag, Lags, Letters, Payouts, Waiting};
use crate::nats;

/// So long an answer is waited for before the readings go without it.
const PATIENCE: Duration = Duration::from_secs(2);
/// A question takes at most one part in so many of the time.
const SHARE: u32 = 50;
/// An answer that is older is none.
const STALE: time::Duration = time::Duration::minutes(1);
/// So long after its day of arrival a payout is overdue.
const OVERDUE: time::Duration = time::Duration::days(1);

/// Who asks.
#[derive(Debug)]
pub(super) struct Asker {
    database: Database,
    nats: Option<Client>,
    followers: Question<backlog::Followers>,
    payouts: Question<backlog::Payouts>,
    letters: Question<backlog::Letters>,
    ingest: Question<nats::Backlog>,
    in_doubt: BTreeMap<Currency, i64>,
}

impl Asker {
    pub(super) fn new(database: Database, nats: Option<Client>) -> Self {
        Self {
            database,
            nats,
            followers: Question::default(),
            payouts: Question::default(),
            letters: Question::default(),
            ingest: Question::default(),
            in_doubt: BTreeMap::new(),
        }
    }

    /// How the books stand; none while the database does not answer.
    pub(super) async fn ask(&mut self, now: OffsetDateTime) -> Option<Books> {
        let database = || self.database.clone();
        let asked = database();
        let followers = async move { backlog::followers(&asked).await };
        self.followers.ask(now, followers).await;
        let asked = database();
        let payouts = async move { backlog::payouts(&asked, now - OVERDUE).await };
        self.payouts.ask(now, payouts).await;
        if let Some((_, payouts)) = &self.payouts.answer {
            self.in_doubt.values_mut().for_each(|minor| *minor = 0);
            let money = payouts.money_in_doubt.iter();
            let money = money.map(|money| (money.currency, money.amount.minor()));
            self.in_doubt.extend(money);
        }
        let asked = database();
        let letters = async move { backlog::letters(&asked).await };
        self.letters.ask(now, letters).await;
        if let Some(client) = self.nats.clone() {
            let pending = async move { nats::backlog(client).await };
            self.ingest.ask(now, pending).await;
        }
        self.answer(now)
    }

    /// How much money is in doubt, in minor units: 0 in a currency in which none is any more.
    pub(super) const fn in_doubt(&self) -> &BTreeMap<Currency, i64> {
        &self.in_doubt
    }

    fn answer(&self, now: OffsetDateTime) -> Option<Books> {
        // A few look-ups by key: if they are not answered, nothing is.
        let (asked_at, followers) = self.followers.answer?;
        if now - asked_at > STALE {
            return None;
        }
        let (payouts_at, payouts) = self.payouts.answer.as_ref()?;
        let (letters_at, letters) = self.letters.answer?;
        let lag = |behind: backlog::Behind| Lag {
            seconds: age(now, behind.since),
            events: behind.events,
        };
        let waiting = |waiting: backlog::Waiting| Waiting {
            count: waiting.count,
            oldest_seconds: age(now, waiting.since),
        };
        Some(Books {
            asked_at: asked_at.min(*payouts_at).min(letters_at),
            position: followers.position,
            lags: Lags {
                postings: lag(followers.postings),
                daily_rollups: lag(followers.daily_rollups),
                links: lag(followers.links),
                seals: lag(followers.seals),
                outbox: self.nats.is_some().then(|| lag(followers.outbox)),
                ingest: self.ingest.answer.map(|(_, ingest)| Lag {
                    seconds: age(now, ingest.since),
                    events: ingest.events,
                }),
            },
            payouts: Payouts {
                in_doubt: waiting(payouts.in_doubt),
                overdue: waiting(payouts.overdue),
            },
            letters: Letters {
                dead: waiting(letters.dead),
                parked: waiting(letters.parked),
            },
        })
    }
}

fn age(now: OffsetDateTime, since: Option<OffsetDateTime>) -> u64 {
    since.map_or(0, |since| {
        u64::try_from((now - since).whole_seconds()).unwrap_or(0)
    })
}

/// Whoever stops a service does not wait for an answer that nobody needs any more.
impl<T> Drop for Question<T> {
    fn drop(&mut self) {
        if let Some(running) = &self.running {
            running.abort();
        }
    }
}

/// Something that is asked again and again.
#[derive(Debug)]
struct Question<T> {
    /// The newest answer, and when it was asked for.
    answer: Option<(OffsetDateTime, T)>,
    asked_at: Option<OffsetDateTime>,
    running: Option<JoinHandle<(Duration, Result<T, String>)>>,
    /// Not again before.
    due: Instant,
}

impl<T> Default for Question<T> {
    fn default() -> Self {
        Self {
            answer: None,
            asked_at: None,
            running: None,
            due: Instant::now(),
        }
    }
}

impl<T: Send + 'static> Question<T> {
    /// Asks, unless it is being asked or was asked a moment ago, and waits a little for the
    /// answer. One that comes later is there the next time: a connection that is left in the
    /// middle of something is of no use to anybody.
    async fn ask<E: std::error::Error>(
        &mut self,
        now: OffsetDateTime,
        question: impl Future<Output = Result<T, E>> + Send + 'static,
    ) {
        if self.running.is_none() && Instant::now() >= self.due {
            self.asked_at = Some(now);
            self.running = Some(tokio::spawn(async move {
                let started = Instant::now();
                let answer = question.await.map_err(|error| chain(&error));
                (started.elapsed(), answer)
            }));
        }
        let Some(running) = &mut self.running else {
            return;
        };
        let Ok(ended) = tokio::time::timeout(PATIENCE, running).await else {
            return;
        };
        self.running = None;
        self.answer = match ended {
            Ok((took, Ok(answer))) => {
                self.due = Instant::now() + took * SHARE;
                self.asked_at.map(|at| (at, answer))
            }
            Ok((_, Err(error))) => {
                warn!(error, "cannot tell how the books stand");
                None
            }
            Err(_) => None,
        };
    }
}
