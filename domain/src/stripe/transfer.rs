//! `transfer.*`: money moved to a connected account; or, in payloads of an API
//! version from before 2017-04-06, a payout to a bank, which is then read as one.
//! See <https://docs.stripe.com/transfer-payout-split>.

use crate::{
    id::StripeAccount,
    money::{Amount, Money},
};

use super::{
    Dead, Fact, Meaning, Told, TransferReport,
    fields::{self, bad_field},
    json::{Members, Value},
    payout,
};

/// Reads an event whose object is called a transfer.
pub(super) fn told(event: &Told<'_>) -> Result<Meaning, Dead> {
    if is_bank_payout(event.object)? {
        if event.verb() == "reversed" {
            return Err(event.unsupported("a payout to a bank can't be reversed"));
        }
        if event.must_be_of("payout").is_err() {
            event.must_be_of("transfer")?;
        }
        return payout::report(event);
    }
    event.must_be_of("transfer")?;
    report(event)
}

/// Whether it is a payout by an old name: neither sent to a connected account,
/// nor arrived there as a payment.
pub(super) fn is_bank_payout(object: &Members<'_>) -> Result<bool, Dead> {
    let says_account = fields::text(object, "type")? == Some("stripe_account");
    fields::once(object, "destination_payment")?;
    let arrived = !matches!(object.get("destination_payment"), Value::Nothing);
    Ok(!says_account && !arrived && account(object)?.is_none())
}

/// The connected account it goes to; banks and cards are none.
fn account(object: &Members<'_>) -> Result<Option<StripeAccount>, Dead> {
    let destination: Option<StripeAccount> = fields::id(object, "destination")?;
    Ok(destination.filter(|id| id.as_str().starts_with("acct_")))
}

fn report(event: &Told<'_>) -> Result<Meaning, Dead> {
    let object = event.object;
    let transfer_id = fields::required_id(object, "id")?;
    let came_to_nothing = |word| matches!(word, "failed" | "canceled");
    // Only transfers from before 2017 have a status.
    if came_to_nothing(event.verb()) || fields::text(object, "status")?.is_some_and(came_to_nothing)
    {
        return Err(event.unsupported("a transfer to a connected account has failed"));
    }
    let amount = fields::money(object, "amount")?;
    if !amount.amount.is_positive() {
        return Err(bad_field("amount", "more than nothing"));
    }
    let reversed = reversed(object, amount)?;
    if event.verb() == "reversed" && !reversed.amount.is_positive() {
        return Err(event.mismatch("amount_reversed is 0"));
    }
    Ok(Meaning::Fact(Fact::Transfer(TransferReport {
        transfer_id,
        destination: account(object)?,
        amount,
        reversed,
    })))
}

/// All that was taken back so far. The oldest payloads only say whether all was.
fn reversed(object: &Members<'_>, amount: Money) -> Result<Money, Dead> {
    let all = fields::flag(object, "reversed")?.unwrap_or(false);
    let reversed = match fields::whole(object, "amount_reversed")? {
        Some(minor) => Amount::from_minor(minor),
        None if all => amount.amount,
        None => Amount::ZERO,
    };
    if reversed.is_negative() || reversed > amount.amount {
        return Err(bad_field("amount_reversed", "0 to amount"));
    }
    Ok(Money::new(reversed, amount.currency))
}
