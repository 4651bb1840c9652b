//! Sellers, and whose a connected account is.

use super::case::{Case, Stop};
use crate::{
    command::{ChangePayoutSchedule, RegisterSeller},
    id::{Aggregate, Alias, SellerId, StreamId, StripeAccount},
    money::Money,
    refusal::Rejection,
    seller::event::{MinimumPayout, PayoutScheduleChanged, SellerRegistered},
};

/// `register-seller`
pub(super) fn register(case: &mut Case<'_>, wanted: &RegisterSeller) -> Result<(), Stop> {
    let stream = StreamId::seller(&wanted.seller_id);
    // It was paid there before it was registered, and one seller has one account.
    if let Some(account) = wanted.seller_id.as_account()
        && account != wanted.stripe_account
    {
        return Err(Rejection::Invalid {
            field: "stripe_account",
            problem: format!("must be {account}, for the seller goes by that account's id"),
        }
        .into());
    }
    let registered = case.seller(&wanted.seller_id)?.register(SellerRegistered {
        seller_id: wanted.seller_id.clone(),
        stripe_account: wanted.stripe_account.clone(),
        payout_schedule: wanted.payout_schedule,
        minimum_payout: minimum(wanted.minimum_payout)?,
    })?;
    if registered.is_some()
        && let Some(owner) = case.owner(Alias::StripeAccount(wanted.stripe_account.clone()))?
        && owner.stream != stream
    {
        let what = format!("Stripe account {}", wanted.stripe_account);
        return Err(Rejection::AlreadyExists { what }.into());
    }
    case.happens(&stream, registered);
    Ok(())
}

/// `change-payout-schedule`
pub(super) fn change_schedule(
    case: &mut Case<'_>,
    wanted: &ChangePayoutSchedule,
) -> Result<(), Stop> {
    let changed = PayoutScheduleChanged {
        seller_id: wanted.seller_id.clone(),
        payout_schedule: wanted.payout_schedule,
        minimum_payout: minimum(wanted.minimum_payout)?,
    };
    let event = case.seller(&wanted.seller_id)?.change_schedule(changed)?;
    case.happens(&StreamId::seller(&wanted.seller_id), event);
    Ok(())
}

fn minimum(wanted: Option<Money>) -> Result<Option<MinimumPayout>, Rejection> {
    match wanted {
        Some(money) if !money.amount.is_positive() => Err(Rejection::Invalid {
            field: "minimum_payout",
            problem: "must be positive".to_owned(),
        }),
        wanted => Ok(wanted.map(MinimumPayout::from)),
    }
}

/// The seller behind a connected account: who registered it, else the account
/// itself; without an account, the platform.
pub(super) fn behind(case: &Case<'_>, account: Option<&StripeAccount>) -> Result<SellerId, Stop> {
    let Some(account) = account else {
        return Ok(SellerId::platform());
    };
    let owner = case.owner(Alias::StripeAccount(account.clone()))?;
    let registered = owner
        .filter(|owner| owner.stream.aggregate() == Aggregate::Seller)
        .and_then(|owner| SellerId::new(owner.stream.key()).ok());
    Ok(registered.unwrap_or_else(|| SellerId::from(account)))
}
