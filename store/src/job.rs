//! What waits in the writer's queue.

use domain::{
    Input, Refusal,
    id::{Fingerprint, IdempotencyKey, Tenant},
    stripe,
};
use tokio::sync::oneshot;
use tracing::Span;

use crate::{
    inbox::{Archived, Pass, Webhook, WebhookKey},
    ledger::{Delivery, Request},
    letter::{Give, Redelivery},
    reply::{Dropped, Ingested, Reply, Rerun},
    settings::Clock,
};

/// An entry of the queue.
#[derive(Debug)]
pub(crate) enum Job {
    Work(Box<Work>),
    /// Finish what was taken, then end.
    Stop,
}

/// One input and who waits for its outcome.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) tenant: Tenant,
    pub(crate) subject: Subject,
    /// An earlier try may have been committed: its receipt answers, and is not
    /// a repetition.
    pub(crate) uncertain: bool,
    /// What it is a part of, for those who watch.
    pub(crate) span: Span,
    answer: Answer,
}

#[derive(Debug)]
pub(crate) enum Subject {
    Command(CommandWork),
    Webhook(Webhook),
    Drop(DropWork),
}

/// A webhook of the archive that is to be given up.
#[derive(Debug)]
pub(crate) struct DropWork {
    pub(crate) event_id: String,
    pub(crate) body_hash: Fingerprint,
    pub(crate) reason: String,
}

impl DropWork {
    /// What the webhook is known by.
    pub(crate) fn key(&self) -> WebhookKey {
        (self.event_id.clone(), self.body_hash.as_str().to_owned())
    }
}

#[derive(Debug)]
pub(crate) struct CommandWork {
    pub(crate) input: Input,
    pub(crate) name: &'static str,
    pub(crate) key: IdempotencyKey,
    /// Whether the caller chose the key; one of ours was never used before.
    pub(crate) key_given: bool,
    pub(crate) input_hash: Fingerprint,
}

#[derive(Debug)]
enum Answer {
    Command(oneshot::Sender<Reply>),
    Webhook(oneshot::Sender<Result<Ingested, Refusal>>),
    Rerun(oneshot::Sender<Result<Rerun, Refusal>>),
    Dropped(oneshot::Sender<Result<Dropped, Refusal>>),
    Nobody,
}

/// The outcome of one input.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Command(Reply),
    Webhook(Ingested),
    Rerun(Rerun),
    Dropped(Dropped),
    /// Nothing can be recorded of a webhook of the archive.
    Refused(Refusal),
}

impl Job {
    pub(crate) fn command(
        request: Request,
        clock: &dyn Clock,
        answer: oneshot::Sender<Reply>,
    ) -> Self {
        let name = request.command.name();
        let input_hash = Fingerprint::of(format!("{name}\n{}", request.command.canonical()));
        let key_given = request.key.is_some();
        let key = request
            .key
            .unwrap_or_else(|| IdempotencyKey::from(clock.fresh_id()));
        Self::Work(Box::new(Work {
            tenant: request.tenant,
            subject: Subject::Command(CommandWork {
                input: Input::Command(request.command),
                name,
                key,
                key_given,
                input_hash,
            }),
            uncertain: false,
            span: Span::current(),
            answer: Answer::Command(answer),
        }))
    }

    pub(crate) fn delivery(
        delivery: Delivery,
        answer: oneshot::Sender<Result<Ingested, Refusal>>,
    ) -> Self {
        Self::Work(Box::new(Work {
            tenant: delivery.tenant,
            subject: Subject::Webhook(Webhook::read(delivery.body, delivery.mode)),
            uncertain: false,
            span: Span::current(),
            answer: Answer::Webhook(answer),
        }))
    }

    pub(crate) fn redelivery(
        letter: Redelivery,
        answer: oneshot::Sender<Result<Rerun, Refusal>>,
    ) -> Self {
        let work = Work::again(letter);
        Self::Work(Box::new(Work {
            answer: Answer::Rerun(answer),
            ..work
        }))
    }

