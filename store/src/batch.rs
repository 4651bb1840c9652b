//! A batch while it is decided: inputs go through one after the other in memory,
//! each seeing what the ones before it did.

use std::collections::{HashMap, HashSet};

use domain::{
    Accepted, Context, Decision, Event, Input, Missing, Refusal, View, decide,
    id::{Fingerprint, PayoutId, StreamId, Tenant},
    refusal::Rejection,
    stripe::Meaning,
    view::Stream,
};
use serde_json::json;
use time::OffsetDateTime;

use crate::{
    inbox::{Webhook, WebhookKey},
    job::{CommandWork, Outcome, Subject, Work},
    log::Cursor,
    lookup::Receipt,
    recorded::Recorded,
    reply::{Acceptance, EventRef, Ingested, Reply, StoredOutcome},
    settings::Clock,
};

/// What is known of a batch's inputs before anything is decided.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) receipts: HashMap<(Tenant, String), Receipt>,
    pub(crate) positions: HashMap<(Tenant, String, u64), i64>,
    pub(crate) archived: HashMap<(Tenant, WebhookKey), Ingested>,
    /// Objects with a webhook that is dead or waits; whether one is dead.
    pub(crate) blocked: HashMap<(Tenant, String), bool>,
}

/// What became of one input.
#[derive(Debug)]
pub(crate) enum Settled {
    /// Decided now; its receipt is part of the batch. The events are
    /// `first..first + count` of the batch.
    Command {
        outcome: StoredOutcome,
        first: usize,
        count: usize,
    },
    /// Decided now; its archive row is part of the batch.
    Webhook {
        told: Ingested,
        detail: Option<String>,
    },
    /// Answered from what was recorded earlier; nothing is written.
    Earlier(Outcome),
    /// The same key came earlier in this batch, at the given index.
    SameAs(usize),
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
    webhooks: HashSet<(Tenant, WebhookKey)>,
    pub(crate) events: Vec<Recorded>,
    pub(crate) settled: Vec<Settled>,
}

