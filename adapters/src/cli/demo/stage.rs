//! Carries out the steps of the demo, tells each, and stops if one does not end
//! as it should.

use domain::{Code, Command, id::IdempotencyKey, stripe};
use serde_json::{Value as Json, json};
use store::{Acceptance, Delivery, Ledger, Reply, Request};

use crate::{
    cli::{ingest::Tally, output::Output},
    config::Settings,
    failure::Failure,
};

/// How wide the told part of a step is; what became of it stands behind.
const TOLD: usize = 54;

/// A ledger that is watched.
pub(super) struct Stage<'a> {
    ledger: Ledger,
    settings: &'a Settings,
    out: Option<&'a mut Output>,
    acts: u32,
    sent: u32,
    accepted: u32,
    refused: u32,
    events: usize,
    webhooks: Tally,
    last_request: Option<Request>,
    last_body: Vec<u8>,
}

impl<'a> Stage<'a> {
    /// Tells nothing without an output.
    pub(super) fn new(ledger: Ledger, settings: &'a Settings, out: Option<&'a mut Output>) -> Self {
        Self {
            ledger,
            settings,
            out,
            acts: 0,
            sent: 0,
            accepted: 0,
            refused: 0,
            events: 0,
            webhooks: Tally::default(),
            last_request: None,
            last_body: Vec::new(),
        }
    }

    /// The ledger, for those who work on it beside the stage.
    pub(super) fn ledger(&self) -> Ledger {
        self.ledger.clone()
    }

    /// What is set.
    pub(super) const fn settings(&self) -> &'a Settings {
        self.settings
    }

    /// Begins a part of the story.
    pub(super) fn act(&mut self, title: &str) -> Result<(), Failure> {
        self.acts += 1;
        let number = self.acts;
        self.tell(&format!("\n{number}. {title}"))
    }

    /// A command that is accepted.
    pub(super) async fn accept(
        &mut self,
        name: &str,
        fields: Json,
        told: &str,
    ) -> Result<Acceptance, Failure> {
        let request = self.request(name, &fields)?;
        self.last_request = Some(request.clone());
        self.send(request, told).await
    }

    /// The last command, sent again under the same idempotency key.
    pub(super) async fn repeat_command(&mut self, told: &str) -> Result<(), Failure> {
        let Some(request) = self.last_request.clone() else {
            return Ok(());
        };
        let acceptance = self.send(request, told).await?;
        if acceptance.duplicate {
            Ok(())
        } else {
            Err(wrong(told, "had an effect twice"))
        }
    }

    /// A command that is refused.
    pub(super) async fn refuse(
        &mut self,
        request: Request,
        code: Code,
        told: &str,
    ) -> Result<(), Failure> {
        let name = request.command.name();
        match self.ledger.execute(request).await {
            Reply::Refused(refusal) if refusal.code == code => {
                self.refused += 1;
                self.step(name, told, &format!("refused: {}", code.as_str()))
            }
            Reply::Refused(refusal) => Err(wrong(told, &refusal.to_string())),
            Reply::Accepted(_) => Err(wrong(told, "it was accepted")),
        }
    }

    /// A delivery of Stripe's that ends with this outcome.
    pub(super) async fn webhook(
        &mut self,
        body: Vec<u8>,
        expected: &str,
        told: &str,
    ) -> Result<(), Failure> {
        self.last_body.clone_from(&body);
        let event_type = stripe::translate(&body, self.settings.mode).event_type;
        let (tenant, mode) = (self.settings.tenant.clone(), self.settings.mode);
        let answer = self.ledger.ingest(Delivery { tenant, body, mode }).await;
        self.webhooks.count(&answer);
        let outcome = answer.map_err(|refusal| wrong(told, &refusal.to_string()))?;
        if outcome.as_str() != expected {
            let reason = outcome.reason().unwrap_or_default();
            return Err(wrong(told, &format!("it is {} {reason}", outcome.as_str())));
        }
        let reason = outcome
            .reason()
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default();
        let name = event_type.unwrap_or_default();
        self.step(&name, told, &format!("{}{reason}", outcome.as_str()))
    }

    /// The last delivery once more, as Stripe does when it is in doubt.
    pub(super) async fn repeat_webhook(&mut self, told: &str) -> Result<(), Failure> {
        self.webhook(self.last_body.clone(), "duplicate", told)
            .await
    }

    /// What was done, for programs.
    pub(super) fn summary(&self) -> Json {
        json!({
            "accepted": self.accepted,
            "refused": self.refused,
            "events_of_commands": self.events,
            "webhooks": self.webhooks.to_json(),
        })
    }

    /// Tells a line.
    pub(super) fn tell(&mut self, line: &str) -> Result<(), Failure> {
        self.out.as_mut().map_or(Ok(()), |out| out.line(line))
    }

    /// A command with a fresh idempotency key.
    pub(super) fn request(&mut self, name: &str, fields: &Json) -> Result<Request, Failure> {
        self.sent += 1;
        let command = Command::parse(name, fields.to_string().as_bytes())
            .map_err(|refusal| wrong(name, &refusal.to_string()))?;
        let key = IdempotencyKey::new(format!("demo-{}", self.sent))
            .map_err(|error| wrong(name, &error.to_string()))?;
        Ok(Request {
            tenant: self.settings.tenant.clone(),
            command,
            key: Some(key),
        })
    }

    async fn send(&mut self, request: Request, told: &str) -> Result<Acceptance, Failure> {
        let name = request.command.name();
        match self.ledger.execute(request).await {
            Reply::Accepted(acceptance) => {
                self.accepted += 1;
                self.step(name, told, &what_it_did(&acceptance))?;
                self.events += if acceptance.duplicate {
                    0
                } else {
                    acceptance.events.len()
                };
                Ok(acceptance)
            }
            Reply::Refused(refusal) => Err(wrong(told, &refusal.to_string())),
        }
    }

    /// Tells a step: what it was, what it was about, and what became of it.
    pub(super) fn step(&mut self, name: &str, told: &str, outcome: &str) -> Result<(), Failure> {
        self.tell(&format!("   {name:<24} {told:<TOLD$} {outcome}"))
    }
}

fn what_it_did(acceptance: &Acceptance) -> String {
    match (acceptance.duplicate, acceptance.events.len()) {
        (true, _) => "accepted before: the same answer".to_owned(),
        (false, 0) => "accepted: nothing new".to_owned(),
        (false, 1) => "accepted: 1 event".to_owned(),
        (false, events) => format!("accepted: {events} events"),
    }
}

fn wrong(step: &str, what: &str) -> Failure {
    Failure::Demo(format!("{step}: {what}"))
}
