//! Sealed books on a database of their own, and somebody who can do anything to it.

use std::{path::PathBuf, sync::Arc, time::Duration};

use domain::{Command, id::Tenant, stripe::Mode as Money};
use projections::{Inline, follower};
use serde_json::{Value as Json, json};
use store::{
    Backend, Database, Delivery, Isolation, Ledger, Reply, Request, Settings, Sql, SystemClock,
    checkpoint, log,
    seal::{self, Head, Key},
};
use support::{MariaDb, Payoutd, Postgres, eventually};
use tempfile::TempDir;

/// The payout that is paid.
pub const PAID: &str = "00000000-0000-0000-0000-000000000001";
/// The payout that is only requested.
pub const REQUESTED: &str = "00000000-0000-0000-0000-000000000002";

/// How long other tests may hold back the end of the log.
pub const SOON: Duration = Duration::from_secs(20);

/// Books in three blocks of seals, with a head that was published.
pub struct Stage {
    pub database: Database,
    pub ledger: Ledger,
    url: String,
    folder: TempDir,
    _server: Server,
}

/// What ends with its handle, and nobody asks for.
#[expect(dead_code, reason = "its end is what it is for")]
enum Server {
    None,
    Postgres(Postgres),
    MariaDb(MariaDb),
}

/// For tests that are the same on each.
pub const EACH: [Backend; 3] = [Backend::Sqlite, Backend::Postgres, Backend::MariaDb];

impl Stage {
    pub async fn on(backend: Backend) -> Self {
        let folder = TempDir::with_prefix("payoutd-seal.").expect("a folder");
        let (url, server) = match backend {
            Backend::Sqlite => (
                format!("sqlite://{}/ledger.db", folder.path().display()),
                Server::None,
            ),
            Backend::Postgres => {
                let server = Postgres::migrated_database().await;
                (server.url(), Server::Postgres(server))
            }
            Backend::MariaDb => {
                let server = MariaDb::fresh_database().await;
                (server.url(), Server::MariaDb(server))
            }
        };
        let database = Database::open(&url).await.expect("a database");
        database.migrate().await.expect("a schema");
        let ledger = Ledger::start(database.clone(), Arc::new(Inline), Settings::default());
        let stage = Self {
            database,
            ledger,
            url,
            folder,
            _server: server,
        };
        stage.live().await;
        stage.publish().await;
        stage
    }

    /// A bit of everything, sealed three times.
    async fn live(&self) {
        let seller = json!({ "seller_id": "seller", "stripe_account": "acct_1" });
        self.accepted("register-seller", seller).await;
        self.sale("a", json!({ "transfer": "tr_1" })).await;
        self.sale("b", json!({})).await;
        let transfer = json!({
            "transfer_id": "tr_1", "seller_id": "seller",
            "amount": { "amount": "10.00", "currency": "usd" },
        });
        self.accepted("record-transfer", transfer).await;
        self.payout(PAID).await;
        self.seal().await;
        let paid = json!({
            "id": "po_1", "object": "payout", "amount": 2000, "currency": "usd",
            "status": "paid", "metadata": { "payout_id": PAID },
        });
        self.told("evt_paid", "payout.paid", paid).await;
        let coupon = json!({ "id": "c", "object": "coupon" });
        self.told("evt_other", "coupon.created", coupon).await;
        self.sale("c", json!({})).await;
        self.payout(REQUESTED).await;
        self.seal().await;
        self.sale("d", json!({})).await;
        self.seal().await;
        follower::catch_up(&self.database).await.expect("following");
    }

