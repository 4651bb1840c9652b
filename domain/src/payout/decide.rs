//! The payout machine: what is told of a payout, against how far it is.

use super::{
    Known, Standing,
    event::{
        CanceledBy, PayoutAdopted, PayoutCanceled, PayoutCancellationRefused,
        PayoutCancellationRequested, PayoutFailed, PayoutInTransit, PayoutPaid, PayoutRescheduled,
        PayoutSubmitted,
    },
    submission::Stage,
};
use crate::{
    arrival::Arrival, event::Event, id::StripePayoutId, refusal::Rejection, stripe::PayoutStatus,
};

/// What somebody tells of a payout.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    pub(crate) status: &'a PayoutStatus,
    pub(crate) stripe_payout_id: Option<&'a StripePayoutId>,
    pub(crate) arrival_date: Option<Arrival>,
    pub(crate) teller: Teller,
}

/// Who tells it. What is overtaken by later news is normal from Stripe, whose
/// events come in any order; from a command it is a mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Teller {
    Stripe,
    Command,
}

/// What news mean for a payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It is that far now.
    Moves,
    /// It was that far already; the arrival date may be new.
    Repeats,
    /// Further news have come before.
    Overtaken,
    /// Both cannot be true: somebody has to look.
    Contradicts,
}

/// The whole machine. Requested < pending < in transit < paid < failed or
/// canceled: the furthest stands.
fn verdict(standing: &Standing, told: &PayoutStatus) -> Verdict {
    use PayoutStatus as Told;
    use Standing as At;
    use Verdict::{Contradicts, Moves, Overtaken, Repeats};
    match (standing, told) {
        (At::Requested | At::InDoubt { .. }, Told::Pending) => Moves,
        (At::Pending { .. }, Told::Pending) => Repeats,
        (At::InTransit { .. } | At::Paid { .. }, Told::Pending) => Overtaken,

        (At::Requested | At::InDoubt { .. } | At::Pending { .. }, Told::InTransit) => Moves,
        (At::InTransit { .. }, Told::InTransit) => Repeats,
        (At::Paid { .. }, Told::InTransit) => Overtaken,

        (
            At::Requested | At::InDoubt { .. } | At::Pending { .. } | At::InTransit { .. },
            Told::Paid,
        ) => Moves,
        (At::Paid { .. }, Told::Paid) => Repeats,

        (
            At::Requested
            | At::InDoubt { .. }
            | At::Pending { .. }
            | At::InTransit { .. }
            | At::Paid { .. },
            Told::Failed { .. } | Told::Canceled,
        ) => Moves,

        (At::Failed { .. }, Told::Pending | Told::InTransit | Told::Paid) => Overtaken,
        (At::Failed { .. }, Told::Failed { .. }) => Repeats,
        (At::Failed { .. }, Told::Canceled) => Contradicts,

        (
            At::Canceled {
                by: CanceledBy::Stripe,
            },
            Told::Pending | Told::InTransit | Told::Paid,
        ) => Overtaken,
        (
            At::Canceled {
                by: CanceledBy::Stripe,
            },
            Told::Canceled,
        ) => Repeats,

        // Called off here, on our own word: Stripe may have sent it all the same.
        (
            At::Canceled {
                by: CanceledBy::Command,
            },
            Told::Pending,
        ) => Overtaken,
        (
            At::Canceled {
                by: CanceledBy::Command,
            },
            Told::InTransit | Told::Paid,
        ) => Contradicts,
        (
            At::Canceled {
                by: CanceledBy::Command,
            },
            Told::Canceled,
        ) => Moves,

        (At::Canceled { .. }, Told::Failed { .. }) => Contradicts,
    }
}

impl Known {
    /// Takes news. No events: they were known, or were overtaken by later ones.
    pub(crate) fn take_news(&self, told: &Told<'_>) -> Result<Vec<Event>, Rejection> {
        let verdict = match verdict(&self.standing, told.status) {
            Verdict::Overtaken if self.failed_unheard() => Verdict::Contradicts,
            verdict => verdict,
        };
        match (verdict, told.teller) {
            (Verdict::Contradicts, _) | (Verdict::Overtaken, Teller::Command) => {
                return Err(self.illegal(wanted(told.status)));
            }
            (Verdict::Moves | Verdict::Repeats, _) | (Verdict::Overtaken, Teller::Stripe) => {}
        }
        let named = self.name_at_stripe(told)?;
        let news = match verdict {
            Verdict::Moves => self.moved(told),
            Verdict::Repeats => self.rescheduled(told),
            Verdict::Overtaken | Verdict::Contradicts => None,
        };
        Ok(named.into_iter().chain(news).collect())
    }

    /// It failed because Stripe refused what the ledger asked for: Stripe has none of
    /// it. Its money is free again, and may be in another payout.
    const fn failed_unheard(&self) -> bool {
        matches!(self.standing, Standing::Failed { .. })
            && self.stripe_payout_id.is_none()
            && self.submission.attempts > 0
    }

    /// Stripe has accepted it. The word often comes late, after Stripe's events.
    pub(crate) fn submit(
        &self,
        stripe_payout_id: &StripePayoutId,
        arrival_date: Option<Arrival>,
    ) -> Result<Vec<Event>, Rejection> {
        let called_off = Standing::Canceled {
            by: CanceledBy::Command,
        };
        if self.standing == called_off && self.stripe_payout_id.is_none() {
            return Err(self.illegal("submitted"));
        }
        self.take_news(&Told {
            status: &PayoutStatus::Pending,
            stripe_payout_id: Some(stripe_payout_id),
            arrival_date,
            // The command passes Stripe's answer on.
            teller: Teller::Stripe,
        })
    }

