//! `daily_rollups`: each day's sums for each seller and currency.
//!
//! The events that a payout was paid or failed do not repeat its amount, so those
//! take seller, currency and amount from `payouts`, where they never change.

use std::collections::BTreeMap;

use domain::Event;
use store::{Bulk, BulkRow, Columns, Kind, Recorded, StoreError};
use time::UtcOffset;
use uuid::Uuid;

use crate::{change::Script, statements};

type Key<'e> = (&'e str, String, &'e str, &'e str);

/// What some events add to the table.
#[derive(Debug, Default)]
struct Rollups<'e> {
    /// What is known from the event alone.
    sums: BTreeMap<Key<'e>, Sums>,
    /// How some payouts ended, by tenant, day and payout.
    ends: BTreeMap<(&'e str, String, Uuid), Ends>,
}

#[derive(Debug, Default)]
struct Sums {
    transactions: Total,
    requested: Total,
}

#[derive(Debug, Default, Clone, Copy)]
struct Total {
    count: i64,
    minor: i64,
}

impl Total {
    fn add(&mut self, minor: i64) {
        self.count += 1;
        // A page of events that would leave the range is refused by the rules first.
        self.minor = self.minor.saturating_add(minor);
    }
}

#[derive(Debug, Default)]
struct Ends {
    paid: i64,
    failed: i64,
}

/// The version of what is written here: raise it when other rows come of the same events.
pub(crate) const VERSION: i64 = 1;

/// Adds some events to the table.
pub(crate) fn script(script: &mut Script, events: &[Recorded]) -> Result<(), StoreError> {
    let mut rollups = Rollups::default();
    events.iter().for_each(|recorded| rollups.fold(recorded));
    if rollups.sums.is_empty() && rollups.ends.is_empty() {
        return Ok(());
    }
    let sums: Vec<_> = rollups
        .sums
        .into_iter()
        .map(|(key, sums)| SumsRow { key, sums })
        .collect();
    let ends: Vec<_> = rollups
        .ends
        .into_iter()
        .map(|(key, ends)| EndsRow { key, ends })
        .collect();
    let groups = [Columns::of(&sums), Columns::of(&ends)];
    script.push(Bulk::of(
        script.backend(),
        &statements::UPSERT_DAILY_ROLLUPS,
        &groups,
    )?);
    Ok(())
}

impl<'e> Rollups<'e> {
    fn fold(&mut self, recorded: &'e Recorded) {
        match &recorded.event {
            Event::TransactionRecorded(event) => self
                .sums(recorded, event.seller_id.as_str(), event.currency.as_str())
                .transactions
                .add(event.net_minor.minor()),
            Event::PayoutRequested(event) => self
                .sums(recorded, event.seller_id.as_str(), event.currency.as_str())
                .requested
                .add(event.amount_minor.minor()),
            Event::PayoutAdopted(event) => self
                .sums(recorded, event.seller_id.as_str(), event.currency.as_str())
                .requested
                .add(event.amount_minor.minor()),
            Event::PayoutPaid(event) => self.ends(recorded, event.payout_id.0).paid += 1,
            Event::PayoutFailed(event) => self.ends(recorded, event.payout_id.0).failed += 1,

            Event::SellerRegistered(_)
            | Event::PayoutScheduleChanged(_)
            | Event::TransactionLinked(_)
            | Event::PaymentSucceeded(_)
            | Event::PaymentCanceled(_)
            | Event::PaymentAttemptFailed(_)
            | Event::PaymentRefunded(_)
            | Event::DisputeOpened(_)
            | Event::DisputeClosed(_)
            | Event::TransactionsHeld(_)
            | Event::TransactionsReleased(_)
            | Event::TransactionsFailed(_)
            | Event::TransactionsBlocked(_)
            | Event::TransactionsUnblocked(_)
            | Event::FundsReserved(_)
            | Event::ReservationReturned(_)
            | Event::ReservationPaidOut(_)
            | Event::TransferRecorded(_)
            | Event::TransferLinked(_)
            | Event::TransferReversed(_)
            | Event::PayoutSubmitted(_)
            | Event::PayoutPutInDoubt(_)
            | Event::PayoutSubmissionBegun(_)
            | Event::PayoutSubmissionRefused(_)
            | Event::PayoutSubmissionResumed(_)
            | Event::PayoutCancellationRequested(_)
            | Event::PayoutCancellationRefused(_)
            | Event::PayoutInTransit(_)
            | Event::PayoutRescheduled(_)
            | Event::PayoutCanceled(_)
            | Event::PayoutItemsRecorded(_)
            | Event::WebhookDropped(_) => {}
        }
    }

    fn sums(&mut self, recorded: &'e Recorded, seller: &'e str, currency: &'e str) -> &mut Sums {
        let key = (recorded.tenant.as_str(), day(recorded), seller, currency);
        self.sums.entry(key).or_default()
    }

    fn ends(&mut self, recorded: &'e Recorded, payout: Uuid) -> &mut Ends {
        let key = (recorded.tenant.as_str(), day(recorded), payout);
        self.ends.entry(key).or_default()
    }
}

/// The day of an event in UTC, as `YYYY-MM-DD`.
fn day(recorded: &Recorded) -> String {
    recorded
        .recorded_at
        .to_offset(UtcOffset::UTC)
        .date()
        .to_string()
}

struct SumsRow<'e> {
    key: Key<'e>,
    sums: Sums,
}

impl BulkRow for SumsRow<'_> {
    const KINDS: &'static [Kind] = &[
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
    ];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        let (tenant, day, seller_id, currency) = &self.key;
        let Sums {
            transactions,
            requested,
        } = &self.sums;
        columns
            .text(tenant)
            .text(day)
            .text(seller_id)
            .text(currency)
            .int(transactions.count)
            .int(transactions.minor)
            .int(requested.count)
            .int(requested.minor);
    }
}

struct EndsRow<'e> {
    key: (&'e str, String, Uuid),
    ends: Ends,
}

impl BulkRow for EndsRow<'_> {
    const KINDS: &'static [Kind] = &[Kind::Text, Kind::Text, Kind::Uuid, Kind::Int, Kind::Int];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        let (tenant, day, payout_id) = &self.key;
        columns
            .text(tenant)
            .text(day)
            .uuid(*payout_id)
            .int(self.ends.paid)
            .int(self.ends.failed);
    }
}