impl Batch {
    pub(crate) fn new(now: OffsetDateTime, known: Known) -> Self {
        Self {
            now,
            known,
            views: HashMap::new(),
            base: HashMap::new(),
            keys: HashMap::new(),
            webhooks: HashSet::new(),
            events: Vec::new(),
            settled: Vec::new(),
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
        let settled = match &work.subject {
            Subject::Command(command) => self.settle_command(work, command, &context)?,
            Subject::Webhook(webhook) => self.settle_webhook(work, webhook, &context)?,
        };
        self.settled.push(settled);
        Ok(())
    }

    fn settle_command(
        &mut self,
        work: &Work,
        command: &CommandWork,
        context: &Context,
    ) -> Result<Settled, Missing> {
        let key = (work.tenant.clone(), command.key.as_str().to_owned());
        if let Some(receipt) = self.known.receipts.get(&key) {
            let reply = if receipt.input_hash == command.input_hash.as_str() {
                self.stored_reply(&work.tenant, &receipt.outcome, !work.uncertain)
            } else {
                Reply::Refused(key_reused(command))
            };
            return Ok(Settled::Earlier(Outcome::Command(reply)));
        }
        if let Some((earlier, input_hash)) = self.keys.get(&key) {
            return Ok(if *input_hash == command.input_hash {
                Settled::SameAs(*earlier)
            } else {
                Settled::Earlier(Outcome::Command(Reply::Refused(key_reused(command))))
            });
        }
        let decision = decide(self.view(&work.tenant), &command.input, context)?;
        let first = self.events.len();
        let outcome = match decision.outcome {
            Ok(accepted) => {
                let metadata = json!({"command": command.name, "key": command.key}).to_string();
                let payout_id = accepted.payout_id;
                let events = self.take_in(&work.tenant, accepted, &metadata);
                StoredOutcome::Accepted { payout_id, events }
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
            .insert(key, (self.settled.len(), command.input_hash.clone()));
        Ok(Settled::Command {
            outcome,
            first,
            count: self.events.len() - first,
        })
    }

    fn settle_webhook(
        &mut self,
        work: &Work,
        webhook: &Webhook,
        context: &Context,
    ) -> Result<Settled, Missing> {
        let key = (
            webhook.event_id.clone(),
            webhook.body_hash.as_str().to_owned(),
        );
        let key = (work.tenant.clone(), key);
        let object = webhook
            .object
            .clone()
            .map(|object| (work.tenant.clone(), object));
        match self.known.archived.get(&key) {
            Some(Ingested::Parked(_)) if webhook.again => {}
            Some(told) => {
                let told = if work.uncertain {
                    told.clone()
                } else {
                    Ingested::Duplicate
                };
                return Ok(Settled::Earlier(Outcome::Webhook(told)));
            }
            None => {}
        }
        if self.webhooks.contains(&key) {
            return Ok(Settled::Earlier(Outcome::Webhook(Ingested::Duplicate)));
        }
        let waits = object
            .as_ref()
            .filter(|key| match self.known.blocked.get(*key) {
                // Tried again in order of arrival: only a dead one ahead holds it up.
                Some(dead) => *dead || !webhook.again,
                None => false,
            });
        let (told, detail) = match (&webhook.meaning, waits) {
            (Meaning::Ignored(reason), _) => (Ingested::Ignored((*reason).to_owned()), None),
            (Meaning::Dead { reason, detail }, _) => {
                (Ingested::Dead((*reason).to_owned()), Some(detail.clone()))
            }
            (Meaning::Fact(_), Some((_, object))) => (Ingested::Parked(object.clone()), None),
            (Meaning::Fact(fact), None) => {
                let input = Input::Fact(fact.clone());
                let Decision { outcome, .. } = decide(self.view(&work.tenant), &input, context)?;
                match outcome {
                    Ok(accepted) => {
                        let metadata = json!({"stripe_event": webhook.event_id}).to_string();
                        self.take_in(&work.tenant, accepted, &metadata);
                        (Ingested::Applied, None)
                    }
                    Err(rejection) => told_of(&rejection),
                }
            }
        };
        if let (Ingested::Dead(_) | Ingested::Parked(_), Some(object)) = (&told, object) {
            // For the rest of the batch what waits holds up as much as what is dead.
            self.known.blocked.insert(object, true);
        }
        self.webhooks.insert(key);
        Ok(Settled::Webhook { told, detail })
    }

    /// Adds accepted events to the view and the batch; stream, version and type of each.
    fn take_in(
        &mut self,
        tenant: &Tenant,
        accepted: Accepted,
        metadata: &str,
    ) -> Vec<(String, u64, String)> {
        let mut refs = Vec::with_capacity(accepted.events.len());
        for (stream, event) in accepted.events {
            let version = self.view(tenant).apply(&stream, &event);
            refs.push((stream.to_string(), version, event.name().to_owned()));
            self.events.push(Recorded {
                cursor: Cursor::START,
                tenant: tenant.clone(),
                stream,
                version,
                event,
                metadata: metadata.to_owned(),
                recorded_at: self.now,
            });
        }
        refs
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

    /// The heads to move (stream, version read, version now) and to open
    /// (stream, version now). Streams that were read and did not change are moved
    /// to where they are: that turns the read into a write conflict.
    pub(crate) fn heads(&self) -> (Vec<HeadMove<'_>>, Vec<HeadMove<'_>>) {
        let mut moved = Vec::new();
        let mut opened = Vec::new();
        for (tenant, view) in &self.views {
            for (id, stream) in view.streams() {
                // A stream that was not read is a new payout's, under a fresh id.
                let key = (tenant.clone(), id.clone());
                let expected = self.base.get(&key).copied().unwrap_or(0);
                let head = HeadMove {
                    tenant,
                    stream: id,
                    expected,
                    version: stream.version,
                };
                match (expected, stream.version) {
                    (0, 0) => {}
                    (0, _) => opened.push(head),
                    _ => moved.push(head),
                }
            }
        }
        // One order for everybody: deadlocks are impossible.
        moved.sort_unstable_by(|a, b| (a.stream, a.tenant).cmp(&(b.stream, b.tenant)));
        opened.sort_unstable_by(|a, b| (a.stream, a.tenant).cmp(&(b.stream, b.tenant)));
        (moved, opened)
    }

    /// The names that the batch's events claim.
    pub(crate) fn claims(&self) -> Vec<(&Recorded, String, Fingerprint)> {
        self.events
            .iter()
            .filter_map(|recorded| {
                let (alias, fingerprint) = recorded.event.claims()?;
                Some((recorded, alias.to_string(), fingerprint))
            })
            .collect()
    }

    /// The outcome of the input at an index; positions are known by now.
    pub(crate) fn outcome(&self, index: usize) -> Outcome {
        match &self.settled[index] {
            Settled::Command {
                outcome,
                first,
                count,
            } => Outcome::Command(self.fresh_reply(outcome, *first, *count)),
            Settled::Webhook { told, .. } => Outcome::Webhook(told.clone()),
            Settled::Earlier(outcome) => outcome.clone(),
            Settled::SameAs(earlier) => match self.outcome(*earlier) {
                Outcome::Command(Reply::Accepted(acceptance)) => {
                    let again = Acceptance {
                        duplicate: true,
                        ..acceptance
                    };
                    Outcome::Command(Reply::Accepted(again))
                }
                outcome => outcome,
            },
        }
    }

    fn fresh_reply(&self, outcome: &StoredOutcome, first: usize, count: usize) -> Reply {
        match outcome {
            StoredOutcome::Accepted { payout_id, .. } => {
                let event = |recorded: &Recorded| EventRef {
                    stream: recorded.stream.clone(),
                    version: recorded.version,
                    name: recorded.event.name().to_owned(),
                    position: recorded.position(),
                };
                Reply::Accepted(Acceptance {
                    payout_id: *payout_id,
                    events: self.events[first..first + count]
                        .iter()
                        .map(event)
                        .collect(),
                    duplicate: false,
                })
            }
            StoredOutcome::Refused { code, detail } => {
                Reply::Refused(Refusal::new(*code, detail.clone()))
            }
        }
    }

    /// The streams as they are after the batch, for the cache.
    pub(crate) fn into_streams(self) -> impl Iterator<Item = (Tenant, StreamId, Stream)> {
        self.views.into_iter().flat_map(|(tenant, view)| {
            view.into_streams()
                .filter(|(_, stream)| stream.version > 0)
                .map(move |(id, stream)| (tenant.clone(), id, stream))
                .collect::<Vec<_>>()
        })
    }

    /// Adds the positions that the database gave to the events.
    pub(crate) fn place(&mut self, txid: i64, positions: &[i64]) {
        for (recorded, position) in self.events.iter_mut().zip(positions) {
            recorded.cursor = Cursor {
                txid,
                position: *position,
            };
        }
    }

    /// Marks the inputs that were decided in this batch, whose commit may or may not
    /// have happened. Those answered from an earlier one are as certain as before.
    pub(crate) fn leave_uncertain(&self, works: &mut [Work]) {
        for (work, settled) in works.iter_mut().zip(&self.settled) {
            work.uncertain |= matches!(settled, Settled::Command { .. } | Settled::Webhook { .. });
        }
    }

    /// What parked webhooks may have waited for until now: payouts that this
    /// batch brought, and objects of which one was tried again with success. A
    /// webhook parked just now may have missed a payout by a moment.
    pub(crate) fn arrivals(&self, works: &[Work]) -> HashSet<(Tenant, String)> {
        let payouts = self
            .events
            .iter()
            .filter(|recorded| matches!(recorded.event, Event::PayoutRequested(_)))
            .map(|recorded| (recorded.tenant.clone(), recorded.stream.to_string()));
        let webhooks = works
            .iter()
            .zip(&self.settled)
            .filter_map(|(work, settled)| {
                let (Subject::Webhook(webhook), Settled::Webhook { told, .. }) =
                    (&work.subject, settled)
                else {
                    return None;
                };
                match told {
                    Ingested::Applied if webhook.again => webhook.object.clone(),
                    Ingested::Parked(reason) if !webhook.again => Some(reason.clone()),
                    _ => None,
                }
                .map(|reason| (work.tenant.clone(), reason))
            });
        payouts.chain(webhooks).collect()
    }
}

/// A stream's head before and after a batch.
#[derive(Debug)]
pub(crate) struct HeadMove<'b> {
    pub(crate) tenant: &'b Tenant,
    pub(crate) stream: &'b StreamId,
    pub(crate) expected: u64,
    pub(crate) version: u64,
}

/// A fact that names a payout of ours which is not there yet waits for it; any
/// other rejection contradicts what is recorded.
fn told_of(rejection: &Rejection) -> (Ingested, Option<String>) {
    match rejection {
        Rejection::PayoutNotFound(id) => (
            Ingested::Parked(StreamId::payout(*id).to_string()),
            Some(rejection.to_string()),
        ),
        _ => {
            let reason = rejection.code().as_str().to_ascii_lowercase();
            (Ingested::Dead(reason), Some(rejection.to_string()))
        }
    }
}

fn key_reused(command: &CommandWork) -> Refusal {
    let detail = format!(
        "idempotency key {:?} was used for another command; use a new key for a new intent",
        command.key.as_str()
    );
    Refusal::new(domain::Code::IdempotencyKeyReused, detail)
}
