//! An account on MariaDB that is made by exactly the statements that `docs/auditors.md` tells.

use sqlx::{AssertSqlSafe, Connection, MySqlConnection, Row};
use support::{MariaDb, Payoutd};

use super::{VIEWS, documented, fill};

const AUDITOR: &str = "An account for an auditor on MariaDB";

/// Accounts are of the whole server, which other tests use too.
struct Account {
    name: String,
    server: String,
}

impl Account {
    /// The one that a section's last statements make.
    async fn documented(books: &MariaDb, heading: &str, name: &str) -> Self {
        let own = format!("{name}_{}", uuid::Uuid::new_v4().simple());
        let statements = documented(heading).pop().expect(heading);
        let mut owner = owner(books).await;
        run(&mut owner, &statements.replace(name, &own)).await;
        Self {
            name: own,
            server: books.url(),
        }
    }

    fn url(&self) -> String {
        let (_, rest) = self.server.split_once('@').expect("a user");
        format!("mysql://{}:change-me@{rest}", self.name)
    }

    async fn connect(&self) -> MySqlConnection {
        MySqlConnection::connect(&self.url())
            .await
            .expect("the account may connect")
    }

    async fn drop(self) {
        let mut owner = MySqlConnection::connect(&self.server).await;
        let owner = owner.as_mut().expect("the owner");
        run(owner, &format!("DROP USER {}", self.name)).await;
    }
}

async fn owner(books: &MariaDb) -> MySqlConnection {
    MySqlConnection::connect(&books.url())
        .await
        .expect("the owner")
}

async fn run(connection: &mut MySqlConnection, sql: &str) {
    let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await;
    done.unwrap_or_else(|error| panic!("{error}: {sql}"));
}

async fn count(connection: &mut MySqlConnection, of: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {of}");
    let row = sqlx::query(AssertSqlSafe(sql)).fetch_one(connection).await;
    row.unwrap_or_else(|error| panic!("{error}: {of}")).get(0)
}

/// Books of several tenants.
async fn books() -> MariaDb {
    let books = MariaDb::fresh_database().await;
    fill(&books.url()).await;
    books
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_on_mariadb_sees_their_tenant_and_nothing_else() {
    let books = books().await;
    let mut owner = owner(&books).await;
    let account = Account::documented(&books, AUDITOR, "anna").await;
    let mut anna = account.connect().await;
    for view in VIEWS {
        let table = view.trim_start_matches("audit_");
        let wanted = count(&mut owner, &format!("{table} WHERE tenant = 'default'")).await;
        let others = count(&mut owner, &format!("{table} WHERE tenant <> 'default'")).await;
        assert!(wanted > 0 && others > 0, "{table}: {wanted} and {others}");
        assert_eq!(count(&mut anna, view).await, wanted, "{view}");
        let given = count(&mut owner, view).await;
        assert_eq!(given, 0, "the owner was given nothing");
        let strangers = count(&mut anna, &format!("{view} WHERE tenant <> 'default'")).await;
        assert_eq!(strangers, 0, "{view}");
    }

    // Given another tenant, they see it; with nothing given, nothing.
    let name = &account.name;
    for (tenants, change) in [
        (
            2,
            format!("INSERT INTO audit_access VALUES ('{name}', 'acme')"),
        ),
        (
            0,
            format!("DELETE FROM audit_access WHERE role_name = '{name}'"),
        ),
    ] {
        run(&mut owner, &change).await;
        let seen = "(SELECT DISTINCT tenant FROM audit_payouts) AS t";
        assert_eq!(count(&mut anna, seen).await, tenants);
    }
    account.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_on_mariadb_reads_no_table_and_writes_nothing() {
    let books = books().await;
    let account = Account::documented(&books, AUDITOR, "anna").await;
    let mut owner = owner(&books).await;
    let mut anna = account.connect().await;
    let tables = "SELECT CONVERT(table_name USING utf8mb4) FROM information_schema.tables \
        WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'";
    let tables = sqlx::query(tables).fetch_all(&mut owner).await;
    let tables = tables.expect("tables");
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
        refused.push(format!("DROP VIEW {view}"));
        refused.push(format!("SHOW CREATE VIEW {view}"));
    }
    refused.extend([
        "SELECT * FROM audit_tenants".to_owned(),
        format!(
            "INSERT INTO audit_access VALUES ('{}', 'acme')",
            account.name
        ),
        "CREATE TABLE mine (id INT)".to_owned(),
        "CREATE FUNCTION mine() RETURNS INT RETURN 1".to_owned(),
        "SET SESSION AUTHORIZATION root@localhost".to_owned(),
    ]);
    for sql in refused {
        let tried = sqlx::raw_sql(AssertSqlSafe(sql.clone()))
            .execute(&mut anna)
            .await;
        let error = tried.expect_err(&sql);
        let error = error.as_database_error().expect("an answer");
        let number = error
            .downcast_ref::<sqlx::mysql::MySqlDatabaseError>()
            .number();
        // Denied: to a database, to a table, a global right, a routine.
        let denied = [1044, 1142, 1227, 1370].contains(&number);
        // Or there is no such statement on this version.
        let unknown = number == 1064 && sql.contains("AUTHORIZATION");
        assert!(denied || unknown, "{sql}: {error}");
    }
    account.drop().await;
}

/// A condition that complains of all that it is asked about hears nothing of others' rows, however
/// the optimizer is told to go about it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_condition_on_mariadb_is_not_asked_about_rows_of_others() {
    let books = books().await;
    let account = Account::documented(&books, AUDITOR, "anna").await;
    let mut anna = account.connect().await;
    for switches in [
        "default",
        "semijoin=off,materialization=off",
        "derived_merge=off,semijoin=off",
    ] {
        run(
            &mut anna,
            &format!("SET optimizer_switch = '{switches}', max_error_count = 65535"),
        )
        .await;
        let heard = "SELECT count(*) FROM audit_payouts \
            WHERE CAST(CONCAT(tenant, payout_id) AS INTEGER) = 5";
        let none = sqlx::raw_sql(heard).fetch_one(&mut anna).await;
        assert_eq!(none.expect("a count").get::<i64, _>(0), 0);
        let warnings = sqlx::raw_sql("SHOW WARNINGS").fetch_all(&mut anna).await;
        let warnings = warnings.expect("warnings");
        assert!(!warnings.is_empty(), "it complains of what it is asked");
        for warning in warnings {
            let told: String = warning.get("Message");
            assert!(told.contains("'default"), "{switches}: {told}");
        }
    }
    account.drop().await;
}

