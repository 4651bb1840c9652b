//! `sync`: what webhooks missed is fetched from Stripe. Its events since the last run
//! that the archive does not have go the way of every webhook; payouts that should have
//! arrived, and of which nobody has told since, are asked for one by one. The units are a
//! page of events and a payout.

use domain::{
    Command,
    id::{SellerId, StripeAccount},
    stripe::{KNOWN_TYPES, PayoutReport, read_payout},
};
use projections::work::{self, Overdue};
use serde_json::value::RawValue;
use store::{Delivery, archive, error::chain};
use time::{Duration, OffsetDateTime, Time};
use tracing::info;

use super::{
    About, Days, JobError, StripeSide,
    report::{Reason, Unit},
    run::{Run, from_cursor, to_cursor},
};
use crate::stripe::api::walk::id_of;

pub(super) const ABOUT: About = About {
    name: "sync",
    does: "fetches from Stripe what webhooks missed",
    days: Days::None,
};

/// Events that are younger are left to their webhooks, which may be on their way.
const GRACE: Duration = Duration::minutes(15);
/// Events can show in Stripe's list some time after they were made, and those that were
/// too young for the last run are not for this one.
const OVERLAP: Duration = Duration::hours(1);
/// Stripe keeps events so long (<https://docs.stripe.com/api/events>).
const KEPT: Duration = Duration::days(30);
/// So long after its day of arrival a payout is asked for.
const PATIENCE: Duration = Duration::days(1);
/// What the reports call a page of events.
const PAGE: &str = "a page of events";

pub(super) async fn run(run: &Run<'_>) -> Result<(), JobError> {
    let side = run.stripe().ok_or(JobError::NoKey)?;
    fetch_events(run, side).await?;
    let overdue = work::overdue(run.database(), run.tenant, run.now - PATIENCE).await?;
    run.each(overdue, |payout| ask(run, side, payout)).await;
    if run.is_complete() {
        run.reached(&to_cursor(run.now)).await?;
    }
    Ok(())
}

/// Events since the last run, page by page.
async fn fetch_events(run: &Run<'_>, side: &StripeSide) -> Result<(), JobError> {
    let Some(since) = since(run).await? else {
        return Ok(());
    };
    let since = since.unix_timestamp().to_string();
    let until = (run.now - GRACE).unix_timestamp().to_string();
    let mut filter = vec![
        ("created[gte]", since.as_str()),
        ("created[lt]", until.as_str()),
    ];
    filter.extend(KNOWN_TYPES.iter().map(|name| ("types[]", *name)));
    let mut walk = side.api.walk("/v1/events", None, &filter);
    while run.goes_on()
        && let Some(page) = walk.page().await?
    {
        run.each(vec![page], |page| take(run, side, page)).await;
    }
    Ok(())
}

/// Where events are fetched from: the last run, and before the first one the day on which
/// the ledger began. What Stripe did before is nothing of the ledger's.
async fn since(run: &Run<'_>) -> Result<Option<OffsetDateTime>, JobError> {
    let oldest = run.now - KEPT;
    if let Some(last) = run.cursor.as_deref().and_then(from_cursor) {
        // A cursor in the future was set by a wrong clock.
        return Ok(Some((last.min(run.now) - OVERLAP).max(oldest)));
    }
    let first = work::first_day(run.database(), run.tenant).await?;
    let begin = |day: time::Date| day.with_time(Time::MIDNIGHT).assume_utc();
    Ok(first.map(|day| begin(day).max(oldest)))
}

/// Takes the events of a page that the archive does not have, the oldest first. They are
/// told by Stripe's id: the list writes an event with other bytes than its webhook had.
async fn take(run: &Run<'_>, side: &StripeSide, page: Vec<Box<RawValue>>) -> Unit {
    if page.is_empty() {
        return Unit::Prepared;
    }
    let ids: Vec<_> = page.iter().map(|object| id_of(object)).collect();
    let named = ids.iter().flatten().map(String::as_str).collect();
    let known = match archive::known(run.database(), run.tenant, named).await {
        Ok(known) => known,
        Err(error) => return Unit::Failed(of_page("not looked up", chain(&error))),
    };
    let mut waiting = Vec::new();
    for (event, id) in page.iter().zip(&ids).rev() {
        if id.as_ref().is_none_or(|id| !known.contains(id)) {
            waiting.push(run.jobs.ledger.submit(delivery(side, event)).await);
        }
    }
    let missed = waiting.len();
    for pending in waiting {
        if let Err(refusal) = pending.await {
            return Unit::Failed(of_page("not taken", refusal.to_string()));
        }
    }
    if missed == 0 {
        return Unit::Skipped(of_page("nothing was missed", String::new()));
    }
    let tenant = run.tenant.as_str();
    info!(tenant, missed, "fetched events that webhooks missed");
    Unit::Done
}

fn of_page(why: &str, detail: String) -> Reason {
    Reason {
        unit: PAGE.to_owned(),
        why: why.to_owned(),
        detail,
    }
}

fn delivery(side: &StripeSide, event: &RawValue) -> Delivery {
    Delivery {
        tenant: side.tenant.clone(),
        body: event.get().as_bytes().to_vec(),
        mode: side.mode,
    }
}

/// Asks Stripe for a payout that should have arrived, and records what it tells.
async fn ask(run: &Run<'_>, side: &StripeSide, payout: Overdue) -> Unit {
    let reason = |why: &str, detail: String| Reason {
        unit: format!("payout {}", payout.payout_id),
        why: why.to_owned(),
        detail,
    };
    let report = match tell(side, &payout).await {
        Ok(report) => report,
        Err((why, detail)) => return Unit::Failed(reason(why, detail)),
    };
    match run
        .execute(Command::ReportPayout(report.into()), None)
        .await
    {
        Ok(acceptance) if acceptance.events.is_empty() => {
            Unit::Skipped(reason("Stripe has no news either", payout.status.clone()))
        }
        Ok(_) => Unit::Done,
        Err(refusal) => Unit::Failed(reason(refusal.code.as_str(), refusal.to_string())),
    }
}

/// What Stripe tells of a payout, or why nothing.
async fn tell(side: &StripeSide, payout: &Overdue) -> Result<PayoutReport, (&'static str, String)> {
    let account = payout.account.clone();
    if account.is_none() && payout.seller_id != SellerId::platform() {
        return Err(("no account", "register the seller".to_owned()));
    }
    let path = format!("/v1/payouts/{}", payout.stripe_payout_id);
    let asked = side
        .api
        .get(&path, account.as_ref().map(StripeAccount::as_str));
    let body = asked
        .await
        .map_err(|error| ("Stripe did not answer", chain(&error)))?;
    let (report, mode) =
        read_payout(&body, account).map_err(|error| ("not understood", error.to_string()))?;
    if mode != side.mode {
        return Err(("mode", "Stripe's key is of another mode".to_owned()));
    }
    Ok(PayoutReport {
        payout_id: Some(payout.payout_id),
        ..report
    })
}
