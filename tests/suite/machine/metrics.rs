//! `/metrics` of a service at work.

use adapters::machine::catalogue;
use async_nats::jetstream;
use serde_json::json;
use support::{NatsServer, Postgres, eventually, promtool};

use super::stage::{SOON, Scrape, Service, launch};
use crate::machine::catalogue::repository;

/// Metrics that a service which is well and has no key of Stripe's does not have yet, and why.
const RARE: &[(&str, &str)] = &[
    (
        "payoutd_transactions_rolled_back_total",
        "only snapshots are",
    ),
    ("payoutd_transactions_failed_total", "nothing fails"),
    ("payoutd_transaction_retries_total", "nothing fails"),
    ("payoutd_transaction_deadlocks_total", "nothing fails"),
    (
        "payoutd_transaction_serialization_failures_total",
        "nothing fails",
    ),
    ("payoutd_transaction_timeouts_total", "nothing fails"),
    ("payoutd_transaction_pool_exhausted_total", "nothing fails"),
    ("payoutd_transaction_hook_failures_total", "nothing fails"),
    ("payoutd_batch_failures_total", "nothing fails"),
    ("payoutd_pool_waits_total", "there are connections enough"),
    ("payoutd_rebuild_left_events", "nothing is rebuilt"),
    ("payoutd_payouts_in_doubt_minor_units", "none is in doubt"),
    ("payoutd_payouts_to_submit", "there is no key of Stripe's"),
    ("payoutd_stripe_calls_total", "there is no key of Stripe's"),
    ("payoutd_job_runs_total", "jobs may not be due yet"),
    ("payoutd_job_units_total", "jobs have nothing to do"),
    ("payoutd_job_duration_seconds", "jobs may not be due yet"),
];

/// Something of everything: over HTTP, by webhook, over NATS.
async fn work(service: &Service, server: &NatsServer) {
    for number in 0..20 {
        service.sell(number).await;
    }
    service.json("/v1/balances").await;
    let event = |id: &str, kind: &str| {
        json!({ "id": id, "object": "event", "type": kind, "livemode": false,
            "data": { "object": { "id": "x_1", "object": "x" } } })
        .to_string()
    };
    let body = event("evt_1", "made.up");
    let answer = service.sender().send(body.as_bytes()).await;
    assert!(answer.expect("an answer").is_taken());
    let client = async_nats::connect(server.url())
        .await
        .expect("a connection");
    for (subject, body) in [
        (
            "payouts.v1.default.command.record-transaction",
            json!({
            "transaction_id": "sale-0", "seller_id": "anna", "kind": "payment",
            "gross": { "amount": "10.00", "currency": "usd" } }),
        ),
        ("payouts.v1.default.query.balances", json!({})),
    ] {
        let asked = client.request(subject, body.to_string().into()).await;
        asked.expect("a reply");
    }
    let stream = jetstream::new(client);
    let stored = stream.publish(
        "stripe.v1.default.made.up",
        event("evt_2", "made.up").into(),
    );
    stored.await.expect("sent").await.expect("stored");
}

