//! `charge.dispute.created` and `.closed`: a customer's bank takes a payment back.

use crate::payment::event::DisputeOutcome;

use super::{
    Dead, Fact, Meaning, Told,
    fields::{self, bad_field},
    payment::payment_of,
};

/// `charge.dispute.created`: open, whatever became of it by the time it is told;
/// the event that closes it says so.
pub(super) fn opened(event: &Told<'_>) -> Result<Meaning, Dead> {
    event.must_be_of("dispute")?;
    let Some(payment) = payment_of(event)? else {
        return Ok(Meaning::Ignored("no_payment_intent"));
    };
    let dispute = fields::required_id(event.object, "id")?;
    Ok(Meaning::Fact(Fact::DisputeOpened(payment, dispute)))
}

/// `charge.dispute.closed`
pub(super) fn closed(event: &Told<'_>) -> Result<Meaning, Dead> {
    event.must_be_of("dispute")?;
    let Some(payment) = payment_of(event)? else {
        return Ok(Meaning::Ignored("no_payment_intent"));
    };
    let dispute = fields::required_id(event.object, "id")?;
    let outcome = match fields::text(event.object, "status")? {
        Some("won") => DisputeOutcome::Won,
        Some("lost") => DisputeOutcome::Lost,
        Some("warning_closed") => DisputeOutcome::WarningClosed,
        Some(_) => return Err(event.mismatch("the dispute's status is not a final one")),
        None => return Err(bad_field("status", "there")),
    };
    Ok(Meaning::Fact(Fact::DisputeClosed(
        payment, dispute, outcome,
    )))
}
