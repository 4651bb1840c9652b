//! Samples of what is recorded while the ledger makes payouts at Stripe.

use domain::{
    Event,
    payout::event::{
        PayoutCancellationRefused, PayoutCancellationRequested, PayoutSubmissionBegun,
        PayoutSubmissionRefused, PayoutSubmissionResumed,
    },
};
use time::macros::datetime;

use super::samples::{PAYOUT, seller_id, stripe_payout_id};

/// With every field.
pub(super) fn full() -> Vec<Event> {
    vec![
        PayoutSubmissionBegun {
            payout_id: PAYOUT,
            attempt: 2,
            begun_at: datetime!(2026-11-21 12:00:00.123456 UTC),
        }
        .into(),
        PayoutSubmissionRefused {
            payout_id: PAYOUT,
            attempt: 2,
            code: "balance_insufficient".to_owned(),
            message: Some("You have insufficient funds.".to_owned()),
            try_again_at: Some(datetime!(2026-11-21 13:00:00 UTC)),
        }
        .into(),
        PayoutSubmissionResumed { payout_id: PAYOUT }.into(),
        PayoutCancellationRequested {
            payout_id: PAYOUT,
            seller_id: seller_id(),
            stripe_payout_id: stripe_payout_id(),
            reason: Some("requested twice".to_owned()),
        }
        .into(),
        PayoutCancellationRefused {
            payout_id: PAYOUT,
            code: "payout_already_in_transit".to_owned(),
            message: Some("The payout is on its way.".to_owned()),
        }
        .into(),
    ]
}

/// Without any that can be missing.
pub(super) fn minimal() -> Vec<Event> {
    vec![
        PayoutSubmissionRefused {
            payout_id: PAYOUT,
            attempt: 1,
            code: "approval_required".to_owned(),
            message: None,
            try_again_at: None,
        }
        .into(),
        PayoutCancellationRequested {
            payout_id: PAYOUT,
            seller_id: seller_id(),
            stripe_payout_id: stripe_payout_id(),
            reason: None,
        }
        .into(),
        PayoutCancellationRefused {
            payout_id: PAYOUT,
            code: "unknown".to_owned(),
            message: None,
        }
        .into(),
    ]
}
