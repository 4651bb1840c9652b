//! A replay without a trace: everything is decided, nothing is written.
//!
//! It has streams and outcomes of its own, so a ledger that works meanwhile notices
//! nothing. What would have been written is kept in memory, and only that: it does not
//! grow with the archive, but with what a replay would change.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use domain::{
    Stream,
    id::{Alias, Owner, StreamId, Tenant},
};

use crate::{
    batch::{Batch, Known},
    cache::Cache,
    database::Database,
    decided::Settled,
    desk::Desk,
    error::StoreError,
    inbox::{Standing, WebhookKey},
    job::{Outcome, Work},
    letter::Redelivery,
    reply::Rerun,
    settings::Clock,
};

/// How much state is kept in memory, beside what would have changed.
const CACHE_WEIGHT: usize = 100_000;

/// A replay that writes nothing.
pub struct Rehearsal {
    desk: Desk,
}

impl Rehearsal {
    /// Begins one on an open database.
    #[must_use]
    pub fn new(database: Database, clock: Arc<dyn Clock>) -> Self {
        Self {
            desk: Desk {
                database,
                clock,
                cache: Cache::new(CACHE_WEIGHT),
                imagined: Imagined::default(),
            },
        }
    }

    /// What would become of some webhooks of the archive, one after the other, each
    /// seeing the effects of all before it. What waits behind one of them is not let in
    /// before its own turn.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run(&mut self, letters: Vec<Redelivery>) -> Result<Vec<Rerun>, StoreError> {
        let works: Vec<Work> = letters.into_iter().map(Work::again).collect();
        let batch = self.desk.decide(&works).await?;
        Ok(self.imagine(batch, &works))
    }

    fn imagine(&mut self, batch: Batch, works: &[Work]) -> Vec<Rerun> {
        let standings = batch.standings();
        let (decided, streams) = batch.complete();
        let imagined = &mut self.desk.imagined;
        for (head, (tenant, id, stream)) in decided.heads.iter().zip(streams) {
            if head.version > head.expected || imagined.has(&tenant, &id) {
                imagined.streams.insert((tenant, id), stream);
            } else {
                self.desk.cache.put(tenant, id, stream);
            }
        }
        for recorded in &decided.events {
            if let Some((alias, fingerprint)) = recorded.event.claims() {
                let stream = recorded.stream.clone();
                let owner = Owner {
                    stream,
                    fingerprint,
                };
                imagined
                    .owners
                    .insert((recorded.tenant.clone(), alias), owner);
            }
        }
        for (work, settled) in works.iter().zip(&decided.settled) {
            if let (Settled::Again { writes: true, .. }, Some(key)) = (settled, work.webhook_key())
            {
                let key = (work.tenant.clone(), key);
                if let Some(now) = standings.get(&key) {
                    imagined.stands(key, now.clone());
                }
            }
        }
        let rerun = |index| match decided.outcome(index) {
            Outcome::Rerun(rerun) => Some(rerun),
            Outcome::Command(_)
            | Outcome::Webhook(_)
            | Outcome::Dropped(_)
            | Outcome::Refused(_) => None,
        };
        (0..works.len()).filter_map(rerun).collect()
    }
}

/// What would be so if it had been written.
#[derive(Debug, Default)]
pub(crate) struct Imagined {
    streams: HashMap<(Tenant, StreamId), Stream>,
    owners: HashMap<(Tenant, Alias), Owner>,
    archived: HashMap<(Tenant, WebhookKey), Standing>,
    /// By object and place: whether it is dead or waits.
    places: HashMap<(Tenant, String), BTreeMap<i64, bool>>,
}

impl Imagined {
    fn has(&self, tenant: &Tenant, id: &StreamId) -> bool {
        self.streams.contains_key(&(tenant.clone(), id.clone()))
    }

    fn stands(&mut self, key: (Tenant, WebhookKey), now: Standing) {
        if let Some(object) = &now.object {
            let object = (key.0.clone(), object.clone());
            let places = self.places.entry(object).or_default();
            places.insert(now.sequence, now.told.is_stuck());
        }
        self.archived.insert(key, now);
    }

    /// A stream as it would be.
    pub(crate) fn stream(&self, tenant: &Tenant, id: &StreamId) -> Option<Stream> {
        if self.streams.is_empty() {
            return None;
        }
        self.streams.get(&(tenant.clone(), id.clone())).cloned()
    }

    /// Who would own a name.
    pub(crate) fn owner(&self, tenant: &Tenant, alias: &Alias) -> Option<Owner> {
        if self.owners.is_empty() {
            return None;
        }
        self.owners.get(&(tenant.clone(), alias.clone())).cloned()
    }

    /// Puts what would have become of webhooks in the place of what has.
    pub(crate) fn correct(&self, tenant: &Tenant, known: &mut Known) {
        if self.archived.is_empty() {
            return;
        }
        for (key, standing) in &mut known.archived {
            if key.0 == *tenant
                && let Some(imagined) = self.archived.get(key)
            {
                *standing = imagined.clone();
            }
        }
    }

    /// Those of some objects that would be dead or wait.
    pub(crate) fn stuck(&self, tenant: &Tenant, objects: &[&str]) -> Vec<(String, i64)> {
        self.of(tenant, objects, true)
    }

    /// Those of some objects that would hold nothing up any more.
    pub(crate) fn settled(&self, tenant: &Tenant, objects: &[&str]) -> Vec<i64> {
        let settled = self.of(tenant, objects, false);
        settled.into_iter().map(|(_, place)| place).collect()
    }

    fn of(&self, tenant: &Tenant, objects: &[&str], wanted: bool) -> Vec<(String, i64)> {
        if self.places.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for object in objects {
            let places = self.places.get(&(tenant.clone(), (*object).to_owned()));
            let all = places.into_iter().flatten();
            let of_kind = all.filter(|(_, stuck)| **stuck == wanted);
            found.extend(of_kind.map(|(place, _)| ((*object).to_owned(), *place)));
        }
        found
    }
}
