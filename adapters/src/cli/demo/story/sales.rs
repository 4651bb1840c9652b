//! Sales: what sellers are owed, and whether their customers have paid.

use serde_json::{Value as Json, json};
use store::{Clock, SystemClock};
use time::{Duration, format_description::well_known::Rfc3339};

use super::super::{stage::Stage, stripe};
use crate::failure::Failure;

/// Something a seller is owed, or owes: gross and fee in major units.
struct Sale {
    id: &'static str,
    seller: &'static str,
    kind: &'static str,
    money: (&'static str, &'static str, &'static str),
    payment: Option<&'static str>,
}

const fn sale(
    id: &'static str,
    seller: &'static str,
    money: (&'static str, &'static str, &'static str),
    payment: Option<&'static str>,
) -> Sale {
    Sale {
        id,
        seller,
        kind: "payment",
        money,
        payment,
    }
}

/// One payment may be split between several sales.
const SALES: [Sale; 6] = [
    sale(
        "sale-1",
        "tools",
        ("125.50", "12.55", "usd"),
        Some("pi_demo_cart"),
    ),
    sale(
        "sale-2",
        "tools",
        ("89.90", "8.99", "usd"),
        Some("pi_demo_cart"),
    ),
    sale(
        "sale-3",
        "tools",
        ("42.00", "4.20", "usd"),
        Some("pi_demo_given_up"),
    ),
    sale(
        "sale-4",
        "tools",
        ("60.00", "6.00", "usd"),
        Some("pi_demo_disputed"),
    ),
    sale(
        "sale-5",
        "books",
        ("12000", "1200", "jpy"),
        Some("pi_demo_tokyo"),
    ),
    sale("sale-6", "books", ("4800", "480", "jpy"), None),
];
const HELD: Sale = sale(
    "sale-7",
    "clay",
    ("240.00", "24.00", "eur"),
    Some("pi_demo_berlin"),
);
const REFUND: Sale = Sale {
    kind: "refund",
    ..sale("refund-8", "clay", ("-40.00", "-4.00", "eur"), None)
};

pub(super) async fn are_recorded(stage: &mut Stage<'_>) -> Result<(), Failure> {
    stage.act("Sales are recorded; their money is pending until the payment has succeeded")?;
    for sale in &SALES {
        stage
            .accept("record-transaction", sale.fields(), &sale.told("sells for"))
            .await?;
    }
    stage
        .repeat_command("the same, sent again under the same idempotency key")
        .await?;
    let in_a_week = SystemClock.now() + Duration::WEEK;
    let mut held = HELD.fields();
    held["available_on"] = json!(in_a_week.format(&Rfc3339).unwrap_or_default());
    let told = HELD.told("sells, to be held a week, for");
    stage.accept("record-transaction", held, &told).await?;
    let told = REFUND.told("refunds");
    stage
        .accept("record-transaction", REFUND.fields(), &told)
        .await
        .map(|_| ())
}

impl Sale {
    fn fields(&self) -> Json {
        let (gross, fee, currency) = self.money;
        let mut fields = json!({
            "transaction_id": self.id,
            "seller_id": self.seller,
            "kind": self.kind,
            "gross": { "amount": gross, "currency": currency },
            "fee": { "amount": fee, "currency": currency },
        });
        if let Some(payment) = self.payment {
            fields["payment_intent"] = json!(payment);
        }
        fields
    }

    fn told(&self, verb: &str) -> String {
        let (gross, fee, currency) = self.money;
        format!(
            "{}: {} {verb} {gross} {currency}, fee {fee}",
            self.id, self.seller
        )
    }
}

pub(super) async fn are_paid_for(stage: &mut Stage<'_>) -> Result<(), Failure> {
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
