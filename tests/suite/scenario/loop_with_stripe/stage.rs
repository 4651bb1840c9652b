//! A ledger, its NATS and its database, and a Stripe that has a bad day.

use std::{fs, time::Duration};

use adapters::{
    config::Secret,
    sim::{Delivery, Endpoint, Faults, Opening, Outcome, Payout, Rules, Settings, Simulator},
};
use async_nats::Client;
use domain::money::Currency;
use futures::{StreamExt, stream};
use serde_json::json;
use store::{Database, RetryPolicy};
use support::{NatsServer, Payoutd, eventually};

use super::{WEBHOOKS, counts};
use crate::scenario::{
    http_kill9::free_port,
    kill9::{accepted, payout_id},
};

/// Of each seller.
const PAYOUTS_EACH: usize = 3;
const AT_ONCE: usize = 32;
const PATIENCE: Duration = Duration::from_secs(90);
const SECRET: &str = "whsec_platform";
/// Stripe signs with both while one is rolled; the service knows the new one alone.
const CONNECT_SECRETS: [&str; 2] = ["whsec_connect_old", "whsec_connect_new"];

/// How payouts end at Stripe, by the last digits of their amount, and with which status.
pub const ENDS: [(i64, &str, &str); 4] = [
    (10, "pay", "paid"),
    (13, "fail:account_closed", "failed"),
    (27, "cancel", "canceled"),
    (41, "pay-then-fail:could_not_process", "failed"),
];

pub fn usd() -> Currency {
    Currency::parse("usd").expect("a currency")
}

pub fn amount_minor(n: usize) -> i64 {
    1_000 + 100 * i64::try_from(n).expect("few") + ENDS[n % ENDS.len()].0
}

pub fn seller(n: usize) -> usize {
    n / PAYOUTS_EACH
}

/// The first is the platform itself: its events have an endpoint of their own.
pub fn seller_id(seller: usize) -> String {
    match seller {
        0 => "platform".to_owned(),
        _ => format!("seller-{seller}"),
    }
}

pub fn account(seller: usize) -> Option<String> {
    (seller > 0).then(|| format!("acct_{seller}"))
}

fn has_ended(payout: &Payout) -> bool {
    let mut ends = ENDS.iter();
    ends.any(|(digits, _, end)| payout.amount % 100 == *digits && payout.status.as_str() == *end)
}

/// What all three are about.
pub struct Stage {
    pub simulator: Simulator,
    /// Of the database.
    pub url: String,
    /// How many are made.
    pub payouts: usize,
    pub nats: NatsServer,
    addr: String,
}

impl Stage {
    pub async fn on(url: String, payouts: usize) -> Self {
        let addr = format!("127.0.0.1:{}", free_port());
        let simulator = Simulator::start(bad_day(&addr)).await.expect("a simulator");
        Self {
            simulator,
            url,
            payouts,
            nats: NatsServer::start().await,
            addr,
        }
    }

    pub const fn sellers(&self) -> usize {
        self.payouts / PAYOUTS_EACH
    }

    /// Every account has what its seller is owed: nothing can be paid out twice unseen.
    pub fn fill_the_accounts(&self) {
        for s in 0..self.sellers() {
            let owed = (0..self.payouts)
                .filter(|n| seller(*n) == s)
                .map(amount_minor);
            let account = account(s);
            self.simulator
                .set_balance(account.as_deref(), usd(), owed.sum());
        }
    }

    pub async fn serve(&self) -> Payoutd {
        let launch = Payoutd::with(["serve", "--config", "payoutd.toml"]);
        let text = "[stripe]\ntimeout_ms = 250\nsettle_ms = 400\n\
            lease_ms = 1500\ncalls_per_second = 1000\n";
        fs::write(launch.folder().join("payoutd.toml"), text).expect("a file of settings");
        let mut service = launch
            .env("DATABASE_URL", &self.url)
            .env("NATS_URL", self.nats.url())
            .env("PAYOUTD_HTTP_ADDR", &self.addr)
            .env("STRIPE_API_BASE", self.simulator.url())
            .env("STRIPE_SECRET_KEY", "sk_test_sim")
            .env("STRIPE_WEBHOOK_SECRET", SECRET)
            .env("STRIPE_CONNECT_WEBHOOK_SECRET", CONNECT_SECRETS[1])
            .start();
        service.wait_for_line("ready").await;
        service
    }

