//! A customer's payment: whether it succeeded, the sellers' transactions split
//! from it, its disputes and refunds.

use std::collections::BTreeMap;

use crate::{
    balance::Account,
    event::{Event, of},
    id::{DisputeId, PaymentIntentId, TransactionId},
    money::Money,
    refusal::Rejection,
};

pub mod event;

use event::{
    DisputeClosed, DisputeOpened, DisputeOutcome, PaymentAttemptFailed, PaymentCanceled,
    PaymentRefunded, PaymentSucceeded,
};

/// The folded state of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Payment {
    status: Status,
    links: BTreeMap<Account, Vec<TransactionId>>,
    disputes: BTreeMap<DisputeId, Dispute>,
    refunded: Option<Money>,
}

/// Whether the customer has paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not yet; the payment may still succeed.
    Open {
        /// Whether an attempt failed.
        attempt_failed: bool,
    },
    /// Yes. Final.
    Succeeded,
    /// It was given up. Final.
    Canceled,
}

impl Default for Status {
    fn default() -> Self {
        Self::Open {
            attempt_failed: false,
        }
    }
}

/// Where a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dispute {
    Open,
    Closed(DisputeOutcome),
}

impl Payment {
    /// Whether the customer has paid.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// The transactions split from the payment, by balance.
    pub fn links(&self) -> impl Iterator<Item = (&Account, &[TransactionId])> {
        self.links
            .iter()
            .map(|(account, ids)| (account, ids.as_slice()))
    }

    /// Whether a dispute is open, or was lost: its transactions may not be paid out.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.disputes.values().any(|dispute| match dispute {
            Dispute::Open | Dispute::Closed(DisputeOutcome::Lost) => true,
            Dispute::Closed(DisputeOutcome::Won | DisputeOutcome::WarningClosed) => false,
        })
    }

    /// All that was refunded so far.
    #[must_use]
    pub const fn refunded(&self) -> Option<Money> {
        self.refunded
    }

    /// Roughly how much memory it takes, in transactions and disputes.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.links.values().map(Vec::len).sum::<usize>() + self.disputes.len()
    }

    /// The state after one more event.
    #[must_use]
    pub fn evolve(mut self, event: &Event) -> Self {
        if let Some(event) = of::Payment::of(event) {
            self.take(event);
        }
        self
    }

    fn take(&mut self, event: of::Payment<'_>) {
        match event {
            of::Payment::TransactionLinked(event) => {
                let account = Account {
                    seller_id: event.seller_id.clone(),
                    currency: event.currency,
                };
                let ids = self.links.entry(account).or_default();
                ids.push(event.transaction_id.clone());
            }
            of::Payment::PaymentSucceeded(_) => self.status = Status::Succeeded,
            of::Payment::PaymentCanceled(_) => self.status = Status::Canceled,
            of::Payment::PaymentAttemptFailed(_) => {
                if let Status::Open { attempt_failed } = &mut self.status {
                    *attempt_failed = true;
                }
            }
            of::Payment::PaymentRefunded(event) => {
                self.refunded = Some(Money::new(event.refunded_minor, event.currency));
            }
            of::Payment::DisputeOpened(event) => {
                let dispute = self.disputes.entry(event.dispute_id.clone());
                dispute.or_insert(Dispute::Open);
            }
            of::Payment::DisputeClosed(event) => {
                let closed = Dispute::Closed(event.outcome);
                self.disputes.insert(event.dispute_id.clone(), closed);
            }
        }
    }
}

/// Decisions. `None`: recorded already, or overtaken by something later.
impl Payment {
    pub(crate) fn succeed(&self, id: &PaymentIntentId) -> Result<Option<Event>, Rejection> {
        match self.status {
            Status::Open { .. } => Ok(Some(
                PaymentSucceeded {
                    payment_intent: id.clone(),
                }
                .into(),
            )),
            Status::Succeeded => Ok(None),
            Status::Canceled => Err(illegal(id, "canceled", "marked as succeeded")),
        }
    }

    pub(crate) fn cancel(&self, id: &PaymentIntentId) -> Result<Option<Event>, Rejection> {
        match self.status {
            Status::Open { .. } => Ok(Some(
                PaymentCanceled {
                    payment_intent: id.clone(),
                }
                .into(),
            )),
            Status::Canceled => Ok(None),
            Status::Succeeded => Err(illegal(id, "succeeded", "canceled")),
        }
    }

    /// Noted once, and only while it may matter.
    pub(crate) fn note_failed_attempt(&self, id: &PaymentIntentId) -> Option<Event> {
        match self.status {
            Status::Open {
                attempt_failed: false,
            } => Some(
                PaymentAttemptFailed {
                    payment_intent: id.clone(),
                }
                .into(),
            ),
            Status::Open {
                attempt_failed: true,
            }
            | Status::Succeeded
            | Status::Canceled => None,
        }
    }

    /// The amount is cumulative, so less than before is an older message.
    pub(crate) fn refund(
        &self,
        id: &PaymentIntentId,
        total: Money,
    ) -> Result<Option<Event>, Rejection> {
        match self.refunded {
            Some(known) if known.currency != total.currency => Err(Rejection::AlreadyExists {
                what: format!("a refund of payment {id}"),
            }),
            Some(known) if known.amount >= total.amount => Ok(None),
            None | Some(_) if !total.amount.is_positive() => Ok(None),
            None | Some(_) => Ok(Some(
                PaymentRefunded {
                    payment_intent: id.clone(),
                    refunded_minor: total.amount,
                    currency: total.currency,
                }
                .into(),
            )),
        }
    }

    pub(crate) fn open_dispute(&self, id: &PaymentIntentId, dispute: &DisputeId) -> Option<Event> {
        if self.disputes.contains_key(dispute) {
            return None;
        }
        Some(
            DisputeOpened {
                payment_intent: id.clone(),
                dispute_id: dispute.clone(),
            }
            .into(),
        )
    }

    pub(crate) fn close_dispute(
        &self,
        id: &PaymentIntentId,
        dispute: &DisputeId,
        outcome: DisputeOutcome,
    ) -> Result<Option<Event>, Rejection> {
        match self.disputes.get(dispute) {
            None | Some(Dispute::Open) => Ok(Some(
                DisputeClosed {
                    payment_intent: id.clone(),
                    dispute_id: dispute.clone(),
                    outcome,
                }
                .into(),
            )),
            Some(Dispute::Closed(known)) if *known == outcome => Ok(None),
            Some(Dispute::Closed(_)) => Err(Rejection::AlreadyExists {
                what: format!("the outcome of dispute {dispute}"),
            }),
        }
    }
}

fn illegal(id: &PaymentIntentId, state: &'static str, wanted: &'static str) -> Rejection {
    Rejection::IllegalTransition {
        what: format!("payment {id}"),
        state,
        wanted,
    }
}
