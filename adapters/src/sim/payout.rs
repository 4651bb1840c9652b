//! A payout: what it holds, how the API shows it, and where it may go.

use std::collections::VecDeque;

use domain::money::Currency;
use serde_json::{Value, json};

use super::{Owner, form::Metadata, shelf::Kept};

mod outcome;

pub(super) use outcome::disables_account;
pub use outcome::{InvalidOutcome, Outcome};

/// Where a payout stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Made, not sent.
    Pending,
    /// Sent to the bank.
    InTransit,
    /// Expected to be there.
    Paid,
    /// It came back.
    Failed,
    /// It never left.
    Canceled,
}

/// What happens to a payout at the bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// It is sent: pending to in transit.
    Post,
    /// It arrives.
    Pay,
    /// It fails, also after it was paid; with one of Stripe's failure codes.
    Fail(String),
    /// It is taken back before it is paid.
    Cancel,
}

/// `method`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// In days.
    Standard,
    /// In minutes.
    Instant,
}

/// One payout.
#[derive(Debug, Clone)]
pub struct Payout {
    /// `po_…`
    pub id: String,
    /// From whose balance.
    pub owner: Owner,
    /// Minor units; negative if money is collected.
    pub amount: i64,
    /// Of what.
    pub currency: Currency,
    /// Where it stands.
    pub status: Status,
    /// Standard or instant.
    pub method: Method,
    /// By the caller's choice, not used for anything here.
    pub source_type: &'static str,
    /// Made by a schedule, not by a call.
    pub automatic: bool,
    /// Unix seconds.
    pub created: i64,
    /// Unix seconds; an estimate.
    pub arrival_date: i64,
    /// As given.
    pub description: Option<String>,
    /// As given.
    pub statement_descriptor: Option<String>,
    /// `ba_…` or `card_…`
    pub destination: String,
    /// As given.
    pub metadata: Metadata,
    /// Why it failed.
    pub failure_code: Option<String>,
    /// `txn_…` that took the money.
    pub balance_transaction: String,
    /// `txn_…` that put it back.
    pub failure_balance_transaction: Option<String>,
    /// The payout that this one takes back.
    pub original_payout: Option<String>,
    /// The payout that takes this one back.
    pub reversed_by: Option<String>,
    /// The bank's reference, once it is known.
    pub trace_id: Option<String>,
    /// Whether the schedule's items can be listed.
    pub reconciled: bool,
    /// What will happen by the clock.
    pub(super) plan: VecDeque<Act>,
}

impl Status {
    /// As Stripe writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InTransit => "in_transit",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// Whether the money is out of the balance.
    #[must_use]
    pub const fn holds_money(self) -> bool {
        match self {
            Self::Pending | Self::InTransit | Self::Paid => true,
            Self::Failed | Self::Canceled => false,
        }
    }

    /// Where the act leads from here, if it is allowed: Stripe's table of transitions.
    #[must_use]
    pub const fn after(self, act: &Act) -> Option<Self> {
        match (self, act) {
            (Self::Pending, Act::Post) => Some(Self::InTransit),
            (Self::Pending | Self::InTransit, Act::Pay) => Some(Self::Paid),
            (Self::Pending | Self::InTransit | Self::Paid, Act::Fail(_)) => Some(Self::Failed),
            (Self::Pending | Self::InTransit, Act::Cancel) => Some(Self::Canceled),
            (Self::InTransit | Self::Paid | Self::Failed | Self::Canceled, Act::Post)
            | (Self::Paid | Self::Failed | Self::Canceled, Act::Pay | Act::Cancel)
            | (Self::Failed | Self::Canceled, Act::Fail(_)) => None,
        }
    }
}

impl Method {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Instant => "instant",
        }
    }
}

impl Payout {
    /// Where the act would lead. Only manual payouts can be cancelled, and one
    /// that is being taken back cannot fail as well.
    #[must_use]
    pub fn after(&self, act: &Act) -> Option<Status> {
        let barred = match act {
            Act::Cancel => self.automatic || self.original_payout.is_some(),
            Act::Fail(_) => self.reversed_by.is_some(),
            Act::Post | Act::Pay => false,
        };
        if barred { None } else { self.status.after(act) }
    }

    fn reconciliation(&self) -> &'static str {
        match (self.automatic, self.reconciled) {
            (false, _) => "not_applicable",
            (true, false) => "in_progress",
            (true, true) => "completed",
        }
    }
}

impl Kept for Payout {
    const WHAT: &'static str = "payout";

    fn id(&self) -> &str {
        &self.id
    }

    fn owner(&self) -> &Owner {
        &self.owner
    }

    fn json(&self) -> Value {
        let card = self.destination.starts_with("card_");
        json!({
            "id": self.id,
            "object": "payout",
            "amount": self.amount,
            "application_fee": null,
            "application_fee_amount": null,
            "arrival_date": self.arrival_date,
            "automatic": self.automatic,
            "balance_transaction": self.balance_transaction,
            "created": self.created,
            "currency": self.currency,
            "description": self.description,
            "destination": self.destination,
            "failure_balance_transaction": self.failure_balance_transaction,
            "failure_code": self.failure_code,
            "failure_message": self.failure_code.as_deref().map(outcome::failure_message),
            "livemode": false,
            "metadata": self.metadata,
            "method": self.method.as_str(),
            "original_payout": self.original_payout,
            "payout_method": null,
            "reconciliation_status": self.reconciliation(),
            "reversed_by": self.reversed_by,
            "source_type": self.source_type,
            "statement_descriptor": self.statement_descriptor,
            "status": self.status.as_str(),
            "trace_id": {
                "status": if self.trace_id.is_some() { "supported" } else { "pending" },
                "value": self.trace_id,
            },
            "type": if card { "card" } else { "bank_account" },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Act, Status};

    #[test]
    fn a_payout_goes_where_stripes_table_says_and_nowhere_else() {
        let fail = || Act::Fail("account_closed".to_owned());
        let acts = || [Act::Post, Act::Pay, fail(), Act::Cancel];
        let table = [
            (
                Status::Pending,
                ["in_transit", "paid", "failed", "canceled"],
            ),
            (Status::InTransit, ["-", "paid", "failed", "canceled"]),
            (Status::Paid, ["-", "-", "failed", "-"]),
            (Status::Failed, ["-"; 4]),
            (Status::Canceled, ["-"; 4]),
        ];
        for (from, expected) in table {
            let found = acts().map(|act| from.after(&act).map_or("-", Status::as_str));
            assert_eq!(found, expected, "from {}", from.as_str());
        }
    }
}
