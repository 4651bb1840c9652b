//! Commands to payouts.

use std::collections::HashSet;

use super::{
    case::{Case, Stop},
    text,
    transaction::{SETTLED, was_here},
};
use crate::{
    balance::{Account, Balance, Wanted},
    command::{CancelPayout, MarkPayoutFailed, MarkPayoutPaid, RequestPayout, SubmitPayout},
    event::Event,
    id::{Alias, PayoutId, StreamId, StripePayoutId, TransactionId},
    payout::{Known, Origin, Payout, Teller, Told, event::PayoutRequested},
    policy,
    refusal::Rejection,
    stripe::PayoutStatus,
};

/// `request-payout`
pub(super) fn request(case: &mut Case<'_>, wanted: &RequestPayout) -> Result<PayoutId, Stop> {
    text::check("description", wanted.description.as_deref())?;
    let payout_id = wanted.payout_id.unwrap_or(case.context().fresh_payout_id);
    if let Some(chosen) = wanted.payout_id
        && let Some(known) = case.payout(chosen)?.known()
    {
        return repeated(known, wanted);
    }
    let account = Account {
        seller_id: wanted.seller_id.clone(),
        currency: wanted.currency,
    };
    let balance = case.balance(&account)?;
    if let Some(named) = &wanted.transactions {
        check_known(case, balance, &account, named)?;
    }
    let (released, funds) = balance.reserve(
        &account,
        &Wanted {
            payout_id,
            named: wanted.transactions.as_deref(),
            expected: wanted.expected_amount,
            minimum: wanted.minimum_amount,
            now: case.context().now,
        },
    )?;
    let requested = PayoutRequested {
        payout_id,
        seller_id: wanted.seller_id.clone(),
        amount_minor: funds.amount_minor,
        currency: wanted.currency,
        method: wanted.method,
        description: wanted.description.clone(),
        items: funds.items.clone(),
    };
    case.happens(&account.stream(), released);
    case.happens(&account.stream(), [funds.into()]);
    case.happens(&StreamId::payout(payout_id), [requested.into()]);
    Ok(payout_id)
}

/// The same request again is accepted: as far as a payout shows what was asked.
/// A minimum was met or not when the payout was made; it is nothing of the payout's.
fn repeated(known: &Known, wanted: &RequestPayout) -> Result<PayoutId, Stop> {
    let same_items = wanted.transactions.as_ref().is_none_or(|named| {
        let asked: HashSet<_> = named.iter().collect();
        let taken: HashSet<_> = known
            .items()
            .iter()
            .map(|item| &item.transaction_id)
            .collect();
        named.len() == known.items().len() && asked == taken
    });
    let same = known.origin() == Origin::Ledger
        && *known.seller_id() == wanted.seller_id
        && known.amount().currency == wanted.currency
        && known.method() == wanted.method
        && known.description() == wanted.description.as_deref()
        && wanted
            .expected_amount
            .is_none_or(|amount| amount == known.amount())
        && same_items;
    if same {
        Ok(known.payout_id())
    } else {
        let what = format!("payout {}", known.payout_id());
        Err(Rejection::AlreadyExists { what }.into())
    }
}

fn check_known(
    case: &Case<'_>,
    balance: &Balance,
    account: &Account,
    named: &[TransactionId],
) -> Result<(), Stop> {
    let Some(id) = named.iter().find(|id| !balance.knows(id)) else {
        return Ok(());
    };
    let transaction = id.clone();
    if was_here(case, account, id)? {
        let state = SETTLED;
        Err(Rejection::TransactionNotEligible { transaction, state }.into())
    } else {
        Err(Rejection::TransactionNotFound(transaction).into())
    }
}

/// `submit-payout`
pub(super) fn submit(case: &mut Case<'_>, wanted: &SubmitPayout) -> Result<PayoutId, Stop> {
    let id = wanted.payout_id;
    let payout = case.payout(id)?;
    let known = payout.known().ok_or(Rejection::PayoutNotFound(id))?;
    let name = &wanted.stripe_payout_id;
    check_name(case, known, name)?;
    let events = known.submit(name, wanted.arrival_date)?;
    happens(case, payout, events)?;
    Ok(id)
}

