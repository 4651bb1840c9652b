//! What the generator remembers of the marketplace: who sells, what was sold, which
//! payouts are on their way. Enough to go on with, and no second ledger.

use std::collections::{BTreeMap, HashMap};

use domain::id::Tenant;
use uuid::Uuid;

/// Who sells.
#[derive(Debug, Clone)]
pub(super) struct Seller {
    pub(super) tenant: Tenant,
    pub(super) id: String,
    pub(super) account: String,
    /// Most of what they sell is in this.
    pub(super) currency: &'static str,
}

/// Something that was sold.
#[derive(Debug, Clone)]
pub(super) struct Sale {
    pub(super) seller: usize,
    pub(super) id: String,
    pub(super) currency: &'static str,
    /// Minor units.
    pub(super) gross: i64,
    pub(super) net: i64,
    pub(super) intent: Option<String>,
    pub(super) transfer: Option<String>,
}

/// A payout that was requested.
#[derive(Debug, Clone)]
pub(super) struct Payout {
    pub(super) seller: usize,
    pub(super) id: Uuid,
    pub(super) currency: &'static str,
    /// Minor units, if it was requested for named transactions: only then is it known here.
    pub(super) amount: Option<i64>,
}

impl Payout {
    pub(super) fn stripe_id(&self) -> String {
        format!("po_{}", self.id.simple())
    }
}

/// What is still to come of something.
#[derive(Debug, Clone)]
pub(super) enum Due {
    PaymentSucceeds(Sale),
    PaymentIsCanceled(Sale),
    DisputeOpens(Sale),
    DisputeIsClosed(Sale, bool),
    Refund(Sale),
    TransferIsReversed(Sale, i64),
    Release(Sale),
    Fail(Sale),
    Submit(Payout),
    InTransit(Payout),
    Paid(Payout),
    Failed(Payout),
    Canceled(Payout),
}

/// A seller's balance: the seller's index, and a currency.
pub(super) type Account = (usize, &'static str);

/// What has happened since payouts were last asked for.
#[derive(Debug, Default)]
pub(super) struct Till {
    /// Transactions that are available at once: their ids and what they come to.
    pub(super) free: Vec<(String, i64)>,
    /// Whether there may be others.
    pub(super) touched: bool,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Market {
    pub(super) sellers: Vec<Seller>,
    /// By day.
    pub(super) agenda: BTreeMap<u32, Vec<Due>>,
    /// Sorted, so that the same seed walks them in the same order.
    pub(super) tills: BTreeMap<Account, Till>,
    /// How often something was numbered.
    numbers: HashMap<&'static str, u64>,
}

impl Market {
    /// The next number of a kind.
    pub(super) fn number(&mut self, kind: &'static str) -> u64 {
        let number = self.numbers.entry(kind).or_default();
        *number += 1;
        *number
    }

    pub(super) fn plan(&mut self, day: u32, due: Due) {
        self.agenda.entry(day).or_default().push(due);
    }

    pub(super) fn till(&mut self, seller: usize, currency: &'static str) -> &mut Till {
        let till = self.tills.entry((seller, currency)).or_default();
        till.touched = true;
        till
    }
}
