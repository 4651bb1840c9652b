//! The arguments of `payoutd reconcile`.

use std::path::PathBuf;

use domain::id::SellerId;
use projections::reconcile::Period;
use store::{Clock, SystemClock};
use time::{Duration, OffsetDateTime};

use super::{payouts::Sign, report};
use crate::{
    cli::{query::moment, render::Format},
    failure::Failure,
};

/// How far back Stripe's API is asked when nothing else is said.
const LOOK_BACK: Duration = Duration::days(30);

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd reconcile --api\n  \
    payoutd reconcile --api --since 2026-11-01 --until 2026-12-01 --items --adopt\n  \
    payoutd reconcile --payouts-csv itemized_payouts.csv\n  \
    payoutd reconcile --items-csv payout_reconciliation.csv --adopt\n  \
    payoutd reconcile --payouts-csv platform.csv --seller platform --csv > findings.csv\n\n\
    Prints what differs, and a summary. Exit code 1 if anything does.")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    pub(super) reports: Reports,
    /// With --api: compare the items of payouts that Stripe made by itself, too
    #[arg(long, requires = "api", conflicts_with = "items_csv")]
    pub(super) items: bool,
    /// Give payouts that Stripe made by itself their items, from the items report or --items
    #[arg(long)]
    pub(super) adopt: bool,
    /// Expect the ledger's payouts from this moment on [default: the report's first; with
    /// --api 30 days before the end]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(super) since: Option<OffsetDateTime>,
    /// Expect the ledger's payouts before this moment [default: after the report's last;
    /// with --api now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(super) until: Option<OffsetDateTime>,
    /// Expect the ledger's payouts of this seller only: the report is of one account; with
    /// --api only that is asked
    #[arg(long, value_parser = |text: &str| SellerId::new(text))]
    pub(super) seller: Option<SellerId>,
    /// Sign of money sent to the bank in the payouts report [default: that of most rows]
    #[arg(long, value_name = "SIGN", value_enum, conflicts_with = "api")]
    pub(super) sent: Option<Sign>,
    /// Print what matches, too
    #[arg(long)]
    pub(super) all: bool,
    #[command(flatten)]
    pub(super) format: Format,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
pub(super) struct Reports {
    /// Ask Stripe's API for the payouts, of the platform and of all sellers
    #[arg(long, conflicts_with = "payouts_csv")]
    pub(super) api: bool,
    /// Stripe's itemized payouts report; `-` is stdin
    #[arg(long, value_name = "FILE")]
    pub(super) payouts_csv: Option<PathBuf>,
    /// Stripe's itemized payout reconciliation report; `-` is stdin
    #[arg(long, value_name = "FILE")]
    pub(super) items_csv: Option<PathBuf>,
}

impl Args {
    /// What the arguments must be together.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let Reports {
            payouts_csv,
            items_csv,
            ..
        } = &self.reports;
        if self.adopt && !self.items && items_csv.is_none() {
            let text = "--adopt needs to know the items: --items-csv, or --api with --items";
            return Err(Failure::Usage(text.to_owned()));
        }
        let from_stdin =
            [payouts_csv, items_csv].map(|path| path.as_deref().is_some_and(report::is_stdin));
        if from_stdin == [true, true] {
            let text = "only one report can be read from stdin";
            return Err(Failure::Usage(text.to_owned()));
        }
        let recent = self.recent();
        let until = self.until.or(self.reports.api.then_some(recent.until));
        match (self.since, until) {
            (Some(since), Some(until)) if since >= until => {
                let text = "--since must be before --until";
                Err(Failure::Usage(text.to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// The period that Stripe's API is asked about.
    pub(super) fn recent(&self) -> Period {
        let until = self.until.unwrap_or_else(|| SystemClock.now());
        let since = self.since.or_else(|| until.checked_sub(LOOK_BACK));
        Period {
            since: since.unwrap_or(until),
            until,
        }
    }
}
