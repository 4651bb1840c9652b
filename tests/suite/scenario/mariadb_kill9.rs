//! A MariaDB that is killed under a ledger: what was answered is still there, and once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::Code;
use futures::future::join_all;
use projections::Inline;
use store::{Acceptance, Cursor, Database, Ledger, Recorded, Reply, Request, Settings, log};
use support::{MariaDbServer, eventually};

use super::laws;
use crate::contract::inputs::{earn, keyed, request_payout};

const CLIENTS: usize = 8;
const ROUNDS: usize = 40;
const KILLS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(120);

/// Sends the same until it is accepted, as a caller should. Nothing, if nothing is to be paid out.
async fn insist(ledger: &Ledger, request: Request) -> Option<Acceptance> {
    loop {
        match ledger.execute(request.clone()).await {
            Reply::Accepted(acceptance) => return Some(acceptance),
            Reply::Refused(refusal) if refusal.code == Code::NoEligibleTransactions => return None,
            Reply::Refused(refusal) => assert!(!refusal.code.is_final(), "{refusal}"),
        }
    }
}

async fn client(ledger: Ledger, n: usize, done: Arc<AtomicUsize>) -> Vec<Acceptance> {
    let seller = format!("seller-{}", n % 4);
    let mut accepted = Vec::new();
    for round in 0..ROUNDS {
        let name = format!("{n}-{round}");
        let sale = keyed(&format!("sale-{name}"), earn(&seller, &name, 100));
        accepted.extend(insist(&ledger, sale).await);
        let payout = keyed(&format!("payout-{name}"), request_payout(&seller));
        accepted.extend(insist(&ledger, payout).await);
        done.fetch_add(1, Ordering::Relaxed);
    }
    accepted
}

async fn everything(database: &Database) -> Vec<Recorded> {
    let (mut all, mut after) = (Vec::new(), Cursor::START);
    loop {
        let page = log::read(database, after, 1000).await.expect("the log");
        if page.events.is_empty() {
            return all;
        }
        all.extend(page.events);
        after = page.next;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_survives_a_mariadb_that_is_killed_three_times() {
    let mut server = MariaDbServer::start().await;
    let database = Database::open(&server.url()).await.expect("a database");
    database.migrate().await.expect("a schema");
    let ledger = Ledger::start(database.clone(), Arc::new(Inline), Settings::default());
    let done = Arc::new(AtomicUsize::new(0));

    let clients: Vec<_> = (0..CLIENTS)
        .map(|n| tokio::spawn(client(ledger.clone(), n, Arc::clone(&done))))
        .collect();
    for kill in 1..=KILLS {
        eventually(PATIENCE, async || match done.load(Ordering::Relaxed) {
            enough if enough >= CLIENTS * ROUNDS * kill / (KILLS + 1) => Ok(()),
            few => Err(few),
        })
        .await;
        server.kill9().await;
        server.restart().await;
    }
    let mut accepted = Vec::new();
    for client in join_all(clients).await {
        accepted.extend(client.expect("no panic"));
    }
    ledger.close().await;

    let log = everything(&database).await;
    for event in accepted.iter().flat_map(|acceptance| &acceptance.events) {
        let stored = log.iter().find(|r| r.position() == event.position);
        assert_eq!(stored.map(|r| &r.stream), Some(&event.stream), "{event:?}");
    }
    let sales = log
        .iter()
        .filter(|recorded| recorded.event.name() == "transaction-recorded");
    assert_eq!(sales.count(), CLIENTS * ROUNDS, "each sale once");
    laws::check(&database).await;
    database.close().await;
}