/// `mark-payout-paid`
pub(super) fn mark_paid(case: &mut Case<'_>, wanted: &MarkPayoutPaid) -> Result<PayoutId, Stop> {
    let id = named(case, wanted.payout_id, wanted.stripe_payout_id.as_ref())?;
    mark(case, id, |known| {
        // Without a new date, the one that was told before is kept.
        let arrival_date = wanted.arrival_date.or(known.arrival_date());
        known.take_news(&Told {
            status: &PayoutStatus::Paid,
            stripe_payout_id: None,
            arrival_date,
            teller: Teller::Command,
        })
    })
}

/// `mark-payout-failed`
pub(super) fn mark_failed(
    case: &mut Case<'_>,
    wanted: &MarkPayoutFailed,
) -> Result<PayoutId, Stop> {
    text::check("failure_code", Some(&wanted.failure_code))?;
    text::check("failure_message", wanted.failure_message.as_deref())?;
    let id = named(case, wanted.payout_id, wanted.stripe_payout_id.as_ref())?;
    let status = PayoutStatus::Failed {
        code: wanted.failure_code.clone(),
        message: wanted.failure_message.clone(),
    };
    mark(case, id, |known| {
        known.take_news(&Told {
            status: &status,
            stripe_payout_id: None,
            arrival_date: None,
            teller: Teller::Command,
        })
    })
}

/// `cancel-payout`
pub(super) fn cancel(case: &mut Case<'_>, wanted: &CancelPayout) -> Result<PayoutId, Stop> {
    text::check("reason", wanted.reason.as_deref())?;
    mark(case, wanted.payout_id, |known| {
        Ok(known.cancel(wanted.reason.clone())?.into_iter().collect())
    })
}

pub(super) fn mark(
    case: &mut Case<'_>,
    id: PayoutId,
    news: impl FnOnce(&Known) -> Result<Vec<Event>, Rejection>,
) -> Result<PayoutId, Stop> {
    let payout = case.payout(id)?;
    let known = payout.known().ok_or(Rejection::PayoutNotFound(id))?;
    let events = news(known)?;
    happens(case, payout, events)?;
    Ok(id)
}

/// The payout of a command that names it by either id.
pub(super) fn named(
    case: &Case<'_>,
    ours: Option<PayoutId>,
    stripes: Option<&StripePayoutId>,
) -> Result<PayoutId, Stop> {
    match (ours, stripes) {
        (Some(id), None) => Ok(id),
        (None, Some(name)) => owner_of(case, name)?
            .ok_or_else(|| Rejection::StripePayoutNotFound(name.clone()).into()),
        (Some(_), Some(_)) | (None, None) => Err(Rejection::Invalid {
            field: "payout_id",
            problem: "name either payout_id or stripe_payout_id".to_owned(),
        }
        .into()),
    }
}

/// The payout that is known by this name at Stripe.
pub(super) fn owner_of(case: &Case<'_>, name: &StripePayoutId) -> Result<Option<PayoutId>, Stop> {
    let owner = case.owner(Alias::StripePayout(name.clone()))?;
    Ok(owner.and_then(|owner| owner.stream.key().parse().ok()))
}

/// A name at Stripe belongs to one payout.
pub(super) fn check_name(
    case: &Case<'_>,
    known: &Known,
    name: &StripePayoutId,
) -> Result<(), Stop> {
    if known.stripe_payout_id().is_some() {
        return Ok(());
    }
    match owner_of(case, name)? {
        Some(other) if other != known.payout_id() => {
            let what = format!("payout {name} of Stripe's");
            Err(Rejection::AlreadyExists { what }.into())
        }
        None | Some(_) => Ok(()),
    }
}

/// Records what happened to a payout, and passes on what that asks of its balance.
pub(super) fn happens(
    case: &mut Case<'_>,
    before: &Payout,
    events: Vec<Event>,
) -> Result<(), Stop> {
    let Some(known) = before.known() else {
        return Ok(());
    };
    for event in &events {
        if let Some((account, ask)) = policy::of_payout(before, event) {
            case.ask(&account, &ask)?;
        }
    }
    case.happens(&StreamId::payout(known.payout_id()), events);
    Ok(())
}
