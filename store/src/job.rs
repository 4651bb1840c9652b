//! What waits in the writer's queue.

use domain::{
    Input, Refusal,
    id::{Fingerprint, IdempotencyKey, Tenant},
    stripe,
};
use tokio::sync::oneshot;

use crate::{
    inbox::Webhook,
    ledger::{Delivery, Request},
    reply::{Ingested, Reply},
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
    answer: Answer,
}

#[derive(Debug)]
pub(crate) enum Subject {
    Command(CommandWork),
    Webhook(Webhook),
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
    Nobody,
}

/// The outcome of one input.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Command(Reply),
    Webhook(Ingested),
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
            answer: Answer::Webhook(answer),
        }))
    }
}

impl Work {
    /// A parked webhook, to be tried again.
    pub(crate) fn again(tenant: Tenant, webhook: Webhook) -> Self {
        Self {
            tenant,
            subject: Subject::Webhook(Webhook {
                again: true,
                ..webhook
            }),
            uncertain: false,
            answer: Answer::Nobody,
        }
    }

    /// Whether it is a parked webhook that is tried again.
    pub(crate) fn is_again(&self) -> bool {
        matches!(&self.subject, Subject::Webhook(webhook) if webhook.again)
    }

    /// The name of the command or the type of the event, for logs.
    pub(crate) fn name(&self) -> &str {
        match &self.subject {
            Subject::Command(command) => command.name,
            Subject::Webhook(webhook) => webhook.event_type.as_deref().unwrap_or("unknown"),
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
        }
    }

    /// Tells whoever waits. They may have stopped waiting, which is their right.
    pub(crate) fn answer(self, outcome: Outcome) {
        match (self.answer, outcome) {
            (Answer::Command(answer), Outcome::Command(reply)) => drop(answer.send(reply)),
            (Answer::Webhook(answer), Outcome::Webhook(told)) => drop(answer.send(Ok(told))),
            (Answer::Command(_) | Answer::Webhook(_) | Answer::Nobody, _) => {}
        }
    }

    /// Tells whoever waits that nothing was recorded.
    pub(crate) fn refuse(self, refusal: Refusal) {
        match self.answer {
            Answer::Command(answer) => drop(answer.send(Reply::Refused(refusal))),
            Answer::Webhook(answer) => drop(answer.send(Err(refusal))),
            Answer::Nobody => {}
        }
    }
}
