//! `GET /v1/live`: what happens, as server-sent events, for as long as somebody watches.
//!
//! | event | data |
//! |---|---|
//! | `hello` | where the client begins; it may look at everything from now on |
//! | `committed` | the last position, how many events of the tenant, and the first of them |
//! | `readings` | what the service reads off itself |
//! | `alert` | an alert that fires, or is over |
//! | `reset` | more happened than can be told: look at everything again |
//!
//! `committed` and `hello` have an id; a client that comes back with it as `Last-Event-ID` is
//! told what it missed. A comment is sent when nothing else is.
//! See <https://html.spec.whatwg.org/multipage/server-sent-events.html>.

mod feed;

use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header::CONTENT_TYPE, request::Parts},
    response::{IntoResponse, Response},
};
use domain::id::Tenant;
use futures::stream;
use serde_json::{Value as Json, json};
use store::{Cursor, Database, error::chain};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::{
    App,
    api::{admit, busy},
    problem::Problem,
    seats::{AtWork, Seat},
};
use crate::machine::{Latest, Machine};
use feed::{Batch, Feed, Missed};

/// Where it is.
pub(super) const LIVE: &str = "/v1/live";

/// A comment: it keeps the connection from being taken for dead.
const HEARTBEAT: Bytes = Bytes::from_static(b": beat\n\n");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// How often something is sent, if only a comment: proxies end what is silent.
const BEAT: Duration = Duration::from_secs(15);

/// Those who watch.
#[derive(Debug)]
pub(super) struct Live {
    feed: Arc<Feed>,
    machine: Option<Machine>,
    /// How many may watch at once.
    places: Arc<Semaphore>,
    shutdown: CancellationToken,
}

impl Live {
    /// For at most so many.
    pub(super) fn new(
        database: Database,
        machine: Option<Machine>,
        (places, shutdown): (usize, CancellationToken),
    ) -> Self {
        Self {
            feed: Arc::new(Feed::new(database)),
            machine,
            places: Arc::new(Semaphore::new(places)),
            shutdown,
        }
    }

    /// Follows the log for those who watch, until the shutdown.
    pub(super) fn start(&self, committed: watch::Receiver<u64>) {
        let (feed, stop) = (Arc::clone(&self.feed), self.shutdown.clone());
        tokio::spawn(async move { feed.run(committed, stop).await });
    }
}

