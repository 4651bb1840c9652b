//! `payouts`: one row a payout, from the events of its stream.

use domain::payout::{
    Origin,
    event::{
        PayoutAdopted, PayoutCanceled, PayoutFailed, PayoutInTransit, PayoutItemsRecorded,
        PayoutPaid, PayoutPutInDoubt, PayoutRequested, PayoutRescheduled, PayoutSubmissionBegun,
        PayoutSubmissionRefused, PayoutSubmissionResumed, PayoutSubmitted,
    },
};
use domain::{arrival::Arrival, id::PayoutId};
use store::{BulkRow, Columns, Kind, Recorded, StoreError};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    change::{self, Changes, Keyed, Script, Stamp, int},
    statements,
};

type Key<'e> = (&'e str, Uuid);

/// The version of what is written here: raise it when other rows come of the same events.
pub(crate) const VERSION: i64 = 1;

/// What a batch does to the table.
#[derive(Debug, Default)]
pub(crate) struct Payouts<'e>(Changes<Key<'e>, Payout<'e>, Patch<'e>>);

#[derive(Debug)]
struct Payout<'e> {
    seller_id: &'e str,
    amount_minor: i64,
    currency: &'e str,
    item_count: i64,
    origin: Origin,
    stripe_payout_id: Option<&'e str>,
    method: &'static str,
    description: Option<&'e str>,
    requested_at: OffsetDateTime,
    standing: Standing<'e>,
    stamp: Stamp,
}

/// The status, and the columns that go with it: a payout that failed is not
/// expected to arrive, one that was paid has not failed.
#[derive(Debug, Clone, Copy)]
struct Standing<'e> {
    status: &'static str,
    arrival_date: Option<OffsetDateTime>,
    failure_code: Option<&'e str>,
    failure_message: Option<&'e str>,
    paid_at: Option<OffsetDateTime>,
    /// Why Stripe has not taken it yet.
    held_up: Option<&'e str>,
}

impl Standing<'_> {
    const fn of(status: &'static str, arrival_date: Option<OffsetDateTime>) -> Self {
        Self {
            status,
            arrival_date,
            failure_code: None,
            failure_message: None,
            paid_at: None,
            held_up: None,
        }
    }

    /// Being named by Stripe makes a payout pending, unless it is further already.
    fn take(&mut self, told: &Told) {
        let opens = told.submitted && matches!(self.status, REQUESTED | IN_DOUBT);
        if opens {
            self.status = PENDING;
            self.held_up = None;
        }
        if opens || told.rescheduled {
            self.arrival_date = told.arrival_date;
        }
    }
}

const REQUESTED: &str = "requested";
const IN_DOUBT: &str = "in_doubt";
const PENDING: &str = "pending";

#[derive(Debug)]
struct Patch<'e> {
    /// Where the payout stands now, whatever it was before.
    standing: Option<Standing<'e>>,
    /// Else what changes that, depending on what it was.
    told: Told,
    /// Stripe's id, if the payout has none.
    stripe_payout_id: Option<&'e str>,
    /// Items that were listed for it since.
    items: i64,
    stamp: Stamp,
}

#[derive(Debug, Clone, Copy, Default)]
struct Told {
    submitted: bool,
    rescheduled: bool,
    arrival_date: Option<OffsetDateTime>,
}

impl<'e> change::Patch<Payout<'e>> for Patch<'e> {
    fn apply(self, row: &mut Payout<'e>) {
        row.stripe_payout_id = row.stripe_payout_id.or(self.stripe_payout_id);
        row.item_count += self.items;
        row.stamp = self.stamp;
        match self.standing {
            Some(standing) => row.standing = standing,
            None => row.standing.take(&self.told),
        }
    }

    fn then(&mut self, later: Self) {
        self.stripe_payout_id = self.stripe_payout_id.or(later.stripe_payout_id);
        self.items += later.items;
        self.stamp = later.stamp;
        match (&mut self.standing, later.standing) {
            (standing, Some(later)) => *standing = Some(later),
            (Some(standing), None) => standing.take(&later.told),
            (None, None) => {
                // Only what stands further is rescheduled before it is submitted.
                if later.told.rescheduled || !self.told.rescheduled {
                    self.told.arrival_date = later.told.arrival_date;
                }
                self.told.submitted |= later.told.submitted;
                self.told.rescheduled |= later.told.rescheduled;
            }
        }
    }
}

