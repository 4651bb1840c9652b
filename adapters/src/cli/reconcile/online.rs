//! Stripe's API held against the ledger, account by account: what is in memory is one
//! account's payouts of the period by their ids, and a page of each list.

use std::io::IsTerminal;

use domain::{
    id::{SellerId, StripeAccount},
    reconcile::{LedgerPayout, StripePayout, Verdict},
};
use futures::{StreamExt, future::join_all, stream};
use indicatif::ProgressBar;
use projections::reconcile::{List, Paid};

use super::{
    LISTS, Session,
    asking::{Asked, Asker, Listed, Page, Silence},
    finding::{Finding, Subject},
};
use crate::{
    cli::{progress, query::explain, render::Form},
    failure::Failure,
};

/// How many accounts, and how many payouts, are asked about at once.
const AT_ONCE: usize = 8;
/// How many items are compared at once, as a rule; one payout's are together.
const MOST_ITEMS: usize = 20_000;

impl Session<'_> {
    /// Asks about the seller, or about the platform and all who have an account.
    pub(super) async fn online(&mut self, asker: &Asker) -> Result<(), Failure> {
        self.sink.tally.period = Some(asker.period);
        let bar = progress(self.args.format.form());
        let first = self.args.seller.clone();
        let first = self.one(&first.unwrap_or_else(SellerId::platform)).await?;
        self.accounts(asker, vec![first], &bar).await?;
        let mut after = None;
        while self.args.seller.is_none() {
            let page = self.books().sellers(None, after.as_ref()).await;
            let page = page.map_err(explain)?;
            let Some(last) = page.last() else { break };
            after = Some(last.seller_id.clone());
            self.accounts(asker, page, &bar).await?;
        }
        bar.finish_and_clear();
        if self.not_ready > 0 {
            let many = self.not_ready;
            let note = format!("Stripe lists no items yet of automatic payouts: {many}");
            self.sink.tally.notes.push(note);
        }
        Ok(())
    }

    /// One seller, who may have an account and no payout yet.
    async fn one(&self, seller: &SellerId) -> Result<Paid, Failure> {
        let found = self.books().sellers(Some(seller), None).await;
        if let Some(found) = found.map_err(explain)?.pop() {
            return Ok(found);
        }
        let account = seller.as_account();
        if account.is_none() && *seller != SellerId::platform() {
            return Err(Failure::Usage(format!("there is no seller {seller}")));
        }
        Ok(Paid {
            seller_id: seller.clone(),
            account,
            waiting_since: None,
        })
    }

    async fn accounts(
        &mut self,
        asker: &Asker,
        mut page: Vec<Paid>,
        bar: &ProgressBar,
    ) -> Result<(), Failure> {
        if self.sink.tally.accounts > 0 {
            // It was the first.
            page.retain(|paid| paid.seller_id != SellerId::platform());
        }
        bar.inc_length(page.len() as u64);
        // As tasks of their own: while a large account is compared, others' answers come in.
        let mut opened = stream::iter(page)
            .map(|paid| tokio::spawn(asker.clone().open(paid)))
            .buffered(AT_ONCE);
        while let Some(asked) = opened.next().await {
            let asked = asked.map_err(|_| Failure::Ended("a question to Stripe"))?;
            self.account(asker, asked).await?;
            self.sink.tally.accounts += 1;
            bar.inc(1);
        }
        Ok(())
    }

    async fn account(&mut self, asker: &Asker, mut asked: Asked) -> Result<(), Failure> {
        self.seen.clear();
        loop {
            match asked.page(asker).await {
                Ok(Some(page)) => self.page(asker, page, &asked.paid).await?,
                Ok(None) => break,
                Err(Silence::Failed(failure)) => return Err(failure),
                Err(Silence::Refused(why)) => {
                    let Paid {
                        seller_id, account, ..
                    } = asked.paid;
                    let why = format!("{why} (seller {seller_id})");
                    return self.sink.add(&Finding::untold(account, why));
                }
            }
        }
        let paid = asked.paid;
        self.rest_of(asker, &paid, &paid.seller_id).await?;
        // Theirs, too: what was adopted before the account was registered.
        let before = paid.account.as_ref().map(StripeAccount::as_str);
        match before.map(SellerId::new).and_then(Result::ok) {
            Some(before) if before != paid.seller_id && self.args.seller.is_none() => {
                self.rest_of(asker, &paid, &before).await
            }
            _ => Ok(()),
        }
    }

    async fn page(&mut self, asker: &Asker, page: Page, paid: &Paid) -> Result<(), Failure> {
        let mut listed = Vec::with_capacity(page.len());
        for read in page {
            match read {
                Ok(payout) => listed.push(payout),
                Err(why) => {
                    let account = paid.account.clone();
                    let finding = Finding::unread(Subject::Payout, None, account, why);
                    self.sink.add(&finding)?;
                }
            }
        }
        self.compare(asker, listed).await
    }

    async fn compare(&mut self, asker: &Asker, listed: Vec<Listed>) -> Result<(), Failure> {
        let payouts: Vec<_> = listed.iter().map(|one| one.payout.clone()).collect();
        let compared = self.books().payouts(&payouts).await.map_err(explain)?;
        let mut automatic = Vec::new();
        for (listed, compared) in listed.into_iter().zip(compared) {
            let ledger = compared.ledger.as_ref();
            let waited_for = ledger.is_some_and(|ledger| ledger.stripe_payout_id.is_none());
            if listed.early && !waited_for {
                continue;
            }
            if listed.automatic && self.args.items {
                automatic.push(listed.payout.clone());
            }
            self.found(&Finding::of_payout(listed.payout, compared))?;
        }
        self.itemize(asker, &automatic).await
    }

    /// The ledger's payouts of a seller that no list has. A list is cut off by Stripe's
    /// dates, so Stripe is asked for each before it is missed.
    async fn rest_of(
        &mut self,
        asker: &Asker,
        paid: &Paid,
        seller: &SellerId,
    ) -> Result<(), Failure> {
        let mut after = None;
        loop {
            let books = self.books();
            let page = books.of_period(asker.period, Some(seller), after).await;
            let mut page = page.map_err(explain)?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.payout_id);
            page.retain(|ledger| !self.seen.contains(&ledger.payout_id));
            let mut missed = Vec::new();
            for ledger in page {
                if ledger.stripe_payout_id.is_some() {
                    missed.push(ledger);
                } else {
                    self.sink
                        .add(&Finding::of_ours(Verdict::NotSubmitted, ledger))?;
                }
            }
            if Asker::knows(paid) {
                self.look_up(asker, paid, &missed).await?;
            } else if !missed.is_empty() {
                let why = format!("no_stripe_account: seller {seller} has none that is known");
                return self.sink.add(&Finding::untold(paid.account.clone(), why));
            }
        }
    }

    async fn look_up(
        &mut self,
        asker: &Asker,
        paid: &Paid,
        missed: &[LedgerPayout],
    ) -> Result<(), Failure> {
        let account = paid.account.as_ref();
        for some in missed.chunks(AT_ONCE) {
            let named = some.iter().filter_map(|ledger| {
                let id = ledger.stripe_payout_id.as_ref()?;
                Some(async move { (ledger, asker.payout(account, id).await) })
            });
            let mut found = Vec::new();
            for (ledger, answer) in join_all(named).await {
                let of = account.cloned();
                match answer {
                    Ok(Some(listed)) => found.push(listed),
                    Ok(None) => self.sink.add(&Finding {
                        account: of,
                        ..Finding::of_ours(Verdict::MissingAtStripe, ledger.clone())
                    })?,
                    Err(Silence::Failed(failure)) => return Err(failure),
                    Err(Silence::Refused(why)) => {
                        let id = ledger.stripe_payout_id.clone();
                        self.sink
                            .add(&Finding::unread(Subject::Payout, id, of, why))?;
                    }
                }
            }
            self.compare(asker, found).await?;
        }
        Ok(())
    }

    async fn itemize(&mut self, asker: &Asker, payouts: &[StripePayout]) -> Result<(), Failure> {
        let mut lists: Vec<List> = Vec::new();
        for some in payouts.chunks(AT_ONCE) {
            let answers = join_all(some.iter().map(|payout| asker.items(payout))).await;
            for (payout, answer) in some.iter().zip(answers) {
                match answer {
                    Ok(Some(list)) => lists.push(list),
                    Ok(None) => self.not_ready += 1,
                    Err(Silence::Failed(failure)) => return Err(failure),
                    Err(Silence::Refused(why)) => {
                        let (id, of) = (Some(payout.id.clone()), payout.account.clone());
                        self.sink
                            .add(&Finding::unread(Subject::Item, id, of, why))?;
                    }
                }
            }
            let items: usize = lists.iter().map(|list| list.items.len()).sum();
            if lists.len() >= LISTS || items >= MOST_ITEMS {
                self.lists(&std::mem::take(&mut lists), true).await?;
            }
        }
        self.lists(&lists, true).await
    }
}

/// On stderr, and only if that is a terminal which nothing else is written to meanwhile.
fn progress(form: Form) -> ProgressBar {
    if form != Form::Table && std::io::stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    progress::bar("{bar:40} {pos}/{len} accounts asked, {elapsed}")
}