    /// Kills the service when the moment has come, and starts it again.
    pub async fn kill_when(&self, service: &mut Payoutd, has_come: impl Fn(&Simulator) -> bool) {
        eventually(PATIENCE, async || match has_come(&self.simulator) {
            true => Ok(()),
            false => Err(self.simulator.deliveries()),
        })
        .await;
        service.kill9().await;
        let made = self.simulator.payouts().len();
        assert!(made < self.payouts, "the kill was too late");
        *service = self.serve().await;
    }

    /// Ends the bad day once nearly all is made. What goes on going wrong then costs time
    /// only: a 500 is answered again and again under its key, for many seconds.
    pub async fn the_day_ends(&self) {
        eventually(PATIENCE, async || match self.simulator.payouts().len() {
            enough if enough >= self.payouts * 19 / 20 => Ok(()),
            few => Err(few),
        })
        .await;
        let good = self.simulator.set_faults(Faults::default());
        good.expect("no fault is a rate");
    }

    /// Waits until Stripe is through with all payouts, and the ledger has heard of it.
    pub async fn all_has_happened(&self, database: &Database) {
        eventually(PATIENCE, async || {
            let told = i64::try_from(self.simulator.events().len()).expect("few");
            let known: i64 = counts(database, &WEBHOOKS).await.values().sum();
            let waiting = self.simulator.deliveries().waiting;
            let payouts = self.simulator.payouts();
            let ended = payouts.iter().filter(|payout| has_ended(payout)).count();
            if ended >= self.payouts && (waiting, told) == (0, known) {
                Ok(())
            } else {
                Err((ended, waiting, told, known))
            }
        })
        .await;
    }

    /// Each seller is registered, sells three things, and wants a payout for each.
    pub async fn request_payouts(&self, client: &Client) {
        stream::iter(0..self.sellers())
            .for_each_concurrent(AT_ONCE, async |s| {
                let Some(account) = account(s) else { return };
                let known = json!({"seller_id": seller_id(s), "stripe_account": account});
                accepted(client, "register-seller", known, format!("register-{s}")).await;
            })
            .await;
        stream::iter(0..self.payouts)
            .for_each_concurrent(AT_ONCE, async |n| {
                let (id, seller) = (format!("t-{n}"), seller_id(seller(n)));
                let minor = amount_minor(n);
                let gross = format!("{}.{:02}", minor / 100, minor % 100);
                let sold = json!({"transaction_id": id, "seller_id": seller, "kind": "payment",
                    "gross": {"amount": gross, "currency": "usd"}});
                accepted(client, "record-transaction", sold, format!("record-{n}")).await;
                let wanted = json!({"seller_id": seller, "currency": "usd",
                    "payout_id": payout_id(n), "transactions": [id]});
                accepted(client, "request-payout", wanted, format!("request-{n}")).await;
            })
            .await;
    }
}

/// Two calls of five go wrong, webhooks come twice and in any order.
fn bad_day(addr: &str) -> Settings {
    let outcome = |(digits, outcome, _): (i64, &str, _)| {
        let outcome: Outcome = outcome.parse().expect("an outcome");
        (digits.to_string(), outcome)
    };
    let endpoint = |path: &str, secrets: &str| Endpoint {
        url: format!("http://{addr}{path}"),
        secrets: Secret::list(secrets),
    };
    Settings {
        rules: Rules {
            opening: Opening::Exactly(Vec::new()),
            pace: time::Duration::milliseconds(150),
            outcomes: ENDS.map(outcome).to_vec(),
            // Which of a seller's payouts comes first is left to chance.
            disable_failed_accounts: false,
            ..Rules::default()
        },
        faults: Faults {
            timeouts: 0.3,
            errors: 0.1,
            resets: 0.1,
            ..Faults::default()
        },
        seed: 42,
        webhook: Some(endpoint("/webhook/stripe/", SECRET)),
        connect_webhook: Some(endpoint(
            "/webhook/stripe-connect/",
            &CONNECT_SECRETS.join(","),
        )),
        delivery: Delivery {
            duplicates: 0.2,
            disorder: 50,
            drop: 0.0,
            retry: RetryPolicy {
                retries: 1_000,
                base: Duration::from_millis(20),
                factor: 2,
                cap: Duration::from_millis(500),
                budget: PATIENCE,
            },
        },
        silence: Duration::from_secs(2),
        ..Settings::default()
    }
}
