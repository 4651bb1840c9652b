//! What a batch needs is read before its transaction begins, and it is decided.

use std::collections::{HashMap, HashSet};

use domain::{
    Context, Missing,
    id::{PayoutId, StreamId, Tenant},
    stripe::Meaning,
    view::Stream,
};

use super::{Writer, flight::Plan};
use crate::{
    batch::{Batch, Known},
    error::StoreError,
    job::{Subject, Work},
    lookup,
    reply::StoredOutcome,
};

/// How often a batch asks for more streams before it goes on one by one: a fact
/// names a payout, which names a balance.
const LOAD_ROUNDS: usize = 5;

/// A batch that may be written.
pub(super) struct Ready {
    pub(super) plan: Plan,
    /// The streams as they will be.
    pub(super) streams: Vec<(Tenant, StreamId, Stream)>,
    /// One of its webhooks holds up later ones of its object.
    pub(super) stuck: bool,
}

impl Writer {
    /// Decides a batch over the state as it will be when all that was decided
    /// before is committed, and puts together what its transaction will send.
    pub(super) async fn ready(&mut self, works: &[Work]) -> Result<Ready, StoreError> {
        let known = self.known(works).await?;
        let mut batch = Batch::new(self.settings.clock.now(), known);
        self.decide(&mut batch, works).await?;
        let stuck = batch.is_stuck();
        let (decided, streams) = batch.complete();
        let plan = self.runway.plan(decided, works)?;
        Ok(Ready {
            plan,
            streams,
            stuck,
        })
    }

    /// What was recorded under the inputs' keys before.
    async fn known(&self, works: &[Work]) -> Result<Known, StoreError> {
        let mut known = Known::default();
        for (tenant, asked) in Asked::by_tenant(works) {
            if !asked.keys.is_empty() {
                let found = lookup::receipts(&self.database, tenant, asked.keys).await?;
                for (key, receipt) in found {
                    if let StoredOutcome::Accepted { events, .. } = &receipt.outcome {
                        let places = lookup::positions(&self.database, tenant, events).await?;
                        known.positions.extend(places.into_iter().map(
                            |((stream, version), position)| {
                                ((tenant.clone(), stream, version), position)
                            },
                        ));
                    }
                    known.receipts.insert((tenant.clone(), key), receipt);
                }
            }
            if !asked.webhooks.is_empty() {
                let found = lookup::archived(&self.database, tenant, &asked.webhooks).await?;
                known.archived.extend(
                    found
                        .into_iter()
                        .map(|(key, told)| ((tenant.clone(), key), told)),
                );
            }
            if !asked.objects.is_empty() {
                let found = lookup::blocked(&self.database, tenant, asked.objects).await?;
                known.blocked.extend(
                    found
                        .into_iter()
                        .map(|(object, dead)| ((tenant.clone(), object), dead)),
                );
            }
        }
        Ok(known)
    }

    /// Decides all inputs in order. What is missing is loaded for as many of them
    /// as possible at once.
    async fn decide(&mut self, batch: &mut Batch, works: &[Work]) -> Result<(), StoreError> {
        for (index, work) in works.iter().enumerate() {
            let mut rounds = 0;
            while let Err(missing) = batch.settle(work, self.settings.clock.as_ref()) {
                let mut wanted = HashSet::from([(work.tenant.clone(), missing)]);
                if rounds < LOAD_ROUNDS {
                    rounds += 1;
                    let context = Context {
                        now: batch.now(),
                        fresh_payout_id: PayoutId(self.settings.clock.fresh_id()),
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
                Missing::Stream(id) => match self.cache.take(&tenant, &id) {
                    Some(stream) => batch.insert(&tenant, id, stream),
                    None => streams.entry(tenant).or_default().push(id),
                },
                Missing::Alias(alias) => aliases.entry(tenant).or_default().push(alias),
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
            }
        }
        tenants
    }
}
