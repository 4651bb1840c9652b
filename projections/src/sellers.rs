//! `sellers`: who is registered, and when they are paid.

use domain::seller::{
    Schedule,
    event::{MinimumPayout, PayoutScheduleChanged, SellerRegistered},
};
use store::{BulkRow, Columns, Kind, Recorded, StoreError};
use time::OffsetDateTime;

use crate::{
    change::{self, Changes, Keyed, Script, Stamp},
    statements,
};

type Key<'e> = (&'e str, &'e str);

/// The version of what is written here: raise it when other rows come of the same events.
pub(crate) const VERSION: i64 = 1;

/// What a batch does to the table.
#[derive(Debug, Default)]
pub(crate) struct Sellers<'e>(Changes<Key<'e>, Seller<'e>, Terms>);

#[derive(Debug)]
struct Seller<'e> {
    stripe_account: &'e str,
    registered_at: OffsetDateTime,
    terms: Terms,
}

/// When a seller is paid. Each change replaces all of it.
#[derive(Debug)]
struct Terms {
    schedule: String,
    minimum: Option<MinimumPayout>,
    stamp: Stamp,
}

impl Terms {
    fn new(recorded: &Recorded, schedule: Schedule, minimum: Option<MinimumPayout>) -> Self {
        Self {
            schedule: schedule.to_string(),
            minimum,
            stamp: Stamp::of(recorded),
        }
    }

    fn minimum_minor(&self) -> Option<i64> {
        self.minimum.map(|minimum| minimum.amount_minor.minor())
    }

    fn minimum_currency(&self) -> Option<&str> {
        self.minimum
            .as_ref()
            .map(|minimum| minimum.currency.as_str())
    }
}

impl change::Patch<Seller<'_>> for Terms {
    fn apply(self, row: &mut Seller<'_>) {
        row.terms = self;
    }

    fn then(&mut self, later: Self) {
        *self = later;
    }
}

impl<'e> Sellers<'e> {
    pub(crate) fn registered(&mut self, recorded: &'e Recorded, event: &'e SellerRegistered) {
        let row = Seller {
            stripe_account: event.stripe_account.as_str(),
            registered_at: recorded.recorded_at,
            terms: Terms::new(recorded, event.payout_schedule, event.minimum_payout),
        };
        let key = (recorded.tenant.as_str(), event.seller_id.as_str());
        self.0.add(key, row);
    }

    pub(crate) fn schedule_changed(
        &mut self,
        recorded: &'e Recorded,
        event: &'e PayoutScheduleChanged,
    ) {
        let key = (recorded.tenant.as_str(), event.seller_id.as_str());
        let terms = Terms::new(recorded, event.payout_schedule, event.minimum_payout);
        self.0.patch(key, terms);
    }

    pub(crate) fn script(&mut self, script: &mut Script) -> Result<(), StoreError> {
        script.add(&statements::INSERT_SELLERS, &self.0.take_added())?;
        script.add(&statements::UPDATE_SELLERS, &self.0.take_patched())
    }
}

impl BulkRow for Keyed<Key<'_>, Seller<'_>> {
    const KINDS: &'static [Kind] = &[
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Int,
        Kind::Text,
        Kind::Time,
        Kind::Time,
        Kind::Int,
    ];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        let (tenant, seller_id) = self.key;
        let row = &self.value;
        columns
            .text(tenant)
            .text(seller_id)
            .text(row.stripe_account)
            .text(&row.terms.schedule)
            .opt_int(row.terms.minimum_minor())
            .opt_text(row.terms.minimum_currency())
            .time(row.registered_at)
            .time(row.terms.stamp.at)
            .int(row.terms.stamp.version);
    }
}

impl BulkRow for Keyed<Key<'_>, Terms> {
    const KINDS: &'static [Kind] = &[
        Kind::Tenant,
        Kind::Text,
        Kind::Text,
        Kind::Int,
        Kind::Text,
        Kind::Now,
        Kind::Int,
    ];

    fn write<'a>(&'a self, columns: &mut Columns<'a>) {
        let (tenant, seller_id) = self.key;
        let terms = &self.value;
        columns
            .text(tenant)
            .text(seller_id)
            .text(&terms.schedule)
            .opt_int(terms.minimum_minor())
            .opt_text(terms.minimum_currency())
            .time(terms.stamp.at)
            .int(terms.stamp.version);
    }
}
