//! What happens in the demo, from the first sale to the last webhook.

use domain::{
    Code,
    id::PayoutId,
    money::{Currency, Money},
};
use serde_json::json;
use store::{Clock, SystemClock};
use time::{Duration, format_description::well_known::Rfc3339};

use super::{
    stage::Stage,
    stripe::{self, AtStripe, Stage as Told},
};
use crate::failure::Failure;

const TOOLS: &str = "acct_1DemoPrairieTools";
const BOOKS: &str = "acct_1DemoSakuraBooks";
const CLAY: &str = "acct_1DemoBerlinClay";

/// Plays it from beginning to end.
pub(super) async fn play(stage: &mut Stage<'_>) -> Result<(), Failure> {
    stage.tell("A marketplace pays its sellers: each step, and what became of it")?;
    sellers_register(stage).await?;
    sales_are_recorded(stage).await?;
    stripe_tells_of_payments(stage).await?;
    let payouts = payouts_are_requested(stage).await?;
    webhooks_come_as_they_like(stage, payouts.tools).await?;
    a_payout_fails(stage, payouts.books).await?;
    a_payout_fails_after_it_was_paid(stage, payouts.clay).await?;
    stripe_acts_by_itself(stage).await
}

struct Requested {
    tools: PayoutId,
    books: PayoutId,
    clay: PayoutId,
}

async fn sellers_register(stage: &mut Stage<'_>) -> Result<(), Failure> {
    stage.act("Three sellers register, with their Stripe accounts")?;
    for (seller, account) in [("tools", TOOLS), ("books", BOOKS), ("clay", CLAY)] {
        let fields = json!({ "seller_id": seller, "stripe_account": account });
        stage
            .accept("register-seller", fields, &format!("{seller}: {account}"))
            .await?;
    }
    Ok(())
}

/// Sales: id, seller, gross, fee, currency, payment intent.
const SALES: [(&str, &str, &str, &str, &str, &str); 5] = [
    ("sale-1", "tools", "125.50", "12.55", "usd", "pi_demo_cart"),
    ("sale-2", "tools", "89.90", "8.99", "usd", "pi_demo_cart"),
    (
        "sale-3",
        "tools",
        "42.00",
        "4.20",
        "usd",
        "pi_demo_given_up",
    ),
    (
        "sale-4",
        "tools",
        "60.00",
        "6.00",
        "usd",
        "pi_demo_disputed",
    ),
    ("sale-5", "books", "12000", "1200", "jpy", "pi_demo_tokyo"),
];

async fn sales_are_recorded(stage: &mut Stage<'_>) -> Result<(), Failure> {
    stage.act("Sales are recorded; their money is pending until the payment has succeeded")?;
    for (id, seller, gross, fee, currency, payment) in SALES {
        let fields = json!({
            "transaction_id": id,
            "seller_id": seller,
            "kind": "payment",
            "gross": { "amount": gross, "currency": currency },
            "fee": { "amount": fee, "currency": currency },
            "payment_intent": payment,
        });
        let told = format!("{id}: {seller} sells for {gross} {currency}, fee {fee}");
        stage.accept("record-transaction", fields, &told).await?;
    }
    stage
        .repeat_command("the same, sent again under the same idempotency key")
        .await?;
    let sale = json!({
        "transaction_id": "sale-6",
        "seller_id": "books",
        "kind": "payment",
        "gross": { "amount": "4800", "currency": "jpy" },
        "fee": { "amount": "480", "currency": "jpy" },
    });
    stage
        .accept(
            "record-transaction",
            sale,
            "sale-6: books sells for 4800 jpy, paid already",
        )
        .await?;
    a_week_in_hand(stage).await
}