    pub(crate) fn give_up(give: Give, answer: oneshot::Sender<Result<Dropped, Refusal>>) -> Self {
        Self::Work(Box::new(Work {
            tenant: give.tenant,
            subject: Subject::Drop(DropWork {
                event_id: give.event_id,
                body_hash: give.body_hash,
                reason: give.reason,
            }),
            uncertain: false,
            span: Span::current(),
            answer: Answer::Dropped(answer),
        }))
    }
}

impl Work {
    /// A parked webhook, whose time may have come.
    pub(crate) fn arrived(tenant: Tenant, archived: Archived) -> Self {
        Self {
            tenant,
            subject: Subject::Webhook(Webhook::arrived(archived)),
            uncertain: false,
            span: Span::current(),
            answer: Answer::Nobody,
        }
    }

    /// A webhook of the archive that is run again.
    pub(crate) fn again(letter: Redelivery) -> Self {
        let archived = Archived {
            event_id: letter.event_id,
            body_hash: letter.body_hash,
            object: letter.object,
            body: letter.body,
        };
        let webhook = Webhook::again(archived, letter.mode, Pass::Again(letter.again));
        Self {
            tenant: letter.tenant,
            subject: Subject::Webhook(webhook),
            uncertain: false,
            span: Span::current(),
            answer: Answer::Nobody,
        }
    }

    /// Whether it is a webhook of the archive. What waits behind it may be missed if it
    /// is given up.
    pub(crate) fn is_archived(&self) -> bool {
        match &self.subject {
            Subject::Command(_) => false,
            Subject::Webhook(webhook) => webhook.pass != Pass::Fresh,
            Subject::Drop(_) => true,
        }
    }

    /// What an input about a webhook is known by.
    pub(crate) fn webhook_key(&self) -> Option<WebhookKey> {
        match &self.subject {
            Subject::Command(_) => None,
            Subject::Webhook(webhook) => Some(webhook.key()),
            Subject::Drop(work) => Some(work.key()),
        }
    }

    /// The name of the command or the type of the event, for logs.
    pub(crate) fn name(&self) -> &str {
        match &self.subject {
            Subject::Command(command) => command.name,
            Subject::Webhook(webhook) => webhook.event_type.as_deref().unwrap_or("unknown"),
            Subject::Drop(_) => "drop",
        }
    }

    /// The same for metrics: one of a few words, for a type is what somebody sent.
    pub(crate) fn label(&self) -> &'static str {
        match &self.subject {
            Subject::Command(command) => command.name,
            Subject::Webhook(webhook) => match webhook.event_type.as_deref() {
                Some(event_type) => stripe::known_type(event_type).unwrap_or("other"),
                None => "unknown",
            },
            Subject::Drop(_) => "drop",
        }
    }

    /// Tells whoever waits. They may have stopped waiting, which is their right.
    pub(crate) fn answer(self, outcome: Outcome) {
        match (self.answer, outcome) {
            (Answer::Command(answer), Outcome::Command(reply)) => drop(answer.send(reply)),
            (Answer::Webhook(answer), Outcome::Webhook(told)) => drop(answer.send(Ok(told))),
            (Answer::Rerun(answer), Outcome::Rerun(rerun)) => drop(answer.send(Ok(rerun))),
            (Answer::Dropped(answer), Outcome::Dropped(told)) => drop(answer.send(Ok(told))),
            (Answer::Rerun(answer), Outcome::Refused(refusal)) => drop(answer.send(Err(refusal))),
            (Answer::Dropped(answer), Outcome::Refused(refusal)) => {
                drop(answer.send(Err(refusal)));
            }
            (
                Answer::Command(_)
                | Answer::Webhook(_)
                | Answer::Rerun(_)
                | Answer::Dropped(_)
                | Answer::Nobody,
                _,
            ) => {}
        }
    }

    /// Tells whoever waits that nothing was recorded.
    pub(crate) fn refuse(self, refusal: Refusal) {
        match self.answer {
            Answer::Command(answer) => drop(answer.send(Reply::Refused(refusal))),
            Answer::Webhook(answer) => drop(answer.send(Err(refusal))),
            Answer::Rerun(answer) => drop(answer.send(Err(refusal))),
            Answer::Dropped(answer) => drop(answer.send(Err(refusal))),
            Answer::Nobody => {}
        }
    }
}
