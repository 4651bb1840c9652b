//! `payout.*`: where a payout stands.

use uuid::Uuid;

use crate::{
    arrival::Arrival,
    event::Method,
    id::{PayoutId, StripeAccount},
};

use super::{
    Dead, Fact, Meaning, PayoutReport, PayoutStatus, Told,
    fields::{self, bad_field},
    json::{Members, Value},
};

/// What to call a failure that Stripe gives no code for.
pub(crate) const UNKNOWN_FAILURE: &str = "unknown";

/// Reads an event whose object is a payout.
pub(super) fn told(event: &Told<'_>) -> Result<Meaning, Dead> {
    event.must_be_of("payout")?;
    report(event)
}

/// Reads the payout, under whatever name its object goes.
///
/// The status is the object's: `created` tells no more than the first one there
/// is, `paid`, `failed` and `canceled` must agree with it, and all other types
/// tell nothing by themselves.
pub(super) fn report(event: &Told<'_>) -> Result<Meaning, Dead> {
    let report = read(event.object, event.envelope.account()?)?;
    let contradicts = match event.verb() {
        "paid" => !matches!(report.status, PayoutStatus::Paid),
        "failed" => !matches!(report.status, PayoutStatus::Failed { .. }),
        "canceled" => !matches!(report.status, PayoutStatus::Canceled),
        _ => false,
    };
    if contradicts {
        return Err(event.mismatch("the payout's status is another one"));
    }
    Ok(Meaning::Fact(Fact::Payout(report)))
}

/// Reads a payout by itself, as the API gives it.
pub(super) fn read(
    object: &Members<'_>,
    account: Option<StripeAccount>,
) -> Result<PayoutReport, Dead> {
    let stripe_payout_id = fields::required_id(object, "id")?;
    let status = status(object)?;
    Ok(PayoutReport {
        stripe_payout_id,
        payout_id: payout_id(object)?,
        account,
        amount: fields::money(object, "amount")?,
        status,
        method: method(object)?,
        arrival_date: arrival_date(object)?,
    })
}

fn status(object: &Members<'_>) -> Result<PayoutStatus, Dead> {
    Ok(match fields::text(object, "status")? {
        Some("pending") => PayoutStatus::Pending,
        Some("in_transit") => PayoutStatus::InTransit,
        Some("paid") => PayoutStatus::Paid,
        Some("canceled") => PayoutStatus::Canceled,
        Some("failed") => PayoutStatus::Failed {
            code: fields::words(object, "failure_code")?
                .unwrap_or_else(|| UNKNOWN_FAILURE.to_owned()),
            message: fields::words(object, "failure_message")?,
        },
        _ => return Err(bad_field("status", "one that payouts have")),
    })
}

/// `metadata.payout_id`. Metadata is anybody's to write: what is no UUID is not ours.
fn payout_id(object: &Members<'_>) -> Result<Option<PayoutId>, Dead> {
    fields::once(object, "metadata")?;
    let Value::Object(metadata) = object.get("metadata") else {
        return Ok(None);
    };
    fields::once(metadata, "payout_id")?;
    Ok(match metadata.get("payout_id") {
        Value::Text(text) => Uuid::try_parse(text).ok().map(PayoutId),
        _ => None,
    })
}

fn method(object: &Members<'_>) -> Result<Method, Dead> {
    Ok(match fields::text(object, "method")? {
        Some("instant") => Method::Instant,
        _ => Method::Standard,
    })
}

/// `arrival_date`; before 2017 the field was called `date`.
fn arrival_date(object: &Members<'_>) -> Result<Option<Arrival>, Dead> {
    for name in ["arrival_date", "date"] {
        if let Some(seconds) = fields::whole(object, name)? {
            let arrival = (seconds >= 0)
                .then(|| Arrival::from_unix(seconds).ok())
                .flatten();
            return arrival
                .map(Some)
                .ok_or_else(|| bad_field(name, "seconds since 1970"));
        }
    }
    Ok(None)
}