async fn a_week_in_hand(stage: &mut Stage<'_>) -> Result<(), Failure> {
    let in_a_week = SystemClock.now() + Duration::WEEK;
    let sale = json!({
        "transaction_id": "sale-7",
        "seller_id": "clay",
        "kind": "payment",
        "gross": { "amount": "240.00", "currency": "eur" },
        "fee": { "amount": "24.00", "currency": "eur" },
        "payment_intent": "pi_demo_berlin",
        "available_on": in_a_week.format(&Rfc3339).unwrap_or_default(),
    });
    stage
        .accept(
            "record-transaction",
            sale,
            "sale-7: clay sells for 240.00 eur, held a week",
        )
        .await?;
    let refund = json!({
        "transaction_id": "refund-8",
        "seller_id": "clay",
        "kind": "refund",
        "gross": { "amount": "-40.00", "currency": "eur" },
        "fee": { "amount": "-4.00", "currency": "eur" },
    });
    stage
        .accept(
            "record-transaction",
            refund,
            "refund-8: clay gives 40.00 eur back, fee included",
        )
        .await?;
    Ok(())
}

async fn stripe_tells_of_payments(stage: &mut Stage<'_>) -> Result<(), Failure> {
    stage.act("Stripe's webhooks tell what became of the payments")?;
    let cart = stripe::payment_succeeded("pi_demo_cart")?;
    stage
        .webhook(
            cart,
            "applied",
            "pi_demo_cart: sale-1 and sale-2 become available",
        )
        .await?;
    stage.repeat_webhook("Stripe delivers it once more").await?;
    for payment in ["pi_demo_tokyo", "pi_demo_berlin", "pi_demo_disputed"] {
        stage
            .webhook(stripe::payment_succeeded(payment)?, "applied", payment)
            .await?;
    }
    let given_up = stripe::payment_canceled("pi_demo_given_up")?;
    stage
        .webhook(given_up, "applied", "pi_demo_given_up: sale-3 has failed")
        .await?;
    let dispute = stripe::dispute_opened("pi_demo_disputed")?;
    stage
        .webhook(dispute, "applied", "pi_demo_disputed: sale-4 is blocked")
        .await?;
    let charge = stripe::CHARGE.as_bytes().to_vec();
    stage
        .webhook(
            charge,
            "ignored",
            "kept, but it says nothing to this ledger",
        )
        .await?;
    let release = json!({ "transaction_id": "sale-7", "seller_id": "clay", "currency": "eur" });
    stage
        .accept(
            "release-transaction",
            release,
            "sale-7: clay need not wait a week",
        )
        .await?;
    Ok(())
}

async fn payouts_are_requested(stage: &mut Stage<'_>) -> Result<Requested, Failure> {
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

async fn request(
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
            known.tells(Told::Paid)?,
            "applied",
            "tools: paid, is the first we hear",
        )
        .await?;
    stage.repeat_webhook("tools: the same again").await?;
    stage
        .webhook(
            known.tells(Told::InTransit)?,
            "applied",
            "tools: late, it stays paid",
        )
        .await?;
    stage
        .webhook(known.tells(Told::Created)?, "applied", "tools: later still")
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

async fn a_payout_fails(stage: &mut Stage<'_>, payout: PayoutId) -> Result<(), Failure> {
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
        .webhook(known.tells(Told::Created)?, "applied", "books: pending")
        .await?;
    let told = "books: account_closed, both sales return";
    stage
        .webhook(known.tells(Told::Failed)?, "applied", told)
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
            known.tells(Told::InTransit)?,
            "applied",
            "books: on its way",
        )
        .await
}

async fn a_payout_fails_after_it_was_paid(
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
        .webhook(known.tells(Told::Paid)?, "applied", "clay: paid")
        .await?;
    let told = "clay: it came back, sale-7 and refund-8 return";
    stage
        .webhook(known.tells(Told::Failed)?, "applied", told)
        .await
}

async fn stripe_acts_by_itself(stage: &mut Stage<'_>) -> Result<(), Failure> {
    stage.act("Payloads from the field, as they were found")?;
    let automatic = stripe::AUTOMATIC_PAYOUT.as_bytes().to_vec();
    let told = "a payout Stripe made by itself is adopted";
    stage.webhook(automatic, "applied", told).await?;
    let contradiction = stripe::CONTRADICTION.as_bytes().to_vec();
    stage
        .webhook(
            contradiction,
            "dead",
            "kept for an operator: it contradicts itself",
        )
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
    Ok(AtStripe {
        payout,
        stripe_id,
        account,
        amount,
    })
}
