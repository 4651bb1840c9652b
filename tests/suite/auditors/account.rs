//! Accounts on MariaDB, and what they may not.

use sqlx::{AssertSqlSafe, Connection, MySqlConnection, Row};

use super::{VIEWS, login::Books};

async fn connect(url: &str) -> MySqlConnection {
    MySqlConnection::connect(url).await.expect("a connection")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_on_mariadb_reads_no_table_and_writes_nothing() {
    let books = Books::on_mariadb().await;
    let account = books.auditor().await;
    let mut owner = connect(&books.url()).await;
    let mut anna = connect(&account.url).await;
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
    let books = Books::on_mariadb().await;
    let account = books.auditor().await;
    let mut anna = connect(&account.url).await;
    for switches in [
        "default",
        "semijoin=off,materialization=off",
        "derived_merge=off,semijoin=off",
    ] {
        let set = format!("SET optimizer_switch = '{switches}', max_error_count = 65535");
        let set = sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut anna).await;
        set.expect("their own setting");
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
