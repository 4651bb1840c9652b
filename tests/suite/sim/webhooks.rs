//! Webhooks as a receiver gets them: signed, at least once, in any order.

use super::{SELLER, SOON, Stage, done, id};
use adapters::config::Secret;
use adapters::sim::{Act, Delivery, Endpoint, Settings};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::RetryPolicy;
use support::eventually;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const SECRETS: &str = "whsec_old,whsec_new";

/// What came in: the signature header and the body.
type Received = Arc<Mutex<Vec<(String, String)>>>;

/// A receiver that answers with the statuses one after the other, and then with 200.
struct Receiver {
    url: String,
    received: Received,
}

impl Receiver {
    async fn answering(statuses: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let received = Received::default();
        let statuses = Arc::new(Mutex::new(statuses.to_vec()));
        let kept = Arc::clone(&received);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(take(stream, Arc::clone(&kept), Arc::clone(&statuses)));
            }
        });
        Self { url, received }
    }

    fn all(&self) -> Vec<(String, Value)> {
        let all = self.received.lock().expect("a lock");
        let read = |body: &String| serde_json::from_str(body).expect("JSON");
        all.iter()
            .map(|(signature, body)| (signature.clone(), read(body)))
            .collect()
    }

    fn types(&self) -> Vec<String> {
        let of = |(_, event): (String, Value)| event["type"].as_str().expect("a type").to_owned();
        self.all().into_iter().map(of).collect()
    }

    async fn wait_for(&self, count: usize) {
        eventually(SOON, async || match self.all().len() {
            found if found >= count => Ok(()),
            found => Err(found),
        })
        .await;
    }
}

/// One connection: requests are read and answered until it ends.
async fn take(mut stream: TcpStream, kept: Received, statuses: Arc<Mutex<Vec<u16>>>) {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(n) => bytes.extend_from_slice(&chunk[..n]),
        }
        let text = String::from_utf8(bytes.clone()).expect("text");
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let header = |name: &str| {
            head.lines().find_map(|line| {
                let (key, value) = line.split_once(": ")?;
                key.eq_ignore_ascii_case(name).then(|| value.to_owned())
            })
        };
        let length: usize = header("content-length")
            .expect("a length")
            .parse()
            .expect("a number");
        if body.len() < length {
            continue;
        }
        let signature = header("stripe-signature").expect("a signature");
        kept.lock()
            .expect("a lock")
            .push((signature, body.to_owned()));
        bytes.clear();
        let status = {
            let mut statuses = statuses.lock().expect("a lock");
            if statuses.is_empty() {
                200
            } else {
                statuses.remove(0)
            }
        };
        let answer = format!("HTTP/1.1 {status} -\r\nContent-Length: 0\r\nLocation: /\r\n\r\n");
        stream
            .write_all(answer.as_bytes())
            .await
            .expect("a listener");
    }
}

fn settings(receiver: &Receiver, delivery: Delivery) -> Settings {
    Settings {
        connect_webhook: Some(Endpoint {
            url: receiver.url.clone(),
            secrets: Secret::list(SECRETS),
        }),
        delivery,
        ..Settings::default()
    }
}

fn soon() -> RetryPolicy {
    RetryPolicy {
        retries: 100,
        base: Duration::from_millis(1),
        cap: Duration::from_millis(20),
        ..RetryPolicy::default()
    }
}

/// HMAC-SHA256 in hex, by its definition and not by the code under test.
fn hmac(secret: &str, message: &[u8]) -> String {
    let mut key = [0u8; 64];
    key[..secret.len()].copy_from_slice(secret.as_bytes());
    let pad = |with: u8| key.map(|byte| byte ^ with);
    let inner = Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(message)
        .finalize();
    hex::encode(
        Sha256::new()
            .chain_update(pad(0x5c))
            .chain_update(inner)
            .finalize(),
    )
}

#[tokio::test]
async fn each_event_is_signed_with_every_secret() {
    let receiver = Receiver::answering(&[]).await;
    let stage = Stage::with(settings(&receiver, Delivery::default())).await;
    let made = done(stage.payout("k", "100")).await;
    stage.sim.act(id(&made), &Act::Pay).expect("it is paid");
    receiver.wait_for(3).await;

    assert_eq!(
        receiver.types(),
        ["payout.created", "payout.paid", "payout.updated"]
    );
    let received = receiver.received.lock().expect("a lock").clone();
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    for (header, body) in received {
        let t = header
            .split(',')
            .next()
            .and_then(|part| part.strip_prefix("t="));
        let t: i64 = t.expect("a time").parse().expect("seconds");
        assert!((now - 60..=now).contains(&t), "{header}");
        let message = format!("{t}.{body}");
        let values: Vec<String> = SECRETS
            .split(',')
            .map(|secret| format!("v1={}", hmac(secret, message.as_bytes())))
            .collect();
        assert_eq!(header, format!("t={t},{}", values.join(",")));
        let event: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(event["account"], SELLER);
    }
}

