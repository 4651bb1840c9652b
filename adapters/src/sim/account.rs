//! An account: its money by currency, where it is paid out to, and what it may not do.

use std::collections::{BTreeMap, BTreeSet};

use domain::money::Currency;
use serde_json::{Value, json};

use super::{Owner, error::Known, payout::Method, payout::Outcome};

/// Money of one currency, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Funds {
    /// Can be paid out. Negative if something was taken back that is no longer there.
    pub available: i64,
    /// Not yet.
    pub pending: i64,
    /// So much of both can be paid out at once.
    pub instant: i64,
    /// What came in from outside, all in all.
    pub opened: i64,
}

/// An account's state beside its objects.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) created: i64,
    pub(super) funds: BTreeMap<Currency, Funds>,
    /// `ba_…` by currency.
    pub(super) external: BTreeMap<Currency, String>,
    /// External accounts that take no payout since one failed.
    pub(super) disabled: BTreeSet<String>,
    pub(super) conduct: Conduct,
}

/// What an account answers to whoever wants something of it.
#[derive(Debug, Clone, Default)]
pub struct Conduct {
    /// Payouts are refused with this.
    pub payouts: Option<&'static Known>,
    /// Transfers to it are refused with this.
    pub transfers: Option<&'static Known>,
    /// Every call in its name is refused with this.
    pub calls: Option<&'static Known>,
    /// How its payouts end, unless they say themselves.
    pub outcome: Option<Outcome>,
}

impl Funds {
    /// Takes what a payout pays, if there is enough.
    pub(super) fn pay_out(&mut self, amount: i64, method: Method) -> bool {
        let enough = match method {
            Method::Standard => self.available >= amount,
            Method::Instant => self.instant >= amount && self.available + self.pending >= amount,
        };
        if enough {
            let available = amount.min(self.available.max(0));
            self.available -= available;
            self.pending -= amount - available;
            self.instant -= if method == Method::Instant { amount } else { 0 };
            self.settle();
        }
        enough
    }

    /// Takes without asking: what is not there is owed.
    pub(super) fn take(&mut self, amount: i64) {
        self.available -= amount;
        self.settle();
    }

    /// Gives what can be used at once.
    pub(super) fn give(&mut self, amount: i64) {
        self.available += amount;
        self.instant += amount;
        self.settle();
    }

    /// Expects more, or less if negative, to come in later.
    pub(super) fn expect(&mut self, amount: i64) {
        self.pending += amount;
        self.settle();
    }

    /// At most what there is can be paid out at once.
    fn settle(&mut self) {
        self.instant = self.instant.min(self.available + self.pending).max(0);
    }

    /// Comes in from outside.
    pub(super) fn open(&mut self, amount: i64) {
        self.opened += amount;
        self.give(amount);
    }
}

impl Account {
    /// As `GET /v1/balance` shows it.
    pub(super) fn balance(&self, owner: &Owner) -> Value {
        let of = |part: fn(&Funds) -> i64| -> Vec<Value> {
            self.funds
                .iter()
                .map(|(currency, funds)| {
                    let amount = part(funds);
                    json!({
                        "amount": amount,
                        "currency": currency,
                        "source_types": { "card": amount },
                    })
                })
                .collect()
        };
        let mut balance = json!({
            "object": "balance",
            "available": of(|funds| funds.available),
            "instant_available": of(|funds| funds.instant),
            "livemode": false,
            "pending": of(|funds| funds.pending),
        });
        if *owner == Owner::Platform {
            balance["connect_reserved"] = json!(of(|_| 0));
        }
        balance
    }

    /// As `GET /v1/accounts/:id` shows it.
    pub(super) fn json(&self, owner: &Owner) -> Value {
        let transfers = if self.conduct.transfers.is_none() {
            "active"
        } else {
            "inactive"
        };
        json!({
            "id": owner.id(),
            "object": "account",
            "business_type": "company",
            "capabilities": { "transfers": transfers },
            "charges_enabled": true,
            "country": "US",
            "created": self.created,
            "default_currency": "usd",
            "details_submitted": true,
            "external_accounts": self.external_accounts(owner),
            "metadata": {},
            "payouts_enabled": self.conduct.payouts.is_none(),
            "requirements": { "currently_due": [], "disabled_reason": null },
            "settings": { "payouts": { "schedule": { "interval": "manual" } } },
            "type": "express",
        })
    }

    fn external_accounts(&self, owner: &Owner) -> Value {
        let accounts: Vec<Value> = self
            .external
            .iter()
            .map(|(currency, id)| {
                let errored = self.disabled.contains(id);
                json!({
                    "id": id,
                    "object": "bank_account",
                    "account": owner.id(),
                    "currency": currency,
                    "default_for_currency": true,
                    "status": if errored { "errored" } else { "new" },
                })
            })
            .collect();
        let url = format!("/v1/accounts/{}/external_accounts", owner.id());
        json!({ "object": "list", "data": accounts, "has_more": false, "url": url })
    }
}
