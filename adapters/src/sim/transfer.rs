//! A transfer from the platform to a connected account, and what is taken back of it.

use domain::money::Currency;
use serde_json::{Value, json};

use super::{Owner, form::Metadata, shelf::Kept};

/// How many reversals a transfer shows itself.
const SHOWN: usize = 10;

/// One transfer. It has no status.
#[derive(Debug, Clone)]
pub struct Transfer {
    /// `tr_…`
    pub id: String,
    /// Always the platform.
    pub owner: Owner,
    /// `acct_…`
    pub destination: String,
    /// `py_…` in the connected account.
    pub destination_payment: String,
    /// Minor units.
    pub amount: i64,
    /// Of what.
    pub currency: Currency,
    /// Unix seconds.
    pub created: i64,
    /// As given.
    pub description: Option<String>,
    /// As given.
    pub transfer_group: Option<String>,
    /// The charge whose money it is.
    pub source_transaction: Option<String>,
    /// As given.
    pub metadata: Metadata,
    /// `txn_…` of the platform.
    pub balance_transaction: String,
    /// What was taken back, oldest first.
    pub reversals: Vec<Reversal>,
}

/// A part of a transfer that went back.
#[derive(Debug, Clone)]
pub struct Reversal {
    /// `trr_…`
    pub id: String,
    /// Minor units.
    pub amount: i64,
    /// Unix seconds.
    pub created: i64,
    /// As given.
    pub metadata: Metadata,
    /// `txn_…` of the platform.
    pub balance_transaction: String,
    /// `pyr_…` in the connected account.
    pub refund: String,
}

impl Transfer {
    /// How much has gone back, in minor units.
    #[must_use]
    pub fn reversed(&self) -> i64 {
        self.reversals.iter().map(|reversal| reversal.amount).sum()
    }

    /// How the API shows one of its reversals.
    pub(super) fn reversal(&self, reversal: &Reversal) -> Value {
        json!({
            "id": reversal.id,
            "object": "transfer_reversal",
            "amount": reversal.amount,
            "balance_transaction": reversal.balance_transaction,
            "created": reversal.created,
            "currency": self.currency,
            "destination_payment_refund": reversal.refund,
            "metadata": reversal.metadata,
            "source_refund": null,
            "transfer": self.id,
        })
    }
}

impl Kept for Transfer {
    const WHAT: &'static str = "transfer";

    fn id(&self) -> &str {
        &self.id
    }

    fn owner(&self) -> &Owner {
        &self.owner
    }

    fn json(&self) -> Value {
        let newest = self.reversals.iter().rev().take(SHOWN);
        let shown: Vec<Value> = newest.map(|reversal| self.reversal(reversal)).collect();
        json!({
            "id": self.id,
            "object": "transfer",
            "amount": self.amount,
            "amount_reversed": self.reversed(),
            "balance_transaction": self.balance_transaction,
            "created": self.created,
            "currency": self.currency,
            "description": self.description,
            "destination": self.destination,
            "destination_payment": self.destination_payment,
            "livemode": false,
            "metadata": self.metadata,
            "reversals": {
                "object": "list",
                "data": shown,
                "has_more": self.reversals.len() > SHOWN,
                "total_count": self.reversals.len(),
                "url": format!("/v1/transfers/{}/reversals", self.id),
            },
            "reversed": self.reversed() == self.amount,
            "source_transaction": self.source_transaction,
            "source_type": "card",
            "transfer_group": self.transfer_group,
        })
    }
}
