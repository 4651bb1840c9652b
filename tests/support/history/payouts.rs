//! Payouts: requested, submitted, and told of until they come to one of their ends.

use serde_json::json;
use uuid::Uuid;

use super::{
    Generator,
    day::money,
    desk::Desk,
    market::{Due, Payout},
    webhooks,
};

/// Most transactions that a request names.
const MOST_NAMED: usize = 200;

impl Generator {
    /// In the evening, money that is due is released, and some of it is asked for.
    pub(super) async fn close_tills(&mut self, desk: &mut Desk<'_>) {
        let touched = self.market.tills.iter().filter(|(_, till)| till.touched);
        let accounts: Vec<_> = touched.map(|(account, _)| *account).collect();
        for (seller, currency) in accounts {
            if self.chance.per_mille(300) {
                self.release_due(desk, seller, currency).await;
            }
            if self.chance.per_mille(350) {
                self.request(desk, seller, currency).await;
            }
        }
    }

    async fn release_due(&mut self, desk: &mut Desk<'_>, seller: usize, currency: &str) {
        let seller = self.market.sellers[seller].clone();
        let json = json!({"seller_id": seller.id, "currency": currency});
        desk.command(&seller.tenant, "release-due-transactions", json, false)
            .await;
    }

    async fn request(&mut self, desk: &mut Desk<'_>, seller: usize, currency: &'static str) {
        let id = Uuid::from_u128(self.chance.bits());
        let id = uuid::Builder::from_random_bytes(*id.as_bytes()).into_uuid();
        let named = self.chance.per_mille(500);
        let till = self.market.till(seller, currency);
        till.touched = false;
        let mut json = json!({
            "seller_id": self.market.sellers[seller].id, "currency": currency, "payout_id": id,
        });
        let till = self.market.tills.entry((seller, currency)).or_default();
        let mut amount = None;
        if named && !till.free.is_empty() {
            let kept = till.free.len().saturating_sub(MOST_NAMED);
            let taken = till.free.split_off(kept);
            let sum = taken.iter().map(|(_, net)| net).sum();
            let ids: Vec<_> = taken.into_iter().map(|(id, _)| id).collect();
            json["transactions"] = json!(ids);
            json["expected_amount"] = money(sum, currency);
            amount = Some(sum);
        } else {
            // All that is eligible goes, these among them.
            till.free.clear();
        }
        let payout = Payout {
            seller,
            id,
            currency,
            amount,
        };
        let tenant = self.market.sellers[seller].tenant.clone();
        desk.payout(&tenant, json, payout).await;
    }

    /// Plans what becomes of payouts that were accepted.
    pub(super) fn go_on_with(&mut self, requested: Vec<Payout>) {
        for payout in requested {
            if self.chance.per_mille(25) {
                self.market.plan(self.day + 1, Due::Canceled(payout));
                continue;
            }
            self.market.plan(self.day + 1, Due::Submit(payout.clone()));
            let arrives = self.day + self.chance.within(2, 4);
            if self.chance.per_mille(700) {
                let on_its_way = Due::InTransit(payout.clone());
                self.market.plan(arrives - 1, on_its_way);
            }
            if self.chance.per_mille(40) {
                self.market.plan(arrives, Due::Failed(payout));
                continue;
            }
            self.market.plan(arrives, Due::Paid(payout.clone()));
            if self.chance.per_mille(20) {
                let later = arrives + self.chance.within(1, 5);
                self.market.plan(later, Due::Failed(payout));
            }
        }
    }

    /// Some are made at Stripe by the ledger, others by somebody else.
    pub(super) async fn submit(&mut self, desk: &mut Desk<'_>, payout: Payout) {
        let tenant = self.market.sellers[payout.seller].tenant.clone();
        if self.chance.per_mille(300) {
            let json = json!({"payout_id": payout.id, "attempt": 1});
            desk.command(&tenant, "begin-submission", json, false).await;
            if self.chance.per_mille(100) {
                let json = json!({
                    "payout_id": payout.id, "attempt": 1, "reason": "no answer in 30 s",
                });
                desk.command(&tenant, "put-payout-in-doubt", json, false)
                    .await;
            }
        }
        let json = json!({"payout_id": payout.id, "stripe_payout_id": payout.stripe_id()});
        let twice = self.chance.per_mille(10);
        desk.command(&tenant, "submit-payout", json, twice).await;
        if self.shape.webhooks && self.chance.per_mille(15) {
            self.adopt(desk, payout).await;
        }
    }

    /// Stripe made a payout of the same account by itself.
    async fn adopt(&mut self, desk: &mut Desk<'_>, mut payout: Payout) {
        payout.id = Uuid::from_u128(self.chance.bits());
        let arrival = self.midnight(1).unix_timestamp();
        let mut object = webhooks::payout(&payout, 50_000, "paid", arrival);
        object["metadata"] = json!({});
        self.told(desk, payout.seller, "payout.paid", object).await;
    }

    /// News of a payout: Stripe's where the amount is known here, else by command.
    pub(super) async fn moves(&mut self, desk: &mut Desk<'_>, payout: &Payout, status: &str) {
        let by_stripe = self.shape.webhooks && self.chance.per_mille(800);
        if let (Some(amount), true, true) = (payout.amount, by_stripe, status != "canceled") {
            let name = match status {
                "in_transit" => "payout.updated",
                "paid" => "payout.paid",
                _ => "payout.failed",
            };
            let arrival = self.midnight(1).unix_timestamp();
            let object = webhooks::payout(payout, amount, status, arrival);
            self.told(desk, payout.seller, name, object).await;
        } else {
            self.commanded(desk, payout, status).await;
        }
        if matches!(status, "failed" | "canceled") {
            // The items are free again.
            self.market.till(payout.seller, payout.currency);
        }
    }

    async fn commanded(&mut self, desk: &mut Desk<'_>, payout: &Payout, status: &str) {
        let tenant = self.market.sellers[payout.seller].tenant.clone();
        let (command, json) = match status {
            "in_transit" => match payout.amount {
                // There is no command of the marketplace's for it: what the API tells is.
                Some(amount) => (
                    "report-payout",
                    json!({
                        "payout_id": payout.id, "stripe_payout_id": payout.stripe_id(),
                        "amount": money(amount, payout.currency), "status": status,
                    }),
                ),
                None => return,
            },
            "paid" => ("mark-payout-paid", json!({"payout_id": payout.id})),
            "failed" => (
                "mark-payout-failed",
                json!({"payout_id": payout.id, "failure_code": "account_closed"}),
            ),
            _ => (
                "cancel-payout",
                json!({"payout_id": payout.id, "reason": "asked for by mistake"}),
            ),
        };
        desk.command(&tenant, command, json, false).await;
    }
}