impl<'e> Payouts<'e> {
    pub(crate) fn requested(&mut self, recorded: &'e Recorded, event: &'e PayoutRequested) {
        let row = Payout {
            seller_id: event.seller_id.as_str(),
            amount_minor: event.amount_minor.minor(),
            currency: event.currency.as_str(),
            item_count: int(event.items.len()),
            origin: Origin::Ledger,
            stripe_payout_id: None,
            method: event.method.as_str(),
            description: event.description.as_deref(),
            requested_at: recorded.recorded_at,
            standing: Standing::of(REQUESTED, None),
            stamp: Stamp::of(recorded),
        };
        self.0.add(key(recorded, event.payout_id), row);
    }

    pub(crate) fn adopted(&mut self, recorded: &'e Recorded, event: &'e PayoutAdopted) {
        let row = Payout {
            seller_id: event.seller_id.as_str(),
            amount_minor: event.amount_minor.minor(),
            currency: event.currency.as_str(),
            item_count: 0,
            origin: Origin::Stripe,
            stripe_payout_id: Some(event.stripe_payout_id.as_str()),
            method: event.method.as_str(),
            description: None,
            requested_at: recorded.recorded_at,
            standing: Standing::of(PENDING, event.arrival_date.map(Arrival::at)),
            stamp: Stamp::of(recorded),
        };
        self.0.add(key(recorded, event.payout_id), row);
    }

    pub(crate) fn submitted(&mut self, recorded: &'e Recorded, event: &'e PayoutSubmitted) {
        let patch = Patch {
            standing: None,
            told: Told {
                submitted: true,
                rescheduled: false,
                arrival_date: event.arrival_date.map(Arrival::at),
            },
            stripe_payout_id: Some(event.stripe_payout_id.as_str()),
            items: 0,
            stamp: Stamp::of(recorded),
        };
        self.0.patch(key(recorded, event.payout_id), patch);
    }

    pub(crate) fn rescheduled(&mut self, recorded: &'e Recorded, event: &'e PayoutRescheduled) {
        let patch = Patch {
            standing: None,
            told: Told {
                submitted: false,
                rescheduled: true,
                arrival_date: Some(event.arrival_date.at()),
            },
            stripe_payout_id: None,
            items: 0,
            stamp: Stamp::of(recorded),
        };
        self.0.patch(key(recorded, event.payout_id), patch);
    }

    pub(crate) fn put_in_doubt(&mut self, recorded: &'e Recorded, event: &'e PayoutPutInDoubt) {
        let standing = Standing {
            held_up: Some(&event.reason),
            ..Standing::of(IN_DOUBT, None)
        };
        self.stands(recorded, event.payout_id, standing);
    }

    pub(crate) fn begun(&mut self, recorded: &'e Recorded, event: &'e PayoutSubmissionBegun) {
        self.stands(recorded, event.payout_id, Standing::of(REQUESTED, None));
    }

    pub(crate) fn refused(&mut self, recorded: &'e Recorded, event: &'e PayoutSubmissionRefused) {
        let standing = Standing {
            held_up: Some(&event.code),
            ..Standing::of(REQUESTED, None)
        };
        self.stands(recorded, event.payout_id, standing);
    }

    pub(crate) fn resumed(&mut self, recorded: &'e Recorded, event: &'e PayoutSubmissionResumed) {
        self.stands(recorded, event.payout_id, Standing::of(REQUESTED, None));
    }

    /// Something happened that no column but the version tells.
    pub(crate) fn noted(&mut self, recorded: &'e Recorded, payout: PayoutId) {
        let patch = Patch {
            standing: None,
            told: Told::default(),
            stripe_payout_id: None,
            items: 0,
            stamp: Stamp::of(recorded),
        };
        self.0.patch(key(recorded, payout), patch);
    }

    pub(crate) fn in_transit(&mut self, recorded: &'e Recorded, event: &'e PayoutInTransit) {
        let standing = Standing::of("in_transit", event.arrival_date.map(Arrival::at));
        self.stands(recorded, event.payout_id, standing);
    }

    pub(crate) fn paid(&mut self, recorded: &'e Recorded, event: &'e PayoutPaid) {
        let standing = Standing {
            paid_at: Some(recorded.recorded_at),
            ..Standing::of("paid", event.arrival_date.map(Arrival::at))
        };
        self.stands(recorded, event.payout_id, standing);
    }

