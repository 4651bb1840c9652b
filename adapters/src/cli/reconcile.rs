//! `payoutd reconcile`: Stripe's reports, or its API, held against the ledger.
//!
//! Comparing writes nothing but whether all agreed, for alerts. What is held in memory is what
//! the reports name (some 250 bytes for each payout and each item), never a table of the ledger's.

use std::collections::HashSet;

use domain::{
    id::PayoutId,
    payout::Origin,
    reconcile::{LedgerPayout, Verdict},
};
use projections::reconcile::{Books, List, PAGE, Period};
use store::{Database, checks};

use crate::{
    cli::{output::Output, query::explain},
    config::Settings,
    failure::{Exit, Failure},
    ledger,
};

mod adopt;
mod args;
mod asking;
mod finding;
mod items;
mod online;
mod payouts;
mod report;
mod sink;
mod span;
mod tally;

use adopt::Adopter;
pub(super) use args::Args;
use args::Reports;
use asking::Asker;
use finding::Finding;
use items::{Items, Keep};
use payouts::{Payouts, Sign};
use report::Unreadable;
use sink::Sink;
use span::Span;

/// What a service tells of it.
const DIFFERS: &str = "Stripe and the ledger do not agree: `payoutd reconcile` lists where";
/// How many lists are compared at once: their items are in memory together.
const LISTS: usize = 100;

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    args.check()?;
    let keep = if args.adopt {
        Keep::All
    } else {
        Keep::Compared
    };
    let Reports {
        api,
        payouts_csv,
        items_csv,
    } = &args.reports;
    let asker = api
        .then(|| Asker::new(settings, args.recent()))
        .transpose()?;
    let payouts = payouts_csv.as_deref().map(Payouts::read).transpose()?;
    let items = items_csv.as_deref().map(|path| Items::read(path, keep));
    let items = items.transpose()?;

    let database = ledger::open_existing(settings).await?;
    let mut session = Session {
        args: &args,
        settings,
        database: &database,
        sink: Sink::new(args.format.form(), args.all, out),
        adopter: args.adopt.then(|| Adopter::start(&database, settings)),
        seen: HashSet::new(),
        not_ready: 0,
    };
    let has_payouts = payouts.is_some() || asker.is_some();
    if let Some(asker) = asker {
        session.online(&asker).await?;
    }
    if let Some(payouts) = payouts {
        session.payouts(payouts).await?;
    }
    if let Some(items) = items {
        session.items(items, has_payouts).await?;
    }
    let tally = session.sink.finish()?;
    if let Some(adopter) = session.adopter {
        adopter.close().await;
    }
    // One seller's is no word about the rest.
    if args.seller.is_none() {
        let found = tally.differs().then(|| DIFFERS.to_owned());
        ledger::record(&database, settings, (checks::RECONCILE, found)).await;
    }
    database.close().await;
    Ok(if tally.differs() {
        Exit::Failed
    } else {
        Exit::Done
    })
}

/// A comparison under way.
struct Session<'a> {
    args: &'a Args,
    settings: &'a Settings,
    database: &'a Database,
    sink: Sink<'a>,
    adopter: Option<Adopter<'a>>,
    /// The ledger's payouts that a report has; of Stripe's API, the account that is asked.
    seen: HashSet<PayoutId>,
    /// Automatic payouts whose items Stripe does not list yet.
    not_ready: u64,
}

