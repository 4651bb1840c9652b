//! One day: what was planned for it, sales, releases, requests for payouts.

use domain::money::{Amount, Currency, Money};
use serde_json::{Value, json};
use time::{Duration, format_description::well_known::Rfc3339};

use super::{
    Generator,
    chance::Weights,
    desk::Desk,
    market::{Due, Sale},
    webhooks,
};

/// A currency that is sold in.
pub(super) struct Sold {
    pub(super) code: &'static str,
    weight: f64,
    /// Amounts in minor units: the least, the most, and what they are multiples of.
    range: (i64, i64),
    step: i64,
}

/// With two decimals, none, and three.
pub(super) const CURRENCIES: [Sold; 4] = [
    Sold {
        code: "usd",
        weight: 0.55,
        range: (300, 200_000),
        step: 1,
    },
    Sold {
        code: "eur",
        weight: 0.30,
        range: (300, 200_000),
        step: 1,
    },
    Sold {
        code: "jpy",
        weight: 0.10,
        range: (500, 300_000),
        step: 1,
    },
    Sold {
        code: "kwd",
        weight: 0.05,
        range: (1_000, 600_000),
        step: 10,
    },
];

pub(super) fn popularity() -> Weights {
    Weights::of(CURRENCIES.iter().map(|sold| sold.weight))
}

/// Money as callers write it.
pub(super) fn money(minor: i64, currency: &str) -> Value {
    let currency = Currency::parse(currency).expect("one of ours");
    json!(Money::new(Amount::from_minor(minor), currency))
}

impl Generator {
    /// Lives one day, of so many sales.
    pub(super) async fn live(&mut self, desk: &mut Desk<'_>, sales: u64) {
        let midnight = self.midnight(0);
        desk.clock.set(midnight);
        let planned = self.market.agenda.remove(&self.day).unwrap_or_default();
        let steps = u32::try_from(sales).unwrap_or(u32::MAX).saturating_add(2);
        let step = Duration::days(1) / steps;
        for due in planned {
            self.happens(desk, due).await;
        }
        for sale in 1..=sales {
            desk.clock
                .set(midnight + step * f64::from(u32::try_from(sale).unwrap_or(0)));
            self.sell(desk).await;
        }
        desk.clock.set(midnight + step * f64::from(steps - 1));
        self.close_tills(desk).await;
    }

    async fn sell(&mut self, desk: &mut Desk<'_>) {
        let sale = self.sale();
        let seller = self.market.sellers[sale.seller].clone();
        let waits = self.chance.per_mille(650);
        let available_on = waits.then(|| {
            let later = self.chance.within(1, 7);
            self.midnight(later).format(&Rfc3339).expect("a time")
        });
        let mut json = json!({
            "transaction_id": sale.id, "seller_id": seller.id, "kind": "payment",
            "gross": money(sale.gross, sale.currency),
            "fee": money(sale.gross - sale.net, sale.currency),
            "order_id": format!("order-{}", sale.id),
        });
        for (field, value) in [
            ("payment_intent", sale.intent.clone()),
            ("transfer", sale.transfer.clone()),
            ("available_on", available_on),
        ] {
            if let Some(value) = value {
                json[field] = json!(value);
            }
        }
        let twice = self.chance.per_mille(10);
        desk.command(&seller.tenant, "record-transaction", json, twice)
            .await;
        if let Some(transfer) = &sale.transfer {
            let json = json!({
                "transfer_id": transfer, "seller_id": seller.id, "transaction_id": sale.id,
                "amount": money(sale.net, sale.currency),
            });
            desk.command(&seller.tenant, "record-transfer", json, false)
                .await;
        }
        let till = self.market.till(sale.seller, sale.currency);
        if sale.intent.is_none() && !waits {
            till.free.push((sale.id.clone(), sale.net));
        }
        self.plan_for(sale, waits);
    }

    fn sale(&mut self) -> Sale {
        let tenant = usize::try_from(self.chance.within(0, 9)).unwrap_or(0);
        // Most of the business is the first tenant's.
        let tenant = tenant.saturating_sub(6) % self.shape.tenants.len();
        let seller = tenant * self.shape.sellers + self.chance.weighted(&self.popularity);
        let home = self.market.sellers[seller].currency;
        let abroad = self.chance.per_mille(100);
        let currency = if abroad {
            self.chance.one_of(&CURRENCIES)
        } else {
            CURRENCIES
                .iter()
                .find(|sold| sold.code == home)
                .unwrap_or(&CURRENCIES[0])
        };
        let whole = |minor: i64| minor / currency.step * currency.step;
        let gross = whole(self.chance.amount(currency.range.0, currency.range.1));
        let fee = whole(gross * i64::from(self.chance.within(5, 15)) / 100);
        let number = self.market.number("sale");
        let intent = self.shape.webhooks && self.chance.per_mille(350);
        Sale {
            seller,
            id: format!("t-{number:08}"),
            currency: currency.code,
            gross,
            net: gross - fee,
            intent: intent.then(|| format!("pi_{number:08}")),
            transfer: self
                .chance
                .per_mille(250)
                .then(|| format!("tr_{number:08}")),
        }
    }

