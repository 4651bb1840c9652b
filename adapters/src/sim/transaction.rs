//! Balance transactions: every movement of an account's money.

use domain::money::Currency;
use serde_json::{Value, json};

use super::{Owner, shelf::Kept};

/// One movement.
#[derive(Debug, Clone)]
pub struct Transaction {
    /// `txn_…`
    pub id: String,
    /// Whose balance.
    pub owner: Owner,
    /// What for, in Stripe's words.
    pub kind: &'static str,
    /// Minor units, with the sign it has for the balance.
    pub amount: i64,
    /// Of what.
    pub currency: Currency,
    /// The object that moved it.
    pub source: Option<String>,
    /// Unix seconds.
    pub created: i64,
    /// The automatic payout that paid it out.
    pub payout: Option<String>,
}

impl Transaction {
    /// Stripe's map of types to categories.
    fn category(&self) -> &'static str {
        match self.kind {
            "payout" => "payout",
            "payout_cancel" | "payout_failure" => "payout_reversal",
            "payment" => "charge",
            "payment_refund" => "refund",
            "transfer" => "transfer",
            "transfer_refund" => "transfer_reversal",
            _ => "other_adjustment",
        }
    }
}

impl Kept for Transaction {
    const WHAT: &'static str = "balance transaction";

    fn id(&self) -> &str {
        &self.id
    }

    fn owner(&self) -> &Owner {
        &self.owner
    }

    fn json(&self) -> Value {
        json!({
            "id": self.id,
            "object": "balance_transaction",
            "amount": self.amount,
            "available_on": self.created,
            "created": self.created,
            "currency": self.currency,
            "description": null,
            "exchange_rate": null,
            "fee": 0,
            "fee_details": [],
            "net": self.amount,
            "reporting_category": self.category(),
            "source": self.source,
            "status": "available",
            "type": self.kind,
        })
    }
}
