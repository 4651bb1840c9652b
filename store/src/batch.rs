//! A batch while it is decided: inputs go through one after the other in memory,
//! each seeing what the ones before it did.

use std::collections::{BTreeSet, HashMap};

use domain::{
    Accepted, Context, Event, Input, Missing, Refusal, View, decide,
    id::{Fingerprint, PayoutId, StreamId, Tenant},
    stripe::Meaning,
    view::Stream,
};
use serde_json::json;
use time::OffsetDateTime;

use crate::{
    decided::{Decided, Head, Settled},
    inbox::{Standing, Webhook, WebhookKey},
    job::{CommandWork, Outcome, Subject, Work},
    log::Cursor,
    lookup::Receipt,
    recorded::Recorded,
    reply::{Acceptance, EventRef, Reply, StoredOutcome},
    settings::Clock,
};

mod webhook;

/// What is known of a batch's inputs before anything is decided.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) receipts: HashMap<(Tenant, String), Receipt>,
    pub(crate) positions: HashMap<(Tenant, String, u64), i64>,
    pub(crate) archived: HashMap<(Tenant, WebhookKey), Standing>,
    /// The places of webhooks that are dead or wait, by what they are about: the first
    /// of each object, and those of this batch.
    pub(crate) blocked: HashMap<Tenant, HashMap<String, BTreeSet<i64>>>,
}

/// The decision on one input.
#[derive(Debug)]
struct Entry {
    settled: Settled,
    events: Vec<Recorded>,
}

/// A batch's decisions so far.
#[derive(Debug)]
pub(crate) struct Batch {
    now: OffsetDateTime,
    known: Known,
    views: HashMap<Tenant, View>,
    /// The version each stream had when it was read.
    base: HashMap<(Tenant, StreamId), u64>,
    /// The keys of this batch's commands: index and hash of the input.
    keys: HashMap<(Tenant, String), (usize, Fingerprint)>,
    /// The fresh webhooks of this batch, by index.
    webhooks: HashMap<(Tenant, WebhookKey), usize>,
    entries: Vec<Entry>,
}

impl Batch {
    pub(crate) fn new(now: OffsetDateTime, known: Known) -> Self {
        Self {
            now,
            known,
            views: HashMap::new(),
            base: HashMap::new(),
            keys: HashMap::new(),
            webhooks: HashMap::new(),
            entries: Vec::new(),
        }
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.now
    }

    pub(crate) fn view(&mut self, tenant: &Tenant) -> &mut View {
        if !self.views.contains_key(tenant) {
            self.views.insert(tenant.clone(), View::default());
        }
        self.views.entry(tenant.clone()).or_default()
    }

    /// Puts a stream in as it was read.
    pub(crate) fn insert(&mut self, tenant: &Tenant, id: StreamId, stream: Stream) {
        self.base
            .insert((tenant.clone(), id.clone()), stream.version);
        self.view(tenant).insert_stream(id, stream);
    }

    /// What a decision on this input would need, as things are now.
    pub(crate) fn missing(&mut self, work: &Work, context: &Context) -> Option<Missing> {
        let input = match &work.subject {
            Subject::Command(command) => &command.input,
            Subject::Webhook(Webhook {
                meaning: Meaning::Fact(fact),
                ..
            }) => &Input::Fact(fact.clone()),
            Subject::Webhook(_) => return None,
            Subject::Drop(wanted) => &self.input_of_drop(&work.tenant, wanted)?,
        };
        decide(self.view(&work.tenant), input, context).err()
    }

    /// Decides the next input and takes its events in.
    ///
    /// # Errors
    /// [`Missing`], when a stream or alias has to be loaded first; nothing was
    /// taken in then.
    pub(crate) fn settle(&mut self, work: &Work, clock: &dyn Clock) -> Result<(), Missing> {
        let context = Context {
            now: self.now,
            fresh_payout_id: PayoutId(clock.fresh_id()),
        };
        let entry = match &work.subject {
            Subject::Command(command) => self.settle_command(work, command, &context)?,
            Subject::Webhook(webhook) => self.settle_webhook(work, webhook, &context)?,
            Subject::Drop(wanted) => self.settle_drop(work, wanted, &context)?,
        };
        self.entries.push(entry);
        Ok(())
    }

