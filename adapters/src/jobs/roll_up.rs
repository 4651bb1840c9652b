//! `roll-up`: days are closed. `daily_rollups` follows the log all the time; this makes
//! sure that it holds all of a day that is over, and tells the day's totals. The unit is
//! a day, the cursor the last day that was closed.

use domain::money::{Currency, Money};
use projections::{
    follower,
    work::{self, Total, Totals},
};
use serde_json::{Map, Value as Json, json};
use store::{StoreError, error::chain};
use time::{Date, Time};
use tracing::info;

use super::{
    About, Days, JobError,
    report::{Reason, Unit},
    run::Run,
};

pub(super) const ABOUT: About = About {
    name: "roll-up",
    does: "closes the days that are over and tells their totals",
    days: Days::Past,
};

pub(super) async fn run(run: &Run<'_>) -> Result<(), JobError> {
    let days = match run.day {
        Some(day) => vec![day],
        None => open_days(run).await?,
    };
    if days.is_empty() {
        return Ok(());
    }
    follower::catch_up(run.database()).await?;
    for day in days {
        run.each(vec![day], |day| close(run, day)).await;
        if !run.is_complete() {
            break;
        }
        run.reached(&day.to_string()).await?;
    }
    Ok(())
}

/// The days that are over and not closed, in order.
async fn open_days(run: &Run<'_>) -> Result<Vec<Date>, StoreError> {
    let closed = run.cursor.as_deref().and_then(work::parse_day);
    let first = match closed {
        Some(closed) => closed.next_day(),
        // What follows the log may not have come to the first day yet.
        None => {
            follower::catch_up(run.database()).await?;
            work::first_day(run.database(), run.tenant).await?
        }
    };
    let today = run.now.date();
    Ok(std::iter::successors(first, |day| day.next_day())
        .take_while(|day| *day < today)
        .collect())
}

async fn close(run: &Run<'_>, day: Date) -> Unit {
    let failed = |why: &str, detail: String| {
        Unit::Failed(Reason {
            unit: day.to_string(),
            why: why.to_owned(),
            detail,
        })
    };
    match try_close(run, day).await {
        Ok(true) => Unit::Done,
        Ok(false) => {
            let detail = "a transaction that still runs holds up what follows the log";
            failed("behind the log", detail.to_owned())
        }
        Err(error) => failed("the database failed", chain(&error)),
    }
}

/// Whether all of the day is there; tells what it was.
async fn try_close(run: &Run<'_>, day: Date) -> Result<bool, StoreError> {
    let end = day.next_day().unwrap_or(day).with_time(Time::MIDNIGHT);
    if !work::is_rolled_up(run.database(), end.assume_utc()).await? {
        return Ok(false);
    }
    let totals = work::totals(run.database(), run.tenant, day).await?;
    info!(
        tenant = run.tenant.as_str(),
        job = ABOUT.name,
        %day,
        totals = %told(&totals),
        "closed a day"
    );
    Ok(true)
}

fn told(totals: &[Totals]) -> Json {
    let each = |totals: &Totals| {
        let total = |total: Total| of(total, totals.currency);
        let sums = json!({
            "transactions": total(totals.transactions),
            "requested": total(totals.requested),
            "paid": total(totals.paid),
            "failed": total(totals.failed),
        });
        (totals.currency.to_string(), sums)
    };
    Json::Object(totals.iter().map(each).collect::<Map<_, _>>())
}

fn of(total: Total, currency: Currency) -> Json {
    let amount = Money::new(total.amount, currency).to_decimal_string();
    json!({ "count": total.count, "amount": amount })
}
