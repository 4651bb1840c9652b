//! What an auditor sees on every server.

use support::Payoutd;

use super::{VIEWS, documented, login::Books};

macro_rules! on_each_server {
    ($($test:ident)+) => {
        mod postgres {
            use crate::auditors::login::Books;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(Books::on_postgres().await).await;
            })+
        }

        mod mariadb {
            use crate::auditors::login::Books;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(Books::on_mariadb().await).await;
            })+
        }
    };
}

on_each_server! {
    an_auditor_sees_their_tenant_and_nothing_else
    after_a_rebuild_an_auditor_sees_what_they_saw
    the_questions_of_the_guide_have_answers
    who_exports_by_the_guide_reads_all
}

async fn an_auditor_sees_their_tenant_and_nothing_else(books: Books) {
    let mut owner = books.owner().await;
    let login = books.auditor().await;
    let mut anna = login.connect().await;
    for view in VIEWS {
        let table = view.trim_start_matches("audit_");
        let wanted = owner
            .count(&format!("{table} WHERE tenant = 'default'"))
            .await;
        let others = owner
            .count(&format!("{table} WHERE tenant <> 'default'"))
            .await;
        assert!(wanted > 0 && others > 0, "{table}: {wanted} and {others}");
        assert_eq!(anna.count(view).await, wanted, "{view}");
        let given = owner.count(view).await;
        assert_eq!(given, 0, "{view}: the owner was given nothing");
        let strangers = anna
            .count(&format!("{view} WHERE tenant <> 'default'"))
            .await;
        assert_eq!(strangers, 0, "{view}");
    }

    // Given another tenant, they see it; with nothing given, nothing.
    let name = &login.name;
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
        owner.run(&change).await.expect("it is the owner's");
        let seen = "(SELECT DISTINCT tenant FROM audit_payouts) AS t";
        assert_eq!(anna.count(seen).await, tenants);
    }
    login.drop().await;
}

/// A rebuild puts other tables in the place of those that the views were made on, or changes the
/// rows that they show; and nothing of who may see them.
async fn after_a_rebuild_an_auditor_sees_what_they_saw(books: Books) {
    let login = books.auditor().await;
    let mut anna = login.connect().await;
    let before = anna.seen().await;
    let lost = books.owner().await.run("DELETE FROM payouts").await;
    lost.expect("it is the owner's");
    Payoutd::with(["rebuild"])
        .env("DATABASE_URL", books.url())
        .finish()
        .await
        .expect_code(1);
    assert_eq!(anna.seen().await, before);
    let table = anna.run("SELECT 1 FROM payouts").await;
    table.expect_err("the tables are still out of reach");
    login.drop().await;
}

async fn the_questions_of_the_guide_have_answers(books: Books) {
    let login = books.auditor().await;
    let mut anna = login.connect().await;
    for (section, is_empty) in [
        ("Trial balance", false),
        ("A seller's statement", false),
        ("One payout's life", false),
        ("Payouts that are not the sum of their items", true),
    ] {
        let questions = documented(section);
        assert!(!questions.is_empty(), "{section}");
        for sql in questions {
            let rows = anna.run(&sql).await;
            let rows = rows.unwrap_or_else(|error| panic!("{section}: {error}"));
            assert!(rows == 0 || !is_empty, "{section} finds {rows} rows");
        }
    }
    login.drop().await;
}

async fn who_exports_by_the_guide_reads_all(books: Books) {
    let login = books.login("Files", "export_anna").await;
    let finished = Payoutd::with(["export", "payouts"])
        .env("DATABASE_URL", &login.url)
        .finish()
        .await
        .expect_code(0);
    let wanted = "payouts WHERE tenant = 'default'";
    let wanted = books.owner().await.count(wanted).await;
    assert_eq!(finished.stdout.lines().count() as i64, wanted);
    login.drop().await;
}