    fn settle_command(
        &mut self,
        work: &Work,
        command: &CommandWork,
        context: &Context,
    ) -> Result<Entry, Missing> {
        let key = (work.tenant.clone(), command.key.as_str().to_owned());
        if let Some(receipt) = self.known.receipts.get(&key) {
            let reply = if receipt.input_hash == command.input_hash.as_str() {
                self.stored_reply(&work.tenant, &receipt.outcome, !work.uncertain)
            } else {
                Reply::Refused(key_reused(command))
            };
            return Ok(Entry::nothing(Settled::Earlier(Outcome::Command(reply))));
        }
        if let Some((earlier, input_hash)) = self.keys.get(&key) {
            return Ok(Entry::nothing(if *input_hash == command.input_hash {
                Settled::SameAs(*earlier)
            } else {
                Settled::KeyReused(key_reused(command))
            }));
        }
        let decision = decide(self.view(&work.tenant), &command.input, context)?;
        let mut events = Vec::new();
        let outcome = match decision.outcome {
            Ok(accepted) => {
                let metadata = json!({"command": command.name, "key": command.key}).to_string();
                let payout_id = accepted.payout_id;
                events = self.take_in(&work.tenant, accepted, &metadata);
                let name = |event: &Recorded| {
                    (
                        event.stream.to_string(),
                        event.version,
                        event.event.name().to_owned(),
                    )
                };
                StoredOutcome::Accepted {
                    payout_id,
                    events: events.iter().map(name).collect(),
                }
            }
            Err(rejection) => {
                let refusal = Refusal::from(rejection);
                StoredOutcome::Refused {
                    code: refusal.code,
                    detail: refusal.detail,
                }
            }
        };
        self.keys
            .insert(key, (self.entries.len(), command.input_hash.clone()));
        // Where its events begin is known when the batch is complete.
        let settled = Settled::Command {
            outcome,
            first: 0,
            count: events.len(),
        };
        Ok(Entry { settled, events })
    }

    /// Adds accepted events to the view; returns them as they will be recorded.
    fn take_in(&mut self, tenant: &Tenant, accepted: Accepted, metadata: &str) -> Vec<Recorded> {
        let now = self.now;
        let view = self.view(tenant);
        let record = |(stream, event): (StreamId, Event)| Recorded {
            cursor: Cursor::START,
            tenant: tenant.clone(),
            version: view.apply(&stream, &event),
            stream,
            event,
            metadata: metadata.to_owned(),
            recorded_at: now,
        };
        accepted.events.into_iter().map(record).collect()
    }

    /// The answer of a receipt, with the positions of its events.
    fn stored_reply(&self, tenant: &Tenant, stored: &StoredOutcome, duplicate: bool) -> Reply {
        match stored {
            StoredOutcome::Accepted { payout_id, events } => {
                let event = |(stream, version, name): &(String, u64, String)| {
                    let key = (tenant.clone(), stream.clone(), *version);
                    Some(EventRef {
                        stream: StreamId::parse(stream).ok()?,
                        version: *version,
                        name: name.clone(),
                        position: *self.known.positions.get(&key)?,
                    })
                };
                let events = events.iter().filter_map(event).collect();
                Reply::Accepted(Acceptance {
                    payout_id: *payout_id,
                    events,
                    duplicate,
                })
            }
            StoredOutcome::Refused { code, detail } => {
                Reply::Refused(Refusal::new(*code, detail.clone()))
            }
        }
    }

    /// The batch, complete: what its transaction writes, and the streams as they
    /// are afterwards.
    pub(crate) fn complete(self) -> (Decided, Vec<(Tenant, StreamId, Stream)>) {
        let mut decided = Decided::new(self.now);
        for entry in self.entries {
            decided.take(entry.settled, entry.events);
        }
        let mut streams = Vec::new();
        for (tenant, view) in self.views {
            for (id, stream) in view.into_streams() {
                let key = (tenant.clone(), id);
                // A stream that was not read is a new payout's, under a fresh id.
                let expected = self.base.get(&key).copied().unwrap_or(0);
                let (tenant, id) = key;
                decided.heads.push(Head {
                    tenant: tenant.clone(),
                    stream: id.clone(),
                    expected,
                    version: stream.version,
                });
                streams.push((tenant, id, stream));
            }
        }
        (decided, streams)
    }

    /// What would be in the archive of the webhooks that it knows.
    pub(crate) fn standings(&self) -> HashMap<(Tenant, WebhookKey), Standing> {
        self.known.archived.clone()
    }

    /// Whether one of its webhooks holds up later ones of its object, or does so no
    /// longer.
    pub(crate) fn is_sticky(&self) -> bool {
        self.entries.iter().any(|entry| entry.settled.is_sticky())
    }
}

impl Entry {
    /// An answer that writes nothing.
    fn nothing(settled: Settled) -> Self {
        Self {
            settled,
            events: Vec::new(),
        }
    }

    /// An answer from what is in the archive.
    fn earlier(outcome: Outcome) -> Self {
        Self::nothing(Settled::Earlier(outcome))
    }
}

fn key_reused(command: &CommandWork) -> Refusal {
    let detail = format!(
        "idempotency key {:?} was used for another command; use a new key for a new intent",
        command.key.as_str()
    );
    Refusal::new(domain::Code::IdempotencyKeyReused, detail)
}