/// Until everything that was done has come to the gauges.
async fn settled(service: &Service) -> Scrape {
    eventually(SOON, async || {
        let scrape = service.scrape().await;
        let value = |name| scrape.value(name, &[]);
        let there = value("payoutd_log_position") >= Some(20.0)
            && value("payoutd_seal_lag_events") == Some(0.0)
            && value("payoutd_outbox_lag_events") == Some(0.0)
            && value("payoutd_ingest_lag_events") == Some(0.0)
            && value("payoutd_transaction_success_ratio").is_some()
            && scrape.samples.contains_key("payoutd_alerts_firing")
            && scrape.samples.contains_key("payoutd_nats_ingested_total");
        if there { Ok(scrape) } else { Err(scrape.text) }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_at_work_exports_what_is_listed_and_nothing_else() {
    let (server, database) = (
        NatsServer::start().await,
        Postgres::migrated_database().await,
    );
    let launch = launch()
        .env("DATABASE_URL", database.url())
        .env("NATS_URL", server.url());
    let mut service = Service::start(launch).await;
    work(&service, &server).await;
    let scrape = settled(&service).await;

    promtool(repository(), &["check", "metrics"], &scrape.text).await;
    for metric in catalogue::all() {
        let name = metric.name;
        if !scrape.samples.contains_key(name) {
            let rare = RARE.iter().any(|(rare, _)| *rare == name);
            assert!(rare, "{name} is not exported\n{}", scrape.text);
            continue;
        }
        assert_eq!(scrape.types[name], metric.kind.as_str(), "{name}");
        assert_eq!(scrape.helps[name], metric.about, "{name}");
        let labels = metric.labels.iter().copied().collect();
        assert_eq!(scrape.labels(name), labels, "{name}");
    }
    let unlisted: Vec<_> = scrape
        .samples
        .keys()
        .filter(|name| !catalogue::all().any(|metric| metric.name == name.as_str()))
        .collect();
    assert!(unlisted.is_empty(), "{unlisted:?}");

    let (sale, accepted) = (("command", "record-transaction"), ("outcome", "accepted"));
    // The one that came over NATS was recorded already.
    assert_eq!(
        scrape.value("payoutd_commands_total", &[sale, accepted]),
        Some(21.0)
    );
    assert_eq!(scrape.value("payoutd_events_total", &[]), Some(20.0));
    // Whatever a caller makes up, there is one more series at most.
    let made_up = [("type", "other"), ("outcome", "ignored")];
    assert_eq!(
        scrape.value("payoutd_stripe_events_total", &made_up),
        Some(2.0)
    );
    assert!(!scrape.text.contains("made.up"), "{}", scrape.text);
    assert!(!scrape.text.contains("anna"), "{}", scrape.text);
    assert!(service.payoutd.terminate(SOON).await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn gauges_tell_what_waits_for_somebody() {
    let mut service = Service::start(launch()).await;
    // It names a payout of the ledger's that it does not know: it waits. The other one makes no
    // sense.
    let payout = |id: &str, status: &str, metadata: serde_json::Value| {
        json!({ "id": id, "object": "event", "type": "payout.paid", "livemode": false,
            "data": { "object": { "id": format!("po_{id}"), "object": "payout", "amount": 100,
                "currency": "usd", "status": status, "metadata": metadata } } })
        .to_string()
    };
    let ours = json!({ "payout_id": "01890a5d-ac96-774b-bcce-b302099a8057" });
    for body in [payout("a", "paid", ours), payout("b", "failed", json!({}))] {
        let answer = service.sender().send(body.as_bytes()).await;
        assert!(answer.expect("an answer").is_taken());
    }
    eventually(SOON, async || {
        let scrape = service.scrape().await;
        let waiting = ["payoutd_parked_events", "payoutd_dead_letters"];
        match waiting.map(|name| scrape.value(name, &[])) {
            [Some(1.0), Some(1.0)] => Ok(()),
            _ => Err(scrape.text),
        }
    })
    .await;
    // What is dead needs somebody; nothing else does.
    eventually(SOON, async || {
        let scrape = service.scrape().await;
        let firing = |level| scrape.value("payoutd_alerts_firing", &[("level", level)]);
        match ["ERROR", "CRITICAL"].map(firing) {
            [Some(1.0), Some(0.0)] => Ok(()),
            _ => Err(scrape.text),
        }
    })
    .await;
    // They are kept a moment later.
    eventually(SOON, async || {
        let books = service.readings(10).await.pop().and_then(|last| last.books);
        let letters = books.map(|books| books.letters);
        match letters.map(|letters| (letters.parked.count, letters.dead.count)) {
            Some((1, 1)) => Ok(()),
            other => Err(other),
        }
    })
    .await;
    assert!(service.payoutd.terminate(SOON).await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn money_in_doubt_is_told_by_currency_until_there_is_none() {
    const PAYOUT: &str = "0193c7a0-0000-7000-8000-000000000001";
    let mut service = Service::start(launch()).await;
    let in_doubt = async |minor: f64| {
        eventually(SOON, async || {
            let scrape = service.scrape().await;
            let usd = [("currency", "usd")];
            match scrape.value("payoutd_payouts_in_doubt_minor_units", &usd) {
                Some(told) if told.total_cmp(&minor).is_eq() => Ok(()),
                _ => Err(scrape.text),
            }
        })
        .await;
    };
    service.sell(1).await;
    let fields = json!({ "seller_id": "anna", "currency": "usd", "payout_id": PAYOUT });
    service.does("request-payout", fields).await;
    let fields = json!({ "payout_id": PAYOUT, "attempt": 1 });
    service.does("begin-submission", fields).await;
    let fields = json!({ "payout_id": PAYOUT, "attempt": 1, "reason": "no answer" });
    service.does("put-payout-in-doubt", fields).await;
    in_doubt(1_000.0).await;

    let fields = json!({ "payout_id": PAYOUT, "stripe_payout_id": "po_1" });
    service.does("submit-payout", fields).await;
    in_doubt(0.0).await;
    assert!(service.payoutd.terminate(SOON).await.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_away_is_told_and_costs_nothing_else() {
    let database = Postgres::migrated_database().await;
    let proxy = support::FaultProxy::start(database.addr()).await;
    let url = database.url_through(&proxy.addr());
    let service = Service::start(launch().env("DATABASE_URL", url)).await;
    let taken = "payoutd_readings_timestamp_seconds";
    let asked = "payoutd_books_timestamp_seconds";
    let at = async |name| service.scrape().await.value(name, &[]);
    eventually(SOON, async || at(asked).await.ok_or("not asked yet")).await;

    proxy.cut().await;
    // Its answers grow old, and the readings go on.
    eventually(SOON, async || {
        let scrape = service.scrape().await;
        match (scrape.value(taken, &[]), scrape.value(asked, &[])) {
            (Some(taken), Some(asked)) if taken >= asked + 3.0 => Ok(()),
            other => Err(other),
        }
    })
    .await;
    proxy.heal();
    let old = at(asked).await;
    eventually(SOON, async || match at(asked).await {
        newer if newer > old => Ok(()),
        same => Err(same),
    })
    .await;
}