    /// Calls it off, if it cannot have been sent. Never on a guess: one that the
    /// ledger itself has made at Stripe is called off there first.
    pub(crate) fn cancel(&self, reason: Option<String>) -> Result<Option<Event>, Rejection> {
        let begun = matches!(self.submission.stage, Stage::Begun { .. });
        match (&self.standing, &self.stripe_payout_id) {
            (Standing::Requested, _) if begun => Err(self.being_sent("canceled")),
            (Standing::Pending { .. }, Some(_)) if self.cancellation => Ok(None),
            (Standing::Pending { .. }, Some(name)) if self.submission.attempts > 0 => Ok(Some(
                PayoutCancellationRequested {
                    payout_id: self.payout_id,
                    seller_id: self.seller_id.clone(),
                    stripe_payout_id: name.clone(),
                    reason,
                }
                .into(),
            )),
            (Standing::Requested | Standing::Pending { .. }, _) => Ok(Some(
                PayoutCanceled {
                    payout_id: self.payout_id,
                    reason,
                    by: CanceledBy::Command,
                }
                .into(),
            )),
            (Standing::Canceled { .. }, _) => Ok(None),
            (
                Standing::InDoubt { .. }
                | Standing::InTransit { .. }
                | Standing::Paid { .. }
                | Standing::Failed { .. },
                _,
            ) => Err(self.illegal("canceled")),
        }
    }

    /// Stripe did not call it off. No event: nobody waits for that any more.
    pub(crate) fn refuse_cancellation(
        &self,
        code: String,
        message: Option<String>,
    ) -> Option<Event> {
        self.cancellation.then(|| {
            PayoutCancellationRefused {
                payout_id: self.payout_id,
                code,
                message,
            }
            .into()
        })
    }

    /// A payout of Stripe's own, and what was told of it at the same time.
    pub(crate) fn adopt(
        adopted: PayoutAdopted,
        status: &PayoutStatus,
    ) -> Result<Vec<Event>, Rejection> {
        let news = Self::adopted(&adopted).take_news(&Told {
            status,
            stripe_payout_id: None,
            arrival_date: adopted.arrival_date,
            teller: Teller::Stripe,
        })?;
        Ok(std::iter::once(adopted.into()).chain(news).collect())
    }

    /// The first to tell Stripe's id submits the payout. The date goes with the
    /// status that came with it.
    fn name_at_stripe(&self, told: &Told<'_>) -> Result<Option<Event>, Rejection> {
        match (&self.stripe_payout_id, told.stripe_payout_id) {
            (_, None) => Ok(None),
            (Some(known), Some(other)) if known == other => Ok(None),
            (Some(known), Some(_)) => Err(Rejection::AlreadyExists {
                what: format!("payout {} (as Stripe's {known})", self.payout_id),
            }),
            (None, Some(name)) => Ok(Some(
                PayoutSubmitted {
                    payout_id: self.payout_id,
                    stripe_payout_id: name.clone(),
                    arrival_date: match told.status {
                        PayoutStatus::Pending => told.arrival_date,
                        PayoutStatus::InTransit
                        | PayoutStatus::Paid
                        | PayoutStatus::Failed { .. }
                        | PayoutStatus::Canceled => None,
                    },
                }
                .into(),
            )),
        }
    }

    fn moved(&self, told: &Told<'_>) -> Option<Event> {
        let payout_id = self.payout_id;
        let arrival_date = told.arrival_date;
        match told.status {
            // Being named by Stripe is what makes a payout pending.
            PayoutStatus::Pending => None,
            PayoutStatus::InTransit => Some(
                PayoutInTransit {
                    payout_id,
                    arrival_date,
                }
                .into(),
            ),
            PayoutStatus::Paid => Some(
                PayoutPaid {
                    payout_id,
                    arrival_date,
                }
                .into(),
            ),
            PayoutStatus::Failed { code, message } => Some(
                PayoutFailed {
                    payout_id,
                    failure_code: code.clone(),
                    failure_message: message.clone(),
                }
                .into(),
            ),
            PayoutStatus::Canceled => Some(
                PayoutCanceled {
                    payout_id,
                    reason: None,
                    by: CanceledBy::Stripe,
                }
                .into(),
            ),
        }
    }

    /// Of several dates told with one status, the latest stands.
    fn rescheduled(&self, told: &Told<'_>) -> Option<Event> {
        match &self.standing {
            Standing::Pending { arrival_date }
            | Standing::InTransit { arrival_date }
            | Standing::Paid { arrival_date } => {
                let later = told
                    .arrival_date
                    .filter(|date| Some(*date) > *arrival_date)?;
                let event = PayoutRescheduled {
                    payout_id: self.payout_id,
                    arrival_date: later,
                };
                Some(event.into())
            }
            Standing::Requested
            | Standing::InDoubt { .. }
            | Standing::Failed { .. }
            | Standing::Canceled { .. } => None,
        }
    }

    pub(super) fn illegal(&self, wanted: &'static str) -> Rejection {
        self.illegal_at(self.standing.as_str(), wanted)
    }
}

const fn wanted(told: &PayoutStatus) -> &'static str {
    match told {
        PayoutStatus::Pending => "pending",
        PayoutStatus::InTransit => "in transit",
        PayoutStatus::Paid => "paid",
        PayoutStatus::Failed { .. } => "failed",
        PayoutStatus::Canceled => "canceled",
    }
}
