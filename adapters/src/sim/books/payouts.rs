//! Payouts through the API: made, changed, cancelled, taken back.

use std::collections::VecDeque;

use domain::money::Currency;
use serde_json::{Value, json};
use time::{Duration, Time};

use super::{At, Books, money::Movement};
use crate::sim::{
    Owner,
    error::ApiError,
    form::{Form, Metadata},
    payout::{Act, Method, Outcome, Payout, Status},
    shelf::Kept,
};

/// The metadata that says how a payout is to end.
const OUTCOME: &str = "sim";
/// A payout can be taken back for so long.
const REVERSIBLE: Duration = Duration::days(90);

/// What is asked for.
struct Wanted {
    amount: i64,
    currency: Currency,
    method: Method,
    source_type: &'static str,
    destination: Option<String>,
    description: Option<String>,
    statement_descriptor: Option<String>,
    metadata: Metadata,
}

impl Books {
    pub(super) fn create_payout(&mut self, at: &At, form: Form) -> Result<Value, ApiError> {
        let wanted = Wanted::read(form)?;
        let outcome = self.outcome(&wanted, at)?;
        if let Some(known) = self.account(&at.owner, at.now).conduct.payouts {
            return Err(known.error());
        }
        let destination = self.external_account(&wanted, at)?;
        let funds = self.funds_of(&at.owner, wanted.currency, at.now);
        if !funds.pay_out(wanted.amount, wanted.method) {
            return Err(ApiError::known("balance_insufficient"));
        }
        let plan = outcome.plan(wanted.method);
        let place = self.put_payout(wanted, destination, at);
        if let Some(payout) = self.payouts.at_mut(place) {
            payout.plan = plan;
        }
        self.schedule(place, at.now);
        Ok(self.tell_payout(place, "payout.created", None, at))
    }

    /// A payout by schedule: all that is available, with the movements it is made of.
    ///
    /// # Errors
    /// When there is nothing to pay out.
    pub fn sweep(
        &mut self,
        owner: &Owner,
        currency: Currency,
        now: time::OffsetDateTime,
    ) -> Result<Value, ApiError> {
        let at = At::by_clock(owner.clone(), now);
        let amount = self.funds_of(owner, currency, now).available;
        if amount <= 0 {
            return Err(ApiError::known("balance_insufficient"));
        }
        let mut wanted = Wanted::plain(amount, currency);
        wanted.description = Some("STRIPE PAYOUT".to_owned());
        let destination = self.external_account(&wanted, &at)?;
        self.funds_of(owner, currency, now)
            .pay_out(amount, Method::Standard);
        let items: Vec<usize> = (0..self.transactions.all().len())
            .filter(|place| self.is_open_item(*place, owner, currency))
            .collect();
        let place = self.put_payout(wanted, destination, &at);
        let Some(payout) = self.payouts.at_mut(place) else {
            return Err(ApiError::broken());
        };
        payout.automatic = true;
        payout.plan = Outcome::Pay.plan(Method::Standard);
        let (id, own) = (payout.id.clone(), payout.balance_transaction.clone());
        for item in items.into_iter().chain(self.transactions.place(&own)) {
            if let Some(item) = self.transactions.at_mut(item) {
                item.payout = Some(id.clone());
            }
        }
        self.schedule(place, now);
        Ok(self.tell_payout(place, "payout.created", None, &at))
    }

    fn is_open_item(&self, place: usize, owner: &Owner, currency: Currency) -> bool {
        self.transactions.at(place).is_some_and(|item| {
            item.payout.is_none() && item.owner == *owner && item.currency == currency
        })
    }

