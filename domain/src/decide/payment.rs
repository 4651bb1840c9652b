//! What Stripe tells of payments, passed on to the balances split from them.

use super::case::{Case, Stop};
use crate::{
    event::Event,
    id::{PaymentIntentId, StreamId},
    payment::Payment,
    policy,
    refusal::Rejection,
};

/// Tells a payment something.
pub(super) fn tell(
    case: &mut Case<'_>,
    id: &PaymentIntentId,
    news: impl FnOnce(&Payment) -> Result<Option<Event>, Rejection>,
) -> Result<(), Stop> {
    let payment = case.payment(id)?;
    let Some(event) = news(payment)? else {
        return Ok(());
    };
    for (account, ask) in policy::of_payment(payment, &event) {
        case.ask(&account, &ask)?;
    }
    case.happens(&StreamId::payment(id), [event]);
    Ok(())
}
