//! The ledger's side of a reconciliation: its payouts and their items, looked up by what
//! Stripe names, and held against that by the rules of `domain::reconcile`.
//!
//! Nothing is written, and memory is bounded by the pages that are asked for.

use std::collections::{BTreeMap, HashMap};

use domain::{
    command::ReportedItem,
    id::{
        Alias, PayoutId, SellerId, StripeAccount, StripePayoutId, Tenant, TransactionId, TransferId,
    },
    money::{Amount, Currency, Money},
    payout::Origin,
    reconcile::{self, LedgerItem, LedgerPayout, Pair, StripePayout, Verdict},
};
use store::{Database, Row, StoreError, Value};
use time::OffsetDateTime;

use crate::statements;

/// How many payouts are looked up at once.
pub const PAGE: usize = 1_000;

/// The ledger of one tenant, to hold Stripe's word against.
#[derive(Debug, Clone, Copy)]
pub struct Books<'a> {
    database: &'a Database,
    tenant: &'a Tenant,
}

/// A payout as Stripe tells it, and its counterpart here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The ledger's, if it has one.
    pub ledger: Option<LedgerPayout>,
    /// What became of it.
    pub verdict: Verdict,
    /// The ledger's payout that its metadata names, if Stripe knows that one by another
    /// id: the same payout may have been made twice.
    pub twin: Option<LedgerPayout>,
}

/// What a report lists for one payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Whose items.
    pub payout: StripePayoutId,
    /// All of them.
    pub items: Vec<ReportedItem>,
}

impl List {
    /// The items of a payout, in the order of their ids. The same item again, as in
    /// reports that overlap, is there once.
    #[must_use]
    pub fn new(payout: StripePayoutId, mut items: Vec<ReportedItem>) -> Self {
        items.sort_by(|a, b| a.balance_transaction_id.cmp(&b.balance_transaction_id));
        items.dedup();
        Self { payout, items }
    }
}

/// What the ledger knows of a listed payout.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listed {
    /// The payout, if there is one.
    pub ledger: Option<LedgerPayout>,
    /// Its items.
    pub items: Vec<LedgerItem>,
}

impl Listed {
    /// Holds the report's list against it: whether it makes the payout, and each item.
    #[must_use]
    pub fn compare<'a>(&'a self, items: &'a [ReportedItem]) -> (Verdict, Vec<Pair<'a>>) {
        let verdict = reconcile::list(items, self.ledger.as_ref());
        (verdict, reconcile::items(items, &self.items))
    }
}

/// A seller, and the account that they are paid from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// Who.
    pub seller_id: SellerId,
    /// Theirs at Stripe, if it is known; the platform's own has no name.
    pub account: Option<StripeAccount>,
    /// When the oldest of their payouts was requested that Stripe may not have.
    pub waiting_since: Option<OffsetDateTime>,
}

/// From one moment on, and before another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first moment.
    pub since: OffsetDateTime,
    /// The first moment that is not in it any more.
    pub until: OffsetDateTime,
}

impl<'a> Books<'a> {
    /// The books of a tenant.
    #[must_use]
    pub const fn new(database: &'a Database, tenant: &'a Tenant) -> Self {
        Self { database, tenant }
    }