    /// Puts a payout into the books. Its money was moved before.
    fn put_payout(&mut self, wanted: Wanted, destination: String, at: &At) -> usize {
        let id = self.mint("po_");
        let movement = Movement::of((&at.owner, wanted.currency), "payout", -wanted.amount, &id);
        let balance_transaction = self.write_down(movement, at);
        let arrival = match wanted.method {
            Method::Instant => at.now,
            Method::Standard => (at.now + Duration::days(2)).replace_time(Time::MIDNIGHT),
        };
        self.payouts.put(Payout {
            id,
            owner: at.owner.clone(),
            amount: wanted.amount,
            currency: wanted.currency,
            status: Status::Pending,
            method: wanted.method,
            source_type: wanted.source_type,
            automatic: false,
            created: at.second(),
            arrival_date: arrival.unix_timestamp(),
            description: wanted.description,
            statement_descriptor: wanted.statement_descriptor,
            destination,
            metadata: wanted.metadata,
            failure_code: None,
            balance_transaction,
            failure_balance_transaction: None,
            original_payout: None,
            reversed_by: None,
            trace_id: None,
            reconciled: false,
            plan: VecDeque::new(),
        })
    }

    /// How it is to end: by its metadata, its amount, its account; else it is paid.
    fn outcome(&mut self, wanted: &Wanted, at: &At) -> Result<Outcome, ApiError> {
        if let Some(text) = wanted.metadata.get(OUTCOME) {
            let param = format!("metadata[{OUTCOME}]");
            return text
                .parse()
                .map_err(|error: crate::sim::payout::InvalidOutcome| {
                    ApiError::parameter("parameter_invalid_string", param, error.to_string())
                });
        }
        let digits = wanted.amount.to_string();
        let by_amount = self
            .rules
            .outcomes
            .iter()
            .find(|(end, _)| digits.ends_with(end.as_str()));
        if let Some((_, outcome)) = by_amount {
            return Ok(outcome.clone());
        }
        let by_account = &self.account(&at.owner, at.now).conduct.outcome;
        Ok(by_account.clone().unwrap_or(Outcome::Pay))
    }

    /// Where the money goes: the one that is named, else the currency's own.
    fn external_account(&mut self, wanted: &Wanted, at: &At) -> Result<String, ApiError> {
        if let Some(id) = &wanted.destination
            && !id.starts_with("ba_")
            && !id.starts_with("card_")
        {
            return Err(ApiError::missing("external account", id, "destination"));
        }
        let fresh = self.mint("ba_");
        let account = self.account(&at.owner, at.now);
        let id = match &wanted.destination {
            Some(id) => id.clone(),
            None => account
                .external
                .entry(wanted.currency)
                .or_insert(fresh)
                .clone(),
        };
        if account.disabled.contains(&id) {
            return Err(ApiError::known("bank_account_unusable"));
        }
        Ok(id)
    }

    pub(super) fn update_payout(
        &mut self,
        at: &At,
        id: &str,
        mut form: Form,
    ) -> Result<Value, ApiError> {
        let (place, old) = self.payout_of(at, id)?;
        let metadata = form.metadata(old.metadata.clone())?;
        form.finish()?;
        let previous = changes(&old.metadata, &metadata);
        if let Some(payout) = self.payouts.at_mut(place) {
            payout.metadata = metadata;
        }
        Ok(match previous {
            Some(metadata) => {
                let previous = json!({ "metadata": metadata });
                self.tell_payout(place, "payout.updated", Some(previous), at)
            }
            None => old.json(),
        })
    }

    pub(super) fn cancel_payout(
        &mut self,
        at: &At,
        id: &str,
        form: Form,
    ) -> Result<Value, ApiError> {
        let (place, payout) = self.payout_of(at, id)?;
        form.finish()?;
        if payout.status != Status::Pending || payout.after(&Act::Cancel).is_none() {
            return Err(refused(
                "Only a manual payout that is pending can be canceled.",
            ));
        }
        self.apply(place, &Act::Cancel, at)
    }

