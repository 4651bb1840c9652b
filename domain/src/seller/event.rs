//! What is recorded of a seller.

use serde::{Deserialize, Serialize};

use crate::{
    id::{SellerId, StripeAccount},
    seller::Schedule,
};

/// A seller was registered with a connected account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerRegistered {
    /// Who.
    pub seller_id: SellerId,
    /// Their account at Stripe.
    pub stripe_account: StripeAccount,
    /// When payouts are made without being asked for.
    pub payout_schedule: Schedule,
}