#[tokio::test]
async fn what_is_not_answered_with_2xx_comes_again_unchanged() {
    let receiver = Receiver::answering(&[500, 302, 404]).await;
    let delivery = Delivery {
        retry: soon(),
        ..Delivery::default()
    };
    let stage = Stage::with(settings(&receiver, delivery)).await;
    done(stage.payout("k", "100")).await;
    receiver.wait_for(4).await;

    let bodies: Vec<Value> = receiver.all().into_iter().map(|(_, body)| body).collect();
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    eventually(SOON, async || match stage.sim.deliveries() {
        counts if (counts.delivered, counts.waiting) == (1, 0) => Ok(()),
        other => Err(other),
    })
    .await;
    assert_eq!(stage.sim.deliveries().failed_tries, 3);
}

#[tokio::test]
async fn one_that_is_not_taken_does_not_hold_up_the_others() {
    let receiver = Receiver::answering(&[500]).await;
    let delivery = Delivery {
        retry: RetryPolicy {
            retries: 0,
            ..soon()
        },
        ..Delivery::default()
    };
    let stage = Stage::with(settings(&receiver, delivery)).await;
    done(stage.payout("k", "100")).await;
    done(stage.payout("k-2", "100")).await;
    receiver.wait_for(2).await;
    eventually(SOON, async || match stage.sim.deliveries() {
        counts if (counts.given_up, counts.delivered) == (1, 1) => Ok(()),
        other => Err(other),
    })
    .await;
}

#[tokio::test]
async fn duplicates_and_disorder_happen_and_nothing_is_missing() {
    let receiver = Receiver::answering(&[]).await;
    let delivery = Delivery {
        duplicates: 0.3,
        disorder: 20,
        ..Delivery::default()
    };
    let stage = Stage::with(settings(&receiver, delivery)).await;
    for n in 0..40 {
        done(stage.payout(&format!("k-{n}"), "100")).await;
    }
    let expected: Vec<String> = stage
        .sim
        .events()
        .iter()
        .map(|event| event.id.clone())
        .collect();
    let received = eventually(SOON, async || {
        let ids: Vec<String> = receiver
            .all()
            .iter()
            .map(|(_, event)| id(event).to_owned())
            .collect();
        let missing = expected.iter().filter(|id| !ids.contains(id)).count();
        let waiting = stage.sim.deliveries().waiting;
        if (missing, waiting) == (0, 0) {
            Ok(ids)
        } else {
            Err((missing, waiting))
        }
    })
    .await;
    assert_eq!(expected.len(), 40);
    assert!(received.len() > 42, "{} came, some twice", received.len());
    let mut firsts: Vec<&String> = Vec::new();
    for id in &received {
        if !firsts.contains(&id) {
            firsts.push(id);
        }
    }
    assert_ne!(
        firsts,
        expected.iter().collect::<Vec<_>>(),
        "in another order"
    );
}

#[tokio::test]
async fn what_is_dropped_is_found_only_in_the_list_of_events() {
    let receiver = Receiver::answering(&[]).await;
    let delivery = Delivery {
        drop: 0.5,
        ..Delivery::default()
    };
    let stage = Stage::with(settings(&receiver, delivery)).await;
    for n in 0..30 {
        done(stage.payout(&format!("k-{n}"), "100")).await;
    }
    let counts = eventually(SOON, async || match stage.sim.deliveries() {
        counts if counts.delivered + counts.dropped == 30 => Ok(counts),
        other => Err(other),
    })
    .await;
    assert!(counts.dropped > 3 && counts.delivered > 3, "{counts:?}");
    let listed = done(stage.get("/v1/events?type=payout.created&limit=100")).await;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(30));
}

#[tokio::test]
async fn the_platforms_events_and_the_accounts_go_to_endpoints_of_their_own() {
    let (platform, connect) = (
        Receiver::answering(&[]).await,
        Receiver::answering(&[]).await,
    );
    let own = Some(Endpoint {
        url: platform.url.clone(),
        secrets: Secret::list("whsec_platform"),
    });
    let settings = Settings {
        webhook: own,
        ..settings(&connect, Delivery::default())
    };
    let stage = Stage::with(settings).await;
    let form = [
        ("amount", "100"),
        ("currency", "usd"),
        ("destination", SELLER),
    ];
    let transfer = stage.client.post(stage.url("/v1/transfers")).form(&form);
    done(transfer.bearer_auth("sk_test_sim")).await;
    done(stage.payout("k", "100")).await;
    platform.wait_for(1).await;
    connect.wait_for(1).await;
    assert_eq!(platform.types(), ["transfer.created"]);
    assert_eq!(connect.types(), ["payout.created"]);
    assert!(platform.all()[0].1.get("account").is_none());
}
