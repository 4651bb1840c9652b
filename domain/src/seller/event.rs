//! What is recorded of a seller.

use serde::{Deserialize, Serialize};

use crate::{
    id::{SellerId, StripeAccount},
    money::{Amount, Currency, Money},
    seller::Schedule,
};

/// The least that a schedule pays out in one currency; in others, anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MinimumPayout {
    /// How much; positive.
    pub amount_minor: Amount,
    /// In which currency.
    pub currency: Currency,
}

impl From<Money> for MinimumPayout {
    fn from(money: Money) -> Self {
        Self {
            amount_minor: money.amount,
            currency: money.currency,
        }
    }
}

/// A seller was registered with a connected account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerRegistered {
    /// Who.
    pub seller_id: SellerId,
    /// Their account at Stripe.
    pub stripe_account: StripeAccount,
    /// When payouts are made without being asked for.
    pub payout_schedule: Schedule,
    /// From which amount on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_payout: Option<MinimumPayout>,
}

/// A seller's payouts are made at other times, or from another amount on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutScheduleChanged {
    /// Whose.
    pub seller_id: SellerId,
    /// When payouts are made without being asked for.
    pub payout_schedule: Schedule,
    /// From which amount on; none if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_payout: Option<MinimumPayout>,
}
