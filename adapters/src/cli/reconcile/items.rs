//! The itemized payout reconciliation report: one row for each movement of Stripe's balance
//! inside an automatic payout. Columns:
//! <https://docs.stripe.com/reports/report-types/payout-reconciliation>.

use std::{
    collections::{HashMap, hash_map::Entry},
    path::Path,
};

use domain::{
    command::ReportedItem,
    id::{BalanceTransactionId, PaymentIntentId, ReportingCategory, SourceId, StripePayoutId},
};
use projections::reconcile::List;

use super::{
    report::{self, Line, Unreadable},
    span::Span,
};
use crate::failure::Failure;

const NEEDED: [&str; 4] = [
    "automatic_payout_id",
    "balance_transaction_id",
    "currency",
    "net",
];
/// The payout itself, which is no item of it.
const PAYOUT: &str = "payout";
const TRANSFER: &str = "tr_";

/// How much of each row is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// What is compared.
    Compared,
    /// What is recorded with an item, too.
    All,
}

/// What a report says.
#[derive(Debug)]
pub(super) struct Items {
    keep: Keep,
    lists: Vec<List>,
    by_id: HashMap<StripePayoutId, usize>,
    categories: HashMap<String, ReportingCategory>,
    /// The times it is about.
    pub(super) span: Span,
    /// Lines that cannot be read.
    pub(super) unreadable: Vec<Unreadable>,
    /// Rows that are in no automatic payout.
    pub(super) loose: u64,
}

impl Items {
    /// Reads a report.
    pub(super) fn read(path: &Path, keep: Keep) -> Result<Self, Failure> {
        let mut items = Self::new(keep);
        items.unreadable = report::read(path, &NEEDED, |line| items.take(line))?;
        Ok(items)
    }

    fn new(keep: Keep) -> Self {
        Self {
            keep,
            lists: Vec::new(),
            by_id: HashMap::new(),
            categories: HashMap::new(),
            span: Span::default(),
            unreadable: Vec::new(),
            loose: 0,
        }
    }

    fn take(&mut self, line: &Line<'_>) -> Result<(), String> {
        let Some(payout) = line.parse("automatic_payout_id", StripePayoutId::new)? else {
            self.loose += 1;
            return Ok(());
        };
        let source = line.get("source_id")?;
        let is_payout = line.get("reporting_category")? == Some(PAYOUT);
        if is_payout && source.is_none_or(|source| source == payout.as_str()) {
            return Ok(());
        }
        let item = self.item(line)?;
        self.span.add(line.moment("automatic_payout_effective_at")?);
        let at = match self.by_id.entry(payout) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                self.lists.push(List {
                    payout: new.key().clone(),
                    items: Vec::new(),
                });
                *new.insert(self.lists.len() - 1)
            }
        };
        self.lists[at].items.push(item);
        Ok(())
    }

    fn item(&mut self, line: &Line<'_>) -> Result<ReportedItem, String> {
        let source = line.parse("source_id", SourceId::new)?;
        let all = self.keep == Keep::All;
        Ok(ReportedItem {
            balance_transaction_id: line
                .parse_needed("balance_transaction_id", BalanceTransactionId::new)?,
            net: line.money("net")?,
            category: if all { self.category(line)? } else { None },
            source: source.filter(|source| all || source.as_str().starts_with(TRANSFER)),
            payment_intent: if all {
                line.parse("payment_intent_id", PaymentIntentId::new)?
            } else {
                None
            },
        })
    }

    /// There are few, and each is kept once.
    fn category(&mut self, line: &Line<'_>) -> Result<Option<ReportingCategory>, String> {
        let Some(word) = line.get("reporting_category")? else {
            return Ok(None);
        };
        if let Some(known) = self.categories.get(word) {
            return Ok(Some(known.clone()));
        }
        let category = line.parse("reporting_category", ReportingCategory::new)?;
        if let Some(category) = &category {
            self.categories.insert(word.to_owned(), category.clone());
        }
        Ok(category)
    }

    /// The lists, in the order of the report. The same row again, as in files that
    /// overlap, is there once.
    pub(super) fn into_lists(self) -> Vec<List> {
        let lists = self.lists.into_iter();
        lists
            .map(|list| List::new(list.payout, list.items))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{super::report::tests::lines, *};

    fn read(text: &str, keep: Keep) -> Items {
        let mut items = Items::new(keep);
        items.unreadable = lines(text, &NEEDED, |line| items.take(line)).unwrap();
        items
    }

    const REPORT: &str = "\
automatic_payout_id,automatic_payout_effective_at_utc,balance_transaction_id,currency,gross,fee,\
net,reporting_category,source_id,payment_intent_id\n\
po_1,2026-11-02 00:00:00,txn_2,usd,71.00,1.00,70.00,charge,ch_1,pi_1\n\
po_2,2026-11-03 00:00:00,txn_9,jpy,5,0,5,transfer,tr_1,\n\
po_1,2026-11-02 00:00:00,txn_1,usd,-10.00,0.00,-10.00,refund,re_1,\n\
po_1,2026-11-02 00:00:00,txn_0,usd,-60.00,0.00,-60.00,payout,po_1,\n\
po_1,2026-11-02 00:00:00,txn_2,usd,71.00,1.00,70.00,charge,ch_1,pi_1\n\
,,txn_8,usd,1.00,0.00,1.00,charge,ch_9,\n\
po_1,2026-11-02 00:00:00,,usd,1.00,0.00,1.00,charge,ch_9,\n";

    #[test]
    fn rows_are_gathered_by_payout_without_the_payout_itself_and_each_once() {
        let items = read(REPORT, Keep::All);
        assert_eq!(items.loose, 1);
        assert_eq!(items.unreadable.len(), 1);
        assert_eq!(items.unreadable[0].line, 8);
        let lists = items.into_lists();
        let told: Vec<_> = lists
            .iter()
            .map(|list| {
                let ids = list
                    .items
                    .iter()
                    .map(|item| format!("{} {}", item.balance_transaction_id, item.net));
                (list.payout.as_str(), ids.collect::<Vec<_>>())
            })
            .collect();
        let first = vec!["txn_1 -10.00 usd".to_owned(), "txn_2 70.00 usd".to_owned()];
        assert_eq!(
            told,
            [("po_1", first), ("po_2", vec!["txn_9 5 jpy".to_owned()])]
        );
        let charge = &lists[0].items[1];
        assert_eq!(charge.category.as_ref().unwrap().as_str(), "charge");
        assert_eq!(charge.source.as_ref().unwrap().as_str(), "ch_1");
        assert_eq!(charge.payment_intent.as_ref().unwrap().as_str(), "pi_1");
    }

    #[test]
    fn for_a_comparison_only_what_is_compared_is_kept() {
        let lists = read(REPORT, Keep::Compared).into_lists();
        assert!(lists[0].items.iter().all(|item| item.source.is_none()));
        assert_eq!(lists[1].items[0].source.as_ref().unwrap().as_str(), "tr_1");
        assert!(lists[1].items[0].category.is_none());
    }

    /// A payout that failed comes back into a later one, as an item of that.
    #[test]
    fn another_payout_that_came_back_is_an_item() {
        let lists = read(
            "automatic_payout_id,balance_transaction_id,currency,net,reporting_category,source_id\n\
             po_2,txn_1,usd,60.00,payout_reversal,po_1\npo_2,txn_2,usd,-1.00,payout,po_0\n",
            Keep::Compared,
        );
        assert_eq!(lists.into_lists()[0].items.len(), 2);
    }
}
