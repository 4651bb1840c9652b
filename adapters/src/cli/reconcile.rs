//! `payoutd reconcile`: Stripe's reports held against the ledger.
//!
//! Comparing writes nothing. What is held in memory is what the reports name (some 250
//! bytes for each payout and each item), never a table of the ledger's.

use std::{collections::HashSet, path::PathBuf};

use domain::{
    id::{PayoutId, SellerId},
    payout::Origin,
    reconcile::{LedgerPayout, Verdict},
};
use projections::reconcile::{Books, PAGE, Period};
use store::Database;
use time::OffsetDateTime;

use crate::{
    cli::{
        output::Output,
        query::{explain, moment},
        render::Format,
    },
    config::Settings,
    failure::{Exit, Failure},
    ledger,
};

mod adopt;
mod finding;
mod items;
mod payouts;
mod report;
mod sink;
mod span;
mod tally;

use finding::Finding;
use items::{Items, Keep};
use payouts::{Payouts, Sign};
use report::Unreadable;
use sink::Sink;
use span::Span;

/// How many lists are compared at once: their items are in memory together.
const LISTS: usize = 100;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd reconcile --payouts-csv itemized_payouts.csv\n  \
    payoutd reconcile --items-csv payout_reconciliation.csv --adopt\n  \
    payoutd reconcile --payouts-csv platform.csv --seller platform --csv > findings.csv\n\n\
    Prints what differs, and a summary. Exit code 1 if anything does.")]
pub(super) struct Args {
    #[command(flatten)]
    reports: Reports,
    /// Give payouts that Stripe made by itself their items, from the items report
    #[arg(long, requires = "items_csv")]
    adopt: bool,
    /// Expect the ledger's payouts from this moment on [default: the report's first]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<OffsetDateTime>,
    /// Expect the ledger's payouts before this moment [default: after the report's last]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<OffsetDateTime>,
    /// Expect the ledger's payouts of this seller only: the report is of one account
    #[arg(long, value_parser = |text: &str| SellerId::new(text))]
    seller: Option<SellerId>,
    /// Sign of money sent to the bank in the payouts report [default: that of most rows]
    #[arg(long, value_name = "SIGN", value_enum)]
    sent: Option<Sign>,
    /// Print what matches, too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Reports {
    /// Stripe's itemized payouts report; `-` is stdin
    #[arg(long, value_name = "FILE")]
    payouts_csv: Option<PathBuf>,
    /// Stripe's itemized payout reconciliation report; `-` is stdin
    #[arg(long, value_name = "FILE")]
    items_csv: Option<PathBuf>,
}

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
        payouts_csv,
        items_csv,
    } = &args.reports;
    let payouts = payouts_csv.as_deref().map(Payouts::read).transpose()?;
    let items = items_csv.as_deref().map(|path| Items::read(path, keep));
    let items = items.transpose()?;

    let database = ledger::open_existing(settings).await?;
    let mut session = Session {
        args: &args,
        settings,
        database: &database,
        sink: Sink::new(args.format.form(), args.all, out),
        seen: HashSet::new(),
    };
    let has_payouts = payouts.is_some();
    if let Some(payouts) = payouts {
        session.payouts(payouts).await?;
    }
    if let Some(items) = items {
        session.items(items, has_payouts).await?;
    }
    let tally = session.sink.finish()?;
    database.close().await;
    Ok(if tally.differs() {
        Exit::Failed
    } else {
        Exit::Done
    })
}

impl Args {
    fn check(&self) -> Result<(), Failure> {
        let Reports {
            payouts_csv,
            items_csv,
        } = &self.reports;
        let from_stdin =
            [payouts_csv, items_csv].map(|path| path.as_deref().is_some_and(report::is_stdin));
        if from_stdin == [true, true] {
            let text = "only one report can be read from stdin";
            return Err(Failure::Usage(text.to_owned()));
        }
        match (self.since, self.until) {
            (Some(since), Some(until)) if since >= until => {
                let text = "--since must be before --until";
                Err(Failure::Usage(text.to_owned()))
            }
            _ => Ok(()),
        }
    }
}

/// A comparison under way.
struct Session<'a> {
    args: &'a Args,
    settings: &'a Settings,
    database: &'a Database,
    sink: Sink<'a>,
    /// The ledger's payouts that a report has.
    seen: HashSet<PayoutId>,
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
        if self.args.adopt {
            let tally = &mut self.sink.tally;
            adopt::adopt(self.database, self.settings, &lists, tally).await?;
        }
        for page in lists.chunks(LISTS) {
            let listed = self.books().listed(page).await.map_err(explain)?;
            for (list, listed) in page.iter().zip(&listed) {
                let (verdict, pairs) = listed.compare(&list.items);
                // Of payouts the payouts report tells, if it is there; once is enough.
                if !has_payouts || verdict == Verdict::AmountDiffers {
                    self.found(&Finding::of_list(list, listed, verdict))?;
                }
                for pair in &pairs {
                    self.sink.add(&Finding::of_item(list, listed, pair))?;
                }
            }
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
