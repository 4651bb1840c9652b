//! A role that is made by exactly the statements that `docs/auditors.md` tells.

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use support::Postgres;

use super::{VIEWS, documented, fill};

/// Roles are of the whole server, which other tests use too.
struct Role {
    name: String,
    server: String,
}

impl Role {
    async fn documented(books: &Postgres, heading: &str, name: &str) -> Self {
        let own = format!("{name}_{}", uuid::Uuid::new_v4().simple());
        let statements = documented(heading).remove(0).replace(name, &own);
        let mut owner = owner(books).await;
        let made = sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut owner);
        made.await.expect("the guide's statements are right");
        Self {
            name: own,
            server: books.url(),
        }
    }

    fn url(&self) -> String {
        let (_, rest) = self.server.split_once('@').expect("a user");
        format!("postgres://{}@{rest}", self.name)
    }

    async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url())
            .await
            .expect("the role may connect")
    }

    async fn drop(self) {
        let mut owner = PgConnection::connect(&self.server)
            .await
            .expect("the owner");
        let name = &self.name;
        let sql = format!("DROP OWNED BY {name}; DROP ROLE {name}");
        let dropped = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut owner);
        dropped.await.expect("the role goes");
    }
}

async fn owner(books: &Postgres) -> PgConnection {
    PgConnection::connect(&books.url())
        .await
        .expect("the owner")
}

/// Books of several tenants.
async fn books() -> Postgres {
    let books = Postgres::fresh_database().await;
    fill(&books.url()).await;
    books
}

async fn count(connection: &mut PgConnection, of: &str) -> Result<i64, sqlx::Error> {
    let sql = AssertSqlSafe(format!("SELECT count(*) FROM {of}"));
    sqlx::query(sql)
        .fetch_one(connection)
        .await
        .map(|row| row.get(0))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_sees_their_tenant_and_nothing_else() {
    let books = books().await;
    let mut owner = owner(&books).await;
    let role = Role::documented(&books, "A role for an auditor", "anna").await;
    let mut anna = role.connect().await;
    for view in VIEWS {
        let table = view.trim_start_matches("audit_");
        let wanted = count(&mut owner, &format!("{table} WHERE tenant = 'default'")).await;
        let others = count(&mut owner, &format!("{table} WHERE tenant <> 'default'")).await;
        let (wanted, others) = (wanted.expect("a count"), others.expect("a count"));
        assert!(wanted > 0 && others > 0, "{table}: {wanted} and {others}");
        assert_eq!(count(&mut anna, view).await.expect(view), wanted, "{view}");
        assert_eq!(
            count(&mut owner, view).await.expect(view),
            0,
            "the owner was given nothing"
        );
        let strangers = count(&mut anna, &format!("{view} WHERE tenant <> 'default'")).await;
        assert_eq!(strangers.expect(view), 0, "{view}");
    }

    // Given another tenant, they see it; with nothing given, nothing.
    for (tenants, change) in [
        (2, "INSERT INTO audit_access VALUES ($1, 'acme')"),
        (0, "DELETE FROM audit_access WHERE role_name = $1"),
    ] {
        let changed = sqlx::query(change)
            .bind(&role.name)
            .execute(&mut owner)
            .await;
        changed.expect(change);
        let seen = count(
            &mut anna,
            "(SELECT DISTINCT tenant FROM audit_payouts) AS t",
        )
        .await;
        assert_eq!(seen.expect("a count"), tenants);
    }
    anna.close().await.expect("an end");
    role.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_reads_no_table_and_writes_nothing() {
    let books = books().await;
    let role = Role::documented(&books, "A role for an auditor", "anna").await;
    let mut owner = owner(&books).await;
    let mut anna = role.connect().await;
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
    anna.close().await.expect("an end");
    role.drop().await;
}

/// A condition with a function that tells all it sees is not asked about others' rows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_condition_is_not_asked_about_rows_of_others() {
    let books = books().await;
    let role = Role::documented(&books, "A role for an auditor", "anna").await;
    let mut anna = role.connect().await;
    // Fails at the first row that is not anna's, if it is asked about one.
    let leak = "SELECT count(*) FROM audit_payouts \
        WHERE 1 / (CASE WHEN tenant = 'default' THEN 1 ELSE 0 END) = 1";
    let seen: i64 = sqlx::query(leak)
        .fetch_one(&mut anna)
        .await
        .expect("no division")
        .get(0);
    assert_eq!(
        seen,
        count(&mut anna, "audit_payouts").await.expect("a count")
    );
    anna.close().await.expect("an end");
    role.drop().await;
}

/// A rebuild puts other tables in the place of those that the views were made on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_rebuild_an_auditor_sees_what_they_saw() {
    let books = books().await;
    let role = Role::documented(&books, "A role for an auditor", "anna").await;
    let mut before = Vec::new();
    let mut anna = role.connect().await;
    for view in VIEWS {
        before.push(count(&mut anna, view).await.expect(view));
    }
    support::Payoutd::with(["rebuild"])
        .env("DATABASE_URL", books.url())
        .finish()
        .await
        .expect_code(0);
    let mut after = Vec::new();
    for view in VIEWS {
        after.push(count(&mut anna, view).await.expect(view));
        let barrier = "SELECT reloptions::text FROM pg_class WHERE relname = $1";
        let options = sqlx::query(barrier).bind(view).fetch_one(&mut anna).await;
        let options: Option<String> = options.expect(view).get(0);
        assert_eq!(
            options.as_deref(),
            Some("{security_barrier=true}"),
            "{view}"
        );
    }
    assert_eq!(after, before);
    let table = count(&mut anna, "payouts").await;
    assert!(table.is_err(), "the tables are still out of reach");
    anna.close().await.expect("an end");
    role.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_questions_of_the_guide_have_answers() {
    let books = books().await;
    let role = Role::documented(&books, "A role for an auditor", "anna").await;
    let mut anna = role.connect().await;
    for section in [
        "Trial balance",
        "A seller's statement",
        "One payout's life",
        "Payouts that are not the sum of their items",
    ] {
        let sql = documented(section);
        assert!(!sql.is_empty(), "{section}");
        for sql in sql {
            let asked = sqlx::raw_sql(AssertSqlSafe(sql.clone()))
                .fetch_all(&mut anna)
                .await;
            let rows = asked.unwrap_or_else(|error| panic!("{section}: {error}"));
            let is_empty = section.starts_with("Payouts that are not");
            assert!(
                rows.is_empty() || !is_empty,
                "{section} finds {} rows",
                rows.len()
            );
        }
    }
    anna.close().await.expect("an end");
    role.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_exports_by_the_guide_reads_all_and_writes_nothing() {
    let books = books().await;
    let role = Role::documented(&books, "Files", "export_anna").await;
    let finished = support::Payoutd::with(["export", "payouts"])
        .env("DATABASE_URL", role.url())
        .finish()
        .await
        .expect_code(0);
    let mut owner = owner(&books).await;
    let wanted = count(&mut owner, "payouts WHERE tenant = 'default'").await;
    assert_eq!(
        finished.stdout.lines().count() as i64,
        wanted.expect("a count")
    );
    role.drop().await;
}
