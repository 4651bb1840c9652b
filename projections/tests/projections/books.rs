//! A ledger of one test's own, and short words for using it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use domain::{Command, Refusal, id::Tenant, stripe::Mode};
use projections::{
    Inline,
    query::{self, Answer, Filter, QueryError, Table},
    verify::{self, Report},
};
use serde_json::{Map, Value as Json, json};
use store::{
    Clock, Cursor, Database, Delivery, Ingested, Isolation, Ledger, Recorded, Reply, Request,
    Settings, Sql,
};

pub(crate) type Row = Map<String, Json>;

pub(crate) struct Books {
    pub(crate) database: Database,
    pub(crate) ledger: Ledger,
    _folder: Option<tempfile::TempDir>,
}

/// Where `tests/run` has servers, as a superuser.
const SERVERS: [&str; 2] = ["PAYOUTD_TEST_POSTGRES", "PAYOUTD_TEST_MARIADB"];

static DATABASES: AtomicU64 = AtomicU64::new(0);

impl Books {
    /// Fresh books on SQLite.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("books.db").display());
        Self::at(&url, Some(folder)).await
    }

    /// Fresh books on each database there is.
    pub(crate) async fn each() -> Vec<Self> {
        let mut books = vec![Self::new().await];
        for server in SERVERS.iter().filter_map(|name| std::env::var(name).ok()) {
            books.push(Self::on(&server).await);
        }
        books
    }

    async fn on(server: &str) -> Self {
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("projections_{}_{number}", std::process::id());
        let admin = Database::open(server).await.unwrap();
        admin
            .fetch(&sql(format!("CREATE DATABASE {name}")), &[])
            .await
            .unwrap();
        admin.close().await;
        let (server, _) = server.rsplit_once('/').unwrap();
        Self::at(&format!("{server}/{name}"), None).await
    }

    async fn at(url: &str, folder: Option<tempfile::TempDir>) -> Self {
        let database = Database::open(url).await.unwrap();
        database.migrate().await.unwrap();
        let ledger = Ledger::start(database.clone(), Arc::new(Inline), Settings::default());
        Self {
            database,
            ledger,
            _folder: folder,
        }
    }

    /// The same books by way of another writer.
    pub(crate) fn by_another_writer(&self, isolation: Isolation) -> Self {
        let settings = Settings {
            isolation,
            ..Settings::default()
        };
        self.by(settings)
    }

    /// The same books by a writer with another clock.
    pub(crate) fn by_clock(&self, clock: Arc<dyn Clock>) -> Self {
        let settings = Settings {
            clock,
            ..Settings::default()
        };
        self.by(settings)
    }

    fn by(&self, settings: Settings) -> Self {
        Self {
            database: self.database.clone(),
            ledger: Ledger::start(self.database.clone(), Arc::new(Inline), settings),
            _folder: None,
        }
    }

    /// Carries out a command, whatever comes of it.
    pub(crate) async fn command(&self, name: &str, body: Json) -> Reply {
        let command = Command::parse(name, body.to_string().as_bytes())
            .unwrap_or_else(|refusal| panic!("{name} {body}: {refusal}"));
        let request = Request {
            tenant: tenant(),
            command,
            key: None,
        };
        self.ledger.execute(request).await
    }

    /// Carries out a command that must be accepted.
    pub(crate) async fn accepted(&self, name: &str, body: Json) {
        match self.command(name, body.clone()).await {
            Reply::Accepted(_) => {}
            Reply::Refused(refusal) => panic!("{name} {body}: {refusal}"),
        }
    }

    /// Takes an event of Stripe's, if it can.
    pub(crate) async fn deliver(
        &self,
        id: &str,
        name: &str,
        object: Json,
    ) -> Result<Ingested, Refusal> {
        let body = json!({
            "id": id, "object": "event", "type": name, "livemode": false, "created": 1_700_000_000,
            "data": { "object": object },
        });
        let delivery = Delivery {
            tenant: tenant(),
            body: body.to_string().into_bytes(),
            mode: Mode::Test,
        };
        self.ledger.ingest(delivery).await
    }

    /// Takes an event of Stripe's.
    pub(crate) async fn told(&self, id: &str, name: &str, object: Json) {
        self.deliver(id, name, object).await.unwrap();
    }

    /// A transaction of 10.00 usd that is free to be paid out.
    pub(crate) async fn transaction(&self, id: &str, more: Json) {
        let mut body = json!({
            "transaction_id": id, "seller_id": "seller", "kind": "payment", "gross": usd("10.00"),
        });
        merge(&mut body, more);
        self.accepted("record-transaction", body).await;
    }

    /// Requests the payout with this number, of all there is.
    pub(crate) async fn payout(&self, number: u128) -> String {
        let id = payout_id(number);
        let body = json!({ "seller_id": "seller", "currency": "usd", "payout_id": id });
        self.accepted("request-payout", body).await;
        id
    }

    pub(crate) async fn ask(&self, table: Table, filter: Filter) -> Result<Answer, QueryError> {
        query::run(&self.database, table, &filter).await
    }

    /// All rows of a table.
    pub(crate) async fn rows(&self, table: Table) -> Vec<Row> {
        let filter = Filter {
            limit: Some(query::MAX_LIMIT),
            ..all()
        };
        self.ask(table, filter).await.unwrap().rows
    }

    /// The row whose first column is this.
    pub(crate) async fn row(&self, table: Table, id: &str) -> Row {
        let rows = self.rows(table).await;
        let found = rows.into_iter().find(|row| row[table.columns()[0]] == id);
        found.unwrap_or_else(|| panic!("{id} is not in {}", table.name()))
    }

    pub(crate) async fn verify(&self) -> Report {
        verify::verify(&self.database, &tenant()).await.unwrap()
    }

    /// The whole log.
    pub(crate) async fn log(&self) -> Vec<Recorded> {
        self.log_after(Cursor::START).await
    }

    /// The log after a place, whoever else is at work on the server.
    pub(crate) async fn log_after(&self, after: Cursor) -> Vec<Recorded> {
        let mut tx = self
            .database
            .transaction("test")
            .snapshot()
            .open()
            .await
            .unwrap();
        let page = store::log::read_snapshot(&mut tx, after, 1_000_000)
            .await
            .unwrap();
        tx.rollback().await.unwrap();
        page.events
    }

    /// Changes the database behind the ledger's back.
    pub(crate) async fn tamper(&self, statement: &str) {
        let isolation = Isolation::ReadCommitted;
        let mut tx = self
            .database
            .transaction("test")
            .isolation(isolation)
            .open()
            .await
            .unwrap();
        let changed = tx.execute(&sql(statement.to_owned()), &[]).await.unwrap();
        assert_ne!(changed, 0, "{statement} changes nothing");
        tx.commit().await.unwrap();
    }
}

fn sql(text: String) -> Sql {
    let text: &'static str = text.leak();
    Sql::alike("test", text)
}

pub(crate) fn tenant() -> Tenant {
    Tenant::default_tenant()
}

/// No filter.
pub(crate) fn all() -> Filter {
    Filter::of(tenant())
}

pub(crate) fn usd(amount: &str) -> Json {
    json!({ "amount": amount, "currency": "usd" })
}

pub(crate) fn payout_id(number: u128) -> String {
    uuid::Uuid::from_u128(number).to_string()
}

fn merge(body: &mut Json, more: Json) {
    let (Json::Object(body), Json::Object(more)) = (body, more) else {
        panic!("objects");
    };
    body.extend(more);
}

/// Some columns of a row.
pub(crate) fn columns(row: &Row, names: &[&str]) -> Json {
    names.iter().map(|name| row[*name].clone()).collect()
}
