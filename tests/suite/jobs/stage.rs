//! A ledger with background jobs, and a clock that a test turns.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use adapters::{
    config::jobs::Settings,
    jobs::{CancellationToken, Job, Jobs, Order, Report},
};
use domain::{Command, Event, id::Tenant};
use projections::Inline;
use serde_json::{Value, json};
use store::{
    Backend, Clock, Database, InlineProjection, Ledger, Prepared, Recorded, Reply, Request,
    RetryPolicy, StoreError, SystemClock, jobs::JobRow,
};
use support::{MariaDb, Postgres};
use tempfile::TempDir;
use time::{Date, OffsetDateTime, macros::datetime};
use uuid::Uuid;

/// When every test begins: a Friday.
pub const START: OffsetDateTime = datetime!(2026-11-20 09:00 UTC);

/// A clock that stands still until it is turned.
#[derive(Debug)]
pub struct HandClock(Mutex<OffsetDateTime>);

impl HandClock {
    pub fn at(moment: OffsetDateTime) -> Arc<Self> {
        Arc::new(Self(Mutex::new(moment)))
    }

    pub fn set(&self, moment: OffsetDateTime) {
        *self.0.lock().expect("no panic") = moment;
    }
}

impl Clock for HandClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().expect("no panic")
    }

    fn fresh_id(&self) -> Uuid {
        SystemClock.fresh_id()
    }
}

/// The real read tables, which cannot be written for a seller named `culprit` while there
/// is trouble.
struct Troubled {
    trouble: Arc<AtomicBool>,
    inline: Arc<Inline>,
}

impl InlineProjection for Troubled {
    fn prepare(
        self: Arc<Self>,
        backend: Backend,
        events: &[Recorded],
    ) -> Result<Box<dyn Prepared>, StoreError> {
        let guilty = |recorded: &Recorded| match &recorded.event {
            Event::TransactionsReleased(event) => event.seller_id.as_str() == "culprit",
            Event::PayoutRequested(event) => event.seller_id.as_str() == "culprit",
            _ => false,
        };
        if self.trouble.load(Ordering::SeqCst) && events.iter().any(guilty) {
            return Err(StoreError::Poisoned);
        }
        Arc::clone(&self.inline).prepare(backend, events)
    }
}

enum Home {
    Folder(TempDir),
    Postgres(Postgres),
    MariaDb(MariaDb),
}

/// A ledger, its jobs and its clock.
pub struct Stage {
    pub database: Database,
    pub ledger: Ledger,
    pub jobs: Jobs,
    pub clock: Arc<HandClock>,
    /// Whether the seller `culprit` meets trouble.
    pub trouble: Arc<AtomicBool>,
    home: Arc<Home>,
}

impl Stage {
    pub async fn sqlite() -> Self {
        let folder = TempDir::new().expect("a throw-away folder");
        Self::at(Home::Folder(folder)).await
    }

    pub async fn postgres() -> Self {
        Self::at(Home::Postgres(Postgres::migrated_database().await)).await
    }

    pub async fn mariadb() -> Self {
        Self::at(Home::MariaDb(MariaDb::fresh_database().await)).await
    }

    async fn at(home: Home) -> Self {
        Self::open(Arc::new(home), HandClock::at(START)).await
    }

    async fn open(home: Arc<Home>, clock: Arc<HandClock>) -> Self {
        let url = match &*home {
            Home::Folder(folder) => format!("sqlite://{}/ledger.db", folder.path().display()),
            Home::Postgres(database) => database.url(),
            Home::MariaDb(database) => database.url(),
        };
        let database = Database::open(&url).await.expect("a database");
        database.migrate().await.expect("a schema");
        let trouble = Arc::new(AtomicBool::new(false));
        let projection = Arc::new(Troubled {
            trouble: Arc::clone(&trouble),
            inline: Arc::new(Inline),
        });
        let impatient = RetryPolicy {
            retries: 2,
            base: Duration::from_millis(1),
            ..RetryPolicy::default()
        };
        let settings = store::Settings {
            clock: Arc::clone(&clock) as Arc<_>,
            retry: impatient,
            ..store::Settings::default()
        };
        let ledger = Ledger::start(database.clone(), projection, settings);
        let jobs = Jobs::new(
            ledger.clone(),
            Arc::clone(&clock) as Arc<_>,
            Settings::default(),
        )
        .with_retry(impatient);
        Self {
            database,
            ledger,
            jobs,
            clock,
            trouble,
            home,
        }
    }