    pub(super) fn reverse_payout(
        &mut self,
        at: &At,
        id: &str,
        mut form: Form,
    ) -> Result<Value, ApiError> {
        let (place, payout) = self.payout_of(at, id)?;
        let metadata = form.metadata(Metadata::new())?;
        form.finish()?;
        let age = at.second() - payout.arrival_date;
        let reason = if at.owner == Owner::Platform {
            Some("Only payouts of connected accounts can be reversed.")
        } else if payout.status != Status::Paid || payout.amount < 0 {
            Some("Only a payout that is paid can be reversed.")
        } else if payout.reversed_by.is_some() {
            Some("The payout has been reversed already.")
        } else if payout.method == Method::Instant || payout.destination.starts_with("card_") {
            Some("Only standard payouts to bank accounts can be reversed.")
        } else if !matches!(payout.currency.as_str(), "usd" | "cad") {
            Some("Only payouts to bank accounts in the US and in Canada can be reversed.")
        } else if age > REVERSIBLE.whole_seconds() {
            Some("The payout is too old to be reversed.")
        } else {
            None
        };
        if let Some(reason) = reason {
            return Err(refused(reason));
        }
        let wanted = Wanted {
            metadata,
            ..Wanted::plain(-payout.amount, payout.currency)
        };
        let outcome = self.outcome(&wanted, at)?;
        // It comes in, and can be used when the bank has paid it.
        let funds = self.funds_of(&at.owner, payout.currency, at.now);
        funds.expect(payout.amount);
        let back = self.put_payout(wanted, payout.destination.clone(), at);
        let Some(reversal) = self.payouts.at_mut(back) else {
            return Err(ApiError::broken());
        };
        reversal.original_payout = Some(payout.id.clone());
        reversal.plan = outcome.plan(Method::Standard);
        let reversal_id = reversal.id.clone();
        if let Some(original) = self.payouts.at_mut(place) {
            original.reversed_by = Some(reversal_id);
        }
        self.schedule(back, at.now);
        let created = self.tell_payout(back, "payout.created", None, at);
        let previous = json!({ "reversed_by": null });
        self.tell_payout(place, "payout.updated", Some(previous), at);
        Ok(created)
    }

    fn payout_of(&self, at: &At, id: &str) -> Result<(usize, Payout), ApiError> {
        let place = self.payouts.of(&at.owner, id);
        let found = place.and_then(|place| Some((place, self.payouts.at(place)?.clone())));
        found.ok_or_else(|| ApiError::missing("payout", id, "payout"))
    }

    /// Tells an event of a payout as it stands now, and shows it.
    pub(super) fn tell_payout(
        &mut self,
        place: usize,
        kind: &'static str,
        previous: Option<Value>,
        at: &At,
    ) -> Value {
        let object = self.payouts.at(place).map(Kept::json).unwrap_or_default();
        self.tell(kind, object.clone(), previous, at);
        object
    }
}

impl Wanted {
    fn plain(amount: i64, currency: Currency) -> Self {
        Self {
            amount,
            currency,
            method: Method::Standard,
            source_type: "card",
            destination: None,
            description: None,
            statement_descriptor: None,
            metadata: Metadata::new(),
        }
    }

    fn read(mut form: Form) -> Result<Self, ApiError> {
        let wanted = Self {
            amount: form.required_amount()?,
            currency: form.currency()?,
            method: match form.word("method", &["standard", "instant"])? {
                Some("instant") => Method::Instant,
                _ => Method::Standard,
            },
            source_type: form
                .word("source_type", &["card", "bank_account", "fpx"])?
                .unwrap_or("card"),
            destination: form.text("destination")?,
            description: form.text("description")?,
            statement_descriptor: form.short("statement_descriptor", 22)?,
            metadata: form.metadata(Metadata::new())?,
        };
        form.finish()?;
        let multiple = wanted.currency.payout_multiple();
        if wanted.amount % multiple != 0 {
            let message = format!(
                "Payouts in {} are multiples of {multiple}.",
                wanted.currency
            );
            return Err(ApiError::parameter(
                "parameter_invalid_integer",
                "amount",
                message,
            ));
        }
        Ok(wanted)
    }
}

/// The old values of what changed, in the way of `previous_attributes`.
pub(super) fn changes(old: &Metadata, new: &Metadata) -> Option<Value> {
    let keys = old
        .keys()
        .chain(new.keys().filter(|key| !old.contains_key(*key)));
    let changed = keys.filter(|key| old.get(*key) != new.get(*key));
    let previous: serde_json::Map<String, Value> = changed
        .map(|key| (key.clone(), json!(old.get(key))))
        .collect();
    (!previous.is_empty()).then_some(Value::Object(previous))
}

/// A refusal that lies in how the object stands; an idempotency key keeps it.
pub(super) fn refused(message: impl Into<String>) -> ApiError {
    ApiError {
        kept: true,
        ..ApiError::request(400, None, message)
    }
}
