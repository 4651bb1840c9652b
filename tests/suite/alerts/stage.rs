//! A service that looks for alerts often, on servers that a test can trouble.

use std::time::Duration;

use serde_json::{Value as Json, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use support::{Answer, FaultProxy, Finished, Launch, NatsServer, Payoutd, Postgres, eventually};

/// Far longer than anything here takes.
pub const SOON: Duration = Duration::from_secs(40);
pub const PAYOUT: &str = "0193c7a0-0000-7000-8000-000000000001";

/// Looks often, forgets soon, and reads itself as often as can be set.
const SETTINGS: &str = "[machine]\nreadings_every_secs = 1\nkeep_readings = false\n\
    [retry]\nretries = 1\nbase_ms = 1\n[alerts]\nevery_ms = 100\nwindow_secs = 2\n";

/// A service between its database and its NATS.
pub struct Stage {
    pub service: Payoutd,
    pub nats: NatsServer,
    pub database: Postgres,
    /// On the service's way to its database.
    pub proxy: FaultProxy,
    addr: String,
}

impl Stage {
    /// With further lines of `[alerts]`, and sections behind them.
    pub async fn with(settings: &str) -> Self {
        Self::launched(settings, |launch| launch).await
    }

    /// The same, started in another way.
    pub async fn launched(settings: &str, change: impl FnOnce(Launch) -> Launch) -> Self {
        Self::on(Postgres::migrated_database().await, settings, change).await
    }

    /// The same, on a database where something is already.
    pub async fn on(
        database: Postgres,
        settings: &str,
        change: impl FnOnce(Launch) -> Launch,
    ) -> Self {
        let nats = NatsServer::start().await;
        let proxy = FaultProxy::start(database.addr()).await;
        let launch = launch(settings)
            .env("DATABASE_URL", database.url_through(&proxy.addr()))
            .env("NATS_URL", nats.url());
        let mut service = change(launch).start();
        let addr = service.http_addr().await;
        service.wait_for_line("ready").await;
        Self {
            service,
            nats,
            database,
            proxy,
            addr,
        }
    }

    /// Another instance of the same service.
    pub async fn another(&self, settings: &str) -> Payoutd {
        let mut service = launch(settings)
            .env("DATABASE_URL", self.database.url())
            .env("NATS_URL", self.nats.url())
            .start();
        service.wait_for_line("ready").await;
        service
    }

    /// `payoutd ARGS…` on the database, past the proxy.
    pub async fn run(&self, args: &[&str], input: &str) -> Finished {
        let launch = Payoutd::with(args).env("DATABASE_URL", self.database.url());
        launch.finish_with_input(input).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        let url = format!("http://{}{path}", self.addr);
        let answer = support::http_client().get(url).send().await;
        Answer::of(answer.expect("an answer")).await.expect("JSON")
    }

    pub async fn command(&self, name: &str, fields: &Json) -> Answer {
        let url = format!("http://{}/v1/commands/{name}", self.addr);
        let answer = support::http_client().post(url).json(fields).send().await;
        Answer::of(answer.expect("an answer")).await.expect("JSON")
    }

    pub async fn accepts(&self, name: &str, fields: Json) {
        let answer = self.command(name, &fields).await;
        assert!(answer.is_taken(), "{name}: {answer:?}");
    }

    /// A sale of a registered seller, not told yet; numbered.
    pub fn sale(n: usize) -> Json {
        json!({"transaction_id": format!("t-{n}"), "seller_id": "anna", "kind": "payment",
            "gross": {"amount": "10.50", "currency": "usd"}})
    }

    /// A payout is asked for.
    pub async fn request_payout(&self) {
        let account = json!({"seller_id": "anna", "stripe_account": "acct_1"});
        self.accepts("register-seller", account).await;
        self.accepts("record-transaction", Self::sale(1)).await;
        let wanted = json!({"seller_id": "anna", "currency": "usd", "payout_id": PAYOUT});
        self.accepts("request-payout", wanted).await;
    }

    /// A connection to the database, past the proxy.
    pub async fn connection(&self) -> PgConnection {
        let connection = PgConnection::connect(&self.database.url()).await;
        connection.expect("a connection")
    }

    pub async fn sql(&self, sql: impl Into<String>) {
        let done = sqlx::raw_sql(AssertSqlSafe(sql.into()))
            .execute(&mut self.connection().await)
            .await;
        done.expect("it runs");
    }

    /// The alerts of a name, the newest first; from the database, which answers when the service
    /// cannot.
    pub async fn alerts(&self, name: &str) -> Vec<Json> {
        let listed = self.run(&["alerts", "list", "--json"], "").await;
        let all: Vec<Json> = serde_json::from_str(&listed.stdout).expect("JSON");
        let named = all.into_iter().filter(|alert| alert["alert"] == name);
        named.collect()
    }

    /// Waits until an alert fires.
    pub async fn fires(&self, name: &str) -> Json {
        self.stands(name, "firing").await
    }

    /// Waits until it is over, and looks whether it was one all the time.
    pub async fn resolves(&self, name: &str) -> Json {
        let alert = self.stands(name, "resolved").await;
        assert!(alert["resolved_at"].is_string(), "{alert}");
        assert!(alert["count"].as_u64() > Some(0), "{alert}");
        alert
    }

    async fn stands(&self, name: &str, state: &str) -> Json {
        eventually(SOON, async || {
            let alerts = self.alerts(name).await;
            let found = alerts.first().filter(|alert| alert["state"] == state);
            found.cloned().ok_or(alerts)
        })
        .await
    }
}

/// `payoutd serve` with these lines of `[alerts]`.
pub fn launch(settings: &str) -> Launch {
    let launch = Payoutd::with(["serve", "--config", "payoutd.toml"]);
    let file = launch.folder().join("payoutd.toml");
    std::fs::write(file, format!("{SETTINGS}{settings}")).expect("a file of settings");
    launch
}