/// Lets somebody watch.
pub(super) async fn receive(app: &App, request: Request) -> Response {
    let (head, _) = request.into_parts();
    match watch(app, &head).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn watch(app: &App, head: &Parts) -> Result<Response, Problem> {
    let caller = admit(app, &head.headers)?;
    let seat = head.extensions.get::<Arc<Seat>>().map(Seat::at_work);
    let live = &app.live;
    let place = Arc::clone(&live.places).try_acquire_owned();
    let place = place.map_err(|_| busy("too many watch already; try again"))?;
    let joining = tokio::time::timeout(app.settings.limits.answer, live.feed.join()).await;
    let Ok(Some((batches, from))) = joining else {
        return Err(busy("the log cannot be read now; try again"));
    };
    // Alerts are about the books of the service's own tenant.
    let is_own = caller.tenant == app.settings.tenant;
    let mut watcher = Watcher {
        tenant: caller.tenant,
        feed: Arc::clone(&live.feed),
        batches,
        readings: live.machine.as_ref().map(|it| it.readings.clone()),
        alerts: live
            .machine
            .as_ref()
            .filter(|_| is_own)
            .map(|it| it.alerts.subscribe()),
        seen: from,
        waiting: VecDeque::new(),
        beat: Instant::now(),
        shutdown: live.shutdown.clone(),
        _held: (seat, place),
    };
    debug!(tenant = %watcher.tenant, token = caller.token, "somebody watches");
    watcher.resume(last_seen(&head.headers), from).await;
    let frames = stream::unfold(watcher, |mut watcher| async move {
        let frame = watcher.next().await?;
        Some((Ok::<_, Infallible>(frame), watcher))
    });
    let mut response = Body::from_stream(frames).into_response();
    let kind = HeaderValue::from_static("text/event-stream");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}

/// Somebody who watches.
struct Watcher {
    tenant: Tenant,
    feed: Arc<Feed>,
    batches: broadcast::Receiver<Arc<Batch>>,
    readings: Option<Latest>,
    alerts: Option<broadcast::Receiver<Json>>,
    /// Everything up to here was told.
    seen: Cursor,
    waiting: VecDeque<Bytes>,
    /// When something is sent at the latest.
    beat: Instant,
    shutdown: CancellationToken,
    _held: (Option<AtWork>, OwnedSemaphorePermit),
}

impl Watcher {
    /// Says hello, tells what was missed, and how the machine is.
    async fn resume(&mut self, last_seen: Option<Cursor>, from: Cursor) {
        // One that nobody gave, or another instance that is ahead: then some is told twice.
        let after = last_seen.map_or(from, |seen| seen.min(from));
        self.seen = after;
        let hello = json!({ "position": after.position });
        self.waiting.push_back(frame("hello", Some(after), &hello));
        match self.feed.missed(after, from).await {
            Ok(Missed::Batches(batches)) => batches.iter().for_each(|batch| self.take(batch)),
            Ok(Missed::TooMuch) => self.reset(from),
            Err(error) => {
                let error = chain(&error);
                warn!(error, "cannot tell somebody what they missed");
                self.reset(from);
            }
        }
        let newest = self
            .readings
            .as_mut()
            .map(|it| it.borrow_and_update().clone());
        if let Some(readings) = newest.filter(|it| it.window_ms > 0) {
            self.waiting
                .push_back(frame("readings", None, &json!(readings)));
        }
    }

    fn take(&mut self, batch: &Batch) {
        if batch.end > self.seen {
            self.seen = batch.end;
            self.waiting.extend(batch.frame(&self.tenant));
        }
    }

    fn reset(&mut self, at: Cursor) {
        self.seen = self.seen.max(at);
        self.waiting
            .push_back(frame("reset", Some(self.seen), &json!({})));
    }

    /// What is sent next; nothing at the end of the service.
    async fn next(&mut self) -> Option<Bytes> {
        let frame = self.wait().await?;
        self.beat = Instant::now() + BEAT;
        Some(frame)
    }

    async fn wait(&mut self) -> Option<Bytes> {
        loop {
            if let Some(frame) = self.waiting.pop_front() {
                return Some(frame);
            }
            tokio::select! {
                biased;
                () = self.shutdown.cancelled() => return None,
                batch = self.batches.recv() => match batch {
                    Ok(batch) => self.take(&batch),
                    Err(broadcast::error::RecvError::Lagged(_)) => self.reset(self.seen),
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
                readings = changed(&mut self.readings) => {
                    self.waiting.push_back(frame("readings", None, &readings));
                }
                alert = rung(&mut self.alerts) => match alert {
                    Some(alert) => self.waiting.push_back(frame("alert", None, &alert)),
                    None => self.reset(self.seen),
                },
                () = tokio::time::sleep_until(self.beat) => return Some(HEARTBEAT),
            }
        }
    }
}

/// The next readings; never, where none are taken.
async fn changed(readings: &mut Option<Latest>) -> Json {
    if let Some(latest) = readings
        && latest.changed().await.is_ok()
    {
        return json!(latest.borrow_and_update().as_ref());
    }
    *readings = None;
    std::future::pending().await
}

/// The next alert, or nothing when some were missed; never, where nobody watches for them.
async fn rung(alerts: &mut Option<broadcast::Receiver<Json>>) -> Option<Json> {
    if let Some(news) = alerts {
        match news.recv().await {
            Ok(alert) => return Some(alert),
            Err(broadcast::error::RecvError::Lagged(_)) => return None,
            Err(broadcast::error::RecvError::Closed) => *alerts = None,
        }
    }
    std::future::pending().await
}

/// An event as it is sent. JSON has no line break outside its text, and none inside.
fn frame(event: &str, id: Option<Cursor>, data: &Json) -> Bytes {
    let id = id.map_or_else(String::new, |id| {
        format!("id: {}.{}\n", id.txid, id.position)
    });
    Bytes::from(format!("{id}event: {event}\ndata: {data}\n\n"))
}

/// Where a client that comes back was.
fn last_seen(headers: &HeaderMap) -> Option<Cursor> {
    let text = headers.get(LAST_EVENT_ID)?.to_str().ok()?;
    let (txid, position) = text.split_once('.')?;
    let number = |text: &str| text.parse().ok().filter(|number: &i64| *number >= 0);
    Some(Cursor {
        txid: number(txid)?,
        position: number(position)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(id: &str) -> Option<Cursor> {
        let mut headers = HeaderMap::new();
        headers.insert(LAST_EVENT_ID, id.parse().expect("a value"));
        last_seen(&headers)
    }

    #[test]
    fn a_frame_says_where_its_reader_can_go_on() {
        let at = Cursor {
            txid: 7,
            position: 12,
        };
        let sent = frame("hello", Some(at), &json!({ "text": "a\nb" }));
        let expected = "id: 7.12\nevent: hello\ndata: {\"text\":\"a\\nb\"}\n\n";
        assert_eq!(sent, expected.as_bytes());
        assert_eq!(with("7.12"), Some(at));
    }

    #[test]
    fn what_is_no_place_of_the_log_is_left_aside() {
        for id in [
            "",
            "7",
            "7.",
            ".7",
            "-1.7",
            "7.-1",
            "x.y",
            "99999999999999999999.1",
        ] {
            assert_eq!(with(id), None, "{id}");
        }
    }
}
