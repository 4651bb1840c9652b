//! The fold of a payout.

use super::{
    Known, Origin, Payout, Standing, Submission,
    event::{PayoutAdopted, PayoutRequested, PayoutSubmitted},
};
use crate::{
    arrival::Arrival,
    event::{Event, of},
    money::Money,
};

impl Payout {
    /// The state after one more event. A payout begins by being requested or
    /// adopted; anything before that changes nothing.
    #[must_use]
    pub fn evolve(mut self, event: &Event) -> Self {
        match (&mut self.known, of::Payout::of(event)) {
            (_, None) => {}
            (Some(known), Some(event)) => known.take(event),
            (known @ None, Some(of::Payout::PayoutRequested(event))) => {
                *known = Some(Box::new(Known::requested(event)));
            }
            (known @ None, Some(of::Payout::PayoutAdopted(event))) => {
                *known = Some(Box::new(Known::adopted(event)));
            }
            (None, Some(_)) => {}
        }
        self
    }
}

impl Known {
    fn requested(event: &PayoutRequested) -> Self {
        Self {
            payout_id: event.payout_id,
            seller_id: event.seller_id.clone(),
            amount: Money::new(event.amount_minor, event.currency),
            method: event.method,
            description: event.description.clone(),
            items: event.items.clone(),
            paid_items: None,
            origin: Origin::Ledger,
            stripe_payout_id: None,
            standing: Standing::Requested,
            submission: Submission::default(),
            cancellation: false,
        }
    }

    pub(super) fn adopted(event: &PayoutAdopted) -> Self {
        Self {
            payout_id: event.payout_id,
            seller_id: event.seller_id.clone(),
            amount: Money::new(event.amount_minor, event.currency),
            method: event.method,
            description: None,
            items: Vec::new(),
            paid_items: None,
            origin: Origin::Stripe,
            stripe_payout_id: Some(event.stripe_payout_id.clone()),
            standing: Standing::Pending {
                arrival_date: event.arrival_date,
            },
            submission: Submission::default(),
            cancellation: false,
        }
    }

    fn take(&mut self, event: of::Payout<'_>) {
        match event {
            of::Payout::PayoutRequested(_) | of::Payout::PayoutAdopted(_) => {}
            of::Payout::PayoutSubmitted(event) => self.on_submitted(event),
            of::Payout::PayoutPutInDoubt(event) => {
                if let Standing::Requested = self.standing {
                    self.standing = Standing::InDoubt {
                        reason: event.reason.clone(),
                    };
                }
            }
            of::Payout::PayoutSubmissionBegun(event) => self.on_begun(event),
            of::Payout::PayoutSubmissionRefused(event) => self.on_refused(event),
            of::Payout::PayoutSubmissionResumed(_) => self.on_resumed(),
            of::Payout::PayoutCancellationRequested(_) => self.cancellation = true,
            of::Payout::PayoutCancellationRefused(_) => self.cancellation = false,
            of::Payout::PayoutInTransit(event) => {
                self.standing = Standing::InTransit {
                    arrival_date: event.arrival_date,
                };
            }
            of::Payout::PayoutRescheduled(event) => self.on_rescheduled(event.arrival_date),
            of::Payout::PayoutPaid(event) => {
                self.standing = Standing::Paid {
                    arrival_date: event.arrival_date,
                };
            }
            of::Payout::PayoutFailed(event) => {
                self.standing = Standing::Failed {
                    failure_code: event.failure_code.clone(),
                    failure_message: event.failure_message.clone(),
                };
            }
            of::Payout::PayoutCanceled(event) => {
                self.standing = Standing::Canceled { by: event.by };
            }
            of::Payout::PayoutItemsRecorded(event) => self.on_items_recorded(event),
        }
    }

    /// Names the payout; moves it only if nothing further was told before.
    fn on_submitted(&mut self, event: &PayoutSubmitted) {
        if self.stripe_payout_id.is_none() {
            self.stripe_payout_id = Some(event.stripe_payout_id.clone());
        }
        if let Standing::Requested | Standing::InDoubt { .. } = self.standing {
            self.standing = Standing::Pending {
                arrival_date: event.arrival_date,
            };
        }
    }

    fn on_rescheduled(&mut self, later: Arrival) {
        match &mut self.standing {
            Standing::Pending { arrival_date }
            | Standing::InTransit { arrival_date }
            | Standing::Paid { arrival_date } => *arrival_date = Some(later),
            Standing::Requested
            | Standing::InDoubt { .. }
            | Standing::Failed { .. }
            | Standing::Canceled { .. } => {}
        }
    }
}
