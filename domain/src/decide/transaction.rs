//! Transactions: recorded, released, failed.

use super::case::{Case, Stop};
use crate::{
    arrival,
    balance::{
        Account, Named,
        event::{FailedTransaction, Kind, OpenStatus, TransactionRecorded, TransactionsFailed},
    },
    command::{FailTransaction, RecordTransaction, ReleaseDueTransactions, ReleaseTransaction},
    event::Event,
    id::{Alias, StreamId, TransactionId},
    money::{Amount, Money},
    payment::{Status, event::TransactionLinked},
    refusal::Rejection,
};

/// `record-transaction`
pub(super) fn record(case: &mut Case<'_>, wanted: &RecordTransaction) -> Result<(), Stop> {
    let now = case.context().now;
    let mut event = recorded(wanted)?;
    if let Some(owner) = case.owner(Alias::Transaction(wanted.transaction_id.clone()))? {
        if owner.fingerprint == event.fingerprint() {
            return Ok(());
        }
        let what = format!("transaction {}", wanted.transaction_id);
        return Err(Rejection::AlreadyExists { what }.into());
    }
    let account = Account {
        seller_id: wanted.seller_id.clone(),
        currency: event.currency,
    };
    case.balance(&account)?.record(&event)?;
    let mut failed = None;
    event.status = TransactionRecorded::settled_status(event.available_on, now);
    if let Some(intent) = &wanted.payment_intent {
        let payment = case.payment(intent)?;
        event.blocked = payment.is_blocked();
        match payment.status() {
            Status::Succeeded => {}
            Status::Open { .. } => event.status = OpenStatus::Pending,
            Status::Canceled => {
                event.status = OpenStatus::Pending;
                failed = Some(failure(&event));
            }
        }
        let linked = TransactionLinked {
            payment_intent: intent.clone(),
            transaction_id: event.transaction_id.clone(),
            seller_id: event.seller_id.clone(),
            currency: event.currency,
        };
        case.happens(&StreamId::payment(intent), [linked.into()]);
    }
    let events = [Some(Event::from(event)), failed];
    case.happens(&account.stream(), events.into_iter().flatten());
    Ok(())
}

/// What the caller said, checked; status and block come from elsewhere.
fn recorded(wanted: &RecordTransaction) -> Result<TransactionRecorded, Rejection> {
    let gross = wanted.gross;
    let fee = wanted
        .fee
        .unwrap_or(Money::new(Amount::ZERO, gross.currency));
    if fee.currency != gross.currency {
        return Err(invalid(
            "fee",
            "must be in the currency of the gross amount",
        ));
    }
    check_sign(wanted.kind, gross.amount)?;
    let available_on =
        match wanted.available_on {
            None => None,
            Some(moment) => Some(arrival::utc(moment).ok_or_else(|| {
                invalid("available_on", "must be in a year of four digits in UTC")
            })?),
        };
    let net_minor = gross.amount.minus(fee.amount).ok_or(Rejection::Overflow {
        what: "gross and fee",
    })?;
    Ok(TransactionRecorded {
        transaction_id: wanted.transaction_id.clone(),
        seller_id: wanted.seller_id.clone(),
        currency: gross.currency,
        kind: wanted.kind,
        gross_minor: gross.amount,
        fee_minor: fee.amount,
        net_minor,
        status: OpenStatus::Pending,
        blocked: false,
        payment_intent: wanted.payment_intent.clone(),
        order_id: wanted.order_id.clone(),
        transfer_id: wanted.transfer.clone(),
        available_on,
    })
}

fn check_sign(kind: Kind, gross: Amount) -> Result<(), Rejection> {
    let (allowed, rule) = match kind {
        Kind::Payment => (gross.is_positive(), "must be positive for a payment"),
        Kind::Refund => (gross.is_negative(), "must be negative for a refund"),
        Kind::Dispute => (gross.is_negative(), "must be negative for a dispute"),
        Kind::Adjustment => (gross != Amount::ZERO, "must not be nothing"),
    };
    if allowed {
        Ok(())
    } else {
        Err(invalid("gross", rule))
    }
}

/// The payment was given up before the transaction was recorded.
fn failure(event: &TransactionRecorded) -> Event {
    TransactionsFailed {
        seller_id: event.seller_id.clone(),
        currency: event.currency,
        transactions: vec![FailedTransaction {
            transaction_id: event.transaction_id.clone(),
            gross_minor: event.gross_minor,
            fee_minor: event.fee_minor,
            net_minor: event.net_minor,
        }],
    }
    .into()
}

/// `release-transaction`
pub(super) fn release(case: &mut Case<'_>, wanted: &ReleaseTransaction) -> Result<(), Stop> {
    let account = Account {
        seller_id: wanted.seller_id.clone(),
        currency: wanted.currency,
    };
    let found = case
        .balance(&account)?
        .release(&account, &wanted.transaction_id)?;
    happens_to(case, &account, &wanted.transaction_id, found, "released")
}

/// `release-due-transactions`
pub(super) fn release_due(
    case: &mut Case<'_>,
    wanted: &ReleaseDueTransactions,
) -> Result<(), Stop> {
    let account = Account {
        seller_id: wanted.seller_id.clone(),
        currency: wanted.currency,
    };
    let now = case.context().now;
    let events = case.balance(&account)?.release_due(&account, now);
    case.happens(&account.stream(), events);
    Ok(())
}

/// `fail-transaction`
pub(super) fn fail(case: &mut Case<'_>, wanted: &FailTransaction) -> Result<(), Stop> {
    let account = Account {
        seller_id: wanted.seller_id.clone(),
        currency: wanted.currency,
    };
    let found = case
        .balance(&account)?
        .fail(&account, &wanted.transaction_id)?;
    happens_to(case, &account, &wanted.transaction_id, found, "failed")
}

fn happens_to(
    case: &mut Case<'_>,
    account: &Account,
    id: &TransactionId,
    found: Named,
    wanted: &'static str,
) -> Result<(), Stop> {
    match found {
        Named::Open(events) => {
            case.happens(&account.stream(), events);
            Ok(())
        }
        Named::NotOpen if was_here(case, account, id)? => Err(Rejection::IllegalTransition {
            what: format!("transaction {id}"),
            state: SETTLED,
            wanted,
        }
        .into()),
        Named::NotOpen => Err(Rejection::TransactionNotFound(id.clone()).into()),
    }
}

/// What is said of a transaction that has left its balance.
pub(super) const SETTLED: &str = "paid out or failed";

/// Whether the balance had the transaction once.
pub(super) fn was_here(
    case: &Case<'_>,
    account: &Account,
    id: &TransactionId,
) -> Result<bool, Stop> {
    let owner = case.owner(Alias::Transaction(id.clone()))?;
    Ok(owner.is_some_and(|owner| owner.stream == account.stream()))
}

fn invalid(field: &'static str, problem: &str) -> Rejection {
    Rejection::Invalid {
        field,
        problem: problem.to_owned(),
    }
}
