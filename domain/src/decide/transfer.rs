//! Transfers, from commands and from Stripe.

use super::{
    case::{Case, Stop},
    seller,
};
use crate::{
    command::{RecordTransfer, ReverseTransfer},
    id::StreamId,
    stripe::TransferReport,
    transfer::event::TransferRecorded,
};

/// `record-transfer`
pub(super) fn record(case: &mut Case<'_>, wanted: &RecordTransfer) -> Result<(), Stop> {
    let recorded = case
        .transfer(&wanted.transfer_id)?
        .record(TransferRecorded {
            transfer_id: wanted.transfer_id.clone(),
            seller_id: wanted.seller_id.clone(),
            amount_minor: wanted.amount.amount,
            currency: wanted.amount.currency,
            transaction_id: wanted.transaction_id.clone(),
            by_stripe: false,
        })?;
    case.happens(&StreamId::transfer(&wanted.transfer_id), recorded);
    Ok(())
}

/// `reverse-transfer`
pub(super) fn reverse(case: &mut Case<'_>, wanted: &ReverseTransfer) -> Result<(), Stop> {
    let id = &wanted.transfer_id;
    let reversed = case.transfer(id)?.reverse(id, wanted.amount_reversed)?;
    case.happens(&StreamId::transfer(id), reversed);
    Ok(())
}

/// What Stripe tells of a transfer.
pub(super) fn report(case: &mut Case<'_>, report: &TransferReport) -> Result<(), Stop> {
    let id = &report.transfer_id;
    let transfer = case.transfer(id)?;
    let seller_id = match transfer.known() {
        Some(known) => known.seller_id().clone(),
        None => seller::behind(case, report.destination.as_ref())?,
    };
    let told = TransferRecorded {
        transfer_id: id.clone(),
        seller_id,
        amount_minor: report.amount.amount,
        currency: report.amount.currency,
        transaction_id: None,
        by_stripe: true,
    };
    let events = transfer.report(told, report.reversed)?;
    case.happens(&StreamId::transfer(id), events);
    Ok(())
}
