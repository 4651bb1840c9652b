//! Tenants share a database and nothing else.

use domain::{Code, id::Tenant};
use futures::future::join_all;
use store::{Delivery, Ingested, Request};
use uuid::Uuid;

use super::{
    ground::Ground,
    inline::Gate,
    inputs::{
        PayoutEvent, acceptance, code, delivery, earn, keyed, register, request_payout_as,
        submit_payout,
    },
    laws::everything,
};

on_every_database! {
    the_same_ids_in_two_tenants_do_not_touch
    one_batch_of_many_tenants_keeps_them_apart
    a_payout_of_another_tenant_is_not_found
}

const OURS: Uuid = Uuid::from_u128(9);

fn tenant(name: &str) -> Tenant {
    Tenant::new(name).expect("a tenant")
}

fn of(name: &str, request: Request) -> Request {
    Request {
        tenant: tenant(name),
        ..request
    }
}

/// A payout's life, up to its submission.
fn story(name: &str) -> Vec<Request> {
    vec![
        of(name, keyed("k1", register("s", "acct_1"))),
        of(name, keyed("k2", earn("s", "t", 100))),
        of(name, keyed("k3", request_payout_as("s", OURS))),
        of(name, keyed("k4", submit_payout(OURS, "po_1"))),
    ]
}

fn told_paid(name: &str) -> Delivery {
    let event = PayoutEvent {
        id: "evt_1",
        stripe: "po_1",
        ours: Some(OURS),
        cents: 100,
    };
    Delivery {
        tenant: tenant(name),
        ..delivery(event.told("paid"))
    }
}

async fn the_same_ids_in_two_tenants_do_not_touch(ground: &Ground) {
    let ledger = ground.ledger().await;
    for name in ["a", "b"] {
        for request in story(name) {
            let acceptance = acceptance(ledger.execute(request).await);
            assert!(!acceptance.duplicate && !acceptance.events.is_empty());
        }
    }
    assert_eq!(ledger.ingest(told_paid("a")).await, Ok(Ingested::Applied));

    let log = everything(ground).await;
    let paid: Vec<_> = log
        .iter()
        .filter(|recorded| recorded.event.name() == "payout-paid")
        .map(|recorded| recorded.tenant.as_str())
        .collect();
    assert_eq!(paid, ["a"], "nothing is told to b");
    assert_eq!(ledger.ingest(told_paid("b")).await, Ok(Ingested::Applied));
}

async fn one_batch_of_many_tenants_keeps_them_apart(ground: &Ground) {
    let gate = Gate::shut();
    let ledger = ground.ledger_with(gate.clone(), ground.settings()).await;
    let names: Vec<_> = (0..8).map(|n| format!("tenant-{n}")).collect();
    let requests = || names.iter().flat_map(|name| story(name)).collect();

    let replies = gate.as_one_batch(&ledger, requests()).await;

    let events: usize = gate.sizes().iter().sum();
    assert_eq!(events, 1 + names.len() * 5, "nothing was tried twice");
    let first: Vec<_> = replies.into_iter().map(acceptance).collect();
    assert!(first.iter().all(|acceptance| !acceptance.duplicate));
    let again = join_all(
        requests()
            .into_iter()
            .map(|request: Request| ledger.execute(request)),
    );
    for (again, first) in again.await.into_iter().zip(first) {
        let again = acceptance(again);
        assert!(again.duplicate);
        assert_eq!(
            again.events, first.events,
            "each gets the answer of its own"
        );
    }
}

async fn a_payout_of_another_tenant_is_not_found(ground: &Ground) {
    let ledger = ground.ledger().await;
    for request in story("a") {
        acceptance(ledger.execute(request).await);
    }
    let foreign = of("b", keyed("k", submit_payout(OURS, "po_1")));
    let reply = ledger.execute(foreign).await;
    assert_eq!(code(&reply), Some(Code::PayoutNotFound));
    let parked = ledger.ingest(told_paid("b")).await;
    assert_eq!(parked, Ok(Ingested::Parked(format!("payout-{OURS}"))));
}