    /// Holds some of Stripe's payouts against the ledger's, in their order. A payout is
    /// found by Stripe's id, or else by ours, if its metadata names it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn payouts(&self, page: &[StripePayout]) -> Result<Vec<Compared>, StoreError> {
        let named = page.iter().map(|payout| &payout.id);
        let ours = page.iter().filter_map(|payout| payout.payout_id);
        let found = self.find(named, ours).await?;
        let by_name: HashMap<_, _> = found
            .iter()
            .filter_map(|payout| Some((payout.stripe_payout_id.as_ref()?, payout)))
            .collect();
        let by_id: HashMap<_, _> = found
            .iter()
            .map(|payout| (payout.payout_id, payout))
            .collect();
        let compare = |stripe: &StripePayout| {
            let mentioned = stripe.payout_id.and_then(|id| by_id.get(&id).copied());
            let (ledger, twin) = match (by_name.get(&stripe.id).copied(), mentioned) {
                (Some(ledger), _) => (Some(ledger), None),
                (None, Some(ledger)) if ledger.stripe_payout_id.is_some() => (None, Some(ledger)),
                (None, ledger) => (ledger, None),
            };
            Compared {
                ledger: ledger.cloned(),
                verdict: reconcile::payout(stripe, ledger),
                twin: twin.cloned(),
            }
        };
        Ok(page.iter().map(compare).collect())
    }

    /// What the ledger knows of the payouts that a report lists, in their order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn listed(&self, lists: &[List]) -> Result<Vec<Listed>, StoreError> {
        let known = self.known(lists).await?;
        let mut items = self.items(known.iter().flatten()).await?;
        let listed = known.into_iter().map(|ledger| {
            let id = ledger.as_ref().map(|payout| payout.payout_id);
            Listed {
                ledger,
                items: id.and_then(|id| items.remove(&id)).unwrap_or_default(),
            }
        });
        Ok(listed.collect())
    }

    /// The ledger's payouts that a report lists, in its order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn known(&self, lists: &[List]) -> Result<Vec<Option<LedgerPayout>>, StoreError> {
        let found = self.find(lists.iter().map(|list| &list.payout), []).await?;
        let mut by_name: HashMap<_, _> = found
            .into_iter()
            .filter_map(|payout| Some((payout.stripe_payout_id.clone()?, payout)))
            .collect();
        let known = lists.iter().map(|list| by_name.remove(&list.payout));
        Ok(known.collect())
    }

    /// The next of the payouts that Stripe's reports of a period should show, and of those
    /// that Stripe may not have; none when there are no more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of_period(
        &self,
        period: Period,
        seller: Option<&SellerId>,
        after: Option<PayoutId>,
    ) -> Result<Vec<LedgerPayout>, StoreError> {
        let values = [
            Value::Text(self.tenant.as_str()),
            Value::Int(i64::try_from(PAGE).unwrap_or(i64::MAX)),
            Value::OptUuid(after.map(|PayoutId(id)| id)),
            Value::Time(period.since),
            Value::Time(period.until),
            Value::OptText(seller.map(SellerId::as_str)),
        ];
        let rows = self.database.fetch(&statements::RECONCILE_PERIOD, &values);
        rows.await?.iter().map(payout).collect()
    }

    /// The next sellers, with their accounts at Stripe: those that are registered, and those
    /// that only payouts name. None when there are no more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sellers(
        &self,
        only: Option<&SellerId>,
        after: Option<&SellerId>,
    ) -> Result<Vec<Paid>, StoreError> {
        let values = [
            Value::Text(self.tenant.as_str()),
            Value::Int(i64::try_from(PAGE).unwrap_or(i64::MAX)),
            Value::Text(after.map_or("", SellerId::as_str)),
            Value::OptText(only.map(SellerId::as_str)),
        ];
        let rows = self.database.fetch(&statements::RECONCILE_SELLERS, &values);
        rows.await?.iter().map(paid).collect()
    }

    async fn find(
        &self,
        named: impl IntoIterator<Item = &StripePayoutId>,
        ours: impl IntoIterator<Item = PayoutId>,
    ) -> Result<Vec<LedgerPayout>, StoreError> {
        let alias = |id: &StripePayoutId| Alias::StripePayout(id.clone()).to_string();
        let named: Vec<_> = named.into_iter().map(alias).collect();
        let ours: Vec<_> = ours.into_iter().map(|id| id.to_string()).collect();
        let values = [
            Value::Text(self.tenant.as_str()),
            Value::Texts(named.iter().map(String::as_str).collect()),
            Value::Texts(ours.iter().map(String::as_str).collect()),
        ];
        let rows = self.database.fetch(&statements::RECONCILE_PAYOUTS, &values);
        rows.await?.iter().map(payout).collect()
    }

    async fn items(
        &self,
        payouts: impl Iterator<Item = &LedgerPayout>,
    ) -> Result<BTreeMap<PayoutId, Vec<LedgerItem>>, StoreError> {
        let ids: Vec<_> = payouts.map(|payout| payout.payout_id.to_string()).collect();
        let values = [
            Value::Text(self.tenant.as_str()),
            Value::Texts(ids.iter().map(String::as_str).collect()),
        ];
        let mut items: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let rows = self.database.fetch(&statements::RECONCILE_ITEMS, &values);
        for row in rows.await? {
            let id = row.opt_uuid("payout_id")?.unwrap_or_default();
            items.entry(PayoutId(id)).or_default().push(item(&row)?);
        }
        Ok(items)
    }
}

fn payout(row: &Row) -> Result<LedgerPayout, StoreError> {
    let name = row.opt_text("stripe_payout_id")?;
    let origin = row.text("origin")?;
    Ok(LedgerPayout {
        payout_id: PayoutId(row.opt_uuid("payout_id")?.unwrap_or_default()),
        stripe_payout_id: name.map(StripePayoutId::new).transpose()?,
        amount: money(row)?,
        status: row.text("status")?,
        origin: if origin == Origin::Stripe.as_str() {
            Origin::Stripe
        } else {
            Origin::Ledger
        },
        item_count: row.count("item_count")?,
    })
}

fn paid(row: &Row) -> Result<Paid, StoreError> {
    let seller_id = SellerId::new(row.text("seller_id")?)?;
    let account = row.opt_text("stripe_account")?;
    let account = account.map(StripeAccount::new).transpose()?;
    Ok(Paid {
        account: account.or_else(|| seller_id.as_account()),
        waiting_since: row.opt_time("waiting_since")?,
        seller_id,
    })
}

fn item(row: &Row) -> Result<LedgerItem, StoreError> {
    let transfer = row.opt_text("transfer_id")?;
    Ok(LedgerItem {
        transaction_id: TransactionId::new(row.text("transaction_id")?)?,
        amount: money(row)?,
        transfer_id: transfer.map(TransferId::new).transpose()?,
    })
}

fn money(row: &Row) -> Result<Money, StoreError> {
    let minor = Amount::from_minor(row.int("amount_minor")?);
    let currency: Currency =
        serde_json::from_value(row.text("currency")?.into()).map_err(|source| {
            StoreError::Stored {
                what: "currency",
                source,
            }
        })?;
    Ok(Money::new(minor, currency))
}
