//! What Stripe tells of payouts: found by our id, found by Stripe's, or adopted.

use super::{
    case::{Case, Stop},
    payout::{check_name, happens, owner_of},
    seller, text,
};
use crate::{
    command::ReportPayout,
    id::{PayoutId, StreamId},
    payout::{Known, Payout, Teller, Told, event::PayoutAdopted},
    refusal::Rejection,
    stripe::PayoutReport,
};

/// `report-payout`
pub(super) fn command(case: &mut Case<'_>, told: &ReportPayout) -> Result<PayoutId, Stop> {
    text::check("failure_code", told.failure_code.as_deref())?;
    text::check("failure_message", told.failure_message.as_deref())?;
    payout(case, &PayoutReport::from(told))
}

/// What Stripe tells of a payout.
pub(super) fn payout(case: &mut Case<'_>, report: &PayoutReport) -> Result<PayoutId, Stop> {
    match find(case, report)? {
        Some((payout, known)) => update(case, payout, known, report),
        None => adopt(case, report),
    }
}

fn find<'v>(
    case: &mut Case<'v>,
    report: &PayoutReport,
) -> Result<Option<(&'v Payout, &'v Known)>, Stop> {
    if let Some(id) = report.payout_id {
        let payout = case.payout(id)?;
        if let Some(known) = payout.known() {
            return Ok(Some((payout, known)));
        }
    }
    if let Some(id) = owner_of(case, &report.stripe_payout_id)? {
        let payout = case.payout(id)?;
        if let Some(known) = payout.known() {
            return Ok(Some((payout, known)));
        }
    }
    match report.payout_id {
        Some(id) => Err(Rejection::PayoutNotFound(id).into()),
        None => Ok(None),
    }
}

fn update(
    case: &mut Case<'_>,
    payout: &Payout,
    known: &Known,
    report: &PayoutReport,
) -> Result<PayoutId, Stop> {
    let id = known.payout_id();
    if known.amount() != report.amount {
        let what = format!("payout {id} of {}", known.amount());
        return Err(Rejection::AlreadyExists { what }.into());
    }
    check_name(case, known, &report.stripe_payout_id)?;
    let events = known.take_news(&Told {
        status: &text::cleaned(&report.status),
        stripe_payout_id: Some(&report.stripe_payout_id),
        arrival_date: report.arrival_date,
        teller: Teller::Stripe,
    })?;
    happens(case, payout, events)?;
    Ok(id)
}

fn adopt(case: &mut Case<'_>, report: &PayoutReport) -> Result<PayoutId, Stop> {
    let payout_id = PayoutId::adopted(&report.stripe_payout_id);
    let payout = case.payout(payout_id)?;
    if let Some(known) = payout.known() {
        return update(case, payout, known, report);
    }
    let adopted = PayoutAdopted {
        payout_id,
        seller_id: seller::behind(case, report.account.as_ref())?,
        stripe_payout_id: report.stripe_payout_id.clone(),
        amount_minor: report.amount.amount,
        currency: report.amount.currency,
        method: report.method,
        arrival_date: report.arrival_date,
    };
    let events = Known::adopt(adopted, &text::cleaned(&report.status))?;
    case.happens(&StreamId::payout(payout_id), events);
    Ok(payout_id)
}