impl<'a> Session<'a> {
    fn books(&self) -> Books<'a> {
        Books::new(self.database, &self.settings.tenant)
    }

    async fn payouts(&mut self, mut payouts: Payouts) -> Result<(), Failure> {
        let unreadable = std::mem::take(&mut payouts.unreadable);
        self.unreadable("payouts", unreadable)?;
        if payouts.others > 0 {
            let note = format!("{} rows of other categories were left out", payouts.others);
            self.sink.tally.notes.push(note);
        }
        let period = self.period(payouts.span);
        let sign = self.args.sent.unwrap_or_else(|| payouts.sign());
        let mut payouts = payouts.into_payouts(sign).peekable();
        if payouts.peek().is_some() && self.args.sent.is_none() {
            let sign = match sign {
                Sign::Positive => "positive",
                Sign::Negative => "negative",
            };
            let note = format!("money sent to the bank is {sign} in the payouts report");
            self.sink.tally.notes.push(note);
        }
        while payouts.peek().is_some() {
            let page: Vec<_> = payouts.by_ref().take(PAGE).collect();
            let compared = self.books().payouts(&page).await.map_err(explain)?;
            for (payout, compared) in page.into_iter().zip(compared) {
                self.found(&Finding::of_payout(payout, compared))?;
            }
        }
        self.rest(period, |ledger| {
            Some(match ledger.stripe_payout_id {
                Some(_) => Verdict::MissingAtStripe,
                None => Verdict::NotSubmitted,
            })
        })
        .await
    }

    async fn items(&mut self, mut items: Items, has_payouts: bool) -> Result<(), Failure> {
        let unreadable = std::mem::take(&mut items.unreadable);
        self.unreadable("items", unreadable)?;
        if items.loose > 0 {
            let note = format!("{} rows are in no automatic payout", items.loose);
            self.sink.tally.notes.push(note);
        }
        let span = items.span;
        let lists = items.into_lists();
        for page in lists.chunks(LISTS) {
            self.lists(page, has_payouts).await?;
        }
        if has_payouts {
            return Ok(());
        }
        // Only payouts of Stripe's own are in this report, and not all of them: those that
        // have items were in one before.
        let period = self.period(span);
        self.rest(period, |ledger| {
            let listed = ledger.origin == Origin::Stripe && ledger.item_count > 0;
            listed.then_some(Verdict::MissingAtStripe)
        })
        .await
    }

    /// Holds the items of some payouts against the ledger's, and records them before that if
    /// that is wanted.
    async fn lists(&mut self, lists: &[List], has_payouts: bool) -> Result<(), Failure> {
        if let Some(adopter) = &self.adopter {
            adopter.adopt(lists, &mut self.sink.tally).await?;
        }
        let listed = self.books().listed(lists).await.map_err(explain)?;
        for (list, listed) in lists.iter().zip(&listed) {
            let (verdict, pairs) = listed.compare(&list.items);
            // Of payouts the payouts report tells, if it is there; once is enough.
            if !has_payouts || verdict == Verdict::AmountDiffers {
                self.found(&Finding::of_list(list, listed, verdict))?;
            }
            for pair in &pairs {
                self.sink.add(&Finding::of_item(list, listed, pair))?;
            }
        }
        Ok(())
    }

    fn found(&mut self, finding: &Finding) -> Result<(), Failure> {
        self.seen.extend(finding.payout_id);
        self.sink.add(finding)
    }

    fn unreadable(&mut self, report: &str, lines: Vec<Unreadable>) -> Result<(), Failure> {
        lines.into_iter().try_for_each(|Unreadable { line, why }| {
            let why = format!("{report} report: {why}");
            self.sink.add(&Finding::unreadable(line, why))
        })
    }

    fn period(&mut self, span: Span) -> Option<Period> {
        let period = span.period(self.args.since, self.args.until);
        if period.is_none() {
            let note = "the report tells no times: give --since and --until to see what \
                is missing at Stripe";
            self.sink.tally.notes.push(note.to_owned());
        }
        self.sink.tally.period = period;
        period
    }

    /// The ledger's payouts of the period that no report has.
    async fn rest(
        &mut self,
        period: Option<Period>,
        verdict: impl Fn(&LedgerPayout) -> Option<Verdict>,
    ) -> Result<(), Failure> {
        let Some(period) = period else {
            return Ok(());
        };
        let seller = self.args.seller.as_ref();
        let mut after = None;
        loop {
            let page = self.books().of_period(period, seller, after).await;
            let page = page.map_err(explain)?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.payout_id);
            for payout in page {
                if self.seen.contains(&payout.payout_id) {
                    continue;
                }
                if let Some(verdict) = verdict(&payout) {
                    self.sink.add(&Finding::of_ours(verdict, payout))?;
                }
            }
        }
    }
}