/// A rebuild changes the rows that the views show, and nothing of who may see them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_rebuild_on_mariadb_an_auditor_sees_what_they_saw() {
    let books = books().await;
    let account = Account::documented(&books, AUDITOR, "anna").await;
    let mut anna = account.connect().await;
    let mut before = Vec::new();
    for view in VIEWS {
        before.push(count(&mut anna, view).await);
    }
    run(&mut owner(&books).await, "DELETE FROM payouts").await;
    Payoutd::with(["rebuild"])
        .env("DATABASE_URL", books.url())
        .finish()
        .await
        .expect_code(1);
    let mut after = Vec::new();
    for view in VIEWS {
        after.push(count(&mut anna, view).await);
    }
    assert_eq!(after, before);
    account.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_questions_of_the_guide_have_answers_on_mariadb() {
    let books = books().await;
    let account = Account::documented(&books, AUDITOR, "anna").await;
    let mut anna = account.connect().await;
    for section in [
        "Trial balance",
        "A seller's statement",
        "One payout's life",
        "Payouts that are not the sum of their items",
    ] {
        for sql in documented(section) {
            let asked = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut anna).await;
            let rows = asked.unwrap_or_else(|error| panic!("{section}: {error}"));
            let is_empty = section.starts_with("Payouts that are not");
            let found = rows.len();
            assert!(rows.is_empty() || !is_empty, "{section} finds {found} rows");
        }
    }
    account.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_exports_from_mariadb_by_the_guide_reads_all_and_writes_nothing() {
    let books = books().await;
    let account = Account::documented(&books, "Files", "export_anna").await;
    let finished = Payoutd::with(["export", "payouts"])
        .env("DATABASE_URL", account.url())
        .finish()
        .await
        .expect_code(0);
    let mut owner = owner(&books).await;
    let wanted = count(&mut owner, "payouts WHERE tenant = 'default'").await;
    assert_eq!(finished.stdout.lines().count() as i64, wanted);
    account.drop().await;
}
