//! `payouts`: sellers are paid by their schedules. The unit is a balance of a seller
//! who is paid today: one request, under an id and a key that everybody computes alike,
//! so that there is one payout a day whoever asks for it and however often.

use domain::{Code, Command, command::RequestPayout, event::Method, seller::ScheduledPayout};
use projections::work::{self, Payable};
use time::Date;
use tracing::warn;

use super::{
    About, Days, JobError, release,
    report::{Reason, Unit},
    run::Run,
};

pub(super) const ABOUT: About = About {
    name: "payouts",
    does: "requests the payouts of sellers whose schedule says so today",
    days: Days::PastAndPresent,
};

pub(super) async fn run(run: &Run<'_>) -> Result<(), JobError> {
    let day = run.day.unwrap_or_else(|| run.cadence().day(run.now));
    if run.day.is_none() {
        tell_missed_days(run, day);
    }
    // Money that is due today is to be among it. A failure counts, for a seller may be
    // missed by it.
    let due = release::due(run).await?;
    run.each(due, async |account| {
        match release::release(run, account).await {
            Unit::Failed(reason) => Unit::Failed(reason),
            Unit::Done | Unit::Prepared | Unit::Skipped(_) => Unit::Prepared,
        }
    })
    .await;

    let mut last = None;
    loop {
        let page = work::payable(run.database(), run.tenant, day, last.as_ref()).await?;
        let Some(end) = page.last() else {
            break;
        };
        last = Some(end.account.clone());
        run.each(page, |payable| pay(run, day, payable)).await;
        if !run.goes_on() {
            break;
        }
    }
    if run.is_complete() {
        run.reached(&day.to_string()).await?;
    }
    Ok(())
}

/// Payouts of days on which no job ran are not made later: their money is in the next
/// payout. A person may still ask for such a day.
fn tell_missed_days(run: &Run<'_>, day: Date) {
    let last = run.cursor.as_deref().and_then(work::parse_day);
    let missed = last.map_or(0, |last| (day - last).whole_days() - 1);
    if let (Some(last), 1..) = (last, missed) {
        warn!(
            tenant = run.tenant.as_str(),
            job = ABOUT.name,
            days = missed,
            after = %last,
            before = %day,
            "not all scheduled payouts of some days were made; `payoutd jobs run payouts --day` can"
        );
    }
}

async fn pay(run: &Run<'_>, day: Date, payable: Payable) -> Unit {
    let account = &payable.account;
    let reason = |why: &str, detail: String| Reason {
        unit: format!("{} {}", account.seller_id, account.currency),
        why: why.to_owned(),
        detail,
    };
    if payable
        .minimum
        .is_some_and(|least| payable.available.amount < least.amount)
    {
        let detail = format!("{} is available", payable.available);
        return Unit::Skipped(reason("below the seller's minimum", detail));
    }
    let scheduled = ScheduledPayout {
        tenant: run.tenant,
        account,
        day,
    };
    let key = match scheduled.key() {
        Ok(key) => key,
        Err(error) => return Unit::Failed(reason("no key", error.to_string())),
    };
    let command = Command::RequestPayout(RequestPayout {
        seller_id: account.seller_id.clone(),
        currency: account.currency,
        payout_id: Some(scheduled.payout_id()),
        transactions: None,
        expected_amount: None,
        minimum_amount: payable.minimum,
        method: Method::default(),
        description: None,
    });
    match run.execute(command, Some(key)).await {
        Ok(acceptance) if acceptance.duplicate || acceptance.events.is_empty() => {
            Unit::Skipped(reason("requested already", String::new()))
        }
        Ok(_) => Unit::Done,
        Err(refusal) => {
            let reason = reason(refusal.code.as_str(), refusal.to_string());
            match refusal.code {
                // Facts about the seller's money, and no failures. The last one: it was
                // decided today under another minimum, and once a day is enough.
                Code::NoEligibleTransactions
                | Code::InsufficientFunds
                | Code::AmountNotPayable
                | Code::IdempotencyKeyReused => Unit::Skipped(reason),
                _ => Unit::Failed(reason),
            }
        }
    }
}
