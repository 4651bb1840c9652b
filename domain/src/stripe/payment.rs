//! `payment_intent.*` and `charge.refunded`: what became of a customer's payment.

use crate::id::PaymentIntentId;

use super::{
    Dead, Fact, Meaning, Told,
    fields::{self, bad_field},
};

/// `payment_intent.succeeded`
pub(super) fn succeeded(event: &Told<'_>) -> Result<Meaning, Dead> {
    let payment = intent(event)?;
    status_must_be(event, "succeeded")?;
    Ok(Meaning::Fact(Fact::PaymentSucceeded(payment)))
}

/// `payment_intent.canceled`
pub(super) fn canceled(event: &Told<'_>) -> Result<Meaning, Dead> {
    let payment = intent(event)?;
    status_must_be(event, "canceled")?;
    Ok(Meaning::Fact(Fact::PaymentCanceled(payment)))
}

/// `payment_intent.payment_failed`: moves no money, so its status does not matter.
pub(super) fn attempt_failed(event: &Told<'_>) -> Result<Meaning, Dead> {
    Ok(Meaning::Fact(Fact::PaymentAttemptFailed(intent(event)?)))
}

/// `charge.refunded`: in part or in full, the cumulative amount.
pub(super) fn refunded(event: &Told<'_>) -> Result<Meaning, Dead> {
    event.must_be_of("charge")?;
    let Some(payment) = payment_of(event)? else {
        return Ok(Meaning::Ignored("no_payment_intent"));
    };
    let refunded = fields::money(event.object, "amount_refunded")?;
    if refunded.amount.is_negative() {
        return Err(bad_field("amount_refunded", "0 or more"));
    }
    Ok(Meaning::Fact(Fact::PaymentRefunded(payment, refunded)))
}

/// The payment a charge or a dispute belongs to, if it has one: charges made
/// without a payment intent are none of the ledger's.
pub(super) fn payment_of(event: &Told<'_>) -> Result<Option<PaymentIntentId>, Dead> {
    fields::id(event.object, "payment_intent")
}

fn intent(event: &Told<'_>) -> Result<PaymentIntentId, Dead> {
    event.must_be_of("payment_intent")?;
    fields::required_id(event.object, "id")
}

fn status_must_be(event: &Told<'_>, expected: &str) -> Result<(), Dead> {
    match fields::text(event.object, "status")? {
        Some(status) if status == expected => Ok(()),
        Some(_) => Err(event.mismatch("the payment's status is another one")),
        None => Err(bad_field("status", "there")),
    }
}
