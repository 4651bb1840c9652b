//! Webhooks in a batch: those that have just come, those of the archive that are run
//! again, and those that are given up.

use domain::{
    Context, Decision, Input, Missing, Refusal, decide,
    id::Tenant,
    refusal::Rejection,
    stripe::{Fact, Meaning},
    webhook::DropWebhook,
};
use serde_json::json;

use super::{Batch, Entry};
use crate::{
    decided::Settled,
    inbox::{Pass, Standing, Webhook, WebhookKey, rules_outcome},
    job::{DropWork, Outcome, Work},
    recorded::Recorded,
    reply::{Again, DROPPED, Dropped, Ingested, OTHER_MODE, Rerun},
};

/// Later than everything in the archive: the place of what has just come.
const LAST: i64 = i64::MAX;

/// What the rules make of a webhook today.
struct Verdict {
    told: Ingested,
    detail: Option<String>,
    events: Vec<Recorded>,
}

impl Batch {
    pub(super) fn settle_webhook(
        &mut self,
        work: &Work,
        webhook: &Webhook,
        context: &Context,
    ) -> Result<Entry, Missing> {
        let key = (work.tenant.clone(), webhook.key());
        let standing = self.known.archived.get(&key).cloned();
        match (webhook.pass, standing) {
            (Pass::Fresh, Some(standing)) => {
                let told = if work.uncertain {
                    standing.told
                } else {
                    Ingested::Duplicate
                };
                Ok(Entry::earlier(Outcome::Webhook(told)))
            }
            (Pass::Fresh, None) => self.settle_fresh(work, webhook, context, key),
            (Pass::Arrived | Pass::Again(_), Some(standing)) => {
                if is_tried(webhook.pass, &standing.told) {
                    self.settle_again(work, webhook, context, (key, standing))
                } else {
                    let rerun = kept(standing, None);
                    Ok(Entry::earlier(Outcome::Rerun(rerun)))
                }
            }
            (Pass::Arrived | Pass::Again(_), None) => Ok(not_there(&webhook.event_id)),
        }
    }

    fn settle_fresh(
        &mut self,
        work: &Work,
        webhook: &Webhook,
        context: &Context,
        key: (Tenant, WebhookKey),
    ) -> Result<Entry, Missing> {
        if let Some(earlier) = self.webhooks.get(&key) {
            return Ok(Entry::nothing(Settled::SameAs(*earlier)));
        }
        let Verdict {
            told,
            detail,
            events,
        } = self.judge(work, webhook, LAST, context)?;
        if told.is_stuck() {
            self.block(&work.tenant, webhook.object.as_deref(), LAST);
        }
        self.webhooks.insert(key, self.entries.len());
        let settled = Settled::Webhook { told, detail };
        Ok(Entry { settled, events })
    }

    fn settle_again(
        &mut self,
        work: &Work,
        webhook: &Webhook,
        context: &Context,
        (key, standing): ((Tenant, WebhookKey), Standing),
    ) -> Result<Entry, Missing> {
        let verdict = self.judge(work, webhook, standing.sequence, context)?;
        if keeps_its_outcome(&standing.told, &verdict.told) {
            let otherwise = (standing.told != verdict.told).then_some(verdict.told);
            let settled = Settled::Again {
                rerun: Rerun {
                    events: verdict.events.len(),
                    ..kept(standing, otherwise)
                },
                writes: false,
                object: None,
            };
            let events = verdict.events;
            return Ok(Entry { settled, events });
        }
        let writes = (&verdict.told, &verdict.detail) != (&standing.told, &standing.detail);
        let now = Standing {
            sequence: standing.sequence,
            event_type: webhook.event_type.clone(),
            object: webhook.object.clone(),
            told: verdict.told.clone(),
            detail: verdict.detail.clone(),
        };
        let settled = Settled::Again {
            rerun: Rerun {
                before: standing.told.clone(),
                now: verdict.told,
                detail: verdict.detail,
                events: verdict.events.len(),
                otherwise: None,
            },
            writes,
            object: standing.object.clone(),
        };
        self.stands(key, &standing, now);
        let events = verdict.events;
        Ok(Entry { settled, events })
    }

    pub(super) fn settle_drop(
        &mut self,
        work: &Work,
        wanted: &DropWork,
        context: &Context,
    ) -> Result<Entry, Missing> {
        let key = (work.tenant.clone(), wanted.key());
        let Some(standing) = self.known.archived.get(&key).cloned() else {
            return Ok(not_there(&wanted.event_id));
        };
        let input = drop_input(wanted, &standing);
        let Decision { outcome, .. } = decide(self.view(&work.tenant), &input, context)?;
        let accepted = match outcome {
            Ok(accepted) => accepted,
            Err(rejection) => {
                let refusal = Refusal::from(rejection);
                return Ok(Entry::earlier(Outcome::Refused(refusal)));
            }
        };
        if accepted.events.is_empty() {
            let dropped = Dropped {
                before: standing.told,
                already: !work.uncertain,
            };
            return Ok(Entry::earlier(Outcome::Dropped(dropped)));
        }
        let metadata = json!({"operation": "drop"}).to_string();
        let events = self.take_in(&work.tenant, accepted, &metadata);
        let settled = Settled::Dropped {
            before: standing.clone(),
            now: Ingested::Ignored(DROPPED.to_owned()),
            reason: wanted.reason.clone(),
        };
        let now = Standing {
            told: Ingested::Ignored(DROPPED.to_owned()),
            detail: Some(wanted.reason.clone()),
            ..standing.clone()
        };
        self.stands(key, &standing, now);
        Ok(Entry { settled, events })
    }

