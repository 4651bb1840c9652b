//! What happens to payouts at the bank: by the clock, or because somebody says so.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{At, Books, money::Movement, payouts::refused};
use crate::sim::{
    error::ApiError,
    payout::{Act, Method, Payout, Status, disables_account},
    shelf::Kept,
};

impl Books {
    /// Does everything that is due.
    pub fn tick(&mut self, now: OffsetDateTime) {
        self.memory.age(now);
        while let Some((due, place)) = self.due.first().copied()
            && due <= now
        {
            self.due.pop_first();
            let Some(payout) = self.payouts.at_mut(place) else {
                continue;
            };
            if let Some(act) = payout.plan.pop_front() {
                let at = At::by_clock(payout.owner.clone(), due);
                // A step that somebody's act has made impossible is left out.
                let _ = self.apply(place, &act, &at);
            }
            self.schedule(place, due);
        }
    }

    /// When there is something to do next.
    #[must_use]
    pub fn next_due(&self) -> Option<OffsetDateTime> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Plans the next step, if there is one and time makes it happen.
    pub(super) fn schedule(&mut self, place: usize, now: OffsetDateTime) {
        let waits = self
            .payouts
            .at(place)
            .is_some_and(|payout| !payout.plan.is_empty());
        if waits && self.rules.pace.is_positive() {
            self.due.insert((now + self.rules.pace, place));
        }
    }

    /// Makes something happen to a payout now. Whoever does more than send it takes
    /// it out of the clock's hands.
    ///
    /// # Errors
    /// When there is no such payout, or it cannot go there.
    pub fn act(&mut self, id: &str, act: &Act, now: OffsetDateTime) -> Result<Value, ApiError> {
        self.tick(now);
        let place = self.payouts.place(id);
        let payout = place.and_then(|place| Some((place, self.payouts.at_mut(place)?)));
        let Some((place, payout)) = payout else {
            return Err(ApiError::missing("payout", id, "payout"));
        };
        let at = At::by_clock(payout.owner.clone(), now);
        let shown = self.apply(place, act, &at)?;
        if *act != Act::Post
            && let Some(payout) = self.payouts.at_mut(place)
        {
            payout.plan.clear();
        }
        Ok(shown)
    }

    /// Moves a payout and its money, and tells of it.
    pub(super) fn apply(&mut self, place: usize, act: &Act, at: &At) -> Result<Value, ApiError> {
        let Some(payout) = self.payouts.at_mut(place) else {
            return Err(ApiError::broken());
        };
        let Some(next) = payout.after(act) else {
            let status = payout.status.as_str();
            return Err(refused(format!(
                "The payout is {status}: that cannot happen to it."
            )));
        };
        let before = payout.clone();
        payout.status = next;
        let previous = json!({ "status": before.status.as_str() });
        match act {
            Act::Post => Ok(self.tell_payout(place, "payout.updated", Some(previous), at)),
            Act::Pay => Ok(self.paid(place, &before, at)),
            Act::Fail(code) => {
                self.give_back(place, &before, "payout_failure", at);
                if let Some(payout) = self.payouts.at_mut(place) {
                    payout.failure_code = Some(code.clone());
                }
                if self.rules.disable_failed_accounts && disables_account(code) {
                    let account = self.account(&at.owner, at.now);
                    account.disabled.insert(before.destination);
                }
                Ok(self.tell_payout(place, "payout.failed", None, at))
            }
            Act::Cancel => {
                self.give_back(place, &before, "payout_cancel", at);
                Ok(self.tell_payout(place, "payout.canceled", None, at))
            }
        }
    }

    fn paid(&mut self, place: usize, payout: &Payout, at: &At) -> Value {
        if payout.amount < 0 {
            let funds = self.funds_of(&at.owner, payout.currency, at.now);
            funds.expect(payout.amount);
            funds.give(-payout.amount);
        }
        self.tell_payout(place, "payout.paid", None, at);
        if payout.method == Method::Standard {
            let trace: String = (0..15).map(|_| self.ids.digit(10)).collect();
            if let Some(payout) = self.payouts.at_mut(place) {
                payout.trace_id = Some(trace);
            }
            let previous = json!({ "trace_id": { "status": "pending", "value": null } });
            self.tell_payout(place, "payout.updated", Some(previous), at);
        }
        if payout.automatic {
            if let Some(payout) = self.payouts.at_mut(place) {
                payout.reconciled = true;
            }
            self.tell_payout(place, "payout.reconciliation_completed", None, at);
        }
        self.payouts.at(place).map(Kept::json).unwrap_or_default()
    }

    /// The money is where it was before: `payout` is as it stood until now.
    fn give_back(&mut self, place: usize, payout: &Payout, kind: &'static str, at: &At) {
        let funds = self.funds_of(&at.owner, payout.currency, at.now);
        if payout.amount > 0 {
            funds.give(payout.amount);
        } else if payout.status == Status::Paid {
            // It was paid: what came in is no longer pending.
            funds.take(-payout.amount);
        } else {
            funds.expect(payout.amount);
        }
        let of = (&at.owner, payout.currency);
        let movement = Movement::of(of, kind, payout.amount, &payout.id);
        let transaction = self.write_down(movement, at);
        if let Some(payout) = self.payouts.at_mut(place) {
            payout.failure_balance_transaction = Some(transaction);
        }
    }
}
