//! Two tenants on one database, and a service for both.

use serde_json::{Value as Json, json};
use support::{Finished, NatsServer, Payoutd, Postgres};

/// Who asks.
pub const ACME: &str = "acme";
/// Whose books must not show.
pub const GLOBEX: &str = "globex";

/// Of globex alone.
pub const PAYOUT: &str = "ca4a11ca-0000-7000-8000-000000000001";
pub const SELLER: &str = "canary-seller";
pub const SALE: &str = "canary-sale";
pub const EVENT: &str = "evt_canary_dead";

/// What acme shows over HTTP; it may do everything there is to do.
pub const TOKEN: &str = "operator-of-acme-alone";

/// What no answer to acme may hold: parts of ids, words, and amounts in both units.
pub const MARKS: [&str; 5] = ["canary", "ca4a11ca-0000", "7654321", "76543.21", GLOBEX];

/// A service on servers of its own, and the command line beside it.
pub struct Stage {
    pub service: Payoutd,
    pub nats: NatsServer,
    pub database: Postgres,
}

impl Stage {
    pub async fn start() -> Self {
        let (database, nats) = (
            Postgres::migrated_database().await,
            NatsServer::start().await,
        );
        let mut service = Payoutd::with(["serve"])
            .env("DATABASE_URL", database.url())
            .env("NATS_URL", nats.url())
            .env("PAYOUTD_API_TOKENS", format!("{TOKEN}:operator:{ACME}"))
            .start();
        service.wait_for_line("ready").await;
        let stage = Self {
            service,
            nats,
            database,
        };
        stage.books(GLOBEX, ("canary", PAYOUT, "76543.21")).await;
        let plain = "00000000-0000-7000-8000-000000000001";
        stage.books(ACME, ("plain", plain, "10.00")).await;
        stage
    }

    /// Runs `payoutd` for a tenant.
    pub async fn run(&self, tenant: &str, args: &[&str], input: &str) -> Finished {
        let launch = Payoutd::with(args.iter().chain(&["--tenant", tenant]));
        let launch = launch.env("DATABASE_URL", self.database.url());
        launch.finish_with_input(input).await
    }

    async fn command(&self, tenant: &str, name: &str, fields: Json) {
        let fields = fields.to_string();
        self.run(tenant, &["command", name, &fields], "")
            .await
            .expect_code(0);
    }

    /// A row in every table, and a dead letter.
    async fn books(&self, tenant: &str, (word, payout, amount): (&str, &str, &str)) {
        let (seller, sale) = (format!("{word}-seller"), format!("{word}-sale"));
        let transfer = format!("tr_{word}");
        let money = json!({"amount": amount, "currency": "usd"});
        let account = format!("acct_{word}");
        let registered = json!({"seller_id": seller, "stripe_account": account});
        self.command(tenant, "register-seller", registered).await;
        let sold = json!({
            "transaction_id": sale, "seller_id": seller, "kind": "payment", "gross": money,
            "order_id": format!("{word}-order"), "transfer": transfer,
        });
        self.command(tenant, "record-transaction", sold).await;
        let moved = json!({
            "transfer_id": transfer, "seller_id": seller, "amount": money,
            "transaction_id": sale,
        });
        self.command(tenant, "record-transfer", moved).await;
        let asked = json!({
            "seller_id": seller, "currency": "usd", "payout_id": payout,
            "description": format!("{word} description"),
        });
        self.command(tenant, "request-payout", asked).await;
        let second = json!({
            "transaction_id": format!("{sale}-2"), "seller_id": seller, "kind": "payment",
            "gross": money, "available_on": "2099-01-01T00:00:00Z",
        });
        self.command(tenant, "record-transaction", second).await;
        let dead = json!({
            "id": format!("evt_{word}_dead"), "object": "event", "type": "payout.paid",
            "livemode": false, "data": {"object": {
                "id": format!("po_{word}"), "object": "payout", "amount": 1, "currency": "usd",
                "status": "failed", "description": word,
            }},
        });
        let dead = dead.to_string();
        self.run(tenant, &["ingest", "-"], &dead)
            .await
            .expect_code(0);
    }

    /// All that globex has, to be held against later.
    pub async fn canary(&self) -> Vec<String> {
        let mut all = Vec::new();
        for table in projections::query::Table::NAMES {
            let rows = self
                .run(GLOBEX, &["query", table, "--jsonl"], "")
                .await
                .expect_code(0);
            assert!(
                MARKS.iter().any(|mark| rows.stdout.contains(mark)),
                "{table} has no mark"
            );
            all.push(rows.stdout);
        }
        let letters = self
            .run(GLOBEX, &["dead-letters", "list", "--json"], "")
            .await;
        assert!(letters.stdout.contains(EVENT), "{letters:?}");
        all.push(letters.stdout);
        all
    }

    pub async fn stop(mut self) {
        let ended = self
            .service
            .terminate(std::time::Duration::from_secs(15))
            .await;
        assert!(ended.success(), "{}", self.service.stderr());
    }
}

/// Panics if an answer holds a mark that the question has not.
#[track_caller]
pub fn holds_no_mark(question: &str, answer: &str) {
    for mark in MARKS {
        let told = !question.contains(mark) && answer.contains(mark);
        assert!(!told, "{mark:?} is in the answer to {question:?}: {answer}");
    }
}

/// A cursor of globex, behind its first row.
pub async fn cursor(stage: &Stage, table: &str) -> Option<String> {
    let page = stage
        .run(GLOBEX, &["query", table, "--limit", "1", "--json"], "")
        .await;
    let (_, cursor) = page.stderr.split_once("--cursor ")?;
    cursor.split_whitespace().next().map(str::to_owned)
}
