//! Calls that only look: lists, balances, accounts, events.

use serde_json::Value;

use super::{At, Books, Opening};
use crate::sim::{
    Owner,
    error::ApiError,
    form::Form,
    payout::Payout,
    shelf::{Kept, Paging},
};

/// How long events are kept. Source: <https://docs.stripe.com/api/events>.
const EVENTS_KEPT_S: i64 = 30 * 24 * 60 * 60;

impl Books {
    pub(super) fn list_payouts(&mut self, at: &At, mut form: Form) -> Result<Value, ApiError> {
        let paging = Paging::take(&mut form)?;
        let (created, arrival) = (form.range("created")?, form.range("arrival_date")?);
        let status = form.word("status", &["pending", "paid", "failed", "canceled"])?;
        let destination = form.text("destination")?;
        form.finish()?;
        let wanted = |payout: &Payout| {
            created.holds(payout.created)
                && arrival.holds(payout.arrival_date)
                && status.is_none_or(|status| payout.status.as_str() == status)
                && destination
                    .as_ref()
                    .is_none_or(|id| payout.destination == *id)
        };
        self.payouts.page(&at.owner, "/v1/payouts", &paging, wanted)
    }

    pub(super) fn list_transfers(&mut self, at: &At, mut form: Form) -> Result<Value, ApiError> {
        let paging = Paging::take(&mut form)?;
        let created = form.range("created")?;
        let (destination, group) = (form.text("destination")?, form.text("transfer_group")?);
        form.finish()?;
        self.transfers
            .page(&at.owner, "/v1/transfers", &paging, |transfer| {
                created.holds(transfer.created)
                    && destination
                        .as_ref()
                        .is_none_or(|id| transfer.destination == *id)
                    && (group.is_none() || transfer.transfer_group == group)
            })
    }

    pub(super) fn show_balance(&mut self, at: &At, form: Form) -> Result<Value, ApiError> {
        form.finish()?;
        if self.rules.opening == Opening::Unlimited
            && let Ok(usd) = domain::money::Currency::parse("usd")
        {
            self.funds_of(&at.owner, usd, at.now);
        }
        Ok(self.account(&at.owner, at.now).balance(&at.owner))
    }

    pub(super) fn list_transactions(&mut self, at: &At, mut form: Form) -> Result<Value, ApiError> {
        let paging = Paging::take(&mut form)?;
        let created = form.range("created")?;
        let (payout, source) = (form.text("payout")?, form.text("source")?);
        let (kind, currency) = (form.text("type")?, form.text("currency")?);
        form.finish()?;
        if let Some(id) = &payout {
            let place = self.payouts.of(&at.owner, id);
            let Some(payout) = place.and_then(|place| self.payouts.at(place)) else {
                return Err(ApiError::missing("payout", id, "payout"));
            };
            if payout.automatic && !payout.reconciled {
                return Err(ApiError::known("payout_reconciliation_not_ready"));
            }
        }
        self.transactions
            .page(&at.owner, "/v1/balance_transactions", &paging, |item| {
                created.holds(item.created)
                    && (payout.is_none() || item.payout == payout)
                    && (source.is_none() || item.source == source)
                    && kind.as_ref().is_none_or(|kind| item.kind == kind)
                    && currency
                        .as_ref()
                        .is_none_or(|code| item.currency.as_str() == code)
            })
    }

    pub(super) fn list_events(&mut self, at: &At, mut form: Form) -> Result<Value, ApiError> {
        let paging = Paging::take(&mut form)?;
        let created = form.range("created")?;
        let mut kinds = form.list("types");
        kinds.extend(form.text("type")?);
        form.finish()?;
        let oldest = at.second() - EVENTS_KEPT_S;
        self.events.page(&at.owner, "/v1/events", &paging, |event| {
            event.created >= oldest
                && created.holds(event.created)
                && (kinds.is_empty() || kinds.iter().any(|kind| named(kind, event.kind)))
        })
    }

    pub(super) fn show_event(&mut self, at: &At, id: &str, form: Form) -> Result<Value, ApiError> {
        form.finish()?;
        let oldest = at.second() - EVENTS_KEPT_S;
        let place = self.events.of(&at.owner, id);
        let event = place.and_then(|place| self.events.at(place));
        match event.filter(|event| event.created >= oldest) {
            Some(event) => Ok(event.json()),
            None => Err(ApiError::missing("event", id, "id")),
        }
    }

    pub(super) fn show_account(
        &mut self,
        at: &At,
        id: &str,
        form: Form,
    ) -> Result<Value, ApiError> {
        form.finish()?;
        let owner = Owner::named(Some(id));
        let seen = at.owner == Owner::Platform || at.owner == owner;
        if !seen || !Owner::is_account_id(id) {
            return Err(ApiError::known("account_invalid"));
        }
        Ok(self.account(&owner, at.now).json(&owner))
    }
}

/// `payout.*` names all of them.
fn named(pattern: &str, kind: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => kind.starts_with(beginning),
        None => pattern == kind,
    }
}
