//! What the service needs: its database, NATS, clocks that agree.

use support::{FakeClock, unix_now};

use super::stage::{SOON, Stage};
use support::eventually;

#[tokio::test]
async fn a_database_that_is_away_is_told_at_once_and_kept_when_it_is_back() {
    let mut stage = Stage::with("").await;

    stage.proxy.cut().await;
    let line = stage.service.wait_for_line("database-unreachable").await;
    assert!(line.contains("an alert fires"), "{line}");
    assert!(line.contains("CRITICAL"), "{line}");
    assert!(stage.alerts("database-unreachable").await.is_empty());

    stage.proxy.heal();
    let alert = stage.resolves("database-unreachable").await;
    assert_eq!(alert["level"], "CRITICAL");
    let told = stage.service.stderr();
    let times = told
        .lines()
        .filter(|line| line.contains("an alert fires") && line.contains("database-unreachable"));
    assert_eq!(times.count(), 1, "however often it was seen");
}

#[tokio::test]
async fn nats_that_is_away_is_an_alert_until_it_is_back() {
    let mut stage = Stage::with("").await;

    stage.nats.kill9().await;
    let alert = stage.fires("nats-away").await;
    assert_eq!(alert["level"], "ERROR");

    stage.nats.restart().await;
    stage.resolves("nats-away").await;
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_an_alert_until_it_is_right() {
    let clock = FakeClock::at(unix_now() - 600);
    let ruled = |launch| clock.rule(launch);
    let stage = Stage::launched("clock_skew_ms = 60000\n", ruled).await;

    let alert = stage.fires("clock-skew").await;
    assert_eq!(alert["level"], "WARNING");
    assert_eq!(alert["subject"], "database");

    // It stands still between two looks.
    eventually(SOON, async || {
        clock.set(unix_now());
        let alerts = stage.alerts("clock-skew").await;
        match alerts.first() {
            Some(alert) if alert["state"] == "resolved" => Ok(()),
            _ => Err(alerts),
        }
    })
    .await;
}
