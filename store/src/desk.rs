//! Where batches are decided: what they need is read before any transaction begins.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use domain::{
    Context, Missing,
    id::{PayoutId, StreamId, Tenant},
    stripe::Meaning,
};

use crate::{
    batch::{Batch, Known},
    cache::Cache,
    database::Database,
    error::StoreError,
    job::{Subject, Work},
    lookup,
    rehearsal::Imagined,
    reply::StoredOutcome,
    settings::Clock,
};

/// How often a batch asks for more streams before it goes on one by one: a fact
/// names a payout, which names a balance.
const LOAD_ROUNDS: usize = 5;

pub(crate) struct Desk {
    pub(crate) database: Database,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) cache: Cache,
    /// What a rehearsal takes to be so although it is not written. The writer
    /// imagines nothing.
    pub(crate) imagined: Imagined,
}

impl Desk {
    /// Decides a batch over the state as it will be when all that was decided
    /// before is committed.
    pub(crate) async fn decide(&mut self, works: &[Work]) -> Result<Batch, StoreError> {
        let known = self.known(works).await?;
        let mut batch = Batch::new(self.clock.now(), known);
        self.settle(&mut batch, works).await?;
        Ok(batch)
    }

    /// What was recorded under the inputs' keys before.
    async fn known(&self, works: &[Work]) -> Result<Known, StoreError> {
        let mut known = Known::default();
        for (tenant, asked) in Asked::by_tenant(works) {
            if !asked.keys.is_empty() {
                self.receipts(tenant, asked.keys, &mut known).await?;
            }
            if !asked.webhooks.is_empty() {
                let found = lookup::archived(&self.database, tenant, &asked.webhooks).await?;
                known.archived.extend(
                    found
                        .into_iter()
                        .map(|(key, told)| ((tenant.clone(), key), told)),
                );
                self.imagined.correct(tenant, &mut known);
            }
            if !asked.objects.is_empty() {
                self.blocked(tenant, asked.objects, &mut known).await?;
            }
        }
        Ok(known)
    }

    async fn receipts(
        &self,
        tenant: &Tenant,
        keys: Vec<&str>,
        known: &mut Known,
    ) -> Result<(), StoreError> {
        for (key, receipt) in lookup::receipts(&self.database, tenant, keys).await? {
            if let StoredOutcome::Accepted { events, .. } = &receipt.outcome {
                let places = lookup::positions(&self.database, tenant, events).await?;
                known
                    .positions
                    .extend(places.into_iter().map(|((stream, version), position)| {
                        ((tenant.clone(), stream, version), position)
                    }));
            }
            known.receipts.insert((tenant.clone(), key), receipt);
        }
        Ok(())
    }

    /// Who holds up others: of each object the first, and those of the batch, whose
    /// turn may come in it.
    async fn blocked(
        &self,
        tenant: &Tenant,
        objects: Vec<&str>,
        known: &mut Known,
    ) -> Result<(), StoreError> {
        let mut own = Vec::new();
        let mut blocked: HashMap<String, _> = HashMap::new();
        let of_tenant = known.archived.iter().filter(|((of, _), _)| of == tenant);
        for (_, standing) in of_tenant {
            if let (true, Some(object)) = (standing.told.is_stuck(), &standing.object) {
                own.push((object.clone(), standing.sequence));
            }
        }
        own.extend(self.imagined.stuck(tenant, &objects));
        let mut but: Vec<i64> = own.iter().map(|(_, sequence)| *sequence).collect();
        but.extend(self.imagined.settled(tenant, &objects));
        let first = lookup::blocked(&self.database, tenant, objects, but).await?;
        for (object, sequence) in own.into_iter().chain(first) {
            let places: &mut std::collections::BTreeSet<i64> = blocked.entry(object).or_default();
            places.insert(sequence);
        }
        known.blocked.insert(tenant.clone(), blocked);
        Ok(())
    }

    /// Decides all inputs in order. What is missing is loaded for as many of them
    /// as possible at once.
    async fn settle(&mut self, batch: &mut Batch, works: &[Work]) -> Result<(), StoreError> {
        for (index, work) in works.iter().enumerate() {
            let mut rounds = 0;
            while let Err(missing) = batch.settle(work, self.clock.as_ref()) {
                let mut wanted = HashSet::from([(work.tenant.clone(), missing)]);
                if rounds < LOAD_ROUNDS {
                    rounds += 1;
                    let context = Context {
                        now: batch.now(),
                        fresh_payout_id: PayoutId(self.clock.fresh_id()),
                    };
                    for later in &works[index + 1..] {
                        let missing = batch.missing(later, &context);
                        wanted.extend(missing.map(|missing| (later.tenant.clone(), missing)));
                    }
                }
                self.load(batch, wanted).await?;
            }
        }
        Ok(())
    }

    /// Brings streams from the cache or the log, and aliases, into the batch.
    async fn load(
        &mut self,
        batch: &mut Batch,
        wanted: HashSet<(Tenant, Missing)>,
    ) -> Result<(), StoreError> {
        let mut streams: HashMap<Tenant, Vec<StreamId>> = HashMap::new();
        let mut aliases: HashMap<Tenant, Vec<_>> = HashMap::new();
        for (tenant, missing) in wanted {
            match missing {
                Missing::Stream(id) => match self.at_hand(&tenant, &id) {
                    Some(stream) => batch.insert(&tenant, id, stream),
                    None => streams.entry(tenant).or_default().push(id),
                },
                Missing::Alias(alias) => match self.imagined.owner(&tenant, &alias) {
                    Some(owner) => batch.view(&tenant).insert_alias(alias, Some(owner)),
                    None => aliases.entry(tenant).or_default().push(alias),
                },
            }
        }
        for (tenant, ids) in streams {
            for (id, stream) in lookup::streams(&self.database, &tenant, ids).await? {
                batch.insert(&tenant, id, stream);
            }
        }
        for (tenant, names) in aliases {
            for (alias, owner) in lookup::aliases(&self.database, &tenant, names).await? {
                batch.view(&tenant).insert_alias(alias, owner);
            }
        }
        Ok(())
    }

    fn at_hand(&mut self, tenant: &Tenant, id: &StreamId) -> Option<domain::Stream> {
        let imagined = self.imagined.stream(tenant, id);
        imagined.or_else(|| self.cache.take(tenant, id))
    }
}

/// What a batch asks of the store before it is decided.
#[derive(Default)]
struct Asked<'w> {
    keys: Vec<&'w str>,
    webhooks: Vec<(&'w str, &'w str)>,
    objects: Vec<&'w str>,
}

impl<'w> Asked<'w> {
    fn by_tenant(works: &'w [Work]) -> HashMap<&'w Tenant, Self> {
        let mut tenants: HashMap<&Tenant, Self> = HashMap::new();
        for work in works {
            let asked = tenants.entry(&work.tenant).or_default();
            match &work.subject {
                // A key of our own was never used, unless an earlier try used it.
                Subject::Command(command) if command.key_given || work.uncertain => {
                    asked.keys.push(command.key.as_str());
                }
                Subject::Command(_) => {}
                Subject::Webhook(webhook) => {
                    asked
                        .webhooks
                        .push((&webhook.event_id, webhook.body_hash.as_str()));
                    if matches!(webhook.meaning, Meaning::Fact(_)) {
                        asked.objects.extend(webhook.object.as_deref());
                    }
                }
                Subject::Drop(work) => {
                    asked
                        .webhooks
                        .push((&work.event_id, work.body_hash.as_str()));
                }
            }
        }
        tenants
    }
}
