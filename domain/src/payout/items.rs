//! What Stripe's report lists for a payout that Stripe made by itself.

use std::collections::HashSet;

use super::{
    Known, Origin, Standing,
    event::{PaidItem, PayoutItemsRecorded},
};
use crate::{
    event::Event,
    id::Fingerprint,
    money::{Amount, Money},
    refusal::Rejection,
};

/// How many items one payout can be given.
pub const MAX_PAID_ITEMS: usize = 100_000;

/// How many items one event holds: published, it stays below the megabyte that NATS
/// carries.
const ITEMS_OF_AN_EVENT: usize = 2_000;

impl Known {
    /// Records what Stripe's report lists. No events: it was recorded before, the same.
    pub(crate) fn record_items(&self, mut items: Vec<PaidItem>) -> Result<Vec<Event>, Rejection> {
        if self.origin == Origin::Ledger {
            return Err(Rejection::IllegalTransition {
                what: format!("payout {}", self.payout_id),
                state: "the ledger's own",
                wanted: "given items from a report",
            });
        }
        self.check_items(&items)?;
        items.sort_by(|a, b| a.balance_transaction_id.cmp(&b.balance_transaction_id));
        match &self.paid_items {
            Some(known) if Some(known) == chained(None, &items).as_ref() => Ok(Vec::new()),
            Some(_) => Err(Rejection::AlreadyExists {
                what: format!("the list of items of payout {}", self.payout_id),
            }),
            None => Ok(items
                .chunks(ITEMS_OF_AN_EVENT)
                .map(|some| self.recorded(some))
                .collect()),
        }
    }

    fn check_items(&self, items: &[PaidItem]) -> Result<(), Rejection> {
        let invalid = |problem| Rejection::Invalid {
            field: "items",
            problem,
        };
        if items.is_empty() || items.len() > MAX_PAID_ITEMS {
            return Err(invalid(format!("must be 1 to {MAX_PAID_ITEMS}")));
        }
        let mut seen = HashSet::with_capacity(items.len());
        let twice = items
            .iter()
            .find(|item| !seen.insert(&item.balance_transaction_id));
        if let Some(item) = twice {
            let id = &item.balance_transaction_id;
            return Err(invalid(format!("{id} is named twice")));
        }
        let sum = Amount::sum(items.iter().map(|item| item.net_minor))
            .ok_or(Rejection::Overflow { what: "the items" })?;
        if sum == self.amount.amount {
            Ok(())
        } else {
            Err(Rejection::AmountMismatch {
                expected: self.amount,
                actual: Money::new(sum, self.amount.currency),
            })
        }
    }

    fn recorded(&self, items: &[PaidItem]) -> Event {
        PayoutItemsRecorded {
            payout_id: self.payout_id,
            currency: self.amount.currency,
            items: items.to_vec(),
            returned: matches!(
                self.standing,
                Standing::Failed { .. } | Standing::Canceled { .. }
            ),
        }
        .into()
    }

    pub(super) fn on_items_recorded(&mut self, event: &PayoutItemsRecorded) {
        self.paid_items = chained(self.paid_items.take(), &event.items);
    }
}

/// The hash of all items so far. Item by item, so that it does not depend on how many
/// of them an event holds.
fn chained(before: Option<Fingerprint>, items: &[PaidItem]) -> Option<Fingerprint> {
    items.iter().fold(before, |before, item| {
        let before = before.as_ref().map_or("", Fingerprint::as_str);
        // Strings and integers always have a JSON form.
        let item = serde_json::to_string(item).unwrap_or_default();
        Some(Fingerprint::of(format!("{before}{item}")))
    })
}
