//! The score on the command line: the same as the service tells, and an exit code that scripts
//! can go by.

use serde_json::Value as Json;
use sqlx::{Connection, PgConnection};
use support::{Finished, Payoutd, Postgres, eventually};

use super::stage::{SOON, Service, launch};

/// A law of the ledger that does not hold: the worst there is.
const BROKEN: &str = "INSERT INTO checks (tenant, name, holds, detail, cursor, checked_at) \
    VALUES ('default', 'laws', false, 'balances: broken by anna', 0, now())";

async fn payoutd(database: &Postgres, args: &[&str]) -> Finished {
    let launch = Payoutd::with(args).env("DATABASE_URL", database.url());
    launch.finish().await
}

/// Waits until the score ends with a code, and returns it.
async fn ends_with(database: &Postgres, code: i32) -> Json {
    let ended = eventually(SOON, async || {
        let ended = payoutd(database, &["health", "--json"]).await;
        if ended.code == code {
            Ok(ended)
        } else {
            Err(ended)
        }
    })
    .await;
    serde_json::from_str(&ended.stdout).expect("JSON")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_score_on_the_command_line_is_the_services_and_a_poor_one_fails() {
    let database = Postgres::fresh_database().await;
    payoutd(&database, &["migrate"]).await.expect_code(0);
    let none = payoutd(&database, &["health"]).await.expect_code(4);
    assert!(
        none.stderr.contains("no service has read itself"),
        "{none:?}"
    );

    let service = launch().env("DATABASE_URL", database.url());
    let mut service = Service::start(service).await;
    let well = ends_with(&database, 0).await;
    assert_ne!(well["status"], "poor", "{well}");
    let instance = well["instance"].as_str().expect("an instance").to_owned();

    let connection = PgConnection::connect(&database.url()).await;
    let mut connection = connection.expect("a connection");
    let broken = sqlx::raw_sql(BROKEN).execute(&mut connection).await;
    broken.expect("a check");
    let poor = ends_with(&database, 1).await;
    let told = service.json("/v1/machine/health").await;
    assert_eq!(
        (&poor["status"], &poor["reasons"][0]),
        (&told["status"], &told["reasons"][0])
    );

    let table = payoutd(&database, &["health"]).await.expect_code(1).stdout;
    assert!(
        table.contains(&format!("of 100, poor: {instance}\n")),
        "{table}"
    );
    assert!(table.contains("balances: broken by anna\n"), "{table}");
    assert!(table.contains("→ Work on seal-broken\n"), "{table}");
    assert!(service.payoutd.terminate(SOON).await.success());
}
