//! HTTP/1: calls off the wire, replies onto it, and connections that fall silent or
//! break.

use std::{future::poll_fn, pin::Pin, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{HeaderMap, Request, Response, StatusCode, header},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    call::{Answer, Call, Reply, rendered},
    control,
    desk::Desk,
    event::API_VERSION,
};

mod api_key;

/// No call of the API is nearly as long.
const LONGEST_BODY: usize = 1024 * 1024;
/// After a failed accept, most likely for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The connection is to break, without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection breaks on purpose")]
struct Broken;

/// What every connection needs.
#[derive(Clone)]
struct Seat {
    desk: Arc<Desk>,
    silence: Duration,
}

/// Serves until it is told to stop.
pub(super) async fn serve(
    listener: TcpListener,
    desk: Arc<Desk>,
    silence: Duration,
    shutdown: CancellationToken,
) {
    let connections = TaskTracker::new();
    let seat = Seat { desk, silence };
    loop {
        let stream = tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
        };
        let (seat, shutdown) = (seat.clone(), shutdown.clone());
        connections.spawn(async move {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = talk(stream, seat) => {}
            }
        });
    }
    connections.close();
    connections.wait().await;
}

/// One connection, to its end.
async fn talk(stream: TcpStream, seat: Seat) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| -> Answering {
        let seat = seat.clone();
        Box::pin(async move { seat.respond(request).await })
    });
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let ended = poll_fn(|cx| connection.poll_without_shutdown(cx)).await;
    let mut stream = connection.into_parts().io.into_inner();
    match ended {
        Ok(()) => drop(stream.shutdown().await),
        // The kernel says RST instead of a polite end.
        Err(_) => drop(stream.set_zero_linger()),
    }
}

type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, Broken>> + Send>>;

impl Seat {
    async fn respond(self, request: Request<Incoming>) -> Result<Response<Body>, Broken> {
        let (head, body) = request.into_parts();
        let Ok(body) = axum::body::to_bytes(Body::new(body), LONGEST_BODY).await else {
            let message = json!({ "error": { "message": "the body is too long" } });
            return Ok(plain(413, &message));
        };
        let path = head.uri.path().to_owned();
        let query = head.uri.query().unwrap_or_default();
        if path == "/sim" || path.starts_with("/sim/") {
            let request = control::Request {
                method: head.method.as_str(),
                path: &path,
                query,
                body: &body,
            };
            let (status, value) = control::answer(&self.desk, &request);
            return Ok(plain(status, &value));
        }
        let pairs = |text: &[u8]| -> Vec<(String, String)> {
            form_urlencoded::parse(text).into_owned().collect()
        };
        let mut parameters = pairs(query.as_bytes());
        parameters.extend(pairs(&body));
        let call = Call {
            method: head.method.as_str().to_owned(),
            path,
            account: text(&head.headers, "stripe-account"),
            key: text(&head.headers, "idempotency-key"),
            api_key: text(&head.headers, header::AUTHORIZATION.as_str())
                .and_then(|value| api_key::read(&value)),
            parameters,
        };
        // In a task of its own: it takes effect even if the caller hangs up.
        match tokio::spawn(self.desk.take(call)).await {
            Ok(Reply::Answer(answer)) => Ok(respond(&answer)),
            Ok(Reply::Silence) => {
                tokio::time::sleep(self.silence).await;
                Err(Broken)
            }
            Ok(Reply::Reset) | Err(_) => Err(Broken),
        }
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get(name)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
        .filter(|value| !value.is_empty())
}

fn respond(answer: &Answer) -> Response<Body> {
    let mut response = json_of(answer.status, answer.body.to_string());
    let mut tell = |name: &'static str, value: &str| {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    };
    tell("request-id", &answer.request);
    tell("stripe-version", API_VERSION);
    if let Some(should_retry) = answer.should_retry {
        tell(
            "stripe-should-retry",
            if should_retry { "true" } else { "false" },
        );
    }
    if answer.replayed {
        tell("idempotent-replayed", "true");
    }
    response
}

fn plain(status: u16, value: &Value) -> Response<Body> {
    json_of(status, rendered(value).to_string())
}

fn json_of(status: u16, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("application/json"),
    );
    response
}
