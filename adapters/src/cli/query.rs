//! `payoutd query TABLE`: rows of a read table.

use domain::{
    id::{PayoutId, SellerId},
    money::Currency,
};
use projections::{
    follower,
    query::{self, AsOf, Filter, QueryError, Table},
};
use store::{Database, StoreError};
use time::{
    Date, OffsetDateTime, Time, format_description::well_known::Rfc3339, macros::format_description,
};

use crate::{
    cli::{
        output::Output,
        render::{self, Format},
    },
    config::Settings,
    failure::{Exit, Failure},
    ledger,
};

mod trial_balance;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    payoutd query payouts --seller seller-1 --status paid --since 2026-11-01\n  \
    payoutd query postings --csv > postings.csv\n  \
    payoutd query payouts --as-of 2026-10-31 --seller seller-1\n  \
    payoutd query trial-balance --as-of 1234\n\n\
    trial-balance adds up all accounts; exit code 1 if a currency's total is not zero.")]
pub(super) struct Args {
    #[arg(value_name = "TABLE", value_parser = what, help = format!("One of {}", names()))]
    what: What,
    #[command(flatten)]
    wanted: Wanted,
    /// At most so many rows
    #[arg(long)]
    limit: Option<u32>,
    #[command(flatten)]
    format: Format,
}

/// Which rows of a table.
#[derive(Debug, clap::Args)]
pub(super) struct Wanted {
    /// Rows of this seller
    #[arg(long, value_parser = |text: &str| SellerId::new(text))]
    seller: Option<SellerId>,
    /// Rows in this status
    #[arg(long)]
    status: Option<String>,
    /// Rows in this currency
    #[arg(long, value_parser = Currency::parse)]
    currency: Option<Currency>,
    /// Rows of this payout
    #[arg(long, value_name = "ID", value_parser = payout_id)]
    payout: Option<PayoutId>,
    /// Rows from this moment on (RFC 3339, or a day)
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<OffsetDateTime>,
    /// Rows before this moment
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<OffsetDateTime>,
    /// Go on where an earlier answer ended
    #[arg(long)]
    cursor: Option<String>,
    /// The rows as they were at a time, at the end of a day, or after a position of the log
    #[arg(long, value_name = "TIME|POSITION", value_parser = |text: &str| text.parse::<AsOf>())]
    as_of: Option<AsOf>,
}

pub(super) async fn run(
    args: Args,
    settings: &Settings,
    out: &mut Output,
) -> Result<Exit, Failure> {
    let table = match args.what {
        What::Table(table) => table,
        What::TrialBalance => return trial_balance::run(args, settings, out).await,
    };
    let format = args.format;
    let database = open(settings, table).await?;
    let mut filter = args.wanted.filter(settings);
    filter.limit = args.limit;
    let answer = query::run(&database, table, &filter)
        .await
        .map_err(unmade)?;
    render::print(format, table.columns(), &answer.rows, out)?;
    out.finish()?;
    if let Some(cursor) = answer.next_cursor {
        eprintln!("there are more rows: add --cursor {cursor}");
    }
    database.close().await;
    Ok(Exit::Done)
}

/// What can be asked for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Table(Table),
    TrialBalance,
}

/// Opens the database to ask a table that is up to date.
pub(super) async fn open(settings: &Settings, table: Table) -> Result<Database, Failure> {
    let database = ledger::open_existing(settings).await?;
    if matches!(table, Table::Postings | Table::DailyRollups) {
        catch_up(&database).await;
    }
    Ok(database)
}

/// No service may be running that keeps these tables up to date. An auditor who
/// may only read gets the rows as they are.
async fn catch_up(database: &Database) {
    if let Err(error) = follower::catch_up(database).await {
        let error = store::error::chain(&error);
        tracing::warn!(
            error,
            "rows may be behind the log: they could not be brought up to date"
        );
    }
}

/// SQLSTATE of PostgreSQL for a table that is not there.
const UNDEFINED_TABLE: &str = "42P01";

/// A failure of the store, told as a missing schema if it is that.
pub(super) fn explain(error: StoreError) -> Failure {
    let missing = match &error {
        StoreError::Statement {
            code: Some(code),
            source,
            ..
        } => code == UNDEFINED_TABLE || source.to_string().contains("no such table"),
        _ => false,
    };
    if missing {
        Failure::NoLedger
    } else {
        Failure::Store(error)
    }
}

/// A query that could not be answered, told as a missing schema if it is that.
pub(super) fn unmade(error: QueryError) -> Failure {
    match error {
        QueryError::Store(error) => explain(error),
        error => Failure::Query(error),
    }
}

impl Wanted {
    /// As a question about the books of the settings' tenant.
    pub(super) fn filter(self, settings: &Settings) -> Filter {
        Filter {
            tenant: settings.tenant.clone(),
            seller: self.seller,
            status: self.status,
            currency: self.currency,
            payout: self.payout,
            since: self.since,
            until: self.until,
            limit: None,
            cursor: self.cursor,
            as_of: self.as_of,
            order: None,
        }
    }
}

fn what(name: &str) -> Result<What, String> {
    if name == trial_balance::NAME {
        return Ok(What::TrialBalance);
    }
    let table = Table::parse(name).map(What::Table);
    table.ok_or_else(|| format!("there are: {}", names()))
}

/// A read table by its name.
pub(super) fn table(name: &str) -> Result<Table, String> {
    Table::parse(name).ok_or_else(|| format!("there are: {}", Table::NAMES.join(", ")))
}

fn names() -> String {
    format!("{}, {}", Table::NAMES.join(", "), trial_balance::NAME)
}

pub(super) fn payout_id(text: &str) -> Result<PayoutId, String> {
    text.parse()
        .map(PayoutId)
        .map_err(|_| "a payout's id is a UUID".to_owned())
}

pub(super) fn moment(text: &str) -> Result<OffsetDateTime, String> {
    const DAY: &[time::format_description::BorrowedFormatItem<'_>] =
        format_description!("[year]-[month]-[day]");
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| Date::parse(text, DAY).map(|day| day.with_time(Time::MIDNIGHT).assume_utc()))
        .map_err(|_| {
            "a time is RFC 3339, such as 2026-11-25T10:00:00Z, or a day such as 2026-11-25"
                .to_owned()
        })
}
