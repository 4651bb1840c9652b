//! Commands about making a payout at Stripe, and calling it off there.

use super::{
    case::{Case, Stop},
    payout::mark,
    text,
};
use crate::{
    arrival,
    command::{
        BeginSubmission, PutPayoutInDoubt, RefuseCancellation, RefuseSubmission, ResumeSubmission,
    },
    event::Event,
    id::PayoutId,
    payout::event::PayoutSubmissionRefused,
    refusal::Rejection,
};

/// `begin-submission`
pub(super) fn begin(case: &mut Case<'_>, wanted: &BeginSubmission) -> Result<PayoutId, Stop> {
    let now = case.context().now;
    mark(case, wanted.payout_id, |known| {
        Ok(list(known.start(wanted.attempt, now)?))
    })
}

/// `refuse-submission`
pub(super) fn refuse(case: &mut Case<'_>, wanted: &RefuseSubmission) -> Result<PayoutId, Stop> {
    text::check("code", Some(&wanted.code))?;
    text::check("message", wanted.message.as_deref())?;
    let try_again_at = match wanted.try_again_at {
        None => None,
        Some(moment) => Some(arrival::utc(moment).ok_or_else(|| Rejection::Invalid {
            field: "try_again_at",
            problem: "must be in a year of four digits in UTC".to_owned(),
        })?),
    };
    if wanted.give_up && try_again_at.is_some() {
        let problem = "what is given up is not tried again".to_owned();
        return Err(Rejection::Invalid {
            field: "give_up",
            problem,
        }
        .into());
    }
    let refused = PayoutSubmissionRefused {
        payout_id: wanted.payout_id,
        attempt: wanted.attempt,
        code: wanted.code.clone(),
        message: wanted.message.clone(),
        try_again_at,
    };
    mark(case, wanted.payout_id, |known| {
        Ok(list(known.refuse(refused, wanted.give_up)?))
    })
}

/// `put-payout-in-doubt`
pub(super) fn doubt(case: &mut Case<'_>, wanted: &PutPayoutInDoubt) -> Result<PayoutId, Stop> {
    text::check("reason", Some(&wanted.reason))?;
    mark(case, wanted.payout_id, |known| {
        Ok(list(
            known.put_in_doubt(wanted.attempt, wanted.reason.clone())?,
        ))
    })
}

/// `resume-submission`
pub(super) fn resume(case: &mut Case<'_>, wanted: &ResumeSubmission) -> Result<PayoutId, Stop> {
    mark(case, wanted.payout_id, |known| Ok(list(known.resume()?)))
}

/// `refuse-cancellation`
pub(super) fn refuse_cancellation(
    case: &mut Case<'_>,
    wanted: &RefuseCancellation,
) -> Result<PayoutId, Stop> {
    text::check("code", Some(&wanted.code))?;
    text::check("message", wanted.message.as_deref())?;
    mark(case, wanted.payout_id, |known| {
        Ok(list(known.refuse_cancellation(
            wanted.code.clone(),
            wanted.message.clone(),
        )))
    })
}

fn list(event: Option<Event>) -> Vec<Event> {
    event.into_iter().collect()
}
