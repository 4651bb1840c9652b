//! The end: nothing new is taken, what was taken is answered.

use std::time::Duration;

use support::{FaultProxy, Postgres, eventually};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use super::service::{SOON, Service, archive, connect, launch, read_to_end, telling};
use crate::nats::service::payout_event;

#[tokio::test]
async fn a_stop_answers_requests_in_flight_and_turns_new_ones_away() {
    let database = Postgres::fresh_database().await;
    let proxy = FaultProxy::start(database.addr()).await;
    let url = database.url_through(&proxy.addr());
    let mut service = Service::start(telling(launch()).env("DATABASE_URL", url)).await;
    let body = payout_event("evt_1", "po_1");
    let _idle = connect(&service.addr).await;
    let mut slow = connect(&service.addr).await;
    slow.write_all(b"POST / HTTP/1.1\r\nX-Slow: ")
        .await
        .expect("sent");

    proxy.stall();
    let mut asking = service.begin(&body).await;
    let addr = service.addr.clone();
    let stopping = tokio::spawn(async move {
        let ended = service.payoutd.terminate(Duration::from_secs(10)).await;
        (ended, service)
    });
    eventually(SOON, async || match TcpStream::connect(&addr).await {
        Ok(_) => Err("still listening"),
        Err(_) => Ok(()),
    })
    .await;
    proxy.heal();

    let answer = read_to_end(&mut asking).await;
    assert!(answer.ends_with("{\"outcome\":\"applied\"}"), "{answer}");
    let (ended, service) = stopping.await.expect("no panic");
    assert!(ended.success(), "{ended}: {}", service.payoutd.stderr());
    let kept = archive(&database.url()).await;
    assert_eq!(kept, [("applied".to_owned(), body.into_bytes())]);
}
