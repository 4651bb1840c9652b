//! The money of a payout is moved to the seller's account first, where the ledger is
//! set to do so: one transfer for each item that none carries.
//!
//! A transaction is transferred once, however many payouts it is in before one
//! arrives: Stripe is asked for the transfer of its group before one is made.

use std::borrow::Cow;

use domain::{Command, balance::event::Item, command, id::TransferId, money::Money, payout::Known};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tracing::info;

use super::{Submitter, attempt::Turn};
use crate::{
    config::stripe::Transfers,
    stripe::api::{Outcome, Unanswered},
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
        turn: Turn,
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
            self.transfer(payout, turn, (item, account)).await?;
        }
        Ok(())
    }

    async fn transfer(
        &self,
        payout: &Known,
        turn: Turn,
        (item, account): (&Item, &str),
    ) -> Result<(), Outcome> {
        let transaction = short(item.transaction_id.as_str());
        let group = format!("payoutd:{}:{transaction}", self.tenant);
        let id = match self.transfer_of(&group).await? {
            Some(id) => id,
            None => {
                self.make_transfer(payout, turn, (item, account, &group))
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
                // A question that was refused says nothing of the payout.
                refused @ Unanswered::Refused(_) => Outcome::Unheard(refused.to_string()),
                Unanswered::Trouble(why) => Outcome::Unheard(why),
            })
    }

    async fn make_transfer(
        &self,
        payout: &Known,
        turn: Turn,
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
            self.key(payout, turn.number),
            short(item.transaction_id.as_str())
        );
        match self
            .api
            .post("/v1/transfers", turn.of(None, &key), &fields)
            .await
        {
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

/// An id that fits into a header and a key, which Stripe takes up to 255 characters of.
fn short(id: &str) -> Cow<'_, str> {
    if id.len() <= 128 && id.is_ascii() {
        Cow::Borrowed(id)
    } else {
        Cow::Owned(hex::encode(Sha256::digest(id)))
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn an_id_that_no_key_has_room_for_is_told_by_its_hash() {
        assert_eq!(short("t-1"), "t-1");
        let (long, longer) = ("x".repeat(129), "x".repeat(130));
        for id in [long.as_str(), "größe"] {
            assert!(short(id).is_ascii() && short(id).len() == 64, "{id}");
        }
        assert_ne!(short(&long), short(&longer));
    }
}
