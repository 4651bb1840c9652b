//! Whether it is up, and whether it can work.

use serde_json::json;
use support::{FaultProxy, NatsServer, Postgres, eventually};

use super::service::{SOON, Service, launch};

#[tokio::test]
async fn without_nats_it_is_ready_with_its_database_alone() {
    let service = Service::start(launch()).await;
    let alive = service.get("/healthz").await;
    assert_eq!((alive.status, alive.body), (200, json!({"status": "ok"})));
    let ready = service.get("/readyz").await;
    let checks = json!({"database": "ok", "nats": "not_configured"});
    let body = json!({"status": "ok", "checks": checks});
    assert_eq!((ready.status, ready.body), (200, body));
    service.stop().await;
}

/// Asks until it says so.
async fn becomes(service: &Service, status: u16, database: &str, nats: &str) {
    eventually(SOON, async || {
        let ready = service.get("/readyz").await;
        let checks = json!({"database": database, "nats": nats});
        if ready.status == status && ready.body["checks"] == checks {
            Ok(())
        } else {
            Err(ready)
        }
    })
    .await;
    assert_eq!(service.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn it_is_not_ready_while_its_database_or_nats_is_away() {
    let mut server = NatsServer::start().await;
    let database = Postgres::fresh_database().await;
    let proxy = FaultProxy::start(database.addr()).await;
    let launch = launch()
        .env("NATS_URL", server.url())
        .env("DATABASE_URL", database.url_through(&proxy.addr()));
    let mut service = Service::start(launch).await;
    becomes(&service, 200, "ok", "ok").await;

    proxy.cut().await;
    becomes(&service, 503, "unavailable", "ok").await;
    proxy.heal();
    becomes(&service, 200, "ok", "ok").await;

    // It does not answer, and does not refuse either.
    proxy.stall();
    becomes(&service, 503, "unavailable", "ok").await;
    proxy.heal();
    becomes(&service, 200, "ok", "ok").await;

    server.kill9().await;
    becomes(&service, 503, "ok", "unavailable").await;
    server.restart().await;
    becomes(&service, 200, "ok", "ok").await;
    assert!(service.payoutd.terminate(SOON).await.success());
}
