//! The money of a payout is moved to the seller's account first, where the ledger is
//! set to do so: one transfer for each item that none carries.
//!
//! A transaction is transferred once, however many payouts it is in before one
//! arrives: Stripe is asked for the transfer of its group before one is made.

use domain::{Command, balance::event::Item, command, id::TransferId, money::Money, payout::Known};
use serde::Deserialize;
use tracing::info;

use super::Submitter;
use crate::{
    config::stripe::Transfers,
    stripe::api::{Of, Outcome, Unanswered},
};

/// As much of Stripe's transfer as is needed.
#[derive(Deserialize)]
struct Made {
    id: String,
    #[serde(default)]
    reversed: bool,
}

impl Submitter {
    /// Makes the transfers that a payout lacks.
    ///
    /// # Errors
    /// What the payout has to be told instead of an answer of its own.
    pub(super) async fn transfer_items(
        &self,
        payout: &Known,
        number: u32,
        account: Option<&str>,
    ) -> Result<(), Outcome> {
        let (Transfers::BeforePayout, Some(account)) = (self.transfers, account) else {
            return Ok(());
        };
        let lacking = payout
            .items()
            .iter()
            .filter(|item| item.transfer_id.is_none() && item.net_minor.is_positive());
        for item in lacking {
            self.transfer(payout, number, (item, account)).await?;
        }
        Ok(())
    }

    async fn transfer(
        &self,
        payout: &Known,
        number: u32,
        (item, account): (&Item, &str),
    ) -> Result<(), Outcome> {
        let group = format!("payoutd:{}:{}", self.tenant, item.transaction_id);
        let id = match self.transfer_of(&group).await? {
            Some(id) => id,
            None => {
                self.make_transfer(payout, number, (item, account, &group))
                    .await?
            }
        };
        let transfer_id = TransferId::new(&id).map_err(|_| unreadable())?;
        let recorded = Command::RecordTransfer(command::RecordTransfer {
            transfer_id,
            seller_id: payout.seller_id().clone(),
            amount: Money::new(item.net_minor, payout.amount().currency),
            transaction_id: Some(item.transaction_id.clone()),
        });
        // The transfer's webhook tells the ledger of it too: nothing is lost.
        self.record(recorded)
            .await
            .map(|_| ())
            .map_err(|_| Outcome::Unheard("the transfer could not be recorded yet".to_owned()))
    }

    /// The transfer of a group that was made before.
    async fn transfer_of(&self, group: &str) -> Result<Option<String>, Outcome> {
        let made = |object: &serde_json::value::RawValue| {
            let made: Made = serde_json::from_str(object.get()).ok()?;
            (!made.reversed).then_some(made.id)
        };
        self.api
            .search("/v1/transfers", None, &[("transfer_group", group)], made)
            .await
            .map_err(|error| match error {
                Unanswered::Refused(refused) => Outcome::Refused(refused),
                Unanswered::Trouble(why) => Outcome::Unheard(why),
            })
    }

    async fn make_transfer(
        &self,
        payout: &Known,
        number: u32,
        (item, account, group): (&Item, &str, &str),
    ) -> Result<String, Outcome> {
        let amount = item.net_minor.minor().to_string();
        let fields = [
            ("amount", amount.as_str()),
            ("currency", payout.amount().currency.as_str()),
            ("destination", account),
            ("transfer_group", group),
            ("metadata[transaction_id]", item.transaction_id.as_str()),
            ("metadata[tenant]", self.tenant.as_str()),
        ];
        let key = format!(
            "{}:transfer:{}",
            self.key(payout, number),
            item.transaction_id
        );
        let of = Of {
            account: None,
            key: &key,
        };
        match self.api.post("/v1/transfers", of, &fields).await {
            Outcome::Done(body) => {
                let made: Made = serde_json::from_slice(&body).map_err(|_| unreadable())?;
                info!(tenant = %self.tenant, payout = %payout.payout_id(),
                    transaction = %item.transaction_id, transfer = made.id, "made a transfer");
                Ok(made.id)
            }
            other => Err(other),
        }
    }
}

fn unreadable() -> Outcome {
    Outcome::Unclear("Stripe's transfer cannot be read".to_owned())
}
