//! Real payloads of Stripe's events, made to tell of the demo's own payouts.

use domain::{id::PayoutId, money::Money};
use serde_json::{Value as Json, json};

use crate::failure::Failure;

const PAYOUT: &str = include_str!("payloads/payout.paid.stripe-ruby-mock-stripe-ruby-mock.1.json");
const SUCCEEDED: &str = include_str!("payloads/payment_intent.succeeded.stripe-sync-engine.2.json");
const CANCELED: &str = include_str!("payloads/payment_intent.canceled.stripe-sync-engine.2.json");
const DISPUTE: &str = include_str!("payloads/charge.dispute.created.stripe-sync-engine.1.json");

/// A payout that Stripe made by itself for a connected account; played as it is.
pub(super) const AUTOMATIC_PAYOUT: &str =
    include_str!("payloads/payout.paid.LocalOrbit-localorbit.1.json");
/// An event that says nothing to this ledger; played as it is.
pub(super) const CHARGE: &str = include_str!("payloads/charge.succeeded.stripe-sync-engine.1.json");
/// A test webhook from Stripe's dashboard, which contradicts itself; played as it is.
pub(super) const CONTRADICTION: &str =
    include_str!("payloads/payout.failed.kaspernj-stripe_model_callbacks.1.json");

/// How far Stripe says a payout is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Status {
    Created,
    InTransit,
    Paid,
    Failed,
}

/// A payout of the demo, as Stripe knows it.
pub(super) struct AtStripe<'a> {
    pub(super) payout: PayoutId,
    pub(super) stripe_id: &'a str,
    pub(super) account: &'a str,
    pub(super) amount: Money,
    /// In seconds since 1970.
    pub(super) arrival: i64,
}

impl AtStripe<'_> {
    /// The event that tells how far the payout is.
    pub(super) fn tells(&self, told: Status) -> Result<Vec<u8>, Failure> {
        let (event, status) = match told {
            Status::Created => ("created", "pending"),
            Status::InTransit => ("updated", "in_transit"),
            Status::Paid => ("paid", "paid"),
            Status::Failed => ("failed", "failed"),
        };
        let mut payload = Payload::read(PAYOUT)?
            .event(
                &format!("evt_{}_{event}", self.stripe_id),
                &format!("payout.{event}"),
            )
            .root("account", json!(self.account))
            .object("id", json!(self.stripe_id))
            .object("amount", json!(self.amount.amount.minor()))
            .object("currency", json!(self.amount.currency.as_str()))
            .object("arrival_date", json!(self.arrival))
            .object("metadata", json!({ "payout_id": self.payout }))
            .object("status", json!(status));
        if let Status::Failed = told {
            payload = payload
                .object("failure_code", json!("account_closed"))
                .object(
                    "failure_message",
                    json!("The bank account has been closed."),
                );
        }
        Ok(payload.bytes())
    }
}

/// The payment has succeeded.
pub(super) fn payment_succeeded(payment_intent: &str) -> Result<Vec<u8>, Failure> {
    payment(SUCCEEDED, payment_intent, "succeeded")
}

/// The payment was given up.
pub(super) fn payment_canceled(payment_intent: &str) -> Result<Vec<u8>, Failure> {
    payment(CANCELED, payment_intent, "canceled")
}

/// The customer disputes the payment.
pub(super) fn dispute_opened(payment_intent: &str) -> Result<Vec<u8>, Failure> {
    Ok(Payload::read(DISPUTE)?
        .object("payment_intent", json!(payment_intent))
        .bytes())
}

fn payment(text: &str, payment_intent: &str, status: &str) -> Result<Vec<u8>, Failure> {
    Ok(Payload::read(text)?
        .root("id", json!(format!("evt_{payment_intent}_{status}")))
        .object("id", json!(payment_intent))
        .object("status", json!(status))
        .bytes())
}

/// A payload in which some fields are set.
struct Payload(Json);

impl Payload {
    fn read(text: &str) -> Result<Self, Failure> {
        let error = |error| Failure::Demo(format!("a payload that ships with it: {error}"));
        serde_json::from_str(text).map(Self).map_err(error)
    }

    fn event(self, id: &str, event_type: &str) -> Self {
        self.root("id", json!(id)).root("type", json!(event_type))
    }

    fn root(mut self, field: &str, value: Json) -> Self {
        if let Some(event) = self.0.as_object_mut() {
            event.insert(field.to_owned(), value);
        }
        self
    }

    fn object(mut self, field: &str, value: Json) -> Self {
        let object = self
            .0
            .pointer_mut("/data/object")
            .and_then(Json::as_object_mut);
        if let Some(object) = object {
            object.insert(field.to_owned(), value);
        }
        self
    }

    fn bytes(self) -> Vec<u8> {
        self.0.to_string().into_bytes()
    }
}
