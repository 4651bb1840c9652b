//! What the service does: its transactions, its queue, its connections.

use futures::future::join_all;
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};
use support::{Launch, Payoutd, Postgres, eventually};

use super::{
    rival::{Pace, beside_a_rival},
    stage::{SOON, Stage},
};

async fn register(stage: &Stage, n: usize) -> u16 {
    let seller = json!({"seller_id": format!("s-{n}"), "stripe_account": format!("acct_{n}")});
    stage.command("register-seller", &seller).await.status
}

/// Lines of settings in place of others.
fn set(launch: Launch, (from, to): (&str, &str)) -> Launch {
    let file = launch.folder().join("payoutd.toml");
    let text = std::fs::read_to_string(&file).expect("settings");
    assert!(text.contains(from), "{text}");
    std::fs::write(file, text.replacen(from, to, 1)).expect("settings");
    launch
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_that_lose_every_try_to_a_rival_are_an_alert_until_it_is_gone() {
    let stage = Stage::with("").await;
    stage.accepts("record-transaction", Stage::sale(0)).await;

    let mut n = 0;
    let losing = eventually(SOON, async || {
        n += 1;
        let answer = stage.command("record-transaction", &Stage::sale(n)).await;
        match answer.is_taken() {
            true => Err(answer),
            false => Ok(answer),
        }
    });
    let lost = beside_a_rival(&stage, Pace::Always, losing).await;
    assert_eq!(lost.body["code"], "PAYOUT_DEADLOCK_ERROR", "{lost:?}");
    let alert = stage.fires("retries-exhausted").await;
    assert_eq!(alert["level"], "ERROR");

    stage
        .accepts("record-transaction", Stage::sale(n + 1))
        .await;
    stage.resolves("retries-exhausted").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_transactions_that_lose_to_a_rival_are_an_alert_though_commands_are_taken() {
    let stage = Stage::with("conflict_least = 4\n").await;
    stage.accepts("record-transaction", Stage::sale(0)).await;

    let mut n = 0;
    let sending = eventually(SOON, async || {
        for _ in 0..8 {
            n += 1;
            stage.accepts("record-transaction", Stage::sale(n)).await;
        }
        let alerts = stage.alerts("conflict-rate").await;
        alerts.first().cloned().ok_or(n)
    });
    let alert = beside_a_rival(&stage, Pace::InTurn, sending).await;
    assert_eq!(alert["level"], "WARNING");

    stage.resolves("conflict-rate").await;
    let given_up = stage.alerts("retries-exhausted").await;
    assert!(given_up.is_empty(), "{given_up:?}");
}

/// Another instance stands still while it writes down that there is a job. Whoever would write down
/// the same waits for it, and not for ever.
#[tokio::test]
async fn transactions_past_their_deadline_are_an_alert_until_none_is() {
    let database = Postgres::fresh_database().await;
    let sale = Stage::sale(1).to_string();
    Payoutd::with(["command", "record-transaction", &sale])
        .env("DATABASE_URL", database.url())
        .finish()
        .await
        .expect_code(0);
    let mut rival = PgConnection::connect(&database.url())
        .await
        .expect("a connection");
    let hold = "BEGIN ISOLATION LEVEL SERIALIZABLE; \
        INSERT INTO jobs (tenant, job, runs, failures, next_run_at) \
        VALUES ('default', 'release', 0, 0, now())";
    rival.execute(hold).await.expect("it holds");

    let mut stage = Stage::on(database, "", |launch| launch).await;
    let line = stage
        .service
        .wait_for_line("a job could not be begun")
        .await;
    assert!(
        line.contains("transaction job was not done within 5000 ms"),
        "{line}"
    );
    let alert = stage.fires("deadline-timeouts").await;
    assert_eq!(alert["level"], "ERROR");

    rival.execute("ROLLBACK").await.expect("it lets go");
    stage.resolves("deadline-timeouts").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_is_an_alert_until_it_is_worked_off() {
    let small = |launch| set(launch, ("[machine]", "queue = 4\nbatch = 1\n[machine]"));
    let stage = Stage::launched("", small).await;
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
