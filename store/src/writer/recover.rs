//! After a failure: again, then halved, down to one by one, so that one culprit
//! cannot hold up the rest. And the parked webhooks whose time has come.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{Code, Refusal, id::Tenant};
use tracing::{error, warn};

use super::{
    Ready, Writer,
    flight::{APPEND, Failed},
};
use crate::{
    error::{Class, StoreError, chain, label},
    job::Work,
    lookup,
    transaction::{met_conflict, pause},
};

impl Writer {
    /// Brings inputs to an outcome, each its own, while nothing else is under way.
    pub(super) async fn carry_out(&mut self, works: Vec<Work>, tries: u32) {
        let started = Instant::now();
        let mut groups = vec![(works, tries)];
        while let Some((works, tries)) = groups.pop() {
            if works.is_empty() {
                continue;
            }
            if let Err(failed) = self.try_once(works).await {
                let spent = started.elapsed();
                groups.extend(self.after_failure(failed, tries + 1, spent).await);
            }
        }
    }

    async fn try_once(&mut self, works: Vec<Work>) -> Result<(), Failed> {
        let Ready { plan, streams, .. } = match self.ready(&works).await {
            Ok(ready) => ready,
            Err(error) => {
                return Err(Failed {
                    works,
                    heads: Vec::new(),
                    error,
                });
            }
        };
        self.keep(streams);
        let landed = Arc::clone(&self.runway).fly(plan, works).await;
        self.arrivals.extend(landed.arrivals);
        landed.result.map(|done| self.runway.answer(done))
    }

    /// Goes on with a batch that failed while it was under way.
    pub(super) async fn recover(&mut self, failed: Failed) {
        let started = Instant::now();
        for (works, tries) in self.after_failure(failed, 1, started.elapsed()).await {
            self.carry_out(works, tries).await;
        }
    }

    /// What to try next of inputs that failed together, and after how many tries.
    async fn after_failure(
        &mut self,
        failed: Failed,
        tries: u32,
        spent: Duration,
    ) -> Vec<(Vec<Work>, u32)> {
        let Failed {
            mut works,
            heads,
            error,
        } = failed;
        note_failure(&error, &works, tries);
        for head in heads {
            self.desk.cache.take(&head.tenant, &head.stream);
        }
        let (class, code) = (error.class(), error.code().to_owned());
        if class == Class::Conflict {
            met_conflict(APPEND);
        }
        let again = class != Class::Permanent && self.settings.retry.allows(tries, spent);
        let halve = works.len() > 1
            && match class {
                Class::Conflict => !again || tries > 1,
                Class::Permanent => true,
                Class::Unavailable | Class::Ambiguous => false,
            };
        if halve {
            // Halves halve again at once; whoever is alone at last has all its tries
            // before it.
            let second = works.split_off(works.len() / 2);
            let group = |half: Vec<Work>| {
                let tries = u32::from(half.len() > 1);
                (half, tries)
            };
            vec![group(second), group(works)]
        } else if again {
            if matches!(class, Class::Unavailable | Class::Ambiguous) {
                self.database.shed_dead_connections().await;
            }
            let pause = pause(APPEND, self.settings.retry, (tries, &code));
            tokio::time::sleep(pause).await;
            vec![(works, tries)]
        } else {
            self.missed |= works.iter().any(Work::is_archived);
            give_up(works, &error);
            Vec::new()
        }
    }

    pub(super) async fn carry_out_again(&mut self) {
        self.take_up_parked().await;
        while !self.again.is_empty() {
            let page = self.again.len().min(self.settings.batch);
            let works = self.again.drain(..page).collect();
            self.carry_out(works, 0).await;
            self.take_up_parked().await;
        }
    }

    /// Takes up the parked webhooks that waited for something now there. What
    /// cannot be looked up now is looked up after the next batch.
    pub(super) async fn take_up_parked(&mut self) {
        if self.missed {
            match lookup::arrived(&self.database).await {
                Ok(arrived) => {
                    self.missed = false;
                    self.arrivals.extend(arrived);
                }
                Err(error) => warn!(error = chain(&error), "cannot look for parked webhooks yet"),
            }
        }
        let mut reasons: HashMap<Tenant, Vec<String>> = HashMap::new();
        for (tenant, reason) in self.arrivals.drain() {
            reasons.entry(tenant).or_default().push(reason);
        }
        for (tenant, reasons) in reasons {
            let names = reasons.iter().map(String::as_str).collect();
            match lookup::parked(&self.database, &tenant, names).await {
                Ok(parked) => self.again.extend(
                    parked
                        .into_iter()
                        .map(|archived| Work::arrived(tenant.clone(), archived)),
                ),
                Err(error) => {
                    warn!(error = chain(&error), "cannot look for parked webhooks yet");
                    self.arrivals
                        .extend(reasons.into_iter().map(|r| (tenant.clone(), r)));
                }
            }
        }
    }
}

fn note_failure(error: &StoreError, works: &[Work], tries: u32) {
    let class = error.class().as_str();
    let code = label(error.code());
    metrics::counter!("payoutd_batch_failures_total", "code" => code, "class" => class)
        .increment(1);
    warn!(
        batch = works.len(),
        attempt = tries,
        class,
        tenant = works.first().map(|work| work.tenant.as_str()),
        command = works.first().map(Work::name),
        error = chain(error),
        "a batch failed"
    );
}

fn give_up(works: Vec<Work>, error: &StoreError) {
    for work in works {
        let (code, detail) = match error.class() {
            // Whatever went wrong last: an earlier try may have been committed.
            _ if work.uncertain => (
                Code::Unavailable,
                "the outcome is not known yet; send the same idempotency key again to learn it",
            ),
            Class::Conflict => (
                Code::PayoutDeadlockError,
                "conflicts with other commands outlasted the retries; nothing was recorded",
            ),
            Class::Ambiguous | Class::Unavailable | Class::Permanent => (
                Code::PayoutTransactionError,
                "the database failed; nothing was recorded",
            ),
        };
        error!(
            tenant = work.tenant.as_str(),
            command = work.name(),
            error = chain(error),
            "gave an input up"
        );
        metrics::counter!("payoutd_commands_total", "command" => work.label(),
            "outcome" => code.as_str())
        .increment(1);
        work.refuse(Refusal::new(code, detail));
    }
}
