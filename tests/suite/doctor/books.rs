//! What the doctor finds in a ledger's database.

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use store::{Database, Isolation, examine};
use support::{FakeClock, Payoutd, Postgres, unix_now};
use tempfile::TempDir;

use super::{doctor, expect, findings, problems, worst};

async fn migrated() -> Postgres {
    Postgres::migrated_database().await
}

async fn migrate(url: &str) {
    let database = Database::open(url).await.expect("a database");
    database.migrate().await.expect("a schema");
    database.close().await;
}

async fn execute(postgres: &Postgres, sql: &'static str) {
    let mut connection = PgConnection::connect(&postgres.url())
        .await
        .expect("a connection");
    sqlx::raw_sql(sql)
        .execute(&mut connection)
        .await
        .expect("it runs");
}

#[tokio::test]
async fn a_sound_ledger_on_sqlite_is_in_order() {
    let folder = TempDir::new().expect("a folder");
    let url = format!("sqlite://{}/ledger.db", folder.path().display());
    migrate(&url).await;

    let (code, found) = doctor(&["--database-url", &url]).await;

    assert_eq!(code, 0, "{found:?}");
    assert!(
        found.iter().all(|finding| finding["status"] == "ok"),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_sound_ledger_on_postgresql_has_no_problem() {
    let postgres = migrated().await;

    let (code, found) = doctor(&["--database-url", &postgres.url()]).await;

    assert_eq!((code, problems(&found).len()), (0, 0), "{found:?}");
    let (status, tried, _) = worst(&found, "isolation");
    assert_eq!(status, "ok");
    assert!(tried.contains("prevented"), "{tried}");
    for check in [
        "durability",
        "commits",
        "indexes",
        "plans",
        "migrations",
        "tables",
    ] {
        assert_eq!(worst(&found, check).0, "ok", "{check}: {found:?}");
    }
    // The suite's role is one, and is told so.
    expect(
        &found,
        ("role", "warning"),
        ["superuser", "a role of its own"],
    );
}

#[tokio::test]
async fn for_people_each_finding_stands_with_its_advice() {
    let postgres = migrated().await;
    execute(&postgres, "DROP INDEX payouts_seller").await;
    let url = postgres.url();

    let finished = Payoutd::with(["doctor", "--database-url", &url])
        .finish()
        .await;

    let finished = finished.expect_code(1);
    let mut lines = finished.stdout.lines();
    let found = lines
        .find(|line| line.contains("✗ problem  indexes"))
        .expect("a problem");
    assert!(found.contains("payouts (tenant, seller_id)"), "{found}");
    let advice = lines.next().unwrap_or_default();
    assert!(advice.contains("→ create them"), "{advice}");
    assert!(
        finished.stdout.contains("──▶ PostgreSQL 1"),
        "{}",
        finished.stdout
    );
}

#[tokio::test]
async fn a_dropped_key_is_missed_and_the_plans_show_what_it_costs() {
    let postgres = migrated().await;
    execute(
        &postgres,
        "ALTER TABLE receipts DROP CONSTRAINT receipts_pkey",
    )
    .await;

    let (code, found) = doctor(&["--database-url", &postgres.url()]).await;

    assert_eq!(code, 1);
    let missing = "receipts (idempotency_key, tenant)";
    expect(&found, ("indexes", "problem"), [missing, "create them"]);
    expect(
        &found,
        ("plans", "problem"),
        ["load_receipts: receipts", "locks the table"],
    );
}

#[tokio::test]
async fn an_index_that_was_never_built_to_its_end_is_not_usable() {
    let postgres = migrated().await;
    execute(
        &postgres,
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'seals_place'::regclass",
    )
    .await;

    let (code, found) = doctor(&["--database-url", &postgres.url()]).await;

    assert_eq!(code, 1);
    let index = "seals (tenant, last_txid, last_position)";
    expect(&found, ("indexes", "problem"), [index, "REINDEX"]);
}

#[tokio::test]
async fn a_commit_that_does_not_wait_for_the_disk_is_a_problem() {
    let postgres = migrated().await;
    let name = postgres
        .url()
        .rsplit_once('/')
        .expect("a name")
        .1
        .to_owned();
    let mut connection = PgConnection::connect(&postgres.url())
        .await
        .expect("a connection");
    let alter = format!("ALTER DATABASE {name} SET synchronous_commit = off");
    sqlx::raw_sql(AssertSqlSafe(alter))
        .execute(&mut connection)
        .await
        .expect("it runs");

    let (code, found) = doctor(&["--database-url", &postgres.url()]).await;

    assert_eq!(code, 1);
    expect(
        &found,
        ("commits", "problem"),
        ["synchronous_commit is off", "synchronous_commit = on"],
    );
}

#[tokio::test]
async fn a_schema_that_is_behind_or_not_there_is_told() {
    let postgres = Postgres::fresh_database().await;
    let url = postgres.url();

    let (code, found) = doctor(&["--database-url", &url]).await;
    assert_eq!(code, 1);
    expect(
        &found,
        ("migrations", "problem"),
        ["cannot be read", "payoutd migrate"],
    );

    migrate(&url).await;
    execute(&postgres, "DELETE FROM _sqlx_migrations WHERE version = 10").await;
    let (code, found) = doctor(&["--database-url", &url]).await;
    assert_eq!(code, 1);
    expect(
        &found,
        ("migrations", "problem"),
        ["not run yet: 10", "payoutd migrate"],
    );

    let (code, found) = doctor(&["--database-url", "sqlite://nothing-here.db"]).await;
    assert_eq!(code, 1);
    expect(
        &found,
        ("migrations", "problem"),
        ["no ledger", "payoutd migrate"],
    );
}

#[tokio::test]
async fn rights_that_the_role_lacks_are_named() {
    let postgres = migrated().await;
    let role = format!("reader_{}", uuid::Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(&postgres.url())
        .await
        .expect("a connection");
    let create =
        format!("CREATE ROLE {role} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}");
    sqlx::raw_sql(AssertSqlSafe(create))
        .execute(&mut connection)
        .await
        .expect("a role");
    let url = postgres.url().replacen("postgres@", &format!("{role}@"), 1);

    let (code, found) = doctor(&["--database-url", &url]).await;

    assert_eq!(code, 1);
    expect(
        &found,
        ("grants", "problem"),
        ["INSERT on events", "grant them"],
    );
    assert_eq!(worst(&found, "role").0, "ok");
}

#[tokio::test]
async fn a_reader_that_holds_the_write_ahead_log_of_sqlite_is_told() {
    let folder = TempDir::new().expect("a folder");
    let url = format!("sqlite://{}/ledger.db", folder.path().display());
    migrate(&url).await;
    let mut reader = SqliteConnection::connect(&url).await.expect("a connection");
    let held = "BEGIN; SELECT count(*) FROM jobs";
    sqlx::raw_sql(held)
        .execute(&mut reader)
        .await
        .expect("it reads");
    let mut writer = SqliteConnection::connect(&url).await.expect("a connection");
    let write = "INSERT INTO checkpoints (follower, txid, position) VALUES ('t', 0, 0)";
    sqlx::raw_sql(write)
        .execute(&mut writer)
        .await
        .expect("it writes");

    let (code, found) = doctor(&["--database-url", &url]).await;

    assert_eq!(code, 0, "a warning");
    expect(
        &found,
        ("long-transactions", "warning"),
        ["reading an old snapshot", "end them"],
    );
}

#[tokio::test]
async fn clocks_that_are_far_apart_are_a_problem() {
    let postgres = migrated().await;
    let clock = FakeClock::at(unix_now() + 600);
    let url = postgres.url();
    let launch = Payoutd::with(["doctor", "--json", "--database-url", &url]);

    let (code, found) = findings(&clock.rule(launch).finish().await);

    assert_eq!(code, 1);
    expect(
        &found,
        ("database-clock", "problem"),
        ["ms from ours", "NTP"],
    );
}

#[tokio::test]
async fn a_write_skew_is_prevented_at_serializable_and_happens_below() {
    let postgres = migrated().await;
    let database = Database::open(&postgres.url()).await.expect("a database");
    for (isolation, expected) in [
        (Isolation::Serializable, examine::Skew::Prevented),
        (Isolation::RepeatableRead, examine::Skew::Happened),
        (Isolation::ReadCommitted, examine::Skew::Happened),
    ] {
        let skew = examine::provoke_skew(&database, isolation, "a test").await;
        assert_eq!(skew.expect("it is tried"), expected, "{isolation:?}");
    }
    let left = database.fetch(
        &store::statements::PROBE_READ,
        &[store::Value::Text("a test")],
    );
    assert_eq!(
        left.await.expect("marks")[0].int("marks").expect("a count"),
        0
    );
    database.close().await;
}
