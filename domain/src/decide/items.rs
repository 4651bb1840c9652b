//! The command that records what Stripe put into a payout of its own.

use super::{
    case::{Case, Stop},
    payout::{happens, named},
};
use crate::{
    command::{RecordPayoutItems, ReportedItem},
    id::PayoutId,
    money::Currency,
    payout::event::PaidItem,
    refusal::Rejection,
};

/// `record-payout-items`
pub(super) fn record(case: &mut Case<'_>, wanted: &RecordPayoutItems) -> Result<PayoutId, Stop> {
    let id = named(case, wanted.payout_id, wanted.stripe_payout_id.as_ref())?;
    let payout = case.payout(id)?;
    let known = payout.known().ok_or(Rejection::PayoutNotFound(id))?;
    let currency = known.amount().currency;
    let items = wanted.items.iter().map(|item| paid(item, currency));
    let events = known.record_items(items.collect::<Result<_, _>>()?)?;
    happens(case, payout, events)?;
    Ok(id)
}

fn paid(item: &ReportedItem, currency: Currency) -> Result<PaidItem, Rejection> {
    let id = &item.balance_transaction_id;
    if item.net.currency != currency {
        let problem = format!("{id} is in {}, the payout in {currency}", item.net.currency);
        return Err(Rejection::Invalid {
            field: "items",
            problem,
        });
    }
    Ok(PaidItem {
        balance_transaction_id: id.clone(),
        net_minor: item.net.amount,
        category: item.category.clone(),
        source: item.source.clone(),
        payment_intent: item.payment_intent.clone(),
    })
}
