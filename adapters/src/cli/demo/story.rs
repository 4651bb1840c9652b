//! What happens in the demo, from the first sale to the last webhook.

mod payouts;
mod sales;
mod submission;

use serde_json::json;

use super::{stage::Stage, stripe};
use crate::failure::Failure;

const TOOLS: &str = "acct_1DemoPrairieTools";
const BOOKS: &str = "acct_1DemoSakuraBooks";
const CLAY: &str = "acct_1DemoBerlinClay";

/// Plays it from beginning to end.
pub(super) async fn play(stage: &mut Stage<'_>) -> Result<(), Failure> {
    stage.tell("A marketplace pays its sellers: each step, and what became of it")?;
    sellers_register(stage).await?;
    sales::are_recorded(stage).await?;
    sales::are_paid_for(stage).await?;
    payouts::play(stage).await?;
    submission::play(stage).await?;
    stripe_acts_by_itself(stage).await
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
