//! Transfers through the API: made, changed, taken back in parts.

use domain::money::Currency;
use serde_json::{Value, json};

use super::{
    At, Books,
    money::Movement,
    payouts::{changes, refused},
};
use crate::sim::{
    Owner,
    error::ApiError,
    form::{Form, Metadata},
    owner::PLATFORM_ID,
    shelf::Kept,
    transfer::{Reversal, Transfer},
};

/// What is asked for.
struct Wanted {
    amount: i64,
    currency: Currency,
    destination: String,
    transfer_group: Option<String>,
    source_transaction: Option<String>,
    description: Option<String>,
    metadata: Metadata,
}

impl Books {
    pub(super) fn create_transfer(&mut self, at: &At, form: Form) -> Result<Value, ApiError> {
        let wanted = Wanted::read(form)?;
        wanted.check(at)?;
        let receiver = Owner::Connected(wanted.destination.clone());
        if let Some(known) = self.account(&receiver, at.now).conduct.transfers {
            return Err(known.error());
        }
        self.move_money(&wanted, &receiver, at)?;

        let (amount, currency) = (wanted.amount, wanted.currency);
        let id = self.mint("tr_");
        let destination_payment = self.mint("py_");
        let out = Movement::of((&at.owner, currency), "transfer", -amount, &id);
        let balance_transaction = self.write_down(out, at);
        let into = Movement::of(
            (&receiver, currency),
            "payment",
            amount,
            &destination_payment,
        );
        self.write_down(into, at);
        let place = self.transfers.put(Transfer {
            id,
            owner: at.owner.clone(),
            destination: wanted.destination,
            destination_payment,
            amount,
            currency,
            created: at.second(),
            description: wanted.description,
            transfer_group: wanted.transfer_group,
            source_transaction: wanted.source_transaction,
            metadata: wanted.metadata,
            balance_transaction,
            reversals: Vec::new(),
        });
        Ok(self.tell_transfer(place, "transfer.created", None, at))
    }

    /// A charge that is named as the source brings its money along: no charges are
    /// kept here, and it would be in the platform's balance by now.
    fn move_money(&mut self, wanted: &Wanted, to: &Owner, at: &At) -> Result<(), ApiError> {
        let (amount, currency) = (wanted.amount, wanted.currency);
        let platform = self.funds_of(&at.owner, currency, at.now);
        if wanted.source_transaction.is_some() {
            platform.open(amount);
        } else if platform.available < amount {
            return Err(ApiError::known("balance_insufficient"));
        }
        platform.take(amount);
        self.funds_of(to, currency, at.now).give(amount);
        if let Some(charge) = &wanted.source_transaction {
            let came = Movement::of((&at.owner, currency), "adjustment", amount, charge);
            self.write_down(came, at);
        }
        Ok(())
    }

    pub(super) fn update_transfer(
        &mut self,
        at: &At,
        id: &str,
        mut form: Form,
    ) -> Result<Value, ApiError> {
        let (place, old) = self.transfer_of(at, id)?;
        let description = form.text("description")?;
        let metadata = form.metadata(old.metadata.clone())?;
        form.finish()?;
        let mut previous = serde_json::Map::new();
        if let Some(metadata) = changes(&old.metadata, &metadata) {
            previous.insert("metadata".to_owned(), metadata);
        }
        if description.is_some() && description != old.description {
            previous.insert("description".to_owned(), json!(old.description));
        }
        if let Some(transfer) = self.transfers.at_mut(place) {
            transfer.metadata = metadata;
            transfer.description = description.or(old.description.clone());
        }
        if previous.is_empty() {
            return Ok(old.json());
        }
        let previous = Some(Value::Object(previous));
        Ok(self.tell_transfer(place, "transfer.updated", previous, at))
    }