    pub(crate) fn failed(&mut self, recorded: &'e Recorded, event: &'e PayoutFailed) {
        let standing = Standing {
            failure_code: Some(&event.failure_code),
            failure_message: event.failure_message.as_deref(),
            ..Standing::of("failed", None)
        };
        self.stands(recorded, event.payout_id, standing);
    }

    pub(crate) fn canceled(&mut self, recorded: &'e Recorded, event: &'e PayoutCanceled) {
        self.stands(recorded, event.payout_id, Standing::of("canceled", None));
    }

    pub(crate) fn items_recorded(&mut self, recorded: &'e Recorded, event: &PayoutItemsRecorded) {
        let patch = Patch {
            standing: None,
            told: Told::default(),
            stripe_payout_id: None,
            items: int(event.items.len()),
            stamp: Stamp::of(recorded),
        };
        self.0.patch(key(recorded, event.payout_id), patch);
    }

    fn stands(&mut self, recorded: &'e Recorded, payout: PayoutId, standing: Standing<'e>) {
        let patch = Patch {
            standing: Some(standing),
            told: Told::default(),
            stripe_payout_id: None,
            items: 0,
            stamp: Stamp::of(recorded),
        };
        self.0.patch(key(recorded, payout), patch);
    }

    pub(crate) fn script(&mut self, script: &mut Script) -> Result<(), StoreError> {
        script.add(&statements::INSERT_PAYOUTS, &self.0.take_added())?;
        script.add(&statements::UPDATE_PAYOUTS, &self.0.take_patched())
    }
}

fn key(recorded: &Recorded, payout: PayoutId) -> Key<'_> {
    (recorded.tenant.as_str(), payout.0)
}

impl BulkRow for Keyed<Key<'_>, Payout<'_>> {
    const KINDS: &'static [Kind] = &[
        Kind::Text,
        Kind::Uuid,
        Kind::Text,
        Kind::Text,
        Kind::Int,
        Kind::Text,
        Kind::Int,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Time,
        Kind::Text,
        Kind::Text,
        Kind::Time,
        Kind::Time,
        Kind::Time,
        Kind::Int,
        Kind::Text,
    ];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        let (tenant, payout_id) = self.key;
        let row = &self.value;
        columns
            .text(tenant)
            .uuid(payout_id)
            .text(row.seller_id)
            .text(row.standing.status)
            .int(row.amount_minor)
            .text(row.currency)
            .int(row.item_count)
            .text(row.origin.as_str())
            .opt_text(row.stripe_payout_id)
            .text(row.method)
            .opt_text(row.description)
            .opt_time(row.standing.arrival_date)
            .opt_text(row.standing.failure_code)
            .opt_text(row.standing.failure_message)
            .time(row.requested_at)
            .opt_time(row.standing.paid_at)
            .time(row.stamp.at)
            .int(row.stamp.version)
            .opt_text(row.standing.held_up);
    }
}

impl BulkRow for Keyed<Key<'_>, Patch<'_>> {
    const KINDS: &'static [Kind] = &[
        Kind::Tenant,
        Kind::Uuid,
        Kind::Text,
        Kind::Flag,
        Kind::Flag,
        Kind::Time,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Time,
        Kind::Now,
        Kind::Int,
        Kind::Text,
        Kind::Int,
    ];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        let (tenant, payout_id) = self.key;
        let patch = &self.value;
        let standing = patch.standing.as_ref();
        let arrival = standing.map_or(patch.told.arrival_date, |standing| standing.arrival_date);
        columns
            .text(tenant)
            .uuid(payout_id)
            .opt_text(standing.map(|standing| standing.status))
            .flag(patch.told.submitted)
            .flag(patch.told.rescheduled)
            .opt_time(arrival)
            .opt_text(patch.stripe_payout_id)
            .opt_text(standing.and_then(|standing| standing.failure_code))
            .opt_text(standing.and_then(|standing| standing.failure_message))
            .opt_time(standing.and_then(|standing| standing.paid_at))
            .time(patch.stamp.at)
            .int(patch.stamp.version)
            .opt_text(standing.and_then(|standing| standing.held_up))
            .int(patch.items);
    }
}