    /// Another instance on the same database, with a clock of its own that shows the same.
    pub async fn another(&self) -> Self {
        Self::open(Arc::clone(&self.home), HandClock::at(self.clock.now())).await
    }

    /// Carries out a command that must be accepted.
    pub async fn accepted(&self, name: &str, fields: Value) {
        self.accepted_for(&tenant(), name, fields).await;
    }

    pub async fn accepted_for(&self, tenant: &Tenant, name: &str, fields: Value) {
        let command = Command::parse(name, fields.to_string().as_bytes()).expect("a command");
        let request = Request {
            tenant: tenant.clone(),
            command,
            key: None,
        };
        match self.ledger.execute(request).await {
            Reply::Accepted(_) => {}
            Reply::Refused(refusal) => panic!("{name} {fields}: {refusal}"),
        }
    }

    /// A seller who is paid by a schedule.
    pub async fn seller(&self, seller: &str, schedule: &str) {
        let fields = json!({
            "seller_id": seller, "stripe_account": format!("acct_{seller}"),
            "payout_schedule": schedule,
        });
        self.accepted("register-seller", fields).await;
    }

    /// Something owed to a seller, at once or from a moment on.
    pub async fn owes(&self, seller: &str, amount: &str, on: Option<OffsetDateTime>) {
        self.owes_in("usd", seller, amount, on).await;
    }

    pub async fn owes_in(
        &self,
        currency: &str,
        seller: &str,
        amount: &str,
        on: Option<OffsetDateTime>,
    ) {
        let mut fields = json!({
            "transaction_id": Uuid::new_v4(), "seller_id": seller, "kind": "payment",
            "gross": {"amount": amount, "currency": currency},
        });
        if let Some(on) = on {
            let format = time::format_description::well_known::Rfc3339;
            fields["available_on"] = json!(on.format(&format).expect("a time"));
        }
        self.accepted("record-transaction", fields).await;
    }

    /// Time passes, and every job that is due is run; what each told, if it was.
    pub async fn comes(&self, moment: OffsetDateTime) -> Vec<(Job, Report)> {
        self.clock.set(moment);
        let mut reports = Vec::new();
        for job in Job::ALL {
            let ran = self.run_due(job).await;
            reports.extend(ran.into_iter().map(|report| (job, report)));
        }
        reports
    }

    /// Runs a job if it is due.
    pub async fn run_due(&self, job: Job) -> Option<Report> {
        let stop = CancellationToken::new();
        let mut reports = self.jobs.run_due(job, &stop).await.expect("tenants");
        assert!(reports.len() <= 1, "there is one tenant");
        reports.pop().map(|(_, report)| report)
    }

    /// Runs a job at a person's order.
    pub async fn run_now(&self, job: Job, day: Option<Date>) -> Report {
        let tenant = tenant();
        let order = Order {
            job,
            tenant: &tenant,
            day,
            progress: None,
        };
        let stop = CancellationToken::new();
        self.jobs.run_now(order, &stop).await.expect("a run")
    }

    /// What the table of jobs tells.
    pub async fn row(&self, job: Job) -> JobRow {
        let rows = store::jobs::load(&self.database, &tenant()).await;
        let mut rows = rows.expect("jobs can be read").into_iter();
        let row = rows.find(|row| row.job == job.name());
        row.expect("the job is known")
    }

    /// Rows of a statement that every database understands, as texts.
    pub async fn texts(&self, statement: &'static str) -> Vec<String> {
        let sql = store::Sql::alike("of_a_test", statement);
        let rows = self.database.fetch(&sql, &[]).await.expect("rows");
        let text = |row: &store::Row| row.text("t").expect("a text t");
        rows.iter().map(text).collect()
    }

    /// Sellers with a payout, one entry for each payout, in order.
    pub async fn paid(&self) -> Vec<String> {
        self.texts("SELECT seller_id AS t FROM payouts ORDER BY seller_id")
            .await
    }

    /// Sellers with their transactions' statuses.
    pub async fn statuses(&self) -> Vec<String> {
        let all = "SELECT seller_id || ' ' || status AS t FROM transactions ORDER BY t";
        self.texts(all).await
    }

    pub async fn laws_hold(&self) {
        crate::scenario::laws::check(&self.database).await;
    }
}

pub fn tenant() -> Tenant {
    Tenant::default_tenant()
}

/// So many units were done, skipped and failed.
#[track_caller]
pub fn assert_counts(report: &Report, counts: [u64; 3]) {
    let tally = &report.tally;
    let told = [tally.done, tally.skipped, tally.failed];
    assert_eq!(told, counts, "{report:?}");
}
