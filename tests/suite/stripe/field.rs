//! A ledger on PostgreSQL, a simulator of Stripe, and a service between them.

use std::{collections::HashMap, fs, sync::Arc, time::Duration};

use adapters::sim::{Payout, Script, Settings, Simulator};
use domain::{
    Command,
    id::{PayoutId, Tenant},
};
use futures::{StreamExt, stream};
use projections::query::{self, Filter, Table};
use serde_json::{Value, json};
use store::{Clock, Database, Ledger, Reply, Request, Settings as StoreSettings, Sql, SystemClock};
use support::{Launch, Payoutd, Postgres, eventually};
use uuid::Uuid;

/// How long anything is waited for.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Commands that are under way at the same time.
const AT_ONCE: usize = 256;

const STATUSES: &str = "SELECT CAST(payout_id AS TEXT) AS payout_id, status, \
    COALESCE(held_up, '') AS held_up FROM payouts";

/// Where a service and Stripe meet.
pub struct Field {
    pub simulator: Simulator,
    pub ledger: Ledger,
    postgres: Postgres,
    /// More lines of the service's `[stripe]`.
    pub settings: &'static str,
    /// How long its calls wait for an answer, in milliseconds.
    pub timeout_ms: u32,
    /// Its key.
    pub key: &'static str,
}

impl Field {
    pub async fn with(settings: Settings) -> Self {
        Self::by(Arc::new(SystemClock), settings).await
    }

    /// The same with a ledger that goes by a clock; services go by the machine's.
    pub async fn by(clock: Arc<dyn Clock>, settings: Settings) -> Self {
        let simulator = Simulator::start(settings).await.expect("a simulator");
        let postgres = Postgres::migrated_database().await;
        let database = Database::open(&postgres.url()).await.expect("a database");
        database.migrate().await.expect("a schema");
        let settings = StoreSettings {
            clock,
            ..StoreSettings::default()
        };
        let ledger = Ledger::start(database, Arc::new(projections::Inline), settings);
        Self {
            simulator,
            ledger,
            postgres,
            settings: "",
            timeout_ms: 250,
            key: "sk_test_sim",
        }
    }

    /// A service that makes payouts at the simulator, and is ready.
    pub async fn serve(&self) -> Payoutd {
        let launch = Payoutd::with(["serve", "--config", "payoutd.toml"]);
        let text = format!(
            "[stripe]\ntimeout_ms = {}\nsettle_ms = 400\nlease_ms = 1500\n\
             calls_per_second = 1000\n{}",
            self.timeout_ms, self.settings
        );
        fs::write(launch.folder().join("payoutd.toml"), text).expect("a file of settings");
        let mut service = launch
            .env("DATABASE_URL", self.postgres.url())
            .env("PAYOUTD_HTTP_ADDR", "127.0.0.1:0")
            .env("STRIPE_API_BASE", self.simulator.url())
            .env("STRIPE_SECRET_KEY", self.key)
            .start();
        service.wait_for_line("ready").await;
        service
    }

    /// `payoutd ARGS…` on the ledger, with the simulator for Stripe.
    pub fn payoutd(&self, args: &[&str]) -> Launch {
        Payoutd::with(args)
            .env("DATABASE_URL", self.postgres.url())
            .env("STRIPE_API_BASE", self.simulator.url())
            .env("STRIPE_SECRET_KEY", "sk_test_sim")
    }

    pub async fn command(&self, name: &str, fields: Value) -> Reply {
        let command = Command::parse(name, fields.to_string().as_bytes()).expect("a command");
        self.ledger
            .execute(Request {
                tenant: Tenant::default_tenant(),
                command,
                key: None,
            })
            .await
    }

    pub async fn accepts(&self, name: &str, fields: Value) {
        let told = fields.to_string();
        let reply = self.command(name, fields).await;
        assert!(
            matches!(reply, Reply::Accepted(_)),
            "{name} {told}: {reply:?}"
        );
    }

    /// Sellers with an account and a payout each: `seller-1`, `acct_1`, `payout_id(1)`, …
    pub async fn request_payouts(&self, many: usize) {
        stream::iter(1..=many)
            .for_each_concurrent(AT_ONCE, async |n| {
                let seller = format!("seller-{n}");
                let account = format!("acct_{n}");
                let known = json!({"seller_id": seller, "stripe_account": account});
                self.accepts("register-seller", known).await;
                self.request_payout(n, &seller).await;
            })
            .await;
    }

    /// Payout `n`, of 10.50 usd to a seller.
    pub async fn request_payout(&self, n: usize, seller: &str) {
        let gross = json!({"amount": "10.50", "currency": "usd"});
        let owed = json!({"transaction_id": format!("t-{n}"), "seller_id": seller,
            "kind": "payment", "gross": gross});
        self.accepts("record-transaction", owed).await;
        let wanted = json!({"seller_id": seller, "currency": "usd", "payout_id": payout_id(n)});
        self.accepts("request-payout", wanted).await;
    }

    /// Status and `held_up` of each payout.
    pub async fn payouts(&self) -> HashMap<String, (String, String)> {
        let sql = Sql::alike("statuses", STATUSES);
        let rows = self.ledger.database().fetch(&sql, &[]).await;
        let text = |row: &store::Row, column| row.text(column).expect("a text");
        rows.expect("payouts can be read")
            .iter()
            .map(|row| {
                (
                    text(row, "payout_id"),
                    (text(row, "status"), text(row, "held_up")),
                )
            })
            .collect()
    }

    /// Waits until payout `n` stands like this.
    pub async fn stands(&self, n: usize, status: &str, held_up: &str) {
        let wanted = (status.to_owned(), held_up.to_owned());
        eventually(PATIENCE, async || {
            match self.payouts().await.remove(&payout_id(n)) {
                Some(found) if found == wanted => Ok(()),
                other => Err(other),
            }
        })
        .await;
    }

    /// How many payouts are in each status.
    pub async fn statuses(&self) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for (status, _) in self.payouts().await.into_values() {
            *counts.entry(status).or_default() += 1;
        }
        counts
    }

    /// What happened to payout `n`, by name.
    pub async fn events_of(&self, n: usize) -> Vec<String> {
        let id = Uuid::parse_str(&payout_id(n)).expect("a UUID");
        let filter = Filter {
            payout: Some(PayoutId(id)),
            ..Filter::of(Tenant::default_tenant())
        };
        let answer = query::run(self.ledger.database(), Table::Events, &filter).await;
        answer
            .expect("events can be read")
            .rows
            .iter()
            .map(|row| row["type"].as_str().expect("a type").to_owned())
            .collect()
    }

    /// What Stripe has made, by our id.
    pub fn made(&self) -> HashMap<String, Vec<Payout>> {
        let mut made: HashMap<String, Vec<Payout>> = HashMap::new();
        for payout in self.simulator.payouts() {
            let ours = payout.metadata.get("payout_id").cloned();
            made.entry(ours.unwrap_or_default())
                .or_default()
                .push(payout);
        }
        made
    }
}

/// The next calls of a kind go wrong in one way.
pub fn next_calls(method: &str, path: &str, answer: &str, times: u32) -> Script {
    Script {
        method: Some(method.to_owned()),
        path: Some(path.to_owned()),
        times,
        answer: answer.to_owned(),
    }
}

/// Payout ids by number.
pub fn payout_id(n: usize) -> String {
    Uuid::from_u128(0x7000_8000_0000_0000_0000 + n as u128).to_string()
}
