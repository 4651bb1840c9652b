//! Money moved from the platform to a connected account: how much, for whom,
//! and how much of it was taken back.

use crate::{
    event::{Event, of},
    id::{SellerId, TransactionId, TransferId},
    money::{Amount, Money},
    refusal::Rejection,
};

pub mod event;

use event::{TransferLinked, TransferRecorded, TransferReversed};

/// A transfer, or nothing yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transfer {
    known: Option<Known>,
}

/// A recorded transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    transfer_id: TransferId,
    seller_id: SellerId,
    amount: Money,
    reversed: Amount,
    transaction_id: Option<TransactionId>,
    /// Only Stripe has told of it; the seller is a guess.
    by_stripe: bool,
}

impl Known {
    /// To whom.
    #[must_use]
    pub const fn seller_id(&self) -> &SellerId {
        &self.seller_id
    }

    /// How much.
    #[must_use]
    pub const fn amount(&self) -> Money {
        self.amount
    }

    /// All that was taken back so far.
    #[must_use]
    pub const fn reversed(&self) -> Amount {
        self.reversed
    }

    /// The transaction it carries.
    #[must_use]
    pub const fn transaction_id(&self) -> Option<&TransactionId> {
        self.transaction_id.as_ref()
    }
}

impl Transfer {
    /// The transfer, if it is recorded.
    #[must_use]
    pub const fn known(&self) -> Option<&Known> {
        self.known.as_ref()
    }

    /// The state after one more event.
    #[must_use]
    pub fn evolve(self, event: &Event) -> Self {
        let Some(event) = of::Transfer::of(event) else {
            return self;
        };
        let known = match (self.known, event) {
            (None, of::Transfer::TransferRecorded(event)) => Some(Known::recorded(event)),
            (None, of::Transfer::TransferLinked(_) | of::Transfer::TransferReversed(_)) => None,
            (Some(known), of::Transfer::TransferRecorded(_)) => Some(known),
            (Some(known), of::Transfer::TransferLinked(event)) => Some(Known {
                seller_id: event.seller_id.clone(),
                transaction_id: event.transaction_id.clone(),
                by_stripe: false,
                ..known
            }),
            (Some(known), of::Transfer::TransferReversed(event)) => Some(Known {
                reversed: known.reversed.max(event.reversed_minor),
                ..known
            }),
        };
        Self { known }
    }

    /// Records it, or adds what Stripe could not know.
    pub(crate) fn record(&self, wanted: TransferRecorded) -> Result<Option<Event>, Rejection> {
        if !wanted.amount_minor.is_positive() {
            return Err(invalid("amount", "must be more than nothing".to_owned()));
        }
        let Some(known) = &self.known else {
            return Ok(Some(wanted.into()));
        };
        let same_money = known.amount == Money::new(wanted.amount_minor, wanted.currency);
        let same_link =
            known.seller_id == wanted.seller_id && known.transaction_id == wanted.transaction_id;
        match (same_money, known.by_stripe) {
            (true, false) if same_link => Ok(None),
            (true, true) => Ok(Some(
                TransferLinked {
                    transfer_id: wanted.transfer_id,
                    seller_id: wanted.seller_id,
                    transaction_id: wanted.transaction_id,
                }
                .into(),
            )),
            (true | false, _) => Err(Rejection::AlreadyExists {
                what: format!("transfer {}", wanted.transfer_id),
            }),
        }
    }

    /// Records what was taken back in all; less than before is an older message.
    pub(crate) fn reverse(
        &self,
        id: &TransferId,
        total: Money,
    ) -> Result<Option<Event>, Rejection> {
        let known = self
            .known
            .as_ref()
            .ok_or_else(|| Rejection::TransferNotFound(id.clone()))?;
        known.reverse(total)
    }

    /// Takes what Stripe tells: the amount must be the recorded one.
    pub(crate) fn report(
        &self,
        told: TransferRecorded,
        reversed: Money,
    ) -> Result<Vec<Event>, Rejection> {
        let amount = Money::new(told.amount_minor, told.currency);
        match &self.known {
            Some(known) if known.amount == amount => {
                Ok(known.reverse(reversed)?.into_iter().collect())
            }
            Some(known) => Err(Rejection::AlreadyExists {
                what: format!("transfer {}", known.transfer_id),
            }),
            None if amount.amount.is_negative() => {
                Err(invalid("amount", "must not be negative".to_owned()))
            }
            None => {
                let reversal = Known::recorded(&told).reverse(reversed)?;
                Ok(std::iter::once(told.into()).chain(reversal).collect())
            }
        }
    }
}

impl Known {
    fn recorded(event: &TransferRecorded) -> Self {
        Self {
            transfer_id: event.transfer_id.clone(),
            seller_id: event.seller_id.clone(),
            amount: Money::new(event.amount_minor, event.currency),
            reversed: Amount::ZERO,
            transaction_id: event.transaction_id.clone(),
            by_stripe: event.by_stripe,
        }
    }

    fn reverse(&self, total: Money) -> Result<Option<Event>, Rejection> {
        let field = "amount_reversed";
        if total.currency != self.amount.currency {
            let problem = format!("the transfer is in {}", self.amount.currency);
            return Err(invalid(field, problem));
        }
        if total.amount.is_negative() {
            return Err(invalid(field, "must not be negative".to_owned()));
        }
        if total.amount > self.amount.amount {
            let problem = format!("{total} is more than the transfer's {}", self.amount);
            return Err(invalid(field, problem));
        }
        if total.amount <= self.reversed {
            return Ok(None);
        }
        let event = TransferReversed {
            transfer_id: self.transfer_id.clone(),
            reversed_minor: total.amount,
            amount_minor: self.amount.amount,
        };
        Ok(Some(event.into()))
    }
}

fn invalid(field: &'static str, problem: String) -> Rejection {
    Rejection::Invalid { field, problem }
}
