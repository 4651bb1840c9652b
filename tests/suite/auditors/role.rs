//! Roles on PostgreSQL, and what they may not.

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use support::Payoutd;

use super::{VIEWS, login::Books};

async fn connect(url: &str) -> PgConnection {
    PgConnection::connect(url).await.expect("a connection")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_on_postgres_reads_no_table_and_writes_nothing() {
    let books = Books::on_postgres().await;
    let role = books.auditor().await;
    let mut owner = connect(&books.url()).await;
    let mut anna = connect(&role.url).await;
    let off = "SET default_transaction_read_only = off";
    sqlx::raw_sql(off)
        .execute(&mut anna)
        .await
        .expect("their own setting");

    let tables = "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'S') \
        AND relnamespace = current_schema()::regnamespace";
    let tables = sqlx::query(tables)
        .fetch_all(&mut owner)
        .await
        .expect("tables");
    assert!(tables.len() > 12);
    let mut refused: Vec<String> = Vec::new();
    for table in &tables {
        let table: String = table.get(0);
        refused.push(format!("SELECT * FROM {table}"));
        refused.push(format!("DELETE FROM {table}"));
    }
    for view in VIEWS {
        refused.push(format!("DELETE FROM {view}"));
        refused.push(format!("UPDATE {view} SET tenant = 'acme'"));
        refused.push(format!("INSERT INTO {view} (tenant) VALUES ('default')"));
        refused.push(format!("DROP VIEW {view}"));
        refused.push(format!("ALTER VIEW {view} RESET (security_barrier)"));
    }
    refused.extend([
        format!("INSERT INTO audit_access VALUES ('{}', 'acme')", role.name),
        "CREATE TABLE mine (id INT)".to_owned(),
        "CREATE FUNCTION mine() RETURNS INT LANGUAGE sql AS 'SELECT 1'".to_owned(),
        "SET ROLE postgres".to_owned(),
    ]);
    for sql in refused {
        let tried = sqlx::raw_sql(AssertSqlSafe(sql.clone()))
            .execute(&mut anna)
            .await;
        let error = tried.expect_err(&sql);
        let code = error.as_database_error().and_then(|error| error.code());
        // insufficient_privilege, or what cannot be done to a view in any case.
        let code = code.unwrap_or_default().into_owned();
        assert!(
            ["42501", "55000", "0A000"].contains(&code.as_str()),
            "{sql}: {error}"
        );
    }
    role.drop().await;
}

/// A condition with a function that tells all it sees is not asked about others' rows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_condition_on_postgres_is_not_asked_about_rows_of_others() {
    let books = Books::on_postgres().await;
    let role = books.auditor().await;
    let mut anna = connect(&role.url).await;
    // Fails at the first row that is not anna's, if it is asked about one.
    let leak = "SELECT count(*) FROM audit_payouts \
        WHERE 1 / (CASE WHEN tenant = 'default' THEN 1 ELSE 0 END) = 1";
    let seen: i64 = sqlx::query(leak)
        .fetch_one(&mut anna)
        .await
        .expect("no division")
        .get(0);
    assert_eq!(seen, role.connect().await.count("audit_payouts").await);
    role.drop().await;
}

/// A rebuild puts other tables in the place of those that the views were made on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_rebuild_on_postgres_the_views_are_still_barriers() {
    let books = Books::on_postgres().await;
    Payoutd::with(["rebuild"])
        .env("DATABASE_URL", books.url())
        .finish()
        .await
        .expect_code(0);
    let mut owner = connect(&books.url()).await;
    for view in VIEWS {
        let barrier = "SELECT reloptions::text FROM pg_class WHERE relname = $1";
        let options = sqlx::query(barrier).bind(view).fetch_one(&mut owner).await;
        let options: Option<String> = options.expect(view).get(0);
        assert_eq!(
            options.as_deref(),
            Some("{security_barrier=true}"),
            "{view}"
        );
    }
}
