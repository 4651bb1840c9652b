//! Random histories of a marketplace, as long as one likes: the same for the same seed.
//!
//! They go through a real [`Ledger`], many inputs in flight, day by day: sales with fees,
//! payments that succeed later, refunds, disputes, transfers, releases, payouts of every end,
//! redeliveries, commands that are refused. Sellers sell by Zipf's law, in four currencies, for
//! several tenants.

mod chance;
mod clock;
mod day;
mod desk;
mod market;
mod payouts;
mod webhooks;

use std::{collections::BTreeMap, sync::Arc};

use domain::id::Tenant;
use store::{Database, Ledger, Settings};
use time::{OffsetDateTime, macros::datetime};

use chance::{Chance, Weights};
use desk::Desk;
use market::{Market, Seller};

pub use clock::HistoryClock;

/// The first day of every history.
const BEGINNING: OffsetDateTime = datetime!(2026-01-05 00:00 UTC);
/// Events that a sale brings with it, all in all: measured, and good enough to spread a
/// history over its days.
const EVENTS_PER_SALE: u64 = 4;

/// What a history is like.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Whose books; each has its own sellers.
    pub tenants: Vec<&'static str>,
    /// Sellers of each tenant.
    pub sellers: usize,
    /// How unequal they are: 0 is alike, 1 is Zipf's law.
    pub skew: f64,
    /// Over how many days it is spread.
    pub days: u32,
    /// How many inputs wait for their answers at once, at most.
    pub in_flight: usize,
    /// Whether Stripe tells of things too. Without, nothing is pending or disputed.
    pub webhooks: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            tenants: vec!["default", "acme", "globex"],
            sellers: 400,
            skew: 1.0,
            days: 60,
            in_flight: 4096,
            webhooks: true,
        }
    }
}

impl Shape {
    /// For tests of some hundred to some thousand events.
    pub fn small() -> Self {
        Self {
            sellers: 12,
            days: 20,
            ..Self::default()
        }
    }
}

/// What became of a history.
#[derive(Debug, Default, Clone)]
pub struct Report {
    /// Events in the log.
    pub events: u64,
    /// Days that were lived.
    pub days: u32,
    /// Commands that were made, without those that were sent again.
    pub commands: u64,
    /// Accepted, with those that were sent again.
    pub accepted: u64,
    /// Of these, how many were answered before.
    pub duplicates: u64,
    /// Payouts that were requested.
    pub payouts: u64,
    /// Refused, by code.
    pub refused: BTreeMap<&'static str, u64>,
    /// Stripe's events, by what became of them.
    pub webhooks: BTreeMap<&'static str, u64>,
}

/// Makes a history.
#[derive(Debug)]
pub struct Generator {
    shape: Shape,
    seed: u64,
    chance: Chance,
    popularity: Weights,
    clock: Arc<HistoryClock>,
    market: Market,
    /// The first that was not lived yet.
    day: u32,
    runs: u32,
}

impl Generator {
    /// The same seed and shape make the same history.
    pub fn new(seed: u64, shape: Shape) -> Self {
        Self {
            chance: Chance::new(seed),
            popularity: Weights::zipf(shape.sellers, shape.skew),
            clock: Arc::new(HistoryClock::at(BEGINNING)),
            market: Market::default(),
            day: 0,
            runs: 0,
            shape,
            seed,
        }
    }

    /// The clock that the history turns: the ledger must go by it.
    pub fn clock(&self) -> Arc<HistoryClock> {
        Arc::clone(&self.clock)
    }

    /// A ledger on a migrated database that goes by this history's clock.
    pub fn ledger(&self, database: Database) -> Ledger {
        let settings = Settings {
            clock: self.clock(),
            queue: 2 * self.shape.in_flight,
            ..Settings::default()
        };
        Ledger::start(database, Arc::new(projections::Inline), settings)
    }

    /// Lives on, day by day, until there are so many events more, and all are answered.
    pub async fn run(&mut self, ledger: &Ledger, events: u64) -> Report {
        self.runs += 1;
        let keys = format!("history-{}-{}", self.seed, self.runs);
        let mut desk = Desk::new(ledger, self.clock(), self.shape.in_flight, &keys);
        if self.market.sellers.is_empty() {
            self.register(&mut desk).await;
        }
        let sales = (events / EVENTS_PER_SALE / u64::from(self.shape.days)).max(1);
        let first = self.day;
        while desk.events() < events {
            self.live(&mut desk, sales).await;
            desk.drain().await;
            let requested = std::mem::take(&mut desk.requested);
            self.go_on_with(requested);
            self.day += 1;
        }
        desk.report.events = desk.events();
        desk.report.days = self.day - first;
        desk.report
    }

    async fn register(&mut self, desk: &mut Desk<'_>) {
        for tenant in &self.shape.tenants {
            let tenant = Tenant::new(tenant).expect("a tenant's name");
            for index in 0..self.shape.sellers {
                let seller = Seller {
                    id: format!("seller-{index}"),
                    account: format!("acct_{tenant}{index}"),
                    currency: day::CURRENCIES[self.chance.weighted(&day::popularity())].code,
                    tenant: tenant.clone(),
                };
                let json = serde_json::json!({
                    "seller_id": seller.id, "stripe_account": seller.account,
                });
                let twice = self.chance.per_mille(10);
                desk.command(&tenant, "register-seller", json, twice).await;
                self.market.sellers.push(seller);
            }
        }
        desk.drain().await;
    }

    fn midnight(&self, days_later: u32) -> OffsetDateTime {
        BEGINNING + time::Duration::days(i64::from(self.day + days_later))
    }
}
