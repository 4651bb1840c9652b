//! What the service does: its transactions, its queue, its connections.

use futures::future::join_all;
use serde_json::json;
use sqlx::Executor;

use super::stage::Stage;

/// Every append fails as it does when others were faster.
const FAIL: &str = "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS \
    $$ BEGIN RAISE EXCEPTION 'others were faster' USING ERRCODE = '40001'; END $$; \
    CREATE TRIGGER fail BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION fail()";
const FAIL_NO_MORE: &str = "DROP TRIGGER fail ON events";

async fn register(stage: &Stage, n: usize) -> u16 {
    let seller = json!({"seller_id": format!("s-{n}"), "stripe_account": format!("acct_{n}")});
    stage.command("register-seller", &seller).await.status
}

#[tokio::test]
async fn work_that_is_given_up_and_many_conflicts_are_alerts() {
    let stage = Stage::with("conflict_percent = 5\nconflict_least = 2\n").await;

    stage.sql(FAIL).await;
    let mut n = 0;
    for name in ["retries-exhausted", "conflict-rate"] {
        support::eventually(super::stage::SOON, async || {
            n += 1;
            assert_ne!(register(&stage, n).await, 200);
            let alerts = stage.alerts(name).await;
            match alerts.is_empty() {
                true => Err("not yet"),
                false => Ok(()),
            }
        })
        .await;
    }

    stage.sql(FAIL_NO_MORE).await;
    assert_eq!(register(&stage, n + 1).await, 200);
    assert_eq!(stage.resolves("retries-exhausted").await["level"], "ERROR");
    assert_eq!(stage.resolves("conflict-rate").await["level"], "WARNING");
}

/// The service writes down what it found of its seals, and does not wait for ever.
#[tokio::test]
async fn transactions_past_their_deadline_are_an_alert_until_none_is() {
    let stage = Stage::with("seal_check_secs = 1\n").await;

    let mut blocker = stage.connection().await;
    let lock = "BEGIN; LOCK TABLE checks IN EXCLUSIVE MODE";
    blocker.execute(lock).await.expect("a lock");
    assert_eq!(stage.fires("deadline-timeouts").await["level"], "ERROR");

    blocker.execute("ROLLBACK").await.expect("unlocked");
    stage.resolves("deadline-timeouts").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_is_an_alert_until_it_is_worked_off() {
    let stage = Stage::launched("", |launch| {
        let file = launch.folder().join("payoutd.toml");
        let text = std::fs::read_to_string(&file).expect("settings");
        std::fs::write(file, format!("queue = 4\nbatch = 1\n{text}")).expect("settings");
        launch
    })
    .await;
    assert_eq!(register(&stage, 0).await, 200);

    // Nobody can append while the log is locked.
    let mut blocker = stage.connection().await;
    let lock = "BEGIN; LOCK TABLE events IN ACCESS EXCLUSIVE MODE";
    blocker.execute(lock).await.expect("a lock");
    let waiting = join_all((1..=40).map(|n| register(&stage, n)));
    let watching = async {
        stage.fires("queue-full").await;
        blocker.execute("ROLLBACK").await.expect("unlocked");
    };
    let (statuses, ()) = tokio::join!(waiting, watching);

    assert!(
        statuses.contains(&503),
        "some were turned away: {statuses:?}"
    );
    stage.resolves("queue-full").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_all_are_in_use_are_an_alert_until_some_are_free() {
    let stage = Stage::with("pool_waits = 3\n").await;

    // Everybody who reads waits for whoever holds the table.
    let mut blocker = stage.connection().await;
    let lock = "BEGIN; LOCK TABLE payouts IN ACCESS EXCLUSIVE MODE";
    blocker.execute(lock).await.expect("a lock");
    let reading = join_all((0..16).map(|_| stage.get("/v1/payouts")));
    let watching = async {
        let alert = stage.fires("pool-exhausted").await;
        blocker.execute("ROLLBACK").await.expect("unlocked");
        alert
    };
    let (_, alert) = tokio::join!(reading, watching);

    assert_eq!(alert["level"], "ERROR");
    stage.resolves("pool-exhausted").await;
}
