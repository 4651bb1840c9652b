//! Payouts: requested, told of by Stripe in any order, failed and returned.

use domain::{
    Code,
    id::PayoutId,
    money::{Currency, Money},
};
use serde_json::json;
use store::{Clock, SystemClock};
use time::{Duration, Time};

use super::{
    super::{
        stage::Stage,
        stripe::{AtStripe, Status},
    },
    BOOKS, CLAY, TOOLS,
};
use crate::failure::Failure;

/// What Stripe expects a payout to take.
const ON_ITS_WAY: Duration = Duration::days(2);

pub(super) async fn play(stage: &mut Stage<'_>) -> Result<(), Failure> {
    let requested = are_requested(stage).await?;
    webhooks_come_as_they_like(stage, requested.tools).await?;
    one_fails(stage, requested.books).await?;
    one_fails_after_it_was_paid(stage, requested.clay).await
}

struct Requested {
    tools: PayoutId,
    books: PayoutId,
    clay: PayoutId,
}

async fn are_requested(stage: &mut Stage<'_>) -> Result<Requested, Failure> {
    stage.act("Payouts are requested: what is available is reserved")?;
    let fields = json!({
        "seller_id": "tools",
        "currency": "usd",
        "expected_amount": { "amount": "193.86", "currency": "usd" },
    });
    let tools = request(
        stage,
        fields.clone(),
        "tools: sale-1 and sale-2, 193.86 usd",
    )
    .await?;
    let told = "tools again: the rest has failed or is blocked";
    let again = stage.request("request-payout", &fields)?;
    stage
        .refuse(again, Code::NoEligibleTransactions, told)
        .await?;
    let fields = json!({ "seller_id": "books", "currency": "jpy" });
    let books = request(stage, fields, "books: sale-5 and sale-6, 15120 jpy").await?;
    let fields = json!({ "seller_id": "clay", "currency": "eur" });
    let clay = request(stage, fields, "clay: sale-7 less refund-8, 180.00 eur").await?;
    Ok(Requested { tools, books, clay })
}

pub(super) async fn request(
    stage: &mut Stage<'_>,
    fields: serde_json::Value,
    told: &str,
) -> Result<PayoutId, Failure> {
    let acceptance = stage.accept("request-payout", fields, told).await?;
    acceptance
        .payout_id
        .ok_or_else(|| Failure::Demo(format!("{told}: no payout")))
}

async fn webhooks_come_as_they_like(
    stage: &mut Stage<'_>,
    payout: PayoutId,
) -> Result<(), Failure> {
    stage.act("Webhooks come out of order, twice, and before our own answer from Stripe")?;
    let known = at_stripe(payout, "po_demo_tools", TOOLS, ("193.86", "usd"))?;
    stage
        .webhook(
            known.tells(Status::Paid)?,
            "applied",
            "tools: paid, is the first we hear",
        )
        .await?;
    stage.repeat_webhook("tools: the same again").await?;
    stage
        .webhook(
            known.tells(Status::InTransit)?,
            "applied",
            "tools: late, it stays paid",
        )
        .await?;
    stage
        .webhook(
            known.tells(Status::Created)?,
            "applied",
            "tools: later still",
        )
        .await?;
    submit(
        stage,
        payout,
        "po_demo_tools",
        "tools: only now do we record Stripe's id",
    )
    .await?;
    let cancel = stage.request("cancel-payout", &json!({ "payout_id": payout }))?;
    stage
        .refuse(
            cancel,
            Code::IllegalTransition,
            "tools: too late to call it off",
        )
        .await
}

async fn one_fails(stage: &mut Stage<'_>, payout: PayoutId) -> Result<(), Failure> {
    stage.act("A payout fails: its transactions are available again, and paid out anew")?;
    let known = at_stripe(payout, "po_demo_books", BOOKS, ("15120", "jpy"))?;
    submit(
        stage,
        payout,
        "po_demo_books",
        "books: Stripe has accepted it",
    )
    .await?;
    stage
        .webhook(known.tells(Status::Created)?, "applied", "books: pending")
        .await?;
    let told = "books: account_closed, both sales return";
    stage
        .webhook(known.tells(Status::Failed)?, "applied", told)
        .await?;
    let fields = json!({ "seller_id": "books", "currency": "jpy" });
    let anew = request(
        stage,
        fields,
        "books: the same sales, to another bank account",
    )
    .await?;
    submit(
        stage,
        anew,
        "po_demo_books_2",
        "books: Stripe has accepted it",
    )
    .await?;
    let known = at_stripe(anew, "po_demo_books_2", BOOKS, ("15120", "jpy"))?;
    stage
        .webhook(
            known.tells(Status::InTransit)?,
            "applied",
            "books: on its way",
        )
        .await
}

async fn one_fails_after_it_was_paid(
    stage: &mut Stage<'_>,
    payout: PayoutId,
) -> Result<(), Failure> {
    stage.act("A payout is paid, and days later the bank sends it back")?;
    submit(
        stage,
        payout,
        "po_demo_clay",
        "clay: Stripe has accepted it",
    )
    .await?;
    let known = at_stripe(payout, "po_demo_clay", CLAY, ("180.00", "eur"))?;
    stage
        .webhook(known.tells(Status::Paid)?, "applied", "clay: paid")
        .await?;
    let told = "clay: it came back, sale-7 and refund-8 return";
    stage
        .webhook(known.tells(Status::Failed)?, "applied", told)
        .await
}

async fn submit(
    stage: &mut Stage<'_>,
    payout: PayoutId,
    stripe_id: &str,
    told: &str,
) -> Result<(), Failure> {
    let fields = json!({ "payout_id": payout, "stripe_payout_id": stripe_id });
    stage
        .accept("submit-payout", fields, told)
        .await
        .map(|_| ())
}

fn at_stripe<'a>(
    payout: PayoutId,
    stripe_id: &'a str,
    account: &'a str,
    (amount, currency): (&str, &str),
) -> Result<AtStripe<'a>, Failure> {
    let wrong = |error: &dyn std::fmt::Display| Failure::Demo(format!("{stripe_id}: {error}"));
    let currency = Currency::parse(currency).map_err(|error| wrong(&error))?;
    let amount = Money::parse(amount, currency).map_err(|error| wrong(&error))?;
    let arrival = (SystemClock.now() + ON_ITS_WAY)
        .replace_time(Time::MIDNIGHT)
        .unix_timestamp();
    Ok(AtStripe {
        payout,
        stripe_id,
        account,
        amount,
        arrival,
    })
}
