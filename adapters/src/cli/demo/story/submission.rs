//! A payout that the ledger makes at Stripe itself, although an answer gets lost.

use domain::{
    id::{PayoutId, StripeAccount, StripePayoutId},
    money::{Amount, Money},
    reconcile::{StripePayout, StripeStatus, Verdict},
};
use projections::{
    query::{self, Filter, Table},
    reconcile::Books,
};
use serde_json::{Value as Json, json};

use super::{
    super::{
        simulated::{Simulated, until},
        stage::Stage,
    },
    payouts::request,
};
use crate::{
    failure::Failure,
    sim::{Act, Event, Owner, Payout},
};

pub(super) async fn play(stage: &mut Stage<'_>) -> Result<(), Failure> {
    stage
        .act("The ledger makes a payout at a simulated Stripe itself, and the answer gets lost")?;
    let stripe = Simulated::start(&stage.ledger(), stage.settings()).await?;
    let fields = json!({ "seller_id": "clay", "currency": "eur" });
    let told = "clay: sale-7 and refund-8 anew, 180.00 eur";
    let payout = request(stage, fields, told).await?;
    is_made(stage, &stripe).await?;
    is_paid(stage, &stripe, payout).await?;
    let simulator = &stripe.simulator;
    let (made, calls) = (simulator.payouts(), simulator.calls().len());
    stripe.stop().await;
    both_agree(stage, &made, calls).await
}

/// The first call takes effect and is not answered; the next one is.
async fn is_made(stage: &mut Stage<'_>, stripe: &Simulated) -> Result<(), Failure> {
    let simulator = &stripe.simulator;
    until("clay: Stripe's answer", async || {
        simulator.calls().iter().any(|call| call.status.is_some())
    })
    .await?;
    for call in simulator.calls() {
        let (told, outcome) = match call.status {
            None => (
                "clay: Stripe makes it, but does not answer",
                "no answer".to_owned(),
            ),
            Some(status) => {
                let replayed = if call.replayed { ": made before" } else { "" };
                let told = "clay: asked again, under the same idempotency key";
                (told, format!("{status}{replayed}"))
            }
        };
        stage.step(&format!("{} {}", call.method, call.path), told, &outcome)?;
    }
    Ok(())
}

/// The bank has it; Stripe tells by webhooks, signed, over HTTP.
async fn is_paid(
    stage: &mut Stage<'_>,
    stripe: &Simulated,
    payout: PayoutId,
) -> Result<(), Failure> {
    let simulator = &stripe.simulator;
    for made in simulator.payouts() {
        let refused = |error: crate::sim::ApiError| Failure::Demo(error.to_string());
        simulator.act(&made.id, &Act::Pay).map_err(refused)?;
    }
    let database = stage.ledger().database().clone();
    let filter = Filter {
        payout: Some(payout),
        ..Filter::of(stage.settings().tenant.clone())
    };
    until("clay: paid in the books", async || {
        let answer = query::run(&database, Table::Payouts, &filter).await;
        let rows = answer.map(|answer| answer.rows).unwrap_or_default();
        let is_paid = rows.iter().any(|row| row["status"] == "paid");
        is_paid && simulator.deliveries().waiting == 0
    })
    .await?;
    for event in simulator.events() {
        let told = format!(
            "clay: {}, over HTTP; the signature is right",
            status(&event)
        );
        stage.step(event.kind, &told, "taken")?;
    }
    Ok(())
}

fn status(event: &Event) -> String {
    let event: Json = serde_json::from_str(event.body()).unwrap_or_default();
    let status = event.pointer("/data/object/status");
    status.and_then(Json::as_str).unwrap_or_default().to_owned()
}

/// Holds what Stripe has against the books.
async fn both_agree(stage: &mut Stage<'_>, made: &[Payout], calls: usize) -> Result<(), Failure> {
    let told = format!(
        "{calls} calls, {} payout at Stripe, the same in the books",
        made.len()
    );
    let at_stripe: Option<Vec<StripePayout>> = made.iter().map(as_told).collect();
    let at_stripe = at_stripe.filter(|all| all.len() == 1);
    let at_stripe = at_stripe.ok_or_else(|| Failure::Demo(format!("{told}: not so")))?;
    let (ledger, settings) = (stage.ledger(), stage.settings());
    let books = Books::new(ledger.database(), &settings.tenant);
    let compared = books.payouts(&at_stripe).await?;
    let verdicts = compared.iter().map(|compared| compared.verdict);
    match verdicts.max() {
        Some(Verdict::Matched) => stage.step("reconcile", &told, Verdict::Matched.as_str()),
        other => Err(Failure::Demo(format!("{told}: {other:?}"))),
    }
}

fn as_told(payout: &Payout) -> Option<StripePayout> {
    let Owner::Connected(account) = &payout.owner else {
        return None;
    };
    Some(StripePayout {
        id: StripePayoutId::new(&payout.id).ok()?,
        account: StripeAccount::new(account).ok(),
        payout_id: payout.metadata.get("payout_id")?.parse().ok(),
        amount: Money::new(Amount::from_minor(payout.amount), payout.currency),
        status: StripeStatus::parse(payout.status.as_str())?,
        effective_at: None,
    })
}