    /// What a drop is to be decided on, if the webhook is there.
    pub(super) fn input_of_drop(&self, tenant: &Tenant, wanted: &DropWork) -> Option<Input> {
        let key = (tenant.clone(), wanted.key());
        let standing = self.known.archived.get(&key)?;
        Some(drop_input(wanted, standing))
    }

    /// Asks the rules, unless an earlier one of the same object is dead or waits.
    fn judge(
        &mut self,
        work: &Work,
        webhook: &Webhook,
        place: i64,
        context: &Context,
    ) -> Result<Verdict, Missing> {
        let (told, detail) = match &webhook.meaning {
            Meaning::Ignored(reason) => (Ingested::Ignored((*reason).to_owned()), None),
            Meaning::Dead { reason, detail } => {
                (Ingested::Dead((*reason).to_owned()), Some(detail.clone()))
            }
            Meaning::Fact(fact) => match &webhook.object {
                Some(object) if self.is_blocked(&work.tenant, object, place) => {
                    (Ingested::Parked(object.clone()), None)
                }
                Some(_) | None => return self.judge_fact(work, webhook, fact, context),
            },
        };
        Ok(Verdict {
            told,
            detail,
            events: Vec::new(),
        })
    }

    fn judge_fact(
        &mut self,
        work: &Work,
        webhook: &Webhook,
        fact: &Fact,
        context: &Context,
    ) -> Result<Verdict, Missing> {
        let input = Input::Fact(fact.clone());
        let Decision { outcome, .. } = decide(self.view(&work.tenant), &input, context)?;
        Ok(match outcome {
            Ok(accepted) => {
                let metadata = json!({"stripe_event": webhook.event_id}).to_string();
                Verdict {
                    told: Ingested::Applied,
                    detail: None,
                    events: self.take_in(&work.tenant, accepted, &metadata),
                }
            }
            Err(rejection) => {
                let (told, detail) = told_of(&rejection);
                Verdict {
                    told,
                    detail,
                    events: Vec::new(),
                }
            }
        })
    }

    /// Whether one of the object that came before this place is dead or waits.
    fn is_blocked(&self, tenant: &Tenant, object: &str, place: i64) -> bool {
        let blocked = self.known.blocked.get(tenant);
        let first = blocked
            .and_then(|objects| objects.get(object))
            .and_then(|places| places.first());
        // What has just come is behind everything, also behind others that have just come.
        first.is_some_and(|first| *first < place || place == LAST)
    }

    fn block(&mut self, tenant: &Tenant, object: Option<&str>, place: i64) {
        if let Some(object) = object {
            let objects = self.known.blocked.entry(tenant.clone()).or_default();
            objects.entry(object.to_owned()).or_default().insert(place);
        }
    }

    /// For the rest of the batch a webhook of the archive stands like this.
    fn stands(&mut self, key: (Tenant, WebhookKey), before: &Standing, now: Standing) {
        let (tenant, _) = &key;
        if let (Some(objects), Some(object)) =
            (self.known.blocked.get_mut(tenant), before.object.as_deref())
            && let Some(places) = objects.get_mut(object)
        {
            places.remove(&before.sequence);
        }
        if now.told.is_stuck() {
            let tenant = tenant.clone();
            self.block(&tenant, now.object.as_deref(), now.sequence);
        }
        self.known.archived.insert(key, now);
    }
}

/// Whether a webhook of the archive is tried at all.
fn is_tried(pass: Pass, told: &Ingested) -> bool {
    match (pass, told) {
        (Pass::Fresh | Pass::Arrived, told) => matches!(told, Ingested::Parked(_)),
        (Pass::Again(Again::Retry), told) => told.is_stuck(),
        // What an operator gave up stays given up.
        (Pass::Again(Again::Replay { .. }), Ingested::Ignored(reason)) if reason == DROPPED => {
            false
        }
        (Pass::Again(Again::Replay { other_mode }), Ingested::Ignored(reason))
            if reason == OTHER_MODE =>
        {
            other_mode
        }
        (Pass::Again(Again::Replay { .. }), _) => true,
    }
}

/// What was applied stays applied. And an event does not change its mode: if it is of
/// another one now, it is the mode of whoever asks that is wrong.
fn keeps_its_outcome(before: &Ingested, today: &Ingested) -> bool {
    let other_mode = matches!(today, Ingested::Ignored(reason) if reason == OTHER_MODE);
    *before == Ingested::Applied || other_mode
}

fn kept(standing: Standing, otherwise: Option<Ingested>) -> Rerun {
    Rerun {
        before: standing.told.clone(),
        now: standing.told,
        detail: standing.detail,
        events: 0,
        otherwise,
    }
}

fn not_there(event_id: &str) -> Entry {
    let rejection = Rejection::WebhookNotFound(event_id.to_owned());
    Entry::earlier(Outcome::Refused(rejection.into()))
}

fn drop_input(wanted: &DropWork, standing: &Standing) -> Input {
    Input::Drop(DropWebhook {
        event_id: wanted.event_id.clone(),
        body_hash: wanted.body_hash.clone(),
        object: standing.object.clone(),
        reason: wanted.reason.clone(),
        outcome: rules_outcome(&standing.told),
        outcome_reason: standing.told.reason().map(str::to_owned),
    })
}

/// A fact that names a payout of ours which is not there yet waits for it; any
/// other rejection contradicts what is recorded.
fn told_of(rejection: &Rejection) -> (Ingested, Option<String>) {
    match rejection {
        Rejection::PayoutNotFound(id) => (
            Ingested::Parked(domain::id::StreamId::payout(*id).to_string()),
            Some(rejection.to_string()),
        ),
        _ => {
            let reason = rejection.code().as_str().to_ascii_lowercase();
            (Ingested::Dead(reason), Some(rejection.to_string()))
        }
    }
}
