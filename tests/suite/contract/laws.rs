//! The laws of the log, checked after every test.

use std::collections::HashMap;

use domain::{
    Event,
    id::{PayoutId, Tenant, TransactionId},
};
use store::{Backend, Cursor, Recorded, log};

use super::ground::Ground;

/// Panics with the first offender if a law is broken.
pub async fn hold(ground: &Ground) {
    heads_are_the_ends_of_gapless_streams(ground).await;
    claims_are_where_they_were_made(ground).await;
    no_transaction_is_in_two_live_payouts(&everything(ground).await);
    if ground.backend() == Backend::MariaDb {
        positions_are_gapless(ground).await;
    }
}

/// The whole log, as a snapshot shows it: running transactions elsewhere hold nothing back.
pub async fn everything(ground: &Ground) -> Vec<Recorded> {
    let database = ground.database();
    let mut tx = database
        .gated("laws")
        .snapshot()
        .open()
        .await
        .expect("a snapshot");
    let page = log::read_snapshot(&mut tx, Cursor::START, 1_000_000).await;
    tx.rollback().await.expect("an end");
    page.expect("a readable log").events
}

async fn heads_are_the_ends_of_gapless_streams(ground: &Ground) {
    let offenders = ground
        .rows(
            "SELECT s.stream FROM streams AS s
             LEFT JOIN (
                 SELECT tenant, stream, count(*) AS events, min(version) AS low,
                     max(version) AS high
                 FROM events GROUP BY tenant, stream
             ) AS e ON e.tenant = s.tenant AND e.stream = s.stream
             WHERE e.stream IS NULL OR e.low <> 1 OR e.high <> e.events OR s.version <> e.high
             UNION ALL
             SELECT e.stream FROM events AS e
             LEFT JOIN streams AS s ON s.tenant = e.tenant AND s.stream = e.stream
             WHERE s.stream IS NULL",
        )
        .await;
    let offenders: Vec<_> = offenders.iter().map(|row| row.text("stream")).collect();
    assert!(
        offenders.is_empty(),
        "heads and events differ: {offenders:?}"
    );
}

/// Where positions are counted in a row of their own.
async fn positions_are_gapless(ground: &Ground) {
    let missing = "SELECT position - (SELECT count(*) FROM events) AS n FROM log_end";
    let beyond = "SELECT count(*) AS n FROM events WHERE position > (SELECT position FROM log_end)";
    assert_eq!(ground.number(missing).await, 0, "positions without events");
    assert_eq!(ground.number(beyond).await, 0, "events behind the end");
}

async fn claims_are_where_they_were_made(ground: &Ground) {
    let claims = everything(ground)
        .await
        .iter()
        .filter_map(|recorded| recorded.event.claims())
        .count();
    let aliases = ground.number("SELECT count(*) AS n FROM aliases").await;
    assert_eq!(i64::try_from(claims), Ok(aliases), "claims and aliases");
}

fn no_transaction_is_in_two_live_payouts(log: &[Recorded]) {
    let mut taken: HashMap<(&Tenant, &TransactionId), PayoutId> = HashMap::new();
    for recorded in log {
        match &recorded.event {
            Event::FundsReserved(event) => {
                for item in &event.items {
                    let key = (&recorded.tenant, &item.transaction_id);
                    let other = taken.insert(key, event.payout_id);
                    assert_eq!(other, None, "{key:?} is also in {}", event.payout_id);
                }
            }
            Event::ReservationReturned(event) => {
                for item in &event.items {
                    let key = (&recorded.tenant, &item.transaction_id);
                    assert_eq!(
                        taken.remove(&key),
                        Some(event.payout_id),
                        "{key:?} came back"
                    );
                }
            }
            _ => {}
        }
    }
}