    /// What will come of a sale.
    fn plan_for(&mut self, sale: Sale, waits: bool) {
        let later = self.day + self.chance.within(1, 12);
        if sale.intent.is_some() {
            let soon = self.day + self.chance.within(0, 1) + 1;
            if self.chance.per_mille(40) {
                return self.market.plan(soon, Due::PaymentIsCanceled(sale));
            }
            self.market.plan(soon, Due::PaymentSucceeds(sale.clone()));
            if self.chance.per_mille(30) {
                let due = Due::DisputeOpens(sale.clone());
                self.market.plan(later + 2, due);
            }
        } else if waits && self.chance.per_mille(60) {
            let due = if self.chance.per_mille(150) {
                Due::Fail
            } else {
                Due::Release
            };
            return self.market.plan(self.day + 1, due(sale));
        }
        if self.chance.per_mille(50) {
            self.market.plan(later, Due::Refund(sale.clone()));
        }
        if sale.transfer.is_some() && self.chance.per_mille(60) {
            self.market
                .plan(later, Due::TransferIsReversed(sale.clone(), sale.net / 2));
            if self.chance.per_mille(500) {
                let all = sale.net;
                self.market
                    .plan(later + 3, Due::TransferIsReversed(sale, all));
            }
        }
    }

    /// Something that was planned.
    async fn happens(&mut self, desk: &mut Desk<'_>, due: Due) {
        match due {
            Due::PaymentSucceeds(sale) => {
                let object = webhooks::payment_intent(&sale, "succeeded");
                self.told(desk, sale.seller, "payment_intent.succeeded", object)
                    .await;
                self.market.till(sale.seller, sale.currency);
            }
            Due::PaymentIsCanceled(sale) => {
                let object = webhooks::payment_intent(&sale, "canceled");
                self.told(desk, sale.seller, "payment_intent.canceled", object)
                    .await;
            }
            Due::DisputeOpens(sale) => {
                let object = webhooks::dispute(&sale, "needs_response");
                self.told(desk, sale.seller, "charge.dispute.created", object)
                    .await;
                let won = self.chance.per_mille(400);
                let day = self.day + self.chance.within(2, 15);
                self.market.plan(day, Due::DisputeIsClosed(sale, won));
            }
            Due::DisputeIsClosed(sale, won) => {
                let status = if won { "won" } else { "lost" };
                let object = webhooks::dispute(&sale, status);
                self.told(desk, sale.seller, "charge.dispute.closed", object)
                    .await;
                if !won {
                    self.take_back(desk, &sale, "dispute", sale.gross).await;
                }
            }
            Due::Refund(sale) => {
                let part = if self.chance.per_mille(300) {
                    sale.gross / 20 * 10
                } else {
                    sale.gross
                };
                let part = part.max(10);
                self.take_back(desk, &sale, "refund", part).await;
                if sale.intent.is_some() {
                    let object = webhooks::refunded_charge(&sale, part);
                    self.told(desk, sale.seller, "charge.refunded", object)
                        .await;
                }
            }
            Due::TransferIsReversed(sale, amount) => self.reverse(desk, &sale, amount).await,
            Due::Release(sale) => self.settle(desk, &sale, "release-transaction").await,
            Due::Fail(sale) => self.settle(desk, &sale, "fail-transaction").await,
            Due::Submit(payout) => self.submit(desk, payout).await,
            Due::InTransit(payout) => self.moves(desk, &payout, "in_transit").await,
            Due::Paid(payout) => self.moves(desk, &payout, "paid").await,
            Due::Failed(payout) => self.moves(desk, &payout, "failed").await,
            Due::Canceled(payout) => self.moves(desk, &payout, "canceled").await,
        }
    }

    /// A refund, a lost dispute; now and then the marketplace adjusts something too.
    async fn take_back(&mut self, desk: &mut Desk<'_>, sale: &Sale, kind: &str, amount: i64) {
        let seller = self.market.sellers[sale.seller].clone();
        let mut json = json!({
            "transaction_id": format!("{kind}-{}", sale.id), "seller_id": seller.id, "kind": kind,
            "gross": money(-amount, sale.currency), "order_id": format!("order-{}", sale.id),
        });
        desk.command(&seller.tenant, "record-transaction", json.clone(), false)
            .await;
        if self.chance.per_mille(200) {
            json["transaction_id"] = json!(format!("adjustment-{kind}-{}", sale.id));
            json["kind"] = json!("adjustment");
            json["gross"] = money(amount / 20 * 10 + 10, sale.currency);
            desk.command(&seller.tenant, "record-transaction", json, false)
                .await;
        }
        self.market.till(sale.seller, sale.currency);
    }

    async fn reverse(&mut self, desk: &mut Desk<'_>, sale: &Sale, amount: i64) {
        let tenant = self.market.sellers[sale.seller].tenant.clone();
        let json = json!({
            "transfer_id": sale.transfer, "amount_reversed": money(amount, sale.currency),
        });
        desk.command(&tenant, "reverse-transfer", json, false).await;
    }

    async fn settle(&mut self, desk: &mut Desk<'_>, sale: &Sale, command: &str) {
        let seller = self.market.sellers[sale.seller].clone();
        let json = json!({
            "transaction_id": sale.id, "seller_id": seller.id, "currency": sale.currency,
        });
        desk.command(&seller.tenant, command, json, false).await;
        self.market.till(sale.seller, sale.currency);
    }

    /// Stripe tells of something.
    pub(super) async fn told(
        &mut self,
        desk: &mut Desk<'_>,
        seller: usize,
        name: &str,
        object: Value,
    ) {
        let seller = self.market.sellers[seller].clone();
        let id = format!("evt_{:08}", self.market.number("webhook"));
        let created = self.midnight(0).unix_timestamp();
        let body = webhooks::event(&id, name, created, Some(&seller.account), object);
        let twice = self.chance.per_mille(10);
        desk.webhook(&seller.tenant, body, twice).await;
    }
}