    pub(super) fn reverse_transfer(
        &mut self,
        at: &At,
        id: &str,
        mut form: Form,
    ) -> Result<Value, ApiError> {
        let (place, transfer) = self.transfer_of(at, id)?;
        let left = transfer.amount - transfer.reversed();
        let amount = form.amount("amount")?.unwrap_or(left);
        form.text("description")?;
        form.word("refund_application_fee", &["true", "false"])?;
        let metadata = form.metadata(Metadata::new())?;
        form.finish()?;
        if amount > left || left == 0 {
            let (amount, id) = (transfer.amount, &transfer.id);
            return Err(refused(format!(
                "Of {id} over {amount}, {left} can be reversed."
            )));
        }
        let (giver, currency) = (
            Owner::Connected(transfer.destination.clone()),
            transfer.currency,
        );
        let funds = self.funds_of(&giver, currency, at.now);
        if funds.available < amount {
            return Err(ApiError::known("balance_insufficient"));
        }
        funds.take(amount);
        self.funds_of(&at.owner, currency, at.now).give(amount);

        let refund = self.mint("pyr_");
        let out = Movement::of((&giver, currency), "payment_refund", -amount, &refund);
        self.write_down(out, at);
        let reversal_id = self.mint("trr_");
        let into = Movement::of(
            (&at.owner, currency),
            "transfer_refund",
            amount,
            &reversal_id,
        );
        let reversal = Reversal {
            id: reversal_id.clone(),
            amount,
            created: at.second(),
            metadata,
            balance_transaction: self.write_down(into, at),
            refund,
        };
        let shown = transfer.reversal(&reversal);
        if let Some(transfer) = self.transfers.at_mut(place) {
            transfer.reversals.push(reversal);
        }
        let old = transfer.json();
        let mut previous = json!({
            "amount_reversed": old["amount_reversed"],
            "reversals": {
                "data": old["reversals"]["data"],
                "total_count": old["reversals"]["total_count"],
            },
        });
        if amount == left {
            previous["reversed"] = json!(false);
        }
        self.tell_transfer(place, "transfer.reversed", Some(previous), at);
        Ok(shown)
    }

    fn transfer_of(&self, at: &At, id: &str) -> Result<(usize, Transfer), ApiError> {
        let place = self.transfers.of(&at.owner, id);
        let found = place.and_then(|place| Some((place, self.transfers.at(place)?.clone())));
        found.ok_or_else(|| ApiError::missing("transfer", id, "id"))
    }

    fn tell_transfer(
        &mut self,
        place: usize,
        kind: &'static str,
        previous: Option<Value>,
        at: &At,
    ) -> Value {
        let object = self.transfers.at(place).map(Kept::json).unwrap_or_default();
        self.tell(kind, object.clone(), previous, at);
        object
    }
}

impl Wanted {
    fn read(mut form: Form) -> Result<Self, ApiError> {
        let wanted = Self {
            amount: form.required_amount()?,
            currency: form.currency()?,
            destination: form.required("destination")?,
            transfer_group: form.text("transfer_group")?,
            source_transaction: form.text("source_transaction")?,
            description: form.text("description")?,
            metadata: form.metadata(Metadata::new())?,
        };
        form.word("source_type", &["card", "bank_account", "fpx"])?;
        form.finish()?;
        Ok(wanted)
    }

    fn check(&self, at: &At) -> Result<(), ApiError> {
        let multiple = multiple(self.currency);
        if self.amount % multiple != 0 {
            let message = format!(
                "Transfers in {} are multiples of {multiple}.",
                self.currency
            );
            return Err(ApiError::parameter(
                "parameter_invalid_integer",
                "amount",
                message,
            ));
        }
        let own = self.destination == PLATFORM_ID || at.owner != Owner::Platform;
        if own || !Owner::is_account_id(&self.destination) {
            return Err(ApiError::missing(
                "destination",
                &self.destination,
                "destination",
            ));
        }
        match &self.source_transaction {
            Some(charge) if !charge.starts_with("ch_") && !charge.starts_with("py_") => {
                Err(ApiError::missing("charge", charge, "source_transaction"))
            }
            _ => Ok(()),
        }
    }
}

/// Transfers have fractions where payouts have none, but for currencies that have
/// none at all.
fn multiple(currency: Currency) -> i64 {
    match currency.as_str() {
        "huf" | "twd" => 1,
        _ => currency.payout_multiple(),
    }
}