    async fn publish(&self) {
        let head = self.head().await.signed(&Key::of_seed([1; 32]));
        let text = serde_json::to_string(&head).expect("JSON");
        std::fs::write(self.file("head.json"), text).expect("a file");
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub async fn head(&self) -> Head {
        let now = time::OffsetDateTime::UNIX_EPOCH;
        seal::head(&self.database, &Tenant::default_tenant(), now)
            .await
            .expect("a head")
    }

    /// Makes one block of all that is not sealed. Transactions of other tests on the same
    /// server may hold the end of the log back for a while.
    pub async fn seal(&self) {
        let (from, lag) = eventually(SOON, async || {
            let from = checkpoint::load(&self.database, seal::CHECKPOINT).await;
            let from = from.expect("a checkpoint");
            let lag = seal::lag(&self.database).await.expect("a lag");
            let page = log::read(&self.database, from, seal::PAGE).await;
            let end = page.expect("a page").next;
            let readable = u64::try_from(end.position - from.position).expect("a number");
            if readable == lag {
                Ok((from, lag))
            } else {
                Err(format!(
                    "{readable} of {lag} events can be read after {from:?}"
                ))
            }
        })
        .await;
        let sealed = seal::seal_all(&self.database, &SystemClock).await;
        assert!(sealed.expect("a block") > 0, "{lag} events after {from:?}");
    }

    pub async fn sale(&self, id: &str, more: Json) {
        let mut body = json!({
            "transaction_id": id, "seller_id": "seller", "kind": "payment",
            "gross": { "amount": "10.00", "currency": "usd" },
        });
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        self.accepted("record-transaction", body).await;
    }

    async fn payout(&self, id: &str) {
        let body = json!({
            "seller_id": "seller", "currency": "usd", "payout_id": id,
            "description": "as agreed",
        });
        self.accepted("request-payout", body).await;
    }

    async fn accepted(&self, name: &str, body: Json) {
        let command = Command::parse(name, body.to_string().as_bytes()).expect("a command");
        let request = Request {
            tenant: Tenant::default_tenant(),
            command,
            key: None,
        };
        match self.ledger.execute(request).await {
            Reply::Accepted(_) => {}
            Reply::Refused(refusal) => panic!("{name}: {refusal}"),
        }
    }

    async fn told(&self, id: &str, name: &str, object: Json) {
        let body = json!({
            "id": id, "object": "event", "type": name, "livemode": false,
            "created": 1_700_000_000, "data": { "object": object },
        });
        let delivery = Delivery {
            tenant: Tenant::default_tenant(),
            body: body.to_string().into_bytes(),
            mode: Money::Test,
        };
        self.ledger.ingest(delivery).await.expect("an outcome");
    }

    /// Runs statements behind the ledger's back. Casts of PostgreSQL's are left out on the others,
    /// and zones of times on MariaDB.
    pub async fn tamper(&self, statements: &[&str]) {
        for statement in statements {
            let text: &'static str = statement.to_string().leak();
            let plain: &'static str = text.replace("::text", "").replace("::json", "").leak();
            let sql = Sql {
                name: "tampering",
                postgres: text,
                mariadb: plain.replace("T00:00:00.000000Z", " 00:00:00").leak(),
                sqlite: plain,
            };
            let order = self.database.transaction("test");
            let order = order.isolation(Isolation::ReadCommitted);
            let mut tx = order.open().await.expect("to begin");
            let changed = tx.execute(&sql, &[]).await;
            let changed =
                changed.unwrap_or_else(|e| panic!("{statement}: {}", store::error::chain(&e)));
            assert!(
                changed > 0 || statement.starts_with("ALTER"),
                "{statement} changes nothing"
            );
            tx.commit().await.expect("to commit");
        }
    }

    /// From now on, `payoutd` has the right to read and no other.
    pub async fn read_only(&mut self) {
        let role = format!("auditor_{}", uuid::Uuid::now_v7().simple());
        let (owner, made, granted) = match self.database.backend() {
            Backend::Postgres => (
                "postgres",
                format!("CREATE ROLE {role} LOGIN"),
                format!("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"),
            ),
            Backend::MariaDb => (
                "root",
                format!("CREATE USER {role}"),
                format!("GRANT SELECT ON * TO {role}"),
            ),
            Backend::Sqlite => panic!("there are no roles"),
        };
        self.run(&made).await;
        self.run(&granted).await;
        let owner = format!("//{owner}@");
        self.url = self.url.replace(&owner, &format!("//{role}@"));
        assert!(self.url.contains(&role), "{}", self.url);
    }

    async fn run(&self, statement: &str) {
        let text: &'static str = statement.to_owned().leak();
        let sql = Sql::alike("of_a_test", text);
        self.database.fetch(&sql, &[]).await.expect(statement);
    }

    /// A service on these books.
    pub async fn serve(&self) -> Payoutd {
        let mut service = Payoutd::with(["serve", "--database-url", &self.url]).start();
        service.http_addr().await;
        service
    }

    /// `payoutd verify` as it is run by hand: its exit code and report.
    pub async fn verify(&self, args: &[&str]) -> (i32, Json) {
        let all = ["verify", "--json", "--database-url", &self.url];
        let ended = Payoutd::with(all.iter().chain(args)).finish().await;
        let report = serde_json::from_str(&ended.stdout);
        let report = report.unwrap_or_else(|error| panic!("{error}: {ended:?}"));
        (ended.code, report)
    }
}

/// What a report tells of a law that is broken.
pub fn broken(report: &Json, law: &str) -> String {
    let laws = report["laws"].as_array().expect("laws");
    let found = laws.iter().find(|found| found["law"] == law);
    found
        .and_then(|found| found["offender"].as_str())
        .unwrap_or_default()
        .to_owned()
}
